"""Many crystals as one structure of arrays: the form in which crystals travel through this project.

123,071 Materials Project crystals are 3.4 million rows of two arrays here, and three million Python objects anywhere
else. pymatgen and ASE objects appear only at the edges, through `Crystals.from_structures` and `Crystals.structure`.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure
from scipy import sparse

from recryst.errors import BadCrystalError, BadInputError
from recryst.storage import content_hash

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]


def positions_of(ids: Iterable[str], among: NDArray[np.str_], otherwise: str) -> IntArray:
    """(n,) where each of ``ids`` stands ``among`` others.

    Raises
    ------
    BadInputError : an id is not there; ``otherwise`` says what that means, such as "have no crystal"
    """
    wanted = np.asarray(list(ids), dtype=str)
    positions = pd.Index(among).get_indexer(pd.Index(wanted))
    missing = wanted[positions < 0]
    if len(missing):
        raise BadInputError(f"{len(missing)} of {len(wanted)} ids {otherwise}, the first is {missing[0]}.")
    return positions


def rows_of(offsets: IntArray, items: IntArray) -> tuple[IntArray, IntArray]:
    """Where the rows of some items stand, and the offsets of these items when only their rows are kept.

    Parameters
    ----------
    offsets : (n + 1,) the rows of item i are ``offsets[i]:offsets[i + 1]``
    items : (m,) indices of items, in any order

    Returns
    -------
    rows : (rows of all these items,) int64, in the order of ``items``
    starts : (m + 1,) int64, offsets into ``rows``
    """
    counts = np.asarray(offsets[1:])[items] - np.asarray(offsets[:-1])[items]
    starts = np.r_[0, np.cumsum(counts)].astype(np.int64)
    return np.arange(starts[-1]) + np.repeat(np.asarray(offsets[:-1])[items] - starts[:-1], counts), starts


@dataclass(frozen=True, eq=False)
class Crystals:
    """Packed crystals.

    Parameters
    ----------
    ids : (crystals,) str, unique
    lattices : (crystals, 3, 3) float64, rows are the lattice vectors, angstrom
    numbers : (atoms,) uint8, atomic numbers of all crystals, one after the other
    frac_coords : (atoms, 3) float64, fractional coordinates
    offsets : (crystals + 1,) int64; the atoms of crystal i are ``offsets[i]:offsets[i + 1]``

    Raises
    ------
    BadInputError : shapes don't fit each other, or an id occurs twice
    """

    ids: NDArray[np.str_]
    lattices: FloatArray
    numbers: IntArray
    frac_coords: FloatArray
    offsets: IntArray

    def __post_init__(self) -> None:
        crystals, atoms = len(self.ids), len(self.numbers)
        if self.lattices.shape != (crystals, 3, 3) or self.frac_coords.shape != (atoms, 3) or self.offsets.shape != (crystals + 1,):
            raise BadInputError(
                f"Arrays of {crystals} crystals and {atoms} atoms don't fit: lattices {self.lattices.shape}, "
                f"frac_coords {self.frac_coords.shape}, offsets {self.offsets.shape}."
            )
        if self.offsets[0] != 0 or self.offsets[-1] != atoms or np.any(np.diff(self.offsets) < 0):
            raise BadInputError(f"Offsets of crystals must rise from 0 to the number of atoms, {atoms}.")
        if len(set(self.ids.tolist())) != crystals:
            seen, counts = np.unique(self.ids, return_counts=True)
            raise BadInputError(f"Each crystal needs an id of its own; {seen[counts > 1][0]} occurs more than once.")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_atoms(self) -> IntArray:
        """(crystals,) number of atoms in each cell."""
        return np.diff(self.offsets)

    @property
    def volumes(self) -> FloatArray:
        """(crystals,) volume of each cell, angstrom^3."""
        return np.abs(np.linalg.det(self.lattices))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over all arrays: equal for equal crystals in equal order, and for nothing else."""
        # in the types of the class, as the same numbers in other types, and ids in wider fields, are the same crystals
        return content_hash(
            self.ids.tolist(),
            self.lattices.astype(np.float64),
            self.numbers.astype(np.uint8),
            self.frac_coords.astype(np.float64),
            self.offsets.astype(np.int64),
        )

    def take(self, indices: Sequence[int] | IntArray) -> "Crystals":
        """The crystals at ``indices``, in that order."""
        indices = np.asarray(indices, dtype=np.int64)
        atoms, offsets = rows_of(self.offsets, indices)
        return Crystals(self.ids[indices], self.lattices[indices], self.numbers[atoms], self.frac_coords[atoms], offsets)

    def select(self, ids: Iterable[str]) -> "Crystals":
        """The crystals with these ids, in that order.

        Raises
        ------
        BadInputError : an id is not here
        """
        return self.take(positions_of(ids, self.ids, "have no crystal"))

    def atoms(self, index: int) -> slice:
        """Where the atoms of crystal ``index`` stand in ``numbers`` and ``frac_coords``."""
        return slice(self.offsets[index], self.offsets[index + 1])

    def holding(self, numbers: Sequence[int]) -> NDArray[np.bool_]:
        """(crystals,) whether each crystal holds an element of one of these atomic numbers."""
        crystal_of = np.repeat(np.arange(len(self)), self.n_atoms)
        return np.bincount(crystal_of, np.isin(self.numbers, numbers), len(self)) > 0

    def amounts(self) -> sparse.csr_array:
        """(crystals, 119) atoms of each element in each cell, by atomic number.

        Raises
        ------
        BadInputError : there is an atomic number above 118
        """
        if np.any(self.numbers > 118):
            raise BadInputError(f"There is no element of atomic number {self.numbers.max()}; the last one is 118, oganesson.")
        crystal = np.repeat(np.arange(len(self)), self.n_atoms)
        pairs, counts = np.unique(crystal * 119 + self.numbers.astype(np.int64), return_counts=True)
        return sparse.csr_array((counts, (pairs // 119, pairs % 119)), shape=(len(self), 119))

    def structure(self, index: int) -> Structure:
        """Crystal ``index`` as a pymatgen structure, for drawing, symmetry and other libraries."""
        atoms = self.atoms(index)
        return Structure(Lattice(self.lattices[index]), self.numbers[atoms].tolist(), self.frac_coords[atoms])

    def formulas(self) -> list[str]:
        """Reduced formula of every crystal, as pymatgen writes it."""
        from pymatgen.core import Composition

        from recryst.elements import symbols  # which knows crystals' types of arrays

        names = np.array(symbols())
        formulas = []
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            numbers, counts = np.unique(self.numbers[start:stop], return_counts=True)
            composition = Composition(dict(zip(names[numbers].tolist(), counts.tolist(), strict=True)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of noble gases, which have no electronegativity to sort by
                formulas.append(composition.reduced_formula)
        return formulas

    @classmethod
    def from_structures(cls, ids: Sequence[str], structures: Sequence[Structure]) -> "Crystals":
        """Pack pymatgen structures; oxidation states are dropped.

        Raises
        ------
        BadCrystalError : a structure has no atoms, partly occupied sites, or a site that is not an element
        """
        for identifier, structure in zip(ids, structures, strict=True):
            _refuse_unordered(identifier, structure)
        numbers = [[site.specie.Z for site in structure] for structure in structures]
        counts = [len(row) for row in numbers]
        return cls(
            np.asarray(ids, dtype=str).reshape(len(counts)),
            np.array([s.lattice.matrix for s in structures], dtype=np.float64).reshape(-1, 3, 3),
            np.concatenate([np.array(row, dtype=np.uint8) for row in numbers] or [np.zeros(0, np.uint8)]),
            np.concatenate([s.frac_coords for s in structures] or [np.zeros((0, 3))]).astype(np.float64),
            np.r_[0, np.cumsum(counts)].astype(np.int64),
        )


def _refuse_unordered(identifier: str, structure: Structure) -> None:
    if len(structure) == 0:
        raise BadCrystalError(f"{identifier} has no atoms.")
    if not structure.is_ordered:
        raise BadCrystalError(f"{identifier} has partly occupied sites; order it first, for example with pymatgen.")
    for site in structure:
        if not 1 <= getattr(site.specie, "Z", 0) <= 118:
            raise BadCrystalError(f"{identifier} has a site {site.species_string} that is no chemical element.")
