"""Images by their inequivalent points: the true density, the symmetry of the cube, and sentences for what is no such crystal."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from recryst import datasets
from recryst.crystals import Crystals
from recryst.datasets import charge_density, embedded
from recryst.features import density, density_images


@pytest.fixture(scope="module")
def some() -> Crystals:
    return charge_density.load().crystals.take([0, 200, 600])


@pytest.fixture(scope="module")
def data() -> charge_density.ChargeDensities:
    return charge_density.load()


def test_an_image_is_the_conventional_density_to_what_the_grid_lacks_of_symmetry(some: Crystals, data) -> None:
    images, rejected = density_images.build(some)
    assert rejected.empty
    made = images.images(np.arange(3))
    for image, identifier in zip(made, some.ids, strict=True):
        index = data.index(identifier)
        true = density.conventional(data.density(index))
        assert np.abs(image - true).max() < 0.004 * true.max()
        assert image.mean() == pytest.approx(true.mean(), rel=1e-6)
        # four primitive cells in a conventional one, the electrons of the atomic data sets in each
        electrons = image.mean() * data.properties["a"].iloc[index] ** 3
        assert electrons == pytest.approx(4 * data.properties["electrons"].iloc[index], rel=0.015)


def test_images_have_all_symmetry_of_the_cube_and_of_its_faces_to_the_bit(some: Crystals) -> None:
    image = density_images.build(some.take([1]))[0].images(np.array([0]))[0]
    for order in itertools.permutations(range(3)):
        np.testing.assert_array_equal(image.transpose(order), image)
    np.testing.assert_array_equal(np.roll(image[::-1], 1, axis=0), image)  # x to -x, about the origin
    for axes in ((0, 1), (0, 2), (1, 2)):
        np.testing.assert_array_equal(np.roll(image, (30, 30), axis=axes), image)


def test_inequivalent_points_are_counted_by_burnside() -> None:
    """The mean over the 192 operations of how many of the 60^3 points stay where they are."""
    fixed = 0
    shifts = [np.array(s) * 30 for s in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))]
    grid = np.indices((60, 60, 60)).reshape(3, -1)
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            turned = np.array(signs)[:, None] * grid[list(order)]
            fixed += sum(int(np.all((turned + shift[:, None] - grid) % 60 == 0, axis=0).sum()) for shift in shifts)
    labels = density_images.equivalent()
    assert labels.max() + 1 == fixed / 192 == 1496
    assert labels[0, 0, 0] == labels[30, 30, 0] != labels[30, 0, 0]


def test_embedded_crystals_have_images_of_their_own_densities() -> None:
    task = datasets.load("charge-density/shear-modulus-embedded").take([0, 30])
    images, rejected = density_images.build(task.crystals)
    assert rejected.empty
    for image, identifier in zip(images.images(np.arange(2)), task.crystals.ids, strict=True):
        true = density.conventional(embedded.electronic_structure(identifier).density)
        assert np.abs(image - true).max() < 0.004 * true.max()


def test_a_batch_repeats_and_reorders() -> None:
    images = density_images.DensityImages(np.array(["a", "b"]), np.array([[1.0], [2.0]], np.float32) * np.ones(1496, np.float32))
    assert images.images(np.array([1, 0, 1]))[:, 3, 4, 5].tolist() == [2.0, 1.0, 2.0]


def test_crystals_without_a_density_are_rejected_with_the_reason(some: Crystals) -> None:
    wrong = [
        replace(some.take([0]), ids=np.array(["mine"])),  # unknown
        replace(some.take([0]), ids=some.ids[1:2]),  # LiH under the id of another crystal
        replace(some.take([0]), ids=np.array(["cube"]), lattices=4 * np.eye(3)[None]),
        replace(some.take([0]), frac_coords=some.take([0]).frac_coords + 0.5),  # the other site of m-3m at the origin
    ]
    other, none = "not the crystal of this id", "no density was computed"
    for crystals, reason in zip(wrong, (none, other, none, other), strict=True):
        images, rejected = density_images.build(crystals)
        assert len(images) == 0
        assert rejected["id"].tolist() == crystals.ids.tolist()
        assert reason in rejected["reason"][0]


def test_crystals_of_lower_symmetry_are_rejected() -> None:
    """Zincblende and diamond have the lattice of Fm-3m and not its operations about an atom."""
    crystals = embedded.crystals()
    images, rejected = density_images.build(crystals)
    prototypes = embedded.properties()["prototype"]
    assert set(images.ids) == set(prototypes.index[prototypes.isin(["rocksalt", "fluorite", "fcc", "heusler"])])
    reasons = rejected.set_index("id")["reason"]
    assert reasons["zincblende-AlAs"] == reasons["diamond-Ge"] == "has not the symmetry of space group Fm-3m about its origin"
    assert reasons["cscl-CsCl"].startswith("is not given in the primitive cell")


def test_all_computed_crystals_have_the_symmetry(data) -> None:
    assert all(density_images._is_symmetric(data.crystals, index) for index in range(len(data.crystals)))
