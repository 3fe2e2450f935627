"""What one knows of a crystal besides its composition without any electronic structure: how large and how densely packed it is."""

import numpy as np
from ase.data import atomic_masses
from scipy.constants import atomic_mass

from recryst.crystals import Crystals, FloatArray
from recryst.elements import covalent_radii
from recryst.features import magpie

NAMES = (
    "volume per atom",
    "mass density",
    "valence electrons per volume",
    "atoms in the cell",
    "shortest distance",
    "shortest distance over covalent radii",
)
"""Angstrom^3; g / cm^3; 1 / angstrom^3, by Magpie's count; atoms; angstrom; and a number."""
GRAMS_IN_CM3 = atomic_mass * 1e3 / 1e-24
"""Atomic mass units / angstrom^3 in g / cm^3."""
SHIFTS = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])


def of_crystals(crystals: Crystals) -> FloatArray:
    """The numbers of `NAMES` of each crystal.

    Parameters
    ----------
    crystals : in reduced cells, so that nearest images lie in neighbouring cells

    Returns
    -------
    (crystals, 6) float64
    """
    starts = crystals.offsets[:-1]
    volume, n_atoms = np.abs(np.linalg.det(crystals.lattices)), crystals.n_atoms
    mass = np.add.reduceat(atomic_masses[crystals.numbers], starts)
    electrons = np.add.reduceat(magpie.table()["NValence"].to_numpy()[crystals.numbers - 1], starts)
    distances = np.array([_shortest(crystals, index) for index in range(len(crystals))]).reshape(-1, 2)
    return np.column_stack([volume / n_atoms, mass / volume * GRAMS_IN_CM3, electrons / volume, n_atoms, distances])


def _shortest(crystals: Crystals, index: int) -> tuple[float, float]:
    """Shortest distance between two atoms, in angstrom; and the shortest over the sum of their covalent radii."""
    atoms = crystals.atoms(index)
    places, radii = crystals.frac_coords[atoms], covalent_radii()[crystals.numbers[atoms]]
    between = places[None, :, None] - places[:, None, None] + SHIFTS
    distance = np.linalg.norm(between @ crystals.lattices[index], axis=-1)
    distance[distance < 1e-6] = np.inf  # an atom and itself
    nearest = distance.min(axis=2)
    return float(nearest.min()), float((nearest / (radii[:, None] + radii)).min())
