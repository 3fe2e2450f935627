"""Crystals as they are computed: the standard primitive cell, exactly symmetric, with the symmetry that is averaged over."""

from dataclasses import dataclass

import numpy as np
import spglib

from recryst import symmetry
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.dft.settings import MAGNETIC, SYMMETRY_TOLERANCE
from recryst.elements import symbols
from recryst.errors import BadCrystalError, BadInputError

CUBIC = 195
"""The first space group of the cubic crystal system, which is the last one."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A standard primitive cell.

    Parameters
    ----------
    lattice : (3, 3) vectors in rows, angstrom; cubic axes lie along x, y and z
    numbers : (atoms,) atomic numbers
    positions : (atoms, 3) fractional, 0 to 1
    space_group : its number
    space_group_symbol : Hermann-Mauguin, as spglib writes it: "Fm-3m"
    rotations, translations : (operations, 3, 3) integers and (operations, 3), on fractional coordinates
    """

    lattice: FloatArray
    numbers: IntArray
    positions: FloatArray
    space_group: int
    space_group_symbol: str
    rotations: IntArray
    translations: FloatArray

    @property
    def symbols(self) -> list[str]:
        """Of every atom."""
        return [symbols()[number] for number in self.numbers]

    @property
    def is_cubic(self) -> bool:
        """Whether three elastic constants are all there are."""
        return self.space_group >= CUBIC

    @property
    def moments(self) -> list[float]:
        """Magnetic moment of every atom at the start, Bohr magneton: ferromagnetic where Cr, Mn, Fe, Co or Ni is present, else zero."""
        return [MAGNETIC.get(symbol, 0.0) for symbol in self.symbols]


def standard(crystals: Crystals, index: int) -> Cell:
    """The standard primitive cell of a crystal, made exactly symmetric: GPAW takes 3 to 4 times as long where symmetry holds by half.

    Raises
    ------
    BadCrystalError : no symmetry can be found, as in a flat cell; atoms that overlap need not be noticed
    """
    found = symmetry.standard_primitive(symmetry.cell_of(crystals, index), SYMMETRY_TOLERANCE)
    dataset = symmetry.dataset(found, 1e-3) if found is not None else None
    if found is None or dataset is None:
        raise BadCrystalError("spglib finds no symmetry in it")
    lattice, positions, numbers = found
    return Cell(
        np.array(lattice, dtype=np.float64),
        np.array(numbers, dtype=np.int64),
        np.array(positions, dtype=np.float64) % 1.0,
        int(dataset.number),
        str(dataset.international),
        np.array(dataset.rotations, dtype=np.int64),
        np.array(dataset.translations, dtype=np.float64),
    )


def irreducible_k_points(cell: Cell, mesh: tuple[int, int, int]) -> int:
    """How many points of a Gamma-centred mesh are left to be computed: by operations without translation, as in GPAW, and time reversal.

    Raises
    ------
    BadCrystalError : the mesh does not fit the symmetry
    """
    in_place = np.abs(cell.translations - np.rint(cell.translations)).max(axis=1) < 1e-3
    found = spglib.get_stabilized_reciprocal_mesh(mesh, cell.rotations[in_place], is_time_reversal=True)
    if found is None:
        raise BadCrystalError(f"spglib finds no symmetry in a mesh of {mesh} k points")
    return len(np.unique(found[0]))


def symmetrised(density: FloatArray, cell: Cell) -> tuple[FloatArray, float]:
    """A density averaged over the operations that carry its grid into itself, and by how much that changed it.

    Parameters
    ----------
    density : (n1, n2, n3) on a grid of the cell

    Returns
    -------
    density : of the same shape
    change : the largest one of a point, relative to the largest density

    Raises
    ------
    BadInputError : it is no grid of three dimensions
    """
    if density.ndim != 3:
        raise BadInputError(f"A density is a grid with three axes, not of shape {density.shape}.")
    size = np.array(density.shape)
    points = np.indices(density.shape).reshape(3, -1)
    total, counted = np.zeros(density.size), 0
    for rotation, translation in zip(cell.rotations, cell.translations, strict=True):
        matrix, shift = size[:, None] * rotation / size, translation * size
        if np.allclose(matrix, np.rint(matrix), atol=1e-9) and np.allclose(shift, np.rint(shift), atol=1e-3):
            image = (np.rint(matrix).astype(int) @ points + np.rint(shift).astype(int)[:, None]) % size[:, None]
            total += density.ravel()[np.ravel_multi_index(tuple(image), density.shape)]
            counted += 1
    mean = (total / counted).reshape(density.shape)
    return mean, float(np.abs(mean - density).max() / density.max())
