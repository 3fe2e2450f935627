"""Reduction of lattices against ASE's, and the images that a radius can reach."""

import numpy as np
import pytest
from ase.geometry import minkowski_reduce

from recryst.features import lattices


def skewed(count: int) -> np.ndarray:
    random = np.random.default_rng(3)
    bases = random.normal(size=(count, 3, 3)) * 4
    for basis in bases:
        for _ in range(random.integers(0, 10)):
            first, second = random.choice(3, 2, replace=False)
            basis[first] += random.integers(-3, 4) * basis[second]
    return bases


def test_reduced_vectors_are_as_short_as_those_of_ase() -> None:
    given = skewed(100)
    bases, _ = lattices.reduced(given)
    for before, after in zip(given, bases, strict=True):
        expected, _ = minkowski_reduce(before)
        assert np.sort(np.linalg.norm(after, axis=1)) == pytest.approx(np.sort(np.linalg.norm(expected, axis=1)), abs=1e-8)


def test_reduced_bases_span_the_same_lattice() -> None:
    given = skewed(100)
    bases, transforms = lattices.reduced(given)
    assert np.array_equal(transforms, np.rint(transforms))
    assert np.abs(np.linalg.det(transforms)) == pytest.approx(np.ones(100))
    # a point with fractional coordinates f lies at f @ given, and at (f @ transform) @ basis
    assert transforms @ bases == pytest.approx(given, abs=1e-9)


def test_three_vectors_whose_sum_is_the_shortest_are_found() -> None:
    # no pair of these can be shortened (all angles are 120 degrees), but their sum is (0, 0, 0.01)
    flat = np.array([[[3, 0, 0], [-1.5, 1.5 * 3**0.5, 0], [-1.5, -1.5 * 3**0.5, 0.01]]])
    bases, _ = lattices.reduced(flat)
    assert np.linalg.norm(bases[0], axis=1).min() == pytest.approx(0.01)


def test_plane_spacings_of_a_hexagonal_cell() -> None:
    hexagonal = np.array([[[3, 0, 0], [-1.5, 1.5 * 3**0.5, 0], [0, 0, 5]]])
    assert lattices.plane_spacings(hexagonal)[0] == pytest.approx([1.5 * 3**0.5, 1.5 * 3**0.5, 5])


def test_image_widths_count_the_cells_that_a_radius_reaches() -> None:
    # spacing 4: a pair half a cell apart (2) and its image on the other side (2) are within 2, the next (6) within 6
    spacings = np.full((4, 3), 4.0)
    widths = lattices.image_widths(spacings, np.array([1.9, 2.0, 5.9, 6.0]))
    assert widths[:, 0].tolist() == [0, 1, 1, 2]


def test_images_start_at_home_and_name_each_cell_once() -> None:
    cells, counts = lattices.images(np.array([[1, 0, 2], [0, 0, 0]]))
    assert counts.tolist() == [15, 1]
    assert cells[:, 0].tolist() == [[0, 0, 0], [0, 0, 0]]
    expected = {(a, 0, c) for a in (-1, 0, 1) for c in (-2, -1, 0, 1, 2)}
    assert {tuple(cell) for cell in cells[0].astype(int).tolist()} == expected
