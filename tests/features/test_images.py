"""Voxel images: the released code's own, images worked by hand, and what rotations of cube and cloud must do to them."""

from pathlib import Path

import numpy as np
import pytest

from recryst.crystals import Crystals
from recryst.errors import BadCrystalError, BadInputError
from recryst.features import channels, images, rotations, voxels
from recryst.features.voxels import Clouds

VOXEL = 17 / 32


def cloud(points: list[tuple[float, float, float, int]]) -> Clouds:
    rows = np.array(points)
    return Clouds(np.array(["made"]), rows[:, 3].astype(np.uint8), rows[:, :3].astype(np.float32), np.array([0, len(rows)]))


def occupied(image: np.ndarray) -> list[list[int]]:
    return np.argwhere(image.any(axis=-1)).tolist()


def drawn(made: Clouds, rotation: np.ndarray | None = None) -> np.ndarray:
    return images.render(made, np.array([0]), (np.eye(3) if rotation is None else rotation)[None])[0]


@pytest.mark.shared
def test_images_are_those_of_the_released_code(shared: Path, reference_crystals: Crystals) -> None:
    made, _ = voxels.compute(reference_crystals)
    compared = 0
    with np.load(shared / "fixtures" / "voxel" / "reference.npz") as reference:
        for index, name in enumerate(made.ids):
            angles = np.array([reference[f"{name}/{turn}/angles_xyz_deg"] for turn in range(3)])
            found = images.render(made, np.full(3, index), rotations.about_axes(angles), channels.table("released"))
            for turn in range(3):
                expected = np.zeros((32, 32, 32, 3), np.float32)
                expected[tuple(reference[f"{name}/{turn}/index"].T)] = reference[f"{name}/{turn}/values"]
                assert np.array_equal(found[turn], expected), f"{name}, turn {turn}"
                compared += 1
    assert compared == 135


def test_an_atom_is_where_it_is_and_has_its_colour() -> None:
    # (x + 8.5) / 17 * 32: 0 -> 16, 4.0 -> 23.5, -8.4 -> 0.19
    image = drawn(cloud([(0.0, 4.0, -8.4, 26)]))
    assert occupied(image) == [[16, 23, 0]]
    assert image[16, 23, 0] == pytest.approx([26 / 119, 8 / 19, 4 / 8])
    assert image.dtype == np.float32


def test_an_atom_on_a_face_belongs_to_the_upper_voxel_and_the_upper_face_of_the_box_to_none() -> None:
    for step in range(33):
        image = drawn(cloud([(-8.5 + step * VOXEL, 0.0, 0.0, 1)]))
        assert occupied(image) == ([[step, 16, 16]] if step < 32 else [])
    # a rounding error of a few 1e-7 on either side, as cells that are not given exactly have, changes nothing
    for error in (-4e-7, 4e-7):
        assert occupied(drawn(cloud([(4.25 + error, 0.0, 0.0, 1)]))) == [[24, 16, 16]]


def test_two_atoms_and_one_outside() -> None:
    image = drawn(cloud([(0.1, 0.1, 0.1, 11), (2.9, 0.1, 0.1, 17), (8.6, 0.0, 0.0, 17), (0.0, -8.51, 0.0, 8)]))
    assert occupied(image) == [[16, 16, 16], [21, 16, 16]]
    np.testing.assert_array_equal(image[[16, 21], 16, 16], channels.table()[[11, 17]])


def test_a_rotation_turns_the_crystal_about_the_centre_of_the_box() -> None:
    # 45 degrees about z take (4, 0, 1) to (2.828, 2.828, 1): voxels 21.3, 21.3, 17.9
    turned = drawn(cloud([(4.0, 0.0, 1.0, 1)]), rotations.about_axes(np.array([[0, 0, 45]]))[0])
    assert occupied(turned) == [[21, 21, 17]]


def test_an_atom_outside_the_box_is_turned_into_it() -> None:
    # (12, 0, 0) lies outside; along (1, 1, 1) / sqrt(3) it is at (6.93, 6.93, 6.93): voxel 29
    towards = np.array([[1, -1, -1], [1, 1, -1], [1, 0, 2]]) / np.sqrt([3, 2, 6])
    assert occupied(drawn(cloud([(12.0, 0.0, 0.0, 1)]))) == []
    assert occupied(drawn(cloud([(12.0, 0.0, 0.0, 1)]), towards)) == [[29, 29, 29]]


@pytest.mark.parametrize("index", range(24))
def test_a_rotation_of_the_cube_permutes_the_voxels(index: int) -> None:
    # voxel centres 0.5, 1.5 ... from the middle, so that no atom lies on a face: the image turns as an array does
    random = np.random.default_rng(index)
    places = random.choice(32**3, 200, replace=False)
    cells = np.stack(np.unravel_index(places, (32, 32, 32)), axis=1)
    made = cloud([(*((cell - 15.5) * VOXEL), int(random.integers(1, 119))) for cell in cells])
    rotation = rotations.of_the_cube()[index]
    image, turned = drawn(made), drawn(made, rotation)
    to = np.rint((cells - 15.5) @ rotation.T + 15.5).astype(int)
    np.testing.assert_array_equal(turned[tuple(to.T)], image[tuple(cells.T)])
    assert len(occupied(turned)) == 200


def test_images_are_those_of_plain_arithmetic_in_float64(triclinic: Crystals) -> None:
    made, _ = voxels.compute(triclinic)
    turns = rotations.uniform(len(made), np.random.default_rng(5))
    found = images.render(made, np.arange(len(made)), turns)
    atoms = 0
    for index in range(len(made)):
        points = slice(made.offsets[index], made.offsets[index + 1])
        place = (made.positions[points].astype(np.float64) @ turns[index].T + 8.5) / 17 * 32
        on_face = np.abs(place - np.rint(place)) < 1e-9  # the atom of a cell with one atom, in the centre
        place[on_face] = np.rint(place[on_face])
        inside = ((place >= 0) & (place < 32)).all(axis=1)
        expected = np.zeros_like(found[index])
        expected[tuple(place[inside].astype(int).T)] = channels.table()[made.numbers[points][inside]]
        np.testing.assert_array_equal(found[index], expected)
        atoms += inside.sum()
    assert atoms > 3000


def test_the_order_of_atoms_and_of_images_does_not_matter(triclinic: Crystals) -> None:
    made, _ = voxels.compute(triclinic)
    random = np.random.default_rng(1)
    which, turns = random.integers(0, len(made), 150), rotations.uniform(150, random)  # more than are made at once
    found = images.render(made, which, turns)
    order = random.permutation(150)
    assert np.array_equal(images.render(made, which[order], turns[order]), found[order])
    shuffled = [random.permutation(np.arange(*made.offsets[i : i + 2])) for i in range(len(made))]
    rows = np.concatenate(shuffled)
    mixed = Clouds(made.ids, made.numbers[rows], made.positions[rows], made.offsets)
    assert np.array_equal(images.render(mixed, which, turns), found)


def test_the_sums_are_exact() -> None:
    # what makes images the same everywhere: in float64 and in any order the two sums of the module's equation are the same
    random = np.random.default_rng(3)
    turns = rotations.uniform(200, random)
    points = random.normal(size=(200, 3))
    points *= voxels.RADIUS / np.linalg.norm(points, axis=1, keepdims=True)  # the farthest there are
    place = images.in_voxels(points)
    first = np.rint(place * 64) / 64
    matrices = images._split_rotations(turns)
    columns = np.concatenate([first, place - first, np.full((200, 1), 16.0, np.float32)], axis=1)
    assert columns.dtype == np.float32
    exact = np.einsum("nij,nj->ni", matrices.astype(np.float64), columns.astype(np.float64))
    assert np.array_equal(exact, exact.astype(np.float32))
    for order in (np.arange(7), np.arange(7)[::-1], random.permutation(7)):
        total = np.zeros((200, 6), np.float32)
        for column in order:
            total += matrices[:, :, column] * columns[:, column, None]
        assert np.array_equal(total, exact)
    # and they say where the atom is, to what float32 can say
    truth = np.einsum("nij,nj->ni", turns, points) * 32 / 17 + 16
    assert np.abs(exact[:, :3] + exact[:, 3:] - truth).max() * VOXEL < 1e-5


def test_atoms_in_one_voxel_are_refused() -> None:
    made = cloud([(0.1, 0.5, 0.1, 11), (0.5, 0.1, 0.1, 17)])
    with pytest.raises(BadCrystalError, match="Two atoms of made fall into one voxel"):
        drawn(made)
    # turned by 45 degrees, x is (x - y) / sqrt(2): -0.28 and 0.28
    assert occupied(drawn(made, rotations.about_axes(np.array([[0, 0, 45]]))[0])) == [[15, 16, 16], [16, 16, 16]]


def test_no_image_is_an_empty_array_and_wrong_rotations_are_refused(perovskite: Crystals) -> None:
    made, _ = voxels.compute(perovskite)
    assert images.render(made, np.zeros(0, int), np.zeros((0, 3, 3))).shape == (0, 32, 32, 32, 3)
    with pytest.raises(BadInputError, match=r"2 images need as many rotation matrices, not an array of the shape \(1, 3, 3\)"):
        images.render(made, np.array([0, 0]), np.eye(3)[None])


@pytest.mark.shared
def test_the_list_of_occupied_voxels_is_what_an_image_shows(reference_crystals: Crystals) -> None:
    made, _ = voxels.compute(reference_crystals)
    turn = rotations.uniform(1, np.random.default_rng(3))
    for index in range(0, len(made), 7):
        places, numbers = images.occupied(made, index, turn[0])
        expected = np.zeros((32, 32, 32, 3), np.float32)
        expected[tuple(places.T)] = channels.table()[numbers]
        assert len(places) > 50
        assert np.array_equal(images.render(made, np.array([index]), turn)[0], expected)
