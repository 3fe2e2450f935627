"""Table 5 of the AlphaCrystal-II paper counted again: what falls by how much, how sure that is, and what the division alone explains."""

import math
from typing import Any

import pandas as pd

from recryst.chapters.alphacrystal2.printed import SPECIAL, group_width
from recryst.chapters.evidence import FROM_PRINTED, of_exhibit, results

PAIRS = {
    "5-groups/from-1000-to-10000-crystals": ("groups-5/train-1000", "groups-5/train-10000"),
    "10-groups/from-1000-to-10000-crystals": ("groups-10/train-1000", "groups-10/train-10000"),
    "10000-crystals/from-5-to-10-groups": ("groups-5/train-10000", "groups-10/train-10000"),
    "10000-crystals/from-10-to-20-groups": ("groups-10/train-10000", "groups-20/train-10000"),
}
"""Networks of Table 5 that differ in one thing."""
LARGE = {5: "groups-5/train-10000", 10: "groups-10/train-10000", 20: "groups-20/train-10000"}
"""The networks of most training crystals, by their number of groups."""


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Rows exhibit, value_id, value, n, unit, split, caveat: the falls of the RMSE that the text names, and its statements.

    Parameters
    ----------
    table : as from `printed.networks`
    """
    errors = table.set_index("name")
    rmse, both = errors["rmse"], errors[["mse", "rmse"]]
    falls = {"training-crystals": 0, "groups-10": 2, "groups-20": 3}
    pairs = list(PAIRS.values())
    special = errors.loc[list(SPECIAL)]
    data, groups = (all((both.loc[after] < both.loc[before]).all() for before, after in part) for part in (pairs[:2], pairs[2:]))
    second = bool(special[["mse", "rmse"]].rank().loc["ternary"].eq(2).all() and special["overlap"].idxmax() == "ternary")
    rows = results(
        *(("table-5", f"rmse-reduction/{name}", 100 * (1 - rmse[pairs[at][1]] / rmse[pairs[at][0]]), None) for name, at in falls.items()),
        ("table-5", "error-falls-with-data", data, 2),
        ("table-5", "error-falls-with-groups", groups, 3),
        ("table-5", "cubic-best", bool((both.idxmin() == "cubic").all()), len(errors)),
        ("table-5", "ternary-second", second, len(special)),
        ("table-5", "binary-worst", bool((special[["mse", "rmse"]].idxmax() == "binary").all()), len(special)),
        ("table-5", "special/overlap", (float(special["overlap"].min()), float(special["overlap"].max())), len(special)),
    )
    return rows.assign(unit=["%" if "reduction" in name else "" for name in rows["value_id"]], split="test", caveat=FROM_PRINTED)


def standard_error(mse: float, rmse: float, crystals: int) -> float:
    """Å; the standard error of a mean over crystals of their root mean square errors.

    Parameters
    ----------
    mse : Å²; mean over crystals of the squares of these errors
    rmse : Å; their mean
    crystals : number of them

    Notes
    -----
    Variance = mean of the squares - square of the mean, over n - 1 as both are of one sample. That Table 5's RMSE is such a mean is a
    reading: it is no root of the MSE beside it.
    """
    return math.sqrt((mse - rmse**2) / (crystals - 1))


def otherwise(table: pd.DataFrame) -> pd.DataFrame:
    """Ours on Table 5: each fall of the RMSE with its standard error, if other crystals were tested; and what rounding alone makes.

    Notes
    -----
    A distance that is spread evenly over a group of width w, and taken to be in its middle, has a mean square error of w²/12. Five groups
    are too wide for that; what they make of real distances is in `study`.
    """
    mse, rmse, test = (dict(zip(table["name"], table[column].tolist(), strict=True)) for column in ("mse", "rmse", "test"))
    rows: list[tuple[str, Any, None, str]] = []
    for name, (before, after) in PAIRS.items():
        noise = math.hypot(*(standard_error(mse[one], rmse[one], test[one]) for one in (before, after)))
        rows += [
            (f"fall-of-the-RMSE/{name}", rmse[before] - rmse[after], None, "angstrom"),
            (f"fall-of-the-RMSE/{name}/standard-error", noise, None, "angstrom"),
            (f"fall-of-the-RMSE/{name}/share", 100 * (1 - rmse[after] / rmse[before]), None, "%"),
        ]
    for groups in (10, 20):
        even = group_width(groups) ** 2 / 12
        rows += [
            (f"{groups}-groups/MSE-of-evenly-spread-distances-rounded", even, None, "angstrom2"),
            (f"{groups}-groups/printed-MSE-less-that", mse[LARGE[groups]] - even, None, "angstrom2"),
        ]
    return of_exhibit("beyond-table-5", *rows, caveat=FROM_PRINTED)
