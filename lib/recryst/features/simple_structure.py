"""What one knows of a crystal besides its composition without any electronic structure: how large and how densely packed it is."""

import numpy as np
from ase.data import atomic_masses
from scipy.constants import atomic_mass

from recryst.crystals import Crystals, FloatArray
from recryst.elements import covalent_radii
from recryst.features import lattices, magpie

NAMES = (
    "volume per atom",
    "mass density",
    "valence electrons per volume",
    "atoms in the cell",
    "shortest distance",
    "shortest distance over covalent radii",
)
"""Angstrom^3; g / cm^3; 1 / angstrom^3, by Magpie's count; atoms; angstrom; and a number."""
LAST = 96
"""Curium, the last element with a covalent radius."""
GRAMS_IN_CM3 = atomic_mass * 1e3 / 1e-24
"""Atomic mass units / angstrom^3 in g / cm^3."""
SHIFTS = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
HERE = 13
"""The shift among `SHIFTS` that is none."""


def of_crystals(crystals: Crystals) -> FloatArray:
    """The numbers of `NAMES` of each crystal, in whatever cell it is given.

    Returns
    -------
    (crystals, 6) float64; the last is NaN where an element above `LAST` is, of which there is no covalent radius
    """
    starts = crystals.offsets[:-1]
    volume, n_atoms = crystals.volumes, crystals.n_atoms
    mass = np.add.reduceat(atomic_masses[crystals.numbers], starts)
    electrons = np.add.reduceat(magpie.table()["NValence"].to_numpy()[crystals.numbers - 1], starts)
    bases, transforms = lattices.reduced(crystals.lattices)
    distances = []
    for index in range(len(crystals)):
        atoms = crystals.atoms(index)
        places = crystals.frac_coords[atoms] @ transforms[index]
        distances.append(_shortest(places, bases[index], covalent_radii()[crystals.numbers[atoms]]))
    return np.column_stack([volume / n_atoms, mass / volume * GRAMS_IN_CM3, electrons / volume, n_atoms, np.reshape(distances, (-1, 2))])


def _shortest(places: FloatArray, basis: FloatArray, radii: FloatArray) -> tuple[float, float]:
    """Shortest distance between two atoms, in angstrom; and the shortest over the sum of their covalent radii.

    The basis must be a reduced one, in which the nearest image of an atom lies in a neighbouring cell.
    """
    found = []
    for atom, (place, radius) in enumerate(zip(places, radii, strict=True)):
        between = places - place
        images = (between - np.rint(between))[:, None] + SHIFTS
        distance = np.linalg.norm(images @ basis, axis=-1)
        distance[atom, HERE] = np.inf  # the atom and itself
        nearest = distance.min(axis=1)
        found.append((nearest.min(), (nearest / (radius + radii)).min()))
    shortest, relative = np.min(found, axis=0)
    return float(shortest), float(relative)
