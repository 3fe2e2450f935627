"""Which crystals can't be made into features, and why: one sentence for each, before any work is done on them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst import elements
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import neighbours

CLOSEST = 0.5
"""Atoms nearer than this (angstrom) overlap; the shortest bond, of H2, is 0.74."""

LIMIT = 2000
"""Largest number of atoms in a cell."""

_FLAT = 1e-3  # cubic angstrom; a cell of one atom that does not overlap its images is a hundred times larger


def reasons(crystals: Crystals, last: int = elements.LAST) -> pd.DataFrame:
    """Crystals that are to be rejected: empty, too large, not of known elements, not finite, flat, or overlapping.

    Parameters
    ----------
    crystals : any
    last : highest atomic number that can be used

    Returns
    -------
    DataFrame(id, reason), in the order of the crystals; the reason is the first one found, a full sentence
    """
    ill_formed = malformed(crystals, last)
    sound = without(crystals, [ill_formed])
    near, distance = neighbours.nearest(sound, 1)
    found = pd.concat([ill_formed, overlapping(sound, near, distance)])
    return in_order_of(crystals, found)


def malformed(crystals: Crystals, last: int = elements.LAST) -> pd.DataFrame:
    """All that `reasons` finds without a search for neighbours; ``last`` is the highest atomic number that can be used."""
    found: dict[int, str] = {}
    _note_sizes(found, crystals)
    _note_elements(found, crystals, last)
    _note_numbers(found, crystals)
    _note_flat_cells(found, crystals)
    order = sorted(found)
    return pd.DataFrame({"id": crystals.ids[order], "reason": [found[index] for index in order]}, dtype=object)


def overlapping(
    crystals: Crystals,
    nearest: IntArray,
    distances: FloatArray,
    closest: float = CLOSEST,
    consequence: str = "overlap; remove one or correct the cell",
) -> pd.DataFrame:
    """Crystals in which two atoms, or an atom and its periodic image, are nearer than ``closest``.

    Parameters
    ----------
    crystals : sound in all other respects
    nearest, distances : (atoms, 1 or more), from `recryst.features.neighbours.nearest`
    closest : angstrom
    consequence : what the reason says that such atoms do
    """
    rows = []
    near = np.flatnonzero(distances[:, 0] < closest)
    owners = np.searchsorted(crystals.offsets, near, side="right") - 1
    for owner in np.unique(owners):
        atoms = near[owners == owner]
        atom = atoms[np.argmin(distances[atoms, 0])]
        start = crystals.offsets[owner]
        pair = " and ".join(_name(crystals, start, index) for index in sorted({atom - start, nearest[atom, 0]}))
        if atom - start == nearest[atom, 0]:
            pair += " and its periodic image"
        reason = f"{crystals.ids[owner]}: {pair} are {distances[atom, 0]:.2f} Å apart, and atoms nearer than {closest} Å {consequence}."
        rows.append({"id": crystals.ids[owner], "reason": reason})
    return pd.DataFrame(rows, columns=["id", "reason"], dtype=object)


def without(crystals: Crystals, rejected: list[pd.DataFrame]) -> Crystals:
    """The crystals whose ids stand in none of these tables."""
    bad = np.isin(crystals.ids, pd.concat(rejected)["id"].to_numpy(str))
    return crystals.take(np.flatnonzero(~bad)) if bad.any() else crystals


def in_order_of(crystals: Crystals, found: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``found`` sorted as the crystals are."""
    position = pd.Index(crystals.ids).get_indexer(pd.Index(found["id"]))
    return found.iloc[np.argsort(position, kind="stable")].reset_index(drop=True)


def _note_sizes(found: dict[int, str], crystals: Crystals) -> None:
    for index in np.flatnonzero(crystals.n_atoms == 0):
        found[int(index)] = f"{crystals.ids[index]} has no atoms."
    for index in np.flatnonzero(crystals.n_atoms > LIMIT):
        found[int(index)] = f"{crystals.ids[index]} has {crystals.n_atoms[index]:,} atoms, more than the limit of {LIMIT:,}."


def _note_elements(found: dict[int, str], crystals: Crystals, last: int) -> None:
    for index, atom in _first_of_each(crystals, (crystals.numbers < 1) | (crystals.numbers > last)):
        number = int(crystals.numbers[crystals.offsets[index] + atom])
        found.setdefault(
            index,
            f"{crystals.ids[index]}: atom {atom + 1} has the atomic number {number}, and there are features for 1 (H) to "
            f"{last} ({elements.symbols()[last]}) only.",
        )


def _note_numbers(found: dict[int, str], crystals: Crystals) -> None:
    for index in np.flatnonzero(~np.isfinite(crystals.lattices).all(axis=(1, 2))):
        found.setdefault(int(index), f"{crystals.ids[index]} has a lattice vector that is not finite.")
    for crystal, atom in _first_of_each(crystals, np.any(~np.isfinite(crystals.frac_coords), axis=1)):
        found.setdefault(crystal, f"{crystals.ids[crystal]}: the coordinates of atom {atom + 1} are not finite.")


def _note_flat_cells(found: dict[int, str], crystals: Crystals) -> None:
    with np.errstate(all="ignore"):
        volume = crystals.volumes
    # not (>= and finite), so that NaN and infinity count as well
    for index in np.flatnonzero(~((volume >= _FLAT) & np.isfinite(volume))):
        found.setdefault(
            int(index), f"{crystals.ids[index]} has a cell of volume {volume[index]:.3g} Å³; its lattice vectors lie in a plane."
        )


def _first_of_each(crystals: Crystals, bad: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Index of each crystal with a bad atom, and the index of the first such atom in it."""
    atoms = np.flatnonzero(bad)
    owners, first = np.unique(np.searchsorted(crystals.offsets, atoms, side="right") - 1, return_index=True)
    return [(int(owner), int(atoms[position] - crystals.offsets[owner])) for owner, position in zip(owners, first, strict=True)]


def _name(crystals: Crystals, start: int, index: int) -> str:
    return f"atom {index + 1} ({elements.symbols()[crystals.numbers[start + index]]})"
