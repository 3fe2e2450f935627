"""Mixing of two sets of points, worked out by hand and for random labels."""

import numpy as np
import pytest

from recryst.analysis import mixing
from recryst.errors import BadInputError


def test_test_crystals_in_an_island_have_their_like_around_them():
    points = np.r_[np.arange(20.0), 1000 + np.arange(8.0)][:, None]
    tested = points[:, 0] >= 1000
    assert mixing.share_of_training(points, tested) == 0


def test_a_single_test_crystal_among_others_has_training_crystals_alone_around_it():
    """n = 7, one tested: all five neighbours are training crystals, which is what any labelling gives: (n - 1) / (n - 1)."""
    tested = np.arange(7) == 3
    assert mixing.share_of_training(np.arange(7.0)[:, None], tested) == 1


def test_random_labels_are_mixed():
    generator = np.random.default_rng(2)
    tested = generator.random(4000) < 0.2
    assert mixing.share_of_training(generator.normal(size=(4000, 2)), tested) == pytest.approx(1, abs=0.03)


def test_crystals_that_lie_on_each_other_count_as_neighbours_and_not_as_themselves():
    for tested in (np.arange(12) < 6, np.arange(12) >= 6, np.arange(12) % 2 == 0):
        assert mixing.share_of_training(np.zeros((12, 2)), tested) == pytest.approx(1)


@pytest.mark.parametrize("tested", [np.zeros(9, bool), np.ones(9, bool)])
def test_without_test_or_training_crystals_there_is_no_mixing(tested):
    with pytest.raises(BadInputError, match="test and training crystals"):
        mixing.share_of_training(np.arange(9.0)[:, None], tested)
