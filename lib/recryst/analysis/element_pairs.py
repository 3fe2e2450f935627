"""Errors over pairs of elements: tables behind the heatmaps of the voxel-CNN paper (Fig. 7, S9) and behind its Table S2."""

from functools import cache

import numpy as np
import pandas as pd

from recryst import elements
from recryst.analysis.hull_metrics import is_compound
from recryst.analysis.predictions import require
from recryst.errors import BadInputError


@cache
def periodic_order() -> tuple[str, ...]:
    """All symbols group by group, each from top to bottom; lanthanides and actinides, La to Lu and Ac to Lr, follow group 3.

    So neighbours on the axis of a heatmap are chemically alike, and its blocks are blocks of the periodic table.
    """
    table = elements.properties()
    f_block = np.r_[57:72, 89:104]
    keys = {
        number: (3.5 + (number > 71) / 10 if number in f_block else float(table["group"].get(number, 18)), number)
        for number in range(1, 119)
    }
    later = {104 + step: (4.0 + step, 104 + step) for step in range(15)}  # Rf to Og, groups 4 to 18
    return tuple(elements.symbols()[number] for number in sorted(keys | later, key=(keys | later).__getitem__))


def heatmap(systems: pd.DataFrame, most_frequent: int | None = None) -> pd.DataFrame:
    """Each system in both cells of a symmetric heatmap, with the places of its elements on the periodic order.

    Parameters
    ----------
    systems : system, first, second and whatever is to be shown, from `recryst.analysis.hull_metrics.compare`
    most_frequent : only the elements that are in most systems, so many (Fig. 7)

    Returns
    -------
    the columns of ``systems``, with row and column (symbols) and row_place, column_place (0 for the first element that occurs)

    Raises
    ------
    BadInputError : a column is missing or the table is empty
    """
    require(systems, ["system", "first", "second"], "systems")
    counts = pd.concat([systems["first"], systems["second"]]).value_counts()
    # of equally frequent elements the earlier on the order is kept
    ranked = sorted(counts.index, key=lambda symbol: (-counts[symbol], periodic_order().index(symbol)))
    kept = set(ranked[:most_frequent])
    axis = {symbol: place for place, symbol in enumerate(symbol for symbol in periodic_order() if symbol in kept)}
    inside = systems[systems["first"].isin(kept) & systems["second"].isin(kept)]
    if inside.empty:
        raise BadInputError("No system has both of its elements among those to be shown; take more of them.")
    one = inside.assign(row=inside["first"], column=inside["second"])
    both = pd.concat([one, inside.assign(row=inside["second"], column=inside["first"])], ignore_index=True)
    return both.assign(row_place=both["row"].map(axis), column_place=both["column"].map(axis))


def by_element(systems: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Errors of each element's binary systems (Table S2), the largest average first.

    Parameters
    ----------
    systems, entries : from `recryst.analysis.hull_metrics.compare`

    Returns
    -------
    element, number
    systems, compounds : with this element
    structures, element_mae : of the element alone, which are in each of its systems, and their mean absolute error, eV/atom
    compound_mae : mean absolute error over its binary compounds ("carbides", "nitrides"), eV/atom
    average_mae : mean over its systems of the system's error (with all structures of both elements), eV/atom
    average_mae_of_others : the same without the element's own structures, which would be in each of its systems
    median_depth_error
    rank : 1 for the largest average_mae
    """
    require(systems, ["system", "first", "second", "mae", "depth_error"], "systems")
    require(entries, ["id", "first", "second", "fraction", "target", "prediction"], "entries")
    compound = is_compound(entries)
    errors = entries.assign(error=(entries["prediction"] - entries["target"]).abs())
    of_compounds = pd.concat([errors[compound].rename(columns={side: "element"})[["element", "error"]] for side in ("first", "second")])
    alone = errors[~compound].assign(element=entries["first"].where(entries["fraction"] < 0.5, entries["second"]))
    of_elements = alone.drop_duplicates("id").groupby("element")["error"]
    of_systems = pd.concat([systems.rename(columns={side: "element"})[["element", "mae", "depth_error"]] for side in ("first", "second")])
    errors["pure"] = alone["element"].reindex(errors.index)
    grouped, pooled = of_systems.groupby("element"), of_compounds.groupby("element")["error"]
    counts = grouped.size()
    table = pd.DataFrame(
        {
            "systems": counts,
            "compounds": pooled.size(),
            "structures": of_elements.size().reindex(counts.index, fill_value=0),
            "compound_mae": pooled.mean(),
            "element_mae": of_elements.mean(),
            "average_mae": grouped["mae"].mean(),
            "average_mae_of_others": _without_own_structures(errors),
            "median_depth_error": grouped["depth_error"].median(),
        }
    ).reset_index()
    table.insert(1, "number", [elements.symbols().index(symbol) for symbol in table["element"]])
    table = table.sort_values(["average_mae", "number"], ascending=[False, True], ignore_index=True)
    return table.assign(rank=np.arange(1, len(table) + 1))


def _without_own_structures(errors: pd.DataFrame) -> "pd.Series[float]":
    """By element: mean over its systems of the mean error of all but its own structures; ``errors``: first, second, pure, error."""
    of_systems = []
    for side, other in (("first", "second"), ("second", "first")):
        others = errors[errors["pure"] != errors[side]]
        of_systems.append(others.groupby([side, other])["error"].mean().rename_axis(["element", "other"]))
    return pd.concat(of_systems).groupby("element").mean()
