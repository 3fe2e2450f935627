"""Densities in any cell as images of conventional ones: the same image, whatever the cell, its orientation and its origin."""

from dataclasses import replace

import numpy as np
import pytest

from recryst.crystals import Crystals
from recryst.datasets import charge_density, embedded
from recryst.errors import BadInputError
from recryst.features import density, density_cells
from recryst.features.density import FACE_CENTRED


@pytest.fixture(scope="module")
def fluorite() -> tuple[Crystals, np.ndarray]:
    """CaF2, whose two m-3m sites differ: an atom on one, none on the other."""
    data = charge_density.load()
    return data.crystals.take([200]), data.density(200)


def same_up_to_the_origin(first: np.ndarray, second: np.ndarray) -> bool:
    """Two pairs of images, in one order or the other."""
    close = [np.abs(first - other).max() < 0.003 * first.max() for other in (second, second[::-1])]
    return any(close)


def test_the_image_of_a_primitive_cell_is_that_of_training(fluorite) -> None:
    crystal, values = fluorite
    found = density_cells.conventional_image(crystal, values)
    assert found.space_group == 225
    assert len(found.primitive.numbers) == 3
    true = density.conventional(values)
    assert any(np.abs(image - true).max() < 0.004 * true.max() for image in found.from_each_origin())


def test_a_conventional_cell_a_turned_one_and_a_shifted_one_give_the_same_images(fluorite) -> None:
    crystal, values = fluorite
    expected = density_cells.conventional_image(crystal, values).from_each_origin()
    structure = crystal.structure(0)
    conventional = structure.copy()
    conventional.make_supercell(FACE_CENTRED)
    packed = Crystals.from_structures(["it"], [conventional])
    turn = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    # a quarter along one vector of a grid of 24 points is six points; the atoms go with the density
    moved = replace(crystal, frac_coords=(crystal.frac_coords + np.array([0.25, 0, 0])) % 1)
    for other, grid in (
        (packed, density.conventional(values).astype(float)),
        (replace(crystal, lattices=crystal.lattices @ turn), values),
        (moved, density.shifted(values, np.array([-0.25, 0, 0]))),
    ):
        assert same_up_to_the_origin(density_cells.conventional_image(other, grid).from_each_origin(), expected)


def test_a_shift_by_whole_points_only_renumbers_them() -> None:
    values = np.random.default_rng(0).random((6, 5, 4))
    found = density.shifted(values, np.array([1 / 6, 2 / 5, -1 / 4]))
    np.testing.assert_allclose(found, np.roll(values, (-1, -2, 1), axis=(0, 1, 2)), atol=1e-12)


def test_smoothing_damps_a_wave_by_its_gaussian() -> None:
    """exp(-(width q)^2 / 2) with q = 2 pi 3 / 4 angstrom; the mean stays."""
    x = np.arange(24) / 24
    values = np.broadcast_to(2 + np.cos(2 * np.pi * 3 * x)[:, None, None], (24, 8, 8))
    found = density.smoothed(values, np.diag([4.0, 5.0, 6.0]), 0.2)
    damping = np.exp(-0.5 * (0.2 * 2 * np.pi * 3 / 4) ** 2)
    np.testing.assert_allclose(found, 2 + damping * (values - 2), atol=1e-12)


def test_other_crystals_have_one_image_and_their_space_group() -> None:
    crystals = embedded.crystals()
    for identifier, group in (("zincblende-AlAs", 216), ("cscl-CsCl", 221), ("diamond-Ge", 227)):
        found = density_cells.conventional_image(crystals.select([identifier]), embedded.electronic_structure(identifier).density)
        assert found.space_group == group
        assert found.from_each_origin().shape == (1, 60, 60, 60)


def test_a_cell_that_repeats_the_conventional_one_is_refused(fluorite) -> None:
    crystal, values = fluorite
    structure = crystal.structure(0)
    structure.make_supercell(np.array(FACE_CENTRED) * [[2], [1], [1]])
    larger = Crystals.from_structures(["big"], [structure])
    with pytest.raises(BadInputError, match="big is given in a cell that is larger than its conventional one"):
        density_cells.conventional_image(larger, density.conventional(values).astype(float))
