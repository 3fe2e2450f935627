"""Densities on other grids and in larger cells: waves that are known exactly, a known library, electrons, and bad input."""

import numpy as np
import pytest
from scipy.signal import resample

from recryst.datasets import charge_density
from recryst.errors import BadInputError
from recryst.features import density

RANDOM = np.random.default_rng(0)


def waves_at(fractional: np.ndarray, coefficients: dict[tuple[int, int, int], complex]) -> np.ndarray:
    """Sum of plane waves exp(2 pi i k.x), and of their conjugates, at fractional coordinates (..., 3)."""
    return sum((c * np.exp(2j * np.pi * (fractional @ np.array(k)))).real for k, c in coefficients.items())


def grid(*shape: int) -> np.ndarray:
    """(n1, n2, n3, 3) fractional coordinates of the points of a grid."""
    return np.moveaxis(np.indices(shape), 0, -1) / np.array(shape)


WAVES = {(0, 0, 0): 2.0, (1, 0, 0): 0.3 + 0.1j, (2, -1, 1): 0.2j, (-3, 2, 0): 0.1, (1, 3, -3): 0.05 - 0.2j}


@pytest.mark.parametrize("size", [12, 15, 60])
@pytest.mark.parametrize("points", [(8, 8, 8), (7, 9, 11), (8, 9, 10)])
def test_what_the_grid_resolves_comes_out_exactly_in_the_larger_cell(points: tuple[int, int, int], size: int) -> None:
    cell = density.FACE_CENTRED
    small = waves_at(grid(*points), WAVES)
    expected = waves_at(grid(size, size, size) @ cell, WAVES)
    np.testing.assert_allclose(density.conventional(small, cell, size), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("before", "after"), [(8, 12), (8, 13), (9, 12), (9, 13), (12, 8), (13, 8), (12, 9), (13, 9), (8, 8)])
def test_grids_change_as_by_scipy(before: int, after: int) -> None:
    values = RANDOM.random((before, before, before))
    expected = values
    for axis in range(3):
        expected = resample(expected, after, axis=axis)
    found = density.interpolate(values, (after, after, after))
    np.testing.assert_allclose(found.mean(), values.mean(), rtol=1e-12)
    if after >= before:
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    else:
        # of the shortest wave that stays, an even grid holds the real part alone: all longer ones are the same
        longer = slice(None), slice(None), slice(0, (after - 1) // 2 + 1)
        kept = [i for i in range(after) if after % 2 or i != after // 2]
        one, other = (np.fft.rfftn(array)[longer][np.ix_(kept, kept)] for array in (found, expected))
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


def test_points_that_both_grids_have_keep_their_values() -> None:
    values = RANDOM.random((6, 6, 6))
    np.testing.assert_allclose(density.interpolate(values, (12, 18, 6))[::2, ::3], values, rtol=0, atol=1e-12)


def test_a_cell_that_stays_as_it_is_only_changes_its_grid() -> None:
    values = RANDOM.random((5, 6, 7))
    expected = density.interpolate(values, (10, 10, 10))
    np.testing.assert_allclose(density.conventional(values, np.eye(3, dtype=int), 10), expected, rtol=1e-6)


def test_the_image_of_a_computed_crystal_is_cubic_and_centred_and_holds_its_electrons() -> None:
    computed = charge_density.load()
    for index in (0, 100, 200):
        image = density.conventional(computed.density(index))
        assert image.shape == (60, 60, 60)
        properties = computed.properties.iloc[index]
        assert image.mean() * properties["a"] ** 3 == pytest.approx(4 * properties["electrons"], rel=0.015)
        scale = image.max()
        for turned in (image.transpose(1, 2, 0), image.transpose(1, 0, 2), np.roll(image[::-1], 1, axis=0)):
            np.testing.assert_allclose(turned, image, rtol=0, atol=6e-3 * scale)
        for centring in ((30, 30, 0), (0, 30, 30), (30, 0, 30)):
            np.testing.assert_allclose(np.roll(image, centring, axis=(0, 1, 2)), image, rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((4, 4)), "three axes"),
        (np.full((4, 4, 4), np.nan), "64 points that are not finite"),
    ],
)
def test_what_is_no_grid_is_refused(values: np.ndarray, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        density.conventional(values)


@pytest.mark.parametrize(
    ("cell", "message"),
    [(np.eye(3) / 2, "whole lattice vectors"), (np.ones((3, 3)), "lie in one plane"), (np.eye(2), "whole lattice vectors")],
)
def test_what_is_no_larger_cell_is_refused(cell: np.ndarray, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        density.conventional(np.ones((4, 4, 4)), cell)
