"""From crystals to what a picture of them shows: atoms, bonds and cell edges, as one tidy table in cartesian coordinates."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from pymatgen.core import Element
from scipy.spatial import cKDTree

from recryst import elements
from recryst.crystals import Crystals, FloatArray
from recryst.errors import BadInputError
from recryst.features import voronoi
from recryst.features.lattices import plane_spacings

COLUMNS = ["crystal", "kind", "element", "x", "y", "z", "element2", "x2", "y2", "z2"]
TYPICAL_RADIUS = 1.5  # angstrom, for elements beyond curium, which have none
ON_A_FACE = 0.3


def scene(crystals: Crystals, titles: Sequence[str] | None = None) -> pd.DataFrame:
    """Everything to draw, with the centre of each cell at the origin.

    Atoms on a face, edge or corner of the cell, or within 0.3 angstrom of it, are shown on the opposite ones too. Two shown
    atoms are bonded when they are no further apart than the sum of their covalent radii (Cordero) plus 0.25 angstrom, which
    is the paper's criterion but for the common Voronoi face that it asks for too; bonds between two metals are left out in a
    crystal that has other elements too.

    Parameters
    ----------
    crystals : to draw, in this order
    titles : one each; reduced formulas where none are given. Titles must differ, they tell the crystals apart

    Returns
    -------
    crystal : title
    kind : "atom", "bond" or "edge" (of the cell)
    element, x, y, z : of an atom, or of a line's start; angstrom; the element is empty for an edge
    element2, x2, y2, z2 : of a line's end; empty and NaN for an atom

    Raises
    ------
    BadInputError : there are no crystals, or titles are too few or alike
    """
    names = list(titles) if titles is not None else crystals.formulas()
    if len(crystals) == 0 or len(names) != len(crystals) or len(set(names)) != len(names):
        raise BadInputError(f"{len(crystals)} crystals to draw need as many titles that differ; there are {len(set(names))}.")
    parts = []
    for index, name in enumerate(names):
        atoms = slice(crystals.offsets[index], crystals.offsets[index + 1])
        lattice = crystals.lattices[index]
        numbers, shown = _with_images(crystals.numbers[atoms], crystals.frac_coords[atoms], ON_A_FACE / plane_spacings(lattice[None])[0])
        corners = np.array(list(product((0, 1), repeat=3)), dtype=float)
        places, corner_places = (shown - 0.5) @ lattice, (corners - 0.5) @ lattice
        edges = np.array([(i, j) for i in range(8) for j in range(i) if np.abs(corners[i] - corners[j]).sum() == 1])
        parts += [
            _rows(name, "atom", numbers, places, None, None),
            _lines(name, "bond", numbers, places, _bonds(numbers, places)),
            _lines(name, "edge", np.zeros(8, dtype=int), corner_places, edges),
        ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _with_images(numbers: np.ndarray, frac_coords: FloatArray, tolerance: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """Atoms of the cell and their images on the opposite faces, each once; ``tolerance`` (3,) in fractions of the cell."""
    wrapped = frac_coords - np.floor(frac_coords + tolerance)
    all_numbers, all_coords = [], []
    for shift in product((0, 1), repeat=3):
        shown = np.all((np.array(shift) == 0) | (np.abs(wrapped) <= tolerance), axis=1)
        all_numbers.append(numbers[shown])
        all_coords.append(wrapped[shown] + np.array(shift))
    return np.concatenate(all_numbers), np.concatenate(all_coords)


def _bonds(numbers: np.ndarray, places: FloatArray) -> np.ndarray:
    radii = np.nan_to_num(elements.covalent_radii()[numbers], nan=TYPICAL_RADIUS)
    pairs = cKDTree(places).query_pairs(2 * radii.max() + voronoi.TOLERANCE, output_type="ndarray")
    length = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
    bonded = length <= radii[pairs].sum(axis=1) + voronoi.TOLERANCE
    metal = np.isin(numbers, [number for number in np.unique(numbers) if Element.from_Z(int(number)).is_metal])
    if not metal.all():
        bonded &= ~metal[pairs].all(axis=1)
    return pairs[bonded]


def _lines(name: str, kind: str, numbers: np.ndarray, places: FloatArray, pairs: np.ndarray) -> pd.DataFrame:
    start, stop = pairs[:, 0], pairs[:, 1]
    return _rows(name, kind, numbers[start], places[start], numbers[stop], places[stop])


def _rows(
    name: str, kind: str, numbers: np.ndarray, places: FloatArray, end_numbers: np.ndarray | None, ends: FloatArray | None
) -> pd.DataFrame:
    table = pd.DataFrame(places, columns=["x", "y", "z"])
    table[["x2", "y2", "z2"]] = np.nan if ends is None else ends
    symbols = np.array(["", *elements.symbols()[1:]])
    table["element"] = symbols[numbers]
    table["element2"] = "" if end_numbers is None else symbols[end_numbers]
    return table.assign(crystal=name, kind=kind)[COLUMNS]
