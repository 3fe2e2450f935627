"""Clouds of atoms: by hand, beside a slow and plain way, the reference's own, what is rejected, and the kept copy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure
from scipy.spatial import KDTree

from packed import digest, joined
from recryst.crystals import Crystals
from recryst.datasets import mp_structures
from recryst.errors import BadInputError
from recryst.features import lattices, voxels

REACH = voxels.RADIUS + 1e-3  # a little more than half the diagonal


def one(name: str, lattice: Lattice, species: list[str], coords: list[list[float]]) -> Crystals:
    return Crystals.from_structures([name], [Structure(lattice, species, coords)])


def plainly(structure: Structure) -> tuple[np.ndarray, np.ndarray]:
    """The ball around the centre of the atoms' bounding box, by pymatgen."""
    coords = structure.cart_coords
    centre = (coords.min(axis=0) + coords.max(axis=0)) / 2
    sites = structure.get_sites_in_sphere(centre, REACH)
    return np.array([site.coords - centre for site in sites]), np.array([site.specie.Z for site in sites])


def assert_same_atoms(positions: np.ndarray, numbers: np.ndarray, others: np.ndarray, other_numbers: np.ndarray) -> None:
    """Whatever their order."""
    assert len(positions) == len(others)
    distance, partner = KDTree(others).query(positions)
    assert distance.max() < 1e-5
    assert len(set(partner)) == len(others)
    np.testing.assert_array_equal(numbers, other_numbers[partner])


def test_one_atom_in_a_cubic_cell_of_20_is_alone_in_the_centre() -> None:
    made, rejected = voxels.compute(one("Ar", Lattice.cubic(20), ["Ar"], [[0.3, 0.7, 0.9]]))
    assert rejected.empty
    assert made.positions == pytest.approx(np.zeros((1, 3)), abs=1e-9)  # its images are 20 away, the ball reaches 14.7
    assert made.numbers.tolist() == [18]
    assert made.positions.dtype == np.float32


def test_the_centre_is_that_of_the_atoms_not_of_the_cell() -> None:
    # atoms at x = 2 and 5 in a cell of 20: their bounding box has its middle at 3.5
    made, _ = voxels.compute(one("NaCl", Lattice.cubic(20), ["Na", "Cl"], [[0.1, 0.5, 0.5], [0.25, 0.5, 0.5]]))
    assert_same_atoms(made.positions, made.numbers, np.array([[-1.5, 0, 0], [1.5, 0, 0]]), np.array([11, 17]))


def test_a_cell_larger_than_the_box_is_accepted_as_long_as_its_atoms_span_less() -> None:
    long = Lattice.orthorhombic(30, 5, 5)
    fits = one("fits", long, ["Na", "Cl"], [[0.0, 0, 0], [0.5, 0, 0]])  # 15 apart
    wide = one("wide", long, ["Na", "Cl"], [[0.0, 0, 0], [0.6, 0, 0]])  # 18 apart
    made, rejected = voxels.compute(joined(fits, wide))
    assert made.ids.tolist() == ["fits"]
    assert rejected.to_dict("records") == [{"id": "wide", "reason": "wide: its atoms span 18.00 Å along x, more than the box of 17 Å."}]
    # Na at -7.5 and Cl at 7.5 in x, multiples of 5 in y and z: sqrt(14.72^2 - 7.5^2) = 12.67, so all |(5i, 5j)| <= 12.67
    assert sorted(set(made.positions[:, 0].tolist())) == [-7.5, 7.5]
    assert len(made.positions) == 2 * 21


def test_clouds_are_those_of_a_plain_search(triclinic: Crystals) -> None:
    made, rejected = voxels.compute(triclinic)
    assert len(made) + len(rejected) == 60
    assert len(made) > 15
    for index, name in enumerate(made.ids):
        positions, numbers = plainly(triclinic.structure(triclinic.ids.tolist().index(name)))
        points = slice(made.offsets[index], made.offsets[index + 1])
        assert_same_atoms(made.positions[points], made.numbers[points], positions, numbers)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["NaCl", "TiO2_rutile"])
def test_clouds_are_those_of_the_released_code_within_the_ball(shared: Path, reference_crystals: Crystals, name: str) -> None:
    made, _ = voxels.compute(reference_crystals.select([name]))
    with np.load(shared / "fixtures" / "voxel" / "reference.npz") as reference:
        theirs, numbers = reference[f"{name}/cloud_xyz_centred"], reference[f"{name}/cloud_Z"]
    near = np.linalg.norm(theirs, axis=1) <= REACH
    assert_same_atoms(made.positions, made.numbers, theirs[near], numbers[near])


@pytest.mark.shared
def test_accepted_are_those_of_the_released_code(shared: Path, reference_crystals: Crystals) -> None:
    required = pd.read_csv(shared / "fixtures" / "voxel" / "requirements.csv", dtype={"id": str})
    made, rejected = voxels.compute(reference_crystals)
    assert sorted(made.ids) == sorted(required["id"][required["accepted"] == 1])
    assert rejected["id"].tolist() == ["H2_box"]


def test_rejected_crystals_are_listed_with_the_first_reason_in_their_order(perovskite: Crystals, hydrogen_box: Crystals) -> None:
    close = one("close", Lattice.cubic(4), ["Na", "H"], [[0, 0, 0], [0.23, 0, 0]])  # 0.92 apart, below 0.9202
    apart = one("apart", Lattice.cubic(4), ["Na", "H"], [[0, 0, 0], [0.2301, 0, 0]])  # 0.9204
    image = one("image", Lattice.orthorhombic(0.9, 4, 4), ["He"], [[0, 0, 0]])
    unknown = replace(perovskite, ids=np.array(["unknown"]), numbers=np.array([119, 22, 8, 8, 8], np.uint8))
    empty = Crystals(np.array(["empty"]), np.eye(3)[None], np.zeros(0, np.uint8), np.zeros((0, 3)), np.array([0, 0]))
    both = one("both", Lattice.orthorhombic(30, 5, 5), ["Na", "Cl", "H"], [[0, 0, 0], [0.6, 0, 0], [0.61, 0, 0]])
    every = joined(hydrogen_box, close, apart, image, unknown, empty, perovskite, both)
    made, rejected = voxels.compute(every)
    pd.testing.assert_frame_equal(voxels.rejections(every), rejected)
    assert made.ids.tolist() == ["apart", "SrTiO3"]
    shared_voxel = "and atoms nearer than 0.9202 Å can share a voxel of 0.53 Å."
    assert rejected["reason"].tolist() == [
        f"H2: atom 1 (H) and atom 2 (H) are 0.74 Å apart, {shared_voxel}",
        f"close: atom 1 (Na) and atom 2 (H) are 0.92 Å apart, {shared_voxel}",
        f"image: atom 1 (He) and its periodic image are 0.90 Å apart, {shared_voxel}",
        "unknown: atom 1 has the atomic number 119, and there are features for 1 (H) to 118 (Og) only.",
        "empty has no atoms.",
        "both: its atoms span 18.30 Å along x, more than the box of 17 Å.",
    ]


def test_the_heaviest_element_is_accepted() -> None:
    made, _ = voxels.compute(one("Og", Lattice.cubic(5), ["Og"], [[0, 0, 0]]))
    assert set(made.numbers) == {118}


def test_a_translation_of_the_crystal_changes_nothing(triclinic: Crystals) -> None:
    # by whole and broken numbers of cells, all atoms alike
    moved = replace(triclinic, frac_coords=triclinic.frac_coords + np.array([0.37, -2.0, 5.11]))
    first, second = voxels.compute(triclinic)[0], voxels.compute(moved)[0]
    assert first.ids.tolist() == second.ids.tolist()
    for index in range(len(first)):
        points = slice(first.offsets[index], first.offsets[index + 1])
        assert_same_atoms(first.positions[points], first.numbers[points], second.positions[points], second.numbers[points])


def test_standard_orientation_turns_the_crystal_and_decides_what_is_too_wide() -> None:
    # the long axis, 18 of 30, points along (1, 1, 1) / sqrt(3): it spans 10.4 along x as given, and 18 when a lies along x
    turned = Lattice(np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]]) * [[30], [5], [5]])
    crystals = one("turned", turned, ["Na", "Cl"], [[0, 0, 0], [0.6, 0, 0]])
    assert len(voxels.compute(crystals)[0]) == 1
    _, rejected = voxels.compute(crystals, "standard")
    assert "span 18.00 Å along x" in rejected["reason"][0]


def test_standard_orientation_keeps_lengths_angles_and_handedness(triclinic: Crystals) -> None:
    mixed = triclinic.lattices * np.where(np.arange(60) % 2, 1.0, -1.0)[:, None, None]
    turned = lattices.standard_orientation(mixed)
    np.testing.assert_allclose(turned @ turned.swapaxes(1, 2), mixed @ mixed.swapaxes(1, 2), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(np.sign(np.linalg.det(turned)), np.sign(np.linalg.det(mixed)))
    assert np.abs(turned[:, 0, 1:]).max() == np.abs(turned[:, 1, 2]).max() == 0
    assert (turned[:, 0, 0] > 0).all()
    assert (turned[:, 1, 1] > 0).all()


def test_kept_clouds_are_the_computed_ones(triclinic: Crystals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recryst.features.store.PIECE", 7)  # so that pieces of several sizes are joined, one of them empty
    computed, unusable = voxels.compute(triclinic, "standard")
    for jobs in (1, 2):  # made, then read
        kept, rejected = voxels.build(triclinic, "standard", jobs)
        assert digest(kept) == digest(computed)
        pd.testing.assert_frame_equal(rejected, unusable)
    assert digest(voxels.build(triclinic)[0]) != digest(kept)  # another orientation is stored apart
    assert not kept.positions.flags.writeable


def test_an_unknown_orientation_is_named_with_the_known_ones(perovskite: Crystals) -> None:
    for make in (voxels.compute, voxels.build):
        with pytest.raises(BadInputError, match="no orientation 'upright' for voxel clouds; the orientations are given, standard"):
            make(perovskite, "upright")


@pytest.mark.shared
def test_the_filters_part_the_authors_crystals_from_the_others(shared: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # the authors give the ids of the crystals that they kept, not of the 15,345 that they left out; of today's 123,071 structures
    # they kept 116,436, of which the filters here reject 863 (0.7 %), and of the other 6,635 they reject 6,210 (94 %)
    monkeypatch.setenv("RECRYST_DATA", str(shared / "data"))
    crystals = mp_structures.load().crystals
    kept = pd.read_parquet(shared / "data" / "xie_spp" / "xie_predictions.parquet")["material_id"]
    authors = pd.Index(crystals.ids).isin(kept)
    assert authors.sum() == 116_436
    for positions, orientation, low, high in (
        (np.flatnonzero(authors)[::40], "standard", 0.002, 0.013),
        (np.flatnonzero(authors)[::40], "given", 0.013, 0.03),  # pymatgen's orientation is not the authors'
        (np.flatnonzero(~authors)[::10], "standard", 0.9, 0.97),
    ):
        _, rejected = voxels.compute(crystals.take(positions), orientation)
        assert low < len(rejected) / len(positions) < high
