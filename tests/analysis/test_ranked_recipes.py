"""Ranking recipes: ratios worked by hand, and recipes that were not tried on everything."""

import numpy as np
import pandas as pd
import pytest

from recryst.analysis import recipes
from recryst.errors import BadInputError


def errors(*rows):
    return pd.DataFrame(rows, columns=["recipe", "property", "validation_error"])


def test_the_best_is_nearest_to_the_best_of_each_property_whatever_the_units():
    # a: 1.0 and 2.0 times the best, geometric mean sqrt(2); b: 1.5 and 1.0, sqrt(1.5); c, best of all for the gap, lacks a property
    table = recipes.compare(
        errors(("a", "energy", 0.04), ("a", "gap", 0.8), ("b", "energy", 0.06), ("b", "gap", 0.4), ("c", "energy", 0.05))
    )
    assert table["recipe"].tolist() == ["b", "a", "c"]
    np.testing.assert_allclose(table["score"], [1.5**0.5, 2**0.5, np.nan])
    assert table["properties"].tolist() == [2, 2, 1]
    np.testing.assert_allclose(table["energy"], [1.5, 1.0, 1.25])


def test_nothing_tried_is_nothing_ranked():
    assert recipes.compare(errors()).empty


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("a", "x", 0.0)], "must be positive"),
        ([("a", "x", np.nan)], "finite"),
        ([("a", "x", 1.0), ("a", "x", 2.0)], "a was tried twice on x"),
    ],
)
def test_unsound_errors_are_one_sentence(rows, sentence):
    with pytest.raises(BadInputError, match=sentence):
        recipes.compare(errors(*rows))
