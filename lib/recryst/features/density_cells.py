"""Densities of crystals in any cell, brought into the conventional cell in which networks know them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recryst import symmetry
from recryst.crystals import Crystals, FloatArray
from recryst.datasets import charge_density
from recryst.errors import BadInputError
from recryst.features import density, validity
from recryst.features.density_images import equivalent, wedge

TOLERANCE = 0.1
"""Angstrom by which atoms may be off their symmetric places; that of the computed crystals."""


@dataclass(frozen=True, eq=False)
class ConventionalImage:
    """A density of a conventional cell.

    Parameters
    ----------
    image : (60, 60, 60) float32, electrons / angstrom^3
    lattice : (3, 3) rows are its vectors, angstrom
    space_group : its number
    primitive : the crystal, in its standard primitive cell
    """

    image: NDArray[np.float32]
    lattice: FloatArray
    space_group: int
    primitive: Crystals

    @property
    def misplaced(self) -> float:
        """Share of the electrons that would have to move for the density to have the symmetry of its crystal; 0 outside space group Fm-3m.

        Half the mean absolute difference from the average over equivalent points, over the mean. Grids that lack the symmetry of the cube
        misplace 0.01 % of the electrons in the median of computed crystals, and at most 0.03 %.
        """
        if self.space_group != charge_density.SPACE_GROUP:
            return 0.0
        return float(np.abs(self.image - wedge(self.image)[equivalent()]).mean() / self.image.mean() / 2)

    def from_each_origin(self) -> NDArray[np.float32]:
        """(origins, 60, 60, 60) images from each of the two m-3m sites of a crystal of space group Fm-3m; the one image of another."""
        if self.space_group != charge_density.SPACE_GROUP:
            return self.image[None]
        symmetric = wedge(self.image)[equivalent()]
        half = density.SIZE // 2
        return np.stack([symmetric, np.roll(symmetric, (half, half, half), axis=(0, 1, 2))])


def conventional_image(crystal: Crystals, values: FloatArray) -> ConventionalImage:
    """The image of a density that is given in a primitive or conventional cell, whatever its orientation and origin.

    Parameters
    ----------
    crystal : one
    values : (n1, n2, n3) electrons / angstrom^3, at fractions 0, 1/n, ... along the lattice vectors

    Raises
    ------
    BadInputError : it is no crystal, spglib finds no symmetry, or the cell is larger than the conventional one
    """
    unfit = validity.reasons(crystal)
    if len(unfit):
        raise BadInputError(unfit["reason"][0])
    cell = symmetry.cell_of(crystal, 0)
    found, standard = symmetry.dataset(cell, TOLERANCE), symmetry.standard_primitive(cell, TOLERANCE)
    if found is None or standard is None:
        raise BadInputError(f"The symmetry of {crystal.ids[0]} can't be found.")
    # points: x_standard = P x + p; vectors of the standard cell are therefore the columns of the inverse of P
    to_given = np.linalg.inv(found.transformation_matrix)
    if not np.allclose(to_given, np.rint(to_given), atol=1e-4):
        raise BadInputError(f"{crystal.ids[0]} is given in a cell that is larger than its conventional one; give a smaller cell.")
    seen = density.shifted(values, -to_given @ found.origin_shift)
    lattice, positions, numbers = standard
    offsets = np.array([0, len(numbers)], dtype=np.int64)
    primitive = Crystals(crystal.ids, np.array(lattice)[None], np.array(numbers, np.uint8), np.array(positions), offsets)
    vectors = np.rint(to_given).T
    return ConventionalImage(density.conventional(seen, vectors), vectors @ crystal.lattices[0], int(found.number), primitive)
