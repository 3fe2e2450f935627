"""The five classes into which the voxel-CNN paper puts binary systems, and what their hulls are like (Section II.D, Fig. 6, S8).

=============  ======================
ceramic        nonmetal and metal
semiconductor  two metalloids
metal          two metals
semimetal      metalloid and metal
nonmetal       two nonmetals
=============  ======================

The paper puts a nonmetal with a metalloid (SiO2, BN) nowhere; here they are ``unassigned``, and in none of the five.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.stats import gaussian_kde

from recryst import elements
from recryst.analysis.predictions import require
from recryst.errors import BadInputError

METALLOIDS = frozenset({"B", "Si", "Ge", "As", "Sb", "Te", "Po"})
NONMETALS = frozenset({"H", "C", "N", "O", "F", "P", "S", "Cl", "Se", "Br", "I", "At", "He", "Ne", "Ar", "Kr", "Xe", "Rn"})
CLASSES = ("metal", "semimetal", "semiconductor", "ceramic", "nonmetal")
"""In the order in which the paper says that the error grows."""
UNASSIGNED = "unassigned"
_OF_KINDS = {
    frozenset({"metal"}): "metal",
    frozenset({"metal", "metalloid"}): "semimetal",
    frozenset({"metalloid"}): "semiconductor",
    frozenset({"metal", "nonmetal"}): "ceramic",
    frozenset({"nonmetal"}): "nonmetal",
    frozenset({"metalloid", "nonmetal"}): UNASSIGNED,
}


def kind(element: str) -> str:
    """Metal, metalloid or nonmetal.

    Raises
    ------
    BadInputError : the symbol is that of no element
    """
    if element not in elements.symbols()[1:]:
        raise BadInputError(f"{element!r} is no chemical element.")
    return "metalloid" if element in METALLOIDS else "nonmetal" if element in NONMETALS else "metal"


def material_class(first: str, second: str) -> str:
    """One of `CLASSES`, or `UNASSIGNED` for a nonmetal with a metalloid; the order of the two elements doesn't matter."""
    return _OF_KINDS[frozenset({kind(first), kind(second)})]


def assign(first: Iterable[str], second: Iterable[str]) -> pd.Series:
    """The class of each pair."""
    return pd.Series([material_class(a, b) for a, b in zip(first, second, strict=True)], name="material_class", dtype=object)


def by_class(systems: pd.DataFrame) -> pd.DataFrame:
    """Statistics of the hulls of each class (Table S1).

    Parameters
    ----------
    systems : first, second, mae, depth_error, accuracy, energy_range, from `recryst.analysis.hull_metrics.compare`

    Returns
    -------
    material_class, systems
    mean_mae, median_mae, peak_mae : the last where the density of Fig. 6(a) is highest, eV/atom
    mean_energy_range : eV/atom
    with_depth_error, median_depth_error, depth_skew : systems whose depth error is between -1 and 1, as in Fig. 6(b), and over them; the
        skewness is that of a sample, corrected for its size, which of a handful says nothing
    mean_accuracy : percent
    """
    require(systems, ["first", "second", "mae", "depth_error", "accuracy", "energy_range"], "systems")
    named = systems.assign(material_class=assign(systems["first"], systems["second"]).to_numpy())
    rows = []
    for name in (*CLASSES, UNASSIGNED):
        part = named[named["material_class"] == name]
        if part.empty:
            continue
        shallow = part.loc[part["depth_error"].between(-1, 1), "depth_error"]
        density = densities(part.assign(value=part["mae"])[["material_class", "value"]])
        rows.append(
            {
                "material_class": name,
                "systems": len(part),
                "mean_mae": part["mae"].mean(),
                "median_mae": part["mae"].median(),
                "peak_mae": density.loc[density["density"].idxmax(), "value"] if len(density) else np.nan,
                "mean_energy_range": part["energy_range"].mean(),
                "with_depth_error": len(shallow),
                "median_depth_error": shallow.median(),
                "depth_skew": shallow.skew(),
                "mean_accuracy": part["accuracy"].mean(),
            }
        )
    return pd.DataFrame(rows)


def densities(values: pd.DataFrame, low: float | None = None, high: float | None = None, points: int = 200) -> pd.DataFrame:
    """Kernel density estimates of one number in each class (Fig. 6): Gaussian kernels, Scott's rule.

    Parameters
    ----------
    values : material_class, value; values that are missing or outside ``low`` to ``high`` are left out
    low, high : ends of the axis; those of the values where none are given
    points : of each curve

    Returns
    -------
    material_class, value, density, n (values behind the curve); classes with fewer than three different values have no curve
    """
    require(values, ["material_class", "value"], "values of classes")
    numbers = values.dropna(subset=["value"])
    left = numbers["value"].min() if low is None else low
    right = numbers["value"].max() if high is None else high
    numbers = numbers[numbers["value"].between(left, right)]
    axis = np.linspace(left, right, points)
    curves = []
    for name in (*CLASSES, UNASSIGNED):
        part = numbers.loc[numbers["material_class"] == name, "value"].to_numpy(dtype=float)
        if len(np.unique(part)) >= 3:
            curves.append(pd.DataFrame({"material_class": name, "value": axis, "density": gaussian_kde(part)(axis), "n": len(part)}))
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=["material_class", "value", "density", "n"])
