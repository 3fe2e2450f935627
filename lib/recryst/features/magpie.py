"""Compositions as vectors: the 132 statistics of element properties of Magpie.

Six statistics of each of 22 properties of the elements in a compound (Ward et al., npj Comput. Mater. 2, 16028 (2016),
"elemental-property-based attributes"), which the charge-density paper feeds to its composition network and its random
forest. The table of properties is the one that comes with matminer; the statistics are computed here, for all crystals
at once.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.elements import symbols
from recryst.errors import BadInputError

PROPERTIES = (
    "Number",
    "MendeleevNumber",
    "AtomicWeight",
    "MeltingT",
    "Column",
    "Row",
    "CovalentRadius",
    "Electronegativity",
    "NsValence",
    "NpValence",
    "NdValence",
    "NfValence",
    "NValence",
    "NsUnfilled",
    "NpUnfilled",
    "NdUnfilled",
    "NfUnfilled",
    "NUnfilled",
    "GSvolume_pa",
    "GSbandgap",
    "GSmagmom",
    "SpaceGroupNumber",
)
"""Properties of elements by their names in Magpie, in the order of the vector."""

STATISTICS = ("minimum", "maximum", "range", "mean", "avg_dev", "mode")
"""Statistics of each property over the elements of a compound, in the order of the vector."""

_SAME_AMOUNT = 1e-5
"""Relative difference below which two elements count as equally frequent."""


@cache
def table() -> pd.DataFrame:
    """Properties of the elements, atomic number (1 to 118) by `PROPERTIES`.

    A property that Magpie does not know of an element is the mean over the elements of which it does, as matminer fills it in.
    """
    # importing matminer takes seconds
    from matminer.utils.data import MagpieData

    known = MagpieData(impute_nan=True).all_elemental_props
    columns = {name: [float(known[name][symbol]) for symbol in symbols()[1:]] for name in PROPERTIES}
    return pd.DataFrame(columns, index=pd.RangeIndex(1, 119, name="atomic_number"))


def names() -> list[str]:
    """What each of the 132 numbers is: "mean Electronegativity"."""
    return [f"{statistic} {name}" for name in PROPERTIES for statistic in STATISTICS]


def of_crystals(crystals: Crystals) -> FloatArray:
    """The vectors of crystals.

    Returns
    -------
    (crystals, 132) float64, columns as in `names`

    Raises
    ------
    BadInputError : a crystal has no atoms
    """
    if np.any(crystals.n_atoms == 0):
        raise BadInputError(f"{crystals.ids[np.argmin(crystals.n_atoms)]} has no atoms, and so no composition.")
    amounts = crystals.amounts().tocoo()
    return _statistics(amounts.row, amounts.col, amounts.data.astype(float), len(crystals))


def of_formulas(formulas: Iterable[str]) -> FloatArray:
    """The vectors of chemical formulas, such as "Al2O3" or "Ga0.5In0.5As".

    Returns
    -------
    (formulas, 132) float64, columns as in `names`

    Raises
    ------
    BadInputError : a formula can't be read, or holds what is no element
    """
    rows = [(place, number, amount) for place, formula in enumerate(formulas) for number, amount in _read(formula)]
    compound, number, amount = (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.zeros(0, dtype=int),) * 3
    return _statistics(compound, number, amount.astype(float), int(compound[-1]) + 1 if rows else 0)


def _read(formula: str) -> list[tuple[int, float]]:
    from pymatgen.core import Composition, DummySpecies

    try:
        composition = Composition(formula).element_composition
        if not composition or any(isinstance(element, DummySpecies) for element in composition):
            raise ValueError("it names no element")
    except ValueError as error:
        raise BadInputError(f"{formula!r} is not a chemical formula: {error}; write it like Al2O3 or Ga0.5In0.5As.") from error
    return [(element.Z, amount) for element, amount in composition.items()]


def _statistics(compound: IntArray, number: IntArray, amount: FloatArray, n_compounds: int) -> FloatArray:
    """Statistics over the elements of each compound; the rows of ``compound`` are sorted, and each compound has one at least."""
    if n_compounds == 0:
        return np.zeros((0, len(PROPERTIES) * len(STATISTICS)))
    starts = np.searchsorted(compound, np.arange(n_compounds))
    values = table().to_numpy()[number - 1]
    fraction = (amount / np.add.reduceat(amount, starts)[compound])[:, None]
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    mean = np.add.reduceat(values * fraction, starts)
    deviation = np.add.reduceat(np.abs(values - mean[compound]) * fraction, starts)
    most = np.maximum.reduceat(amount, starts)[compound]
    frequent = amount >= most * (1 - _SAME_AMOUNT)
    mode = np.minimum.reduceat(np.where(frequent[:, None], values, np.inf), starts)
    found = np.stack([lowest, highest, highest - lowest, mean, deviation, mode], axis=2)
    return np.asarray(found.reshape(n_compounds, -1))
