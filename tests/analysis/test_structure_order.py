"""Distances between orders: the paper's own examples, both readings, against sympy, and what must hold for any distance."""

import numpy as np
import pandas as pd
import pytest
from sympy.combinatorics import Permutation

from recryst.analysis import structure_order as order
from recryst.errors import BadInputError

# the seven structures of molybdenum and thirteen of nitrogen in the order of calculated energy, by predicted energy
MOLYBDENUM = [1, 5, 4, 2, 3, 6, 7]
NITROGEN = [2, 1, 3, 4, 5, 7, 6, 8, 10, 9, 11, 13, 12]


def test_the_example_in_the_text():
    # "P1=[1, 2, 3] and P2=[2, 1, 3], the positional and adjacency distances are 2 and 1"
    assert order.out_of_place([1, 2, 3], [2, 1, 3]) == 2
    assert order.exchanges([1, 2, 3], [2, 1, 3]) == 1


def test_the_numbers_of_the_supplement_are_those_of_the_other_reading():
    # "8 and 4 for a list of 7 crystal samples", and "14 crystal samples has a positional and adjacency distance of 8 and 10"
    assert (order.displacement(range(1, 8), MOLYBDENUM), order.broken_neighbours(range(1, 8), MOLYBDENUM)) == (8, 4)
    assert (order.displacement(range(1, 14), NITROGEN), order.broken_neighbours(range(1, 14), NITROGEN)) == (8, 10)
    # the sentences would give
    assert (order.out_of_place(range(1, 8), MOLYBDENUM), order.exchanges(range(1, 8), MOLYBDENUM)) == (4, 5)
    assert (order.out_of_place(range(1, 14), NITROGEN), order.exchanges(range(1, 14), NITROGEN)) == (8, 4)


@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_the_other_reading_is_what_sympy_computes(size):
    generator = np.random.default_rng(size)
    for _ in range(20):
        one, other = (generator.permutation(size) for _ in range(2))
        ours = (order.displacement(range(size), one), order.broken_neighbours(range(size), one))
        same = Permutation(list(range(size)))
        assert ours == (Permutation(one.tolist()).get_positional_distance(same), Permutation(one.tolist()).get_adjacency_distance(same))
        assert order.broken_neighbours(one, other) == Permutation(one.tolist()).get_adjacency_distance(Permutation(other.tolist()))
        assert order.exchanges(range(size), one) == Permutation(one.tolist()).inversions()


@pytest.mark.parametrize("distance", order.DISTANCES)
def test_what_holds_for_every_distance(distance):
    generator = np.random.default_rng(1)
    for _ in range(30):
        one, other = (generator.permutation(7).tolist() for _ in range(2))
        assert distance(one, one) == 0
        assert distance(one, other) == distance(other, one)
        names = list("abcdefg")
        assert distance([names[i] for i in one], [names[i] for i in other]) == distance(one, other)


def test_the_largest_distances():
    forward, backward = range(6), range(5, -1, -1)
    # reversed: all six out of place, all 15 pairs inverted, 2 (5 + 3 + 1) places moved, none of 5 neighbours kept
    assert [distance(forward, backward) for distance in order.DISTANCES] == [6, 15, 18, 5]


def test_the_order_at_each_composition():
    table = pd.DataFrame(
        {
            "system": "Mo-Se",
            "first": "Mo",
            "second": "Se",
            "fraction": [0.0, 0.0, 0.0, 2 / 3, 1 - 1 / 3, 1.0],
            "id": range(6),
            "target": [0.0, 0.1, 0.2, -0.9, -0.8, 0.0],
            "prediction": [0.1, 0.0, 0.2, -0.9, -0.7, 0.3],
        }
    )
    found = order.by_composition(table)
    assert found["samples"].tolist() == [3, 2, 1]
    assert found["element"].tolist() == ["Mo", "", "Se"]
    assert found["mae"].tolist() == pytest.approx([0.2 / 3, 0.05, 0.3])
    assert found[["out_of_place", "exchanges"]].to_numpy().tolist() == [[2, 1], [0, 0], [0, 0]]
    assert found["same_ground_state"].tolist() == [False, True, True]


def test_an_element_of_several_systems_counts_once():
    rows = pd.DataFrame(
        {
            "element": ["Mo", "", "Mo", ""],
            "samples": [2, 4, 2, 1],
            "same_ground_state": [False, True, False, True],
            "out_of_place": [2, 3, 2, 0],
            "exchanges": [1, 2, 1, 0],
        }
    )
    found = order.by_samples(rows, largest=3)
    assert found.to_numpy().tolist() == [[2, 1, 0, 50, 2, 1], [3, 1, 100, 25, 3, 2]]


def test_different_members_can_t_be_compared():
    for one, other in (([1, 2], [1, 3]), ([1, 2], [1]), ([1, 1], [1, 1])):
        with pytest.raises(BadInputError, match="same members"):
            order.out_of_place(one, other)
