"""Atoms as vectors: the one-hot categories of element properties that the nodes of a crystal graph start from.

Two tables of the same 92 columns: `table` is built here from element data and needs nothing else; `released` reads the
one published with CGCNN, which the published models need. Their layout is that of the released table: 19 columns for
the group (0 for the f block) and 7 for the period, where the supplement's Table II prints 18 and 9.

How they differ: 97.6 % of the numbers are the same, group, period, ionization energy and block of all 100 elements.
The covalent radii are Cordero's here, as the paper says, but Pyykko's in the released table (57 elements fall in another
category). Electronegativities (20), electron affinities (38) and molar volumes (20) differ where pymatgen's data have
been revised since or have a value that the released table lacks: noble gases, lanthanides, actinides, and electron
affinities below zero. Its palladium has 12 valence electrons, ours 10.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst import elements
from recryst.errors import BadInputError, DamagedFileError, MissingDataError

COLUMNS = {
    "group": 19,
    "period": 7,
    "electronegativity": 10,
    "covalent_radius": 10,
    "valence_electrons": 12,
    "ionization_energy": 10,
    "electron_affinity": 10,
    "block": 4,
    "atomic_volume": 10,
}
"""Number of categories of each property, in the order of the columns."""

# Table II; the logarithm is the natural one of ionization energy in eV and of volume in cm^3/mol
_RANGES = {
    "electronegativity": (0.5, 4.0),
    "covalent_radius": (25.0, 250.0),
    "ionization_energy": (1.3, 3.3),
    "electron_affinity": (-3.0, 3.7),
    "atomic_volume": (1.5, 4.3),
}
_LOGARITHMIC = ("ionization_energy", "atomic_volume")

RELEASED = "atom_init.json"
"""The file of the released table in the pack ``cgcnn_pretrained``."""


@cache
def table() -> NDArray[np.uint8]:
    """Atom features made from `recryst.elements.properties`.

    Returns
    -------
    (101, 92) uint8 of zeros and ones; the row is the atomic number, row 0 is empty. An unknown property is all zeros; a
    value outside the range of Table II falls in the nearest category.
    """
    properties = elements.properties()
    blocks = []
    for name, size in COLUMNS.items():
        category = _categories(name, properties[name])
        hot = np.zeros((elements.LAST + 1, size), dtype=np.uint8)
        known = np.flatnonzero(category >= 0)
        hot[known + 1, category[known]] = 1
        blocks.append(hot)
    features = np.concatenate(blocks, axis=1)
    features.setflags(write=False)
    return features


def released(path: Path) -> NDArray[np.uint8]:
    """The atom features published with CGCNN, from the file ``atom_init.json``: 92 numbers for each atomic number.

    Returns
    -------
    (101, 92) uint8, as `table`

    Raises
    ------
    MissingDataError : there is no such file
    DamagedFileError : its content is not 92 zeros and ones for each of the atomic numbers 1 to 100
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise MissingDataError(f"There is no atom feature table at {path}; run `recryst data get cgcnn_pretrained`.") from error
    except ValueError as error:
        raise DamagedFileError(f"The atom feature table {path} is not JSON ({error}); remove it and get it again.") from error
    try:
        rows = np.array([content[str(number)] for number in range(1, elements.LAST + 1)])
        if rows.shape != (elements.LAST, sum(COLUMNS.values())) or not np.isin(rows, (0, 1)).all():
            raise ValueError(f"shape {rows.shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(
            f"The atom feature table must hold {sum(COLUMNS.values())} zeros and ones for each atomic number from 1 to "
            f"{elements.LAST} ({error!r}); get it again."
        ) from error
    return np.concatenate([np.zeros((1, rows.shape[1])), rows]).astype(np.uint8)


def first_properties(features: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The columns of the first ``count`` properties: 2 are group and period, 3 add electronegativity, 9 are all (Fig. S3a).

    Parameters
    ----------
    features : (rows, 92), from `table` or `released`
    count : 1 to 9; the paper has 2, 3 and 9 (its Table I says 10, but Table II lists nine)

    Raises
    ------
    BadInputError : ``count`` is not 1 to 9
    """
    if count not in range(1, len(COLUMNS) + 1):
        raise BadInputError(f"The number of atom properties must be 1 to {len(COLUMNS)}, not {count!r}.")
    return features[:, : sum(list(COLUMNS.values())[:count])]


def _categories(name: str, values: pd.Series) -> NDArray[np.int64]:
    """(elements,) category of each value, -1 where it is not known."""
    if name == "block":
        return np.asarray(values.map({"s": 0, "p": 1, "d": 2, "f": 3}), dtype=np.int64)
    if name == "group":
        return np.asarray(values, dtype=np.int64)
    if name in ("period", "valence_electrons"):
        return np.asarray(values, dtype=np.int64) - 1
    low, high = _RANGES[name]
    numbers = np.log(values.to_numpy(float)) if name in _LOGARITHMIC else values.to_numpy(float)
    return _one_of_equal_parts(numbers, low, high, COLUMNS[name])


def _one_of_equal_parts(values: NDArray[np.floating], low: float, high: float, parts: int) -> NDArray[np.int64]:
    """Which of ``parts`` equal parts of the range each value is in; beyond its ends the first or last, NaN is -1."""
    part = np.floor((np.nan_to_num(values, nan=low) - low) / (high - low) * parts)
    return np.where(np.isnan(values), -1, np.clip(part, 0, parts - 1)).astype(np.int64)
