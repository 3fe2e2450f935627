"""Volumes and distances of crystals that one can work out by hand."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from packed import joined
from recryst.crystals import Crystals
from recryst.features import simple_structure
from recryst.training import sources
from recryst.training.configuration import Configuration

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


def test_numbers_do_not_depend_on_the_cell():
    """The same crystal in skewed cells, whose vectors' neighbours are not the nearest images."""
    lattice = np.diag([3.0, 4.0, 5.0])
    places = np.array([[0, 0, 0], [0.1, 0.7, 0.45]])
    found = []
    for skew in (np.eye(3), [[1, 0, 0], [3, 1, 0], [0, 0, 1]], [[1, 0, 0], [5, 1, 0], [-7, 4, 1]]):
        structure = Structure(Lattice(skew @ lattice), ["Na", "Cl"], places @ lattice, coords_are_cartesian=True)
        found.append(simple_structure.of_crystals(Crystals.from_structures(["NaCl"], [structure]))[0])
    np.testing.assert_allclose(found, [found[0]] * 3, rtol=1e-9)
    bond = np.linalg.norm([0.3, 1.2, 2.25])
    assert found[0][4] == pytest.approx(bond)
    # sodium, of radius 1.66, and its own image
    assert found[0][5] == pytest.approx(3 / 3.32)


def test_beyond_curium_there_are_no_covalent_radii():
    crystals = Crystals.from_structures(["Cf", "Cm"], [Structure(Lattice.cubic(4), [symbol], [[0, 0, 0]]) for symbol in ("Cf", "Cm")])
    assert np.isnan(simple_structure.of_crystals(crystals)[:, 5]).tolist() == [True, False]
    settings = {"task": "made", "network": "composition-image", "structure": True}
    source, rejected = sources.prepare(crystals, Configuration.checked(**settings))
    assert source.ids.tolist() == ["Cm"]
    assert "Cf: atom 1 has the atomic number 98" in rejected["reason"][0]


def test_no_crystals_have_no_numbers():
    assert simple_structure.of_crystals(Crystals.from_structures([], [])).shape == (0, 6)


def test_atoms_on_each_other_are_no_distance_apart_and_are_no_composition(salt):
    """Chlorine listed twice is a common fault of CIF files."""
    listed_twice = Structure(Lattice.cubic(4), ["Na", "Cl", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    crystals = joined(salt, Crystals.from_structures(["twice"], [listed_twice]))
    assert simple_structure.of_crystals(crystals)[1, 4] == 0
    for structure in (True, False):
        settings = {"task": "made", "network": "composition-image", "structure": structure}
        source, rejected = sources.prepare(crystals, Configuration.checked(**settings))
        assert source.ids.tolist() == ["NaCl"]
        assert "0.00 Å apart" in rejected["reason"][0]
