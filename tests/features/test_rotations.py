"""Rotations: that they are rotations, that the uniform ones are uniform and the released ones are not, and the cube's 24."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from recryst.errors import BadInputError
from recryst.features import rotations


def angles(matrices: np.ndarray) -> np.ndarray:
    return np.degrees(np.arccos(np.clip((np.trace(matrices, axis1=1, axis2=2) - 1) / 2, -1, 1)))


@pytest.mark.parametrize("kind", ["haar", "released", "none"])
def test_every_kind_gives_proper_rotations(kind: str) -> None:
    drawn = rotations.draw(kind, 500, np.random.default_rng(1))
    assert drawn.shape == (500, 3, 3)
    np.testing.assert_allclose(drawn @ drawn.swapaxes(1, 2), np.broadcast_to(np.eye(3), drawn.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(drawn), 1, atol=1e-12)


@pytest.mark.parametrize("kind", ["haar", "released"])
def test_the_seed_decides(kind: str) -> None:
    first, again, other = (rotations.draw(kind, 4, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.isclose(first, other).all(axis=(1, 2)).any()


def test_uniform_rotations_are_uniform() -> None:
    drawn = rotations.uniform(40_000, np.random.default_rng(0))
    # a fixed direction goes anywhere on the sphere with the same chance: each coordinate is uniform in -1 to 1 (Archimedes)
    for axis in np.eye(3):
        for coordinate in (drawn @ axis).T:
            share, _ = np.histogram(coordinate, bins=20, range=(-1, 1))
            assert np.abs(share / 40_000 - 0.05).max() < 0.006  # five standard deviations of a share
    # the angle of a Haar-uniform rotation has the density (1 - cos a) / 180 degrees; its median is where a - sin a = pi / 2
    assert np.median(angles(drawn)) == pytest.approx(132.35, abs=1.0)


def test_released_rotations_are_not_uniform() -> None:
    drawn = rotations.draw("released", 40_000, np.random.default_rng(0))
    # x goes to (cos y cos z, cos y sin z, -sin y): its height is -sin of a uniform angle, dense near the poles (arcsine law)
    share, _ = np.histogram(drawn[:, 2, 0], bins=20, range=(-1, 1))
    assert share[0] / 40_000 == pytest.approx(np.arccos(0.9) / np.pi, abs=0.008)  # 14 % rather than 5 %
    assert share[10] / 40_000 == pytest.approx((np.arcsin(0.1)) / np.pi, abs=0.006)  # 3 %


def test_rotations_about_axes_are_right_handed_and_in_the_order_x_y_z() -> None:
    about_x, about_y, about_z = rotations.about_axes(90.0 * np.eye(3))
    np.testing.assert_allclose(about_x @ [0, 1, 0], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(about_y @ [0, 0, 1], [1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(about_z @ [1, 0, 0], [0, 1, 0], atol=1e-15)
    degrees = np.random.default_rng(2).uniform(0, 360, (50, 3))
    expected = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()  # lower case: about fixed axes
    np.testing.assert_allclose(rotations.about_axes(degrees), expected, atol=1e-12)


def test_the_rotations_of_the_cube_are_24_and_form_a_group() -> None:
    group = rotations.of_the_cube()
    assert group.shape == (24, 3, 3)
    assert np.array_equal(group[0], np.eye(3))
    members = {matrix.astype(int).tobytes() for matrix in group}
    assert len(members) == 24
    assert all((a @ b).astype(int).tobytes() in members for a in group for b in group)
    # 1 identity, 9 about the axes through faces (6 by 90, 3 by 180), 6 through edges by 180, 8 through corners by 120
    found, counts = np.unique(np.rint(angles(group)), return_counts=True)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == {0.0: 1, 90.0: 6, 120.0: 8, 180.0: 9}


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="no rotations of the kind 'random'; the kinds are haar, released, none"):
        rotations.draw("random", 1, np.random.default_rng(0))
