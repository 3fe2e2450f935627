"""Predicted hulls beside calculated ones: the error metrics of the voxel-CNN paper, Section II.D and IV.

What the paper leaves open was settled on the numbers that it prints for single systems: the entries of a system are its
compounds *and* all structures of its two elements (Tm-Pt: 0.042 eV/atom), and each hull is drawn between its own lowest
entries of the elements, predicted ones for the predicted hull (Nd-Y: a depth error of almost 7,000 %, which no other
reading gives).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recryst.analysis import bootstrap, hulls
from recryst.analysis.predictions import require, require_finite
from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError

COLUMNS = ["system", "first", "second", "id", "fraction", "target", "prediction"]


@dataclass(frozen=True, eq=False)
class HullComparison:
    """All hulls of a set of entries, calculated and predicted.

    Parameters
    ----------
    entries : the entries as given, with above_hull and predicted_above_hull (eV/atom), on_hull and predicted_on_hull (whether
        the entry is a corner of its hull)
    systems : a row a system, see `compare`
    lines : system, kind ("DFT" or "predicted"), fraction, energy: the corners of each hull, from left to right
    """

    entries: pd.DataFrame
    systems: pd.DataFrame
    lines: pd.DataFrame


def compare(entries: pd.DataFrame, ends: hulls.Ends = "lowest") -> HullComparison:
    """Draw the calculated and the predicted hull of every system and hold them against each other.

    Parameters
    ----------
    entries : system, first, second, id, fraction (from `recryst.analysis.binary_systems`), target and prediction (formation
        energies, eV/atom)
    ends : see `recryst.analysis.hulls.lower_hulls`

    Returns
    -------
    HullComparison, whose ``systems`` has
        system, first, second
        entries, compounds : crystals of the system, and those of them with both elements
        mae : mean absolute error over all entries (Eq. 1), eV/atom
        energy_range : largest less smallest calculated formation energy (Fig. 5b), eV/atom
        area, predicted_area : between the hull and the line that joins its ends, eV/atom
        depth_error : (predicted_area - area) / area (Eq. 2); NaN where the calculated hull is flat, having no stable compound
        above_hull_mae : mean absolute error of the energies above the hull of the compounds, eV/atom
        corners : entries on the calculated hull
        found : entries on both hulls
        accuracy : found / corners, in percent: what is wrongly put on the predicted hull does not count

    Raises
    ------
    BadInputError : a column is missing, the table is empty, a number is not finite, or an id occurs twice in a system
    """
    require(entries, COLUMNS, "entries")
    require_finite(entries, ["fraction", "target", "prediction"], "entries")
    if entries.duplicated(["system", "id"]).any():
        first = entries[entries.duplicated(["system", "id"])].iloc[0]
        raise BadInputError(f"{first['id']} occurs twice in the system {first['system']}; an entry has one prediction.")
    calculated, predicted = (
        hulls.lower_hulls(entries["system"], entries["fraction"], entries[column], ends) for column in ("target", "prediction")
    )
    table = entries.reset_index(drop=True).assign(
        above_hull=calculated.energy_above_hull,
        predicted_above_hull=predicted.energy_above_hull,
        on_hull=calculated.vertex,
        predicted_on_hull=predicted.vertex,
    )
    lines = [
        hulls.corners(hull, table["fraction"], table[column]).drop(columns="entry").assign(kind=kind)
        for hull, column, kind in ((calculated, "target", "DFT"), (predicted, "prediction", "predicted"))
    ]
    systems = _systems(table, calculated, predicted)
    return HullComparison(table, systems, pd.concat(lines, ignore_index=True))


def is_compound(entries: pd.DataFrame) -> pd.Series:
    """Which entries have both elements."""
    return entries["fraction"].between(hulls.SAME_FRACTION, 1 - hulls.SAME_FRACTION)


def summary(systems: pd.DataFrame) -> pd.DataFrame:
    """What all hulls together say.

    Parameters
    ----------
    systems : from `compare`

    Returns
    -------
    metric : mean_mae, median_mae, mean_above_hull_mae (eV/atom); median_depth_error, median_absolute_depth_error (no unit);
        depth_within_10_percent, mean_accuracy, pooled_accuracy (found corners over all corners), perfect_hulls (all corners found),
        flat_hulls (without a stable compound) in percent
    value, n (systems that it is about), low, high (95 % bootstrap interval over elements, as systems share them)

    Raises
    ------
    BadInputError : a column is missing or the table is empty
    """
    require(systems, ["first", "second", "mae", "above_hull_mae", "depth_error", "accuracy", "found", "corners"], "systems")
    deep = systems["depth_error"].notna()
    depth = systems["depth_error"]
    with_corners = systems[systems["corners"] > 0]
    rows = {
        "mean_mae": _mean(systems, systems["mae"]),
        "median_mae": _median(systems, systems["mae"]),
        "mean_above_hull_mae": _mean(systems, systems["above_hull_mae"]),
        "median_depth_error": _median(systems, depth),
        "median_absolute_depth_error": _median(systems, depth.abs()),
        "depth_within_10_percent": _mean(systems, 100.0 * (depth.abs() <= 0.1).where(deep)),
        "mean_accuracy": _mean(with_corners, with_corners["accuracy"]),
        "pooled_accuracy": _pooled(with_corners),
        "perfect_hulls": _mean(with_corners, 100.0 * (with_corners["found"] == with_corners["corners"])),
        "flat_hulls": _mean(systems, 100.0 * ~deep),
    }
    return pd.DataFrame([{"metric": metric, **row} for metric, row in rows.items()])


def _systems(table: pd.DataFrame, calculated: hulls.Hulls, predicted: hulls.Hulls) -> pd.DataFrame:
    compound = is_compound(table)
    by_system = table.assign(
        error=(table["prediction"] - table["target"]).abs(),
        hull_error=(table["predicted_above_hull"] - table["above_hull"]).abs().where(compound),
        compound=compound,
        both=table["on_hull"] & table["predicted_on_hull"],
    ).groupby(calculated.system)
    energies = by_system["target"].agg(["min", "max"])
    area = calculated.area
    with np.errstate(invalid="ignore", divide="ignore"):
        depth_error = np.where(area > 0, (predicted.area - area) / area, np.nan)
    found, corners = by_system["both"].sum(), by_system["on_hull"].sum()
    return pd.DataFrame(
        {
            "system": calculated.systems,
            "first": by_system["first"].first(),
            "second": by_system["second"].first(),
            "entries": by_system.size(),
            "compounds": by_system["compound"].sum(),
            "mae": by_system["error"].mean(),
            "energy_range": energies["max"] - energies["min"],
            "area": area,
            "predicted_area": predicted.area,
            "depth_error": depth_error,
            "above_hull_mae": by_system["hull_error"].mean(),
            "corners": corners,
            "found": found,
            "accuracy": 100 * found / corners.where(corners > 0),
        }
    ).reset_index(drop=True)


def _mean(systems: pd.DataFrame, values: pd.Series) -> dict[str, float]:
    known, numbers = _known(systems, values)
    return _row(float(numbers.mean()) if len(numbers) else np.nan, known, lambda draw: draw @ numbers / draw.sum())


def _median(systems: pd.DataFrame, values: pd.Series) -> dict[str, float]:
    known, ascending = _known(systems, values.sort_values())
    return _row(float(np.median(ascending)) if len(ascending) else np.nan, known, lambda draw: float(np.median(np.repeat(ascending, draw))))


def _pooled(systems: pd.DataFrame) -> dict[str, float]:
    found, corners = (systems[column].to_numpy(dtype=float) for column in ("found", "corners"))
    value = 100 * found.sum() / corners.sum() if len(systems) else np.nan
    return _row(float(value), systems, lambda draw: 100 * (draw @ found) / (draw @ corners))


def _known(systems: pd.DataFrame, values: pd.Series) -> tuple[pd.DataFrame, FloatArray]:
    """Systems of which a value is known, in the order of the values, and the values."""
    values = values.dropna()
    return systems.loc[values.index], values.to_numpy(dtype=float)


def _row(value: float, systems: pd.DataFrame, statistic: Callable[[IntArray], float]) -> dict[str, float]:
    low = high = np.nan
    if len(systems) >= bootstrap.FEWEST:
        drawn = [statistic(draw) for draw in bootstrap.draws_of_pairs(systems["first"], systems["second"])]
        low, high = (float(end) for end in bootstrap.percentiles(np.array(drawn)))
    return {"value": value, "n": len(systems), "low": low, "high": high}
