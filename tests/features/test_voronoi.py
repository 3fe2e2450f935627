"""Bonds by Voronoi faces: volumes that must add up, textbook coordination, and cases where a face is missing."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals
from recryst.features import lattices, voronoi


def pack(**structures: Structure) -> Crystals:
    return Crystals.from_structures(list(structures), list(structures.values()))


def coordination(crystals: Crystals) -> list[int]:
    neighbours, _ = voronoi.bonded(crystals)
    return (neighbours >= 0).sum(axis=1).tolist()


def test_pyramids_on_the_faces_fill_the_cell(triclinic: Crystals) -> None:
    # each face and its atom make a pyramid of area * (distance / 2) / 3; together they are the cell exactly, if no face
    # is missing, none is too much, and none was cut by too few images
    bases, transforms = lattices.reduced(triclinic.lattices)
    for index, (start, stop) in enumerate(zip(triclinic.offsets[:-1], triclinic.offsets[1:], strict=True)):
        faces = voronoi.faces(bases[index], (triclinic.frac_coords[start:stop] @ transforms[index]) % 1.0)
        assert (faces[:, 2] * faces[:, 3]).sum() / 6 == pytest.approx(abs(np.linalg.det(bases[index])), rel=1e-9)


def test_faces_of_the_body_centred_lattice_by_hand() -> None:
    # the truncated octahedron for a = 2: 8 hexagons of area 3 sqrt(3) / 4 at sqrt(3), 6 squares of area 1/2 at 2
    basis = np.array([[-1.0, 1, 1], [1, -1, 1], [1, 1, -1]])
    faces = voronoi.faces(basis, np.zeros((1, 3)))
    faces = faces[faces[:, 3] > 1e-6]
    order = np.argsort(faces[:, 2])
    assert faces[order, 2] == pytest.approx([3**0.5] * 8 + [2.0] * 6)
    assert faces[order, 3] == pytest.approx([0.75 * 3**0.5] * 8 + [0.5] * 6)


def test_textbook_coordination_numbers() -> None:
    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    diamond = Structure.from_spacegroup("Fd-3m", Lattice.cubic(3.567), ["C"], [[0, 0, 0]])
    fluorite = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.463), ["Ca", "F"], [[0, 0, 0], [0.25, 0.25, 0.25]])
    assert coordination(pack(salt=salt)) == [6] * 8
    assert coordination(pack(diamond=diamond)) == [4] * 8
    assert coordination(pack(fluorite=fluorite)) == [8] * 4 + [4] * 8


def test_a_distance_above_the_sum_of_radii_is_no_bond() -> None:
    # copper: radii 2 x 1.32 + 0.25 = 2.89; the 12 neighbours of the face-centred lattice are at a / sqrt(2)
    for a, expected in ((4.08, 12), (4.09, 0)):
        assert a / 2**0.5 == pytest.approx(2.89, abs=0.01)
        assert coordination(pack(copper=Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), ["Cu"], [[0, 0, 0]]))) == [expected] * 4


def test_close_atoms_without_a_common_face_are_not_bonded() -> None:
    # Li at 0, 1.2 and 2.4 on a line in a wide box: the outer two are near enough (2.4 < 2 x 1.28 + 0.25), but between
    # them is the cell of the one in the middle
    line = Structure(Lattice.cubic(30), ["Li", "Li", "Li"], [[0, 0, 0], [0.04, 0, 0], [0.08, 0, 0]])
    neighbours, distances = voronoi.bonded(pack(line=line))
    assert neighbours.tolist() == [[1, -1], [0, 2], [1, -1]]
    assert distances == pytest.approx(np.array([[1.2, 0], [1.2, 1.2], [1.2, 0]]))


def test_cells_that_touch_in_an_edge_have_no_common_face() -> None:
    # simple cubic with a = 3.4: caesium radii 2 x 2.44 + 0.25 = 5.13 reach the 12 second neighbours at 4.81, whose cubes
    # touch in an edge only; the third at 5.89 touch in a corner. Rounding errors in a file open the edges to slits
    cubic = Structure(Lattice.cubic(3.4), ["Cs"], [[0, 0, 0]])
    assert coordination(pack(cubic=cubic)) == [6]
    rounded = cubic * (2, 2, 2)
    rounded.perturb(1e-4, seed=0)
    assert coordination(pack(rounded=rounded)) == [6] * 8


def test_bonds_run_both_ways(triclinic: Crystals) -> None:
    neighbours, distances = voronoi.bonded(triclinic)
    start = np.repeat(triclinic.offsets[:-1], triclinic.n_atoms)
    centre, slot = np.nonzero(neighbours >= 0)
    other = neighbours[centre, slot] + start[centre]
    there = sorted(zip(centre.tolist(), other.tolist(), distances[centre, slot].round(7).tolist(), strict=True))
    back = sorted(zip(other.tolist(), centre.tolist(), distances[centre, slot].round(7).tolist(), strict=True))
    assert there == back
    assert len(there) > 100


def test_skewed_cell_has_the_same_bonds() -> None:
    rutile = Structure.from_spacegroup("P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.3053, 0.3053, 0]])
    skew = np.array([[1, 2, 0], [0, 1, -3], [1, 0, 1]])
    assert round(abs(np.linalg.det(skew))) == 5  # five times the cell
    larger = rutile.copy()
    larger.make_supercell(skew)
    expected = dict(zip(rutile.atomic_numbers, coordination(pack(rutile=rutile)), strict=True))
    assert expected == {22: 6, 8: 3}
    assert coordination(pack(larger=larger)) == [expected[number] for number in larger.atomic_numbers]


def test_no_crystals_have_no_bonds(triclinic: Crystals) -> None:
    neighbours, distances = voronoi.bonded(triclinic.take([]))
    assert neighbours.shape == distances.shape == (0, 0)


def test_layers_farther_apart_than_the_first_reach_are_no_obstacle():
    # a square lattice of hydrogen atoms, 0.75 angstrom apart in the plane and 30 angstrom between planes: each has the
    # four neighbours of its plane; the images within the first reach all lie in one plane
    crystals = Crystals(np.array(["H"]), np.diag([0.75, 0.75, 30.0])[None], np.array([1], np.uint8), np.zeros((1, 3)), np.array([0, 1]))
    neighbours, distances = voronoi.bonded(crystals)
    assert np.count_nonzero(neighbours >= 0) == 4
    np.testing.assert_allclose(distances[distances > 0], 0.75)
