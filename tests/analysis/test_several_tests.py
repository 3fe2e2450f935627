"""Holm's method worked out by hand, and the share of false findings that it allows."""

import numpy as np
import pytest

from recryst.analysis.several_tests import holm
from recryst.errors import BadInputError


def test_p_values_are_adjusted_as_by_hand():
    """In order 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.9 x 1: 0.04, 0.06, 0.06, 0.9."""
    assert holm(np.array([0.9, 0.01, 0.03, 0.02])) == pytest.approx([0.9, 0.04, 0.06, 0.06])


def test_a_smaller_p_value_is_never_adjusted_to_a_larger_one_and_none_passes_one():
    """0.01 x 3 = 0.03; 0.4 x 2 = 0.8; 0.5 x 1 would be 0.5, below the one before it. Of two halves the first would be 1."""
    assert holm(np.array([0.01, 0.4, 0.5])) == pytest.approx([0.03, 0.8, 0.8])
    assert holm(np.array([0.7, 0.7])).tolist() == [1, 1]


def test_one_question_is_not_adjusted_and_none_is_no_error():
    assert holm(np.array([0.03])).tolist() == [0.03]
    assert len(holm(np.array([]))) == 0


def test_where_nothing_is_to_be_found_one_run_in_twenty_finds_something():
    """Ten independent tests of nothing, 4,000 times over: some 5 % find anything, where single tests find something in 40 %."""
    drawn = np.random.default_rng(3).random((4000, 10))
    assert np.mean([holm(row).min() < 0.05 for row in drawn]) == pytest.approx(0.05, abs=0.012)
    assert np.mean(drawn.min(axis=1) < 0.05) > 0.35


@pytest.mark.parametrize("odd", [np.nan, -0.1, 1.1])
def test_what_is_no_p_value_is_refused(odd):
    with pytest.raises(BadInputError, match="between 0 and 1"):
        holm(np.array([0.5, odd]))
