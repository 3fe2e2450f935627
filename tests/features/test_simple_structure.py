"""Volumes and distances of crystals that one can work out by hand."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals
from recryst.features import simple_structure

EDGE = 5.64


@pytest.fixture(scope="module")
def salt():
    """NaCl: two atoms in a primitive cell of a quarter of the cubic volume."""
    primitive = EDGE / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    return Crystals.from_structures(["NaCl"], [Structure(Lattice(primitive), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])])


def test_rock_salt_is_as_dense_and_as_closely_packed_as_it_is(salt):
    """2.16 g / cm^3; 8 valence electrons in a quarter of the cubic cell; ions half an edge apart; covalent radii 1.66 and 1.02."""
    (numbers,) = simple_structure.of_crystals(salt)
    found = dict(zip(simple_structure.NAMES, numbers, strict=True))
    assert found["volume per atom"] == pytest.approx(EDGE**3 / 8)
    assert found["mass density"] == pytest.approx(2.163, abs=0.002)
    assert found["valence electrons per volume"] == pytest.approx(8 / (EDGE**3 / 4))
    assert found["atoms in the cell"] == 2
    assert found["shortest distance"] == pytest.approx(EDGE / 2)
    assert found["shortest distance over covalent radii"] == pytest.approx(EDGE / 2 / 2.68)


def test_the_only_atom_of_a_cell_is_nearest_to_its_own_images():
    """Copper: neighbours half a face diagonal away."""
    cell = 3.61 / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    (numbers,) = simple_structure.of_crystals(Crystals.from_structures(["Cu"], [Structure(Lattice(cell), ["Cu"], [[0, 0, 0]])]))
    assert numbers[4] == pytest.approx(3.61 / np.sqrt(2))


def test_no_crystals_have_no_numbers():
    assert simple_structure.of_crystals(Crystals.from_structures([], [])).shape == (0, 6)
