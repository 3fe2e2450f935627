"""Nearest neighbours: against pymatgen and ASE, by hand, and unchanged by what must not matter."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from ase.neighborlist import neighbor_list
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from scipy.stats import special_ortho_group

from recryst.crystals import Crystals
from recryst.errors import BadInputError
from recryst.features import neighbours


def changed(crystals: Crystals, **arrays: np.ndarray) -> Crystals:
    content = {name: getattr(crystals, name) for name in ("ids", "lattices", "numbers", "frac_coords", "offsets")}
    return Crystals(**(content | arrays))


def elements_and_distances(crystals: Crystals) -> list[list[tuple[int, float]]]:
    """For each atom, the sorted atomic numbers and distances of its 12 neighbours."""
    near, distance = neighbours.nearest(crystals)
    start = np.repeat(crystals.offsets[:-1], crystals.n_atoms)
    numbers = crystals.numbers[near + start[:, None]]
    return [sorted(zip(z.tolist(), d.round(5).tolist(), strict=True)) for z, d in zip(numbers, distance, strict=True)]


def test_equal_to_pymatgen_on_random_skewed_cells(triclinic: Crystals) -> None:
    near, distance = neighbours.nearest(triclinic)
    for index in range(len(triclinic)):
        atoms = slice(triclinic.offsets[index], triclinic.offsets[index + 1])
        found = triclinic.structure(index).get_all_neighbors(distance[atoms].max() + 0.1)
        for atom, others in enumerate(found):
            expected = sorted((other.nn_distance, other.index) for other in others)[:12]
            # random distances are never equal, but for images of one atom at +T and -T, which have the same index
            assert distance[atoms][atom] == pytest.approx([d for d, _ in expected], abs=1e-8)
            assert near[atoms][atom].tolist() == [i for _, i in expected]


def test_equal_to_ase_on_random_cells(triclinic: Crystals) -> None:
    _, distance = neighbours.nearest(triclinic)
    for index in range(0, len(triclinic), 5):
        rows = distance[triclinic.offsets[index] : triclinic.offsets[index + 1]]
        # ASE gets the reduced cell: it would take minutes for the skewed ones
        reduced = triclinic.structure(index).get_reduced_structure("LLL")
        centre, length = neighbor_list("id", AseAtomsAdaptor.get_atoms(reduced), rows.max() + 0.1)
        for atom, row in enumerate(rows):
            assert row == pytest.approx(np.sort(length[centre == atom])[:12], abs=1e-8)


def test_simple_cubic_by_hand() -> None:
    # polonium, a = 3.35: 6 neighbours at a, then 6 of the 12 at a sqrt(2); all are images of the one atom
    crystals = Crystals.from_structures(["Po"], [Structure(Lattice.cubic(3.35), ["Po"], [[0.3, 0.3, 0.3]])])
    near, distance = neighbours.nearest(crystals)
    assert near.tolist() == [[0] * 12]
    assert distance[0] == pytest.approx([3.35] * 6 + [3.35 * 2**0.5] * 6, abs=1e-12)


def test_a_cut_tie_takes_heavier_elements_first(perovskite: Crystals) -> None:
    near, distance = neighbours.nearest(perovskite)
    for oxygen in (2, 3, 4):
        # 2 Ti at a/2; then 4 Sr and 8 O at a/sqrt(2): all four Sr and six of the O
        assert distance[oxygen] == pytest.approx([3.905 / 2] * 2 + [3.905 / 2**0.5] * 10)
        assert np.bincount(perovskite.numbers[near[oxygen]])[[8, 22, 38]].tolist() == [6, 2, 4]


def test_rotation_changes_nothing_even_where_a_tie_is_cut(perovskite: Crystals) -> None:
    near, distance = neighbours.nearest(perovskite)
    for seed in range(10):
        rotation = special_ortho_group.rvs(3, random_state=seed)
        turned, length = neighbours.nearest(changed(perovskite, lattices=perovskite.lattices @ rotation))
        assert np.array_equal(turned, near)
        assert length == pytest.approx(distance, abs=1e-12)


def test_shift_and_choice_of_the_cell_change_nothing(perovskite: Crystals) -> None:
    expected = elements_and_distances(perovskite)
    random = np.random.default_rng(0)
    for _ in range(5):
        # so far away that rounding errors in the distances are 1e-12, and equal distances differ by that
        whole = random.integers(-3000, 3000, perovskite.frac_coords.shape)
        assert elements_and_distances(changed(perovskite, frac_coords=perovskite.frac_coords + whole + random.uniform())) == expected
    # the same lattice with vectors of up to 40 angstrom
    skew = np.array([[1, 4, 0], [0, 1, 0], [-3, 2, 1]])
    skewed = changed(perovskite, lattices=skew @ perovskite.lattices, frac_coords=perovskite.frac_coords @ np.linalg.inv(skew))
    assert elements_and_distances(skewed) == expected


def test_order_of_atoms_changes_nothing_but_the_order(perovskite: Crystals) -> None:
    expected = elements_and_distances(perovskite)
    for order in ([3, 0, 4, 2, 1], [2, 3, 4, 1, 0]):  # strontium, which the tie is cut for, among and after the oxygens
        shuffled = changed(perovskite, numbers=perovskite.numbers[order], frac_coords=perovskite.frac_coords[order])
        assert elements_and_distances(shuffled) == [expected[atom] for atom in order]


def test_supercell_has_the_same_neighbours(triclinic: Crystals, perovskite: Crystals) -> None:
    # 3 x 2 x 4 cells of up to 216 atoms, which are searched atom by atom, and with fewer images
    for crystals in (triclinic.take(range(15)), perovskite):
        structures = [crystals.structure(index) for index in range(len(crystals))]
        larger = Crystals.from_structures(crystals.ids.tolist(), [structure * (3, 2, 4) for structure in structures])
        expected = [row for row in elements_and_distances(crystals) for _ in range(24)]
        assert elements_and_distances(larger) == expected


def test_a_crystal_alone_has_the_neighbours_it_has_among_others(triclinic: Crystals) -> None:
    near, distance = neighbours.nearest(triclinic)
    for index in range(0, len(triclinic), 7):
        atoms = slice(triclinic.offsets[index], triclinic.offsets[index + 1])
        alone, length = neighbours.nearest(triclinic.take([index]))
        assert np.array_equal(alone, near[atoms])
        assert length == pytest.approx(distance[atoms], abs=1e-12)


def test_molecule_in_a_box_by_hand(hydrogen_box: Crystals) -> None:
    # the partner at 0.74; its image on the other side at 15 - 0.74; the six own images at 15 and, farther by less than
    # a tenth, the partner's four images beside it at sqrt(15^2 + 0.74^2)
    near, distance = neighbours.nearest(hydrogen_box)
    expected = [0.74, 14.26] + [15.0] * 6 + [(15**2 + 0.74**2) ** 0.5] * 4
    assert distance == pytest.approx(np.array([expected, expected]), abs=1e-9)
    assert near.tolist() == [[1, 1] + [0] * 6 + [1] * 4, [0, 0] + [1] * 6 + [0] * 4]


def test_an_atom_far_from_a_cluster_finds_it() -> None:
    # 27 atoms on a grid of 2 around the centre of a box of 18, and one alone in its corner: within 10.2, which the mean
    # density suggests for 1.7 x 12 neighbours, it sees nothing. Nearest are the corners of the eight clusters around it,
    # at sqrt(7^2 + 7^2 + 7^2), then 24 atoms in the middle of their edges at sqrt(7^2 + 7^2 + 9^2)
    grid = np.stack(np.meshgrid([-2, 0, 2], [-2, 0, 2], [-2, 0, 2]), axis=-1).reshape(-1, 3) / 18 + 0.5
    crystal = Structure(Lattice.cubic(18), ["Ni"] * 27 + ["Xe"], [*grid.tolist(), [0, 0, 0]])
    near, distance = neighbours.nearest(Crystals.from_structures(["cluster"], [crystal]))
    assert distance[27] == pytest.approx([7 * 3**0.5] * 8 + [179**0.5] * 4)
    assert 27 not in near[27]
    assert distance[13] == pytest.approx([2.0] * 6 + [8**0.5] * 6)


def test_long_and_flat_cells_are_searched_without_many_images() -> None:
    needle = Structure(Lattice.orthorhombic(2, 2, 4000), ["Cu"], [[0, 0, 0]])
    plate = Structure(Lattice.orthorhombic(300, 300, 2), ["Cu"], [[0, 0, 0]])
    _, distance = neighbours.nearest(Crystals.from_structures(["needle", "plate"], [needle, plate]))
    assert distance[0] == pytest.approx([2.0] * 4 + [8**0.5] * 4 + [4.0] * 4)
    assert distance[1] == pytest.approx([2.0 * step for step in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6)])


def test_atoms_in_one_place_are_at_distance_zero() -> None:
    twice = Structure(Lattice.cubic(4), ["Na", "Cl"], [[0.1, 0.2, 0.3], [1.1, 0.2, -0.7]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        near, distance = neighbours.nearest(Crystals.from_structures(["twice"], [twice]), 1)
    assert near.tolist() == [[1], [0]]
    assert distance == pytest.approx(np.zeros((2, 1)), abs=1e-6)


def test_no_crystals_have_no_neighbours(triclinic: Crystals) -> None:
    near, distance = neighbours.nearest(triclinic.take([]))
    assert near.shape == distance.shape == (0, 12)


def test_coordinates_that_are_not_finite_are_refused(perovskite: Crystals) -> None:
    coords = perovskite.frac_coords.copy()
    coords[2, 1] = np.nan
    with pytest.raises(BadInputError, match="must be finite"):
        neighbours.nearest(changed(perovskite, frac_coords=coords))


@pytest.mark.shared
def test_equal_to_pymatgen_on_real_crystals(shared: Path) -> None:
    """Distances within 8 angstrom of a hundred Materials Project crystals of all sizes."""
    with np.load(shared / "data" / "mp_structures" / "mp_structures.npz") as content:
        names, cells, numbers, coords = (
            content["material_id"].astype(str),
            content["cell"].astype(float),
            content["z"],
            content["frac_q"].T / 65520,
        )
        offsets = np.r_[0, np.cumsum(content["natoms"], dtype=np.int64)]
    chosen = np.random.default_rng(5).choice(len(names), 100, replace=False)
    structures = [
        Structure(Lattice.from_parameters(*cells[index]), numbers[atoms].tolist(), coords[atoms])
        for index in chosen
        for atoms in [slice(offsets[index], offsets[index + 1])]
    ]
    crystals = Crystals.from_structures(names[chosen].tolist(), structures)
    _, distance = neighbours.nearest(crystals)
    for index, structure in enumerate(structures):
        ours = distance[crystals.offsets[index] : crystals.offsets[index + 1]]
        centre, _, _, length = structure.get_neighbor_list(8.0)
        for atom, row in enumerate(ours):
            expected = np.sort(length[centre == atom])[:12]
            assert row[: len(expected)] == pytest.approx(expected, abs=1e-7)
            assert (row[len(expected) :] > 8.0).all()


def test_two_lattice_vectors_equal_but_for_rounding_end_the_search():
    # zinc as read from float32: |a| and |b| differ by 1e-7, and the nearest neighbours of an atom are its own images
    lattice = np.array([[2.6580495834350586, 0, 0], [-1.3290247917175293, 2.301938533782959, 0], [0, 0, 4.933340072631836]])
    crystals = Crystals(
        np.array(["Zn"]),
        lattice[None],
        np.array([30, 30], np.uint8),
        np.array([[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]]),
        np.array([0, 2]),
    )
    _, distances = neighbours.nearest(crystals, 1)
    np.testing.assert_allclose(distances, 2.65805, atol=1e-5)
