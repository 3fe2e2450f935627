"""Descriptors of densities at points: derivatives by hand, and means over the cell that know no origin, orientation, cell or scale."""

from dataclasses import replace

import numpy as np
import pytest

from recryst.datasets import charge_density
from recryst.features import density_cells, density_descriptors, density_images

SKEWED = np.array([[4.0, 0.3, 0.0], [-0.5, 5.0, 0.7], [0.2, 0.4, 6.0]])
"""Vectors of a cell without symmetry, angstrom."""


def smooth_density(shape=(16, 18, 20), seed=0):
    """A few long waves about a mean, positive everywhere: electrons / angstrom^3."""
    x, y, z = np.meshgrid(*(np.arange(points) / points for points in shape), indexing="ij")
    numbers = np.random.default_rng(seed)
    waves = [
        numbers.uniform(0.01, 0.03) * np.cos(2 * np.pi * (h * x + k * y + m * z) + numbers.uniform(0, 6))
        for h, k, m in ((1, 0, 0), (0, 1, -1), (2, 1, 0), (0, 0, 2), (1, -1, 3))
    ]
    return 0.3 + sum(waves)


def test_of_a_single_wave_value_gradient_and_laplacian_are_those_of_the_cosine():
    h = np.array([1, -2, 1])
    x = np.stack(np.meshgrid(*(np.arange(12) / 12,) * 3, indexing="ij"), axis=-1)
    wave = 2 * np.pi * np.linalg.inv(SKEWED) @ h
    phase = 2 * np.pi * x @ h
    n = 0.5 + 0.2 * np.cos(phase)
    gradient, laplacian = 0.2 * np.linalg.norm(wave) * np.abs(np.sin(phase)), -0.2 * (wave @ wave) * np.cos(phase)
    found = density_descriptors.describe(n, SKEWED)
    np.testing.assert_allclose(found[..., 0], np.log(n), rtol=1e-5)
    np.testing.assert_allclose(np.expm1(found[..., 1]), gradient / (2 * (3 * np.pi**2) ** (1 / 3) * n ** (4 / 3)), atol=1e-5)
    np.testing.assert_allclose(np.sinh(found[..., 2]), laplacian / (4 * (3 * np.pi**2) ** (2 / 3) * n ** (5 / 3)), atol=1e-5)


def test_free_electrons_have_neither_slope_nor_curvature_and_no_density_counts_as_the_lowest():
    found = density_descriptors.describe(np.full((4, 4, 4), 0.25), SKEWED)
    np.testing.assert_allclose(found, np.broadcast_to([np.log(0.25), 0, 0], found.shape), atol=1e-7)
    empty = density_descriptors.describe(np.zeros((4, 4, 4)), SKEWED)
    np.testing.assert_allclose(empty[..., 0], np.log(1e-3), rtol=1e-6)


def test_a_density_that_is_squeezed_uniformly_keeps_its_reduced_derivatives():
    """n(r) becomes λ³ n(λr), the same number of electrons in a cell of 1/λ the size: ln n grows by 3 ln λ alone."""
    before = density_descriptors.describe(smooth_density(), SKEWED)
    after = density_descriptors.describe(1.3**3 * smooth_density(), SKEWED / 1.3)
    np.testing.assert_allclose(after - before, np.broadcast_to([3 * np.log(1.3), 0, 0], before.shape), atol=1e-5)


def test_turning_crystal_permuting_axes_and_repeating_the_cell_change_nothing_at_a_point():
    density = smooth_density()
    found = density_descriptors.describe(density, SKEWED)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    np.testing.assert_allclose(density_descriptors.describe(density, SKEWED @ turn), found, atol=1e-5)
    permuted = density_descriptors.describe(density.transpose(1, 2, 0), SKEWED[[1, 2, 0]])
    np.testing.assert_allclose(permuted, found.transpose(1, 2, 0, 3), atol=1e-5)
    doubled = density_descriptors.describe(np.concatenate([density, density]), SKEWED * [[2], [1], [1]])
    np.testing.assert_allclose(doubled, np.concatenate([found, found]), atol=1e-5)


@pytest.fixture(scope="module")
def some():
    return charge_density.load().crystals.take([0, 200, 600])


def test_every_other_inequivalent_point_stands_for_its_share_of_the_cell():
    """By hand: of the 30^3 points the origin and the centre of each face are one point, as is what lies between them."""
    shares = density_descriptors.shares()
    assert shares.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(shares * 30**3, np.rint(shares * 30**3), atol=1e-3)
    labels = density_images.equivalent()
    described = np.unique(labels[::2, ::2, ::2])
    # symmetry carries points that are described into such points alone
    assert len(shares) == len(described)
    assert np.isin(labels, described).sum() == 30**3


def test_a_crystal_is_described_by_what_its_density_has_in_whatever_cell_and_from_whatever_origin(some):
    """Means over the cell: from the points kept of its image, and from all points of the primitive cell in which it was computed."""
    found, rejected = density_descriptors.build(some)
    assert rejected.empty
    assert found.ids.tolist() == some.ids.tolist()
    for index, density in enumerate(map(density_images.computed(), (some.take([i]) for i in range(3)))):
        lattice = some.lattices[index]
        whole = density_descriptors.describe(density, lattice).reshape(-1, 3)
        spread = whole.std(axis=0)
        mean = density_descriptors.shares() @ found.points[index]
        assert (np.abs(mean - whole.mean(axis=0)) < 0.01 * spread).all()
        squares = density_descriptors.shares() @ (found.points[index] - mean) ** 2
        np.testing.assert_allclose(np.sqrt(squares), spread, rtol=0.03)
        image = density_cells.conventional_image(some.take([index]), density)
        np.testing.assert_allclose(np.abs(np.linalg.det(image.lattice)), 4 * np.abs(np.linalg.det(lattice)))
        for seen in image.from_each_origin():
            points = density_descriptors.of_image(seen, image.lattice)
            assert len(points) == 30**3
            np.testing.assert_allclose(points.mean(axis=0), mean, atol=1e-3)


def test_crystals_without_a_density_are_told_and_left_out(some):
    crystals = replace(some.take([1, 2]), ids=np.array([some.ids[1], "mine"]))
    found, rejected = density_descriptors.build(crystals)
    assert found.ids.tolist() == [some.ids[1]]
    assert rejected.to_dict("records") == [{"id": "mine", "reason": "no density was computed for it"}]
    np.testing.assert_array_equal(found.points[0], density_descriptors.build(some)[0].points[1])
