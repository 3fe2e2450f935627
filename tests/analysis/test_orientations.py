"""Predictions over orientations: means, spreads and errors worked by hand, and what averaging independent images must give."""

import numpy as np
import pandas as pd
import pytest

from recryst.analysis import orientations
from recryst.errors import BadInputError


def table(**crystals: tuple[float, list[float]]) -> pd.DataFrame:
    """Rows of crystals given as target and predictions, orientations of one crystal not together."""
    rows = [(name, turn, target, value) for name, (target, values) in crystals.items() for turn, value in enumerate(values)]
    return pd.DataFrame(rows, columns=orientations.COLUMNS).sort_values(["orientation", "id"], kind="stable", ignore_index=True)


TWO = table(a=(1.0, [1.0, 3.0, 2.0, 6.0, 9.0]), b=(0.0, [0.0, 0.0, 1.0, 1.0, 0.0]))


def test_means_are_of_images_that_follow_each_other_and_none_is_used_twice() -> None:
    found = orientations.means(TWO, 2)
    assert found.to_dict("list") == {
        "id": ["a", "a", "b", "b"],
        "orientation": [0, 1, 0, 1],
        "target": [1.0, 1.0, 0.0, 0.0],
        "prediction": [2.0, 4.0, 0.0, 1.0],
    }
    alone = orientations.means(TWO, 1).sort_values(["orientation", "id"], ignore_index=True)
    pd.testing.assert_frame_equal(alone, TWO, check_dtype=False)


def test_spread_is_that_of_each_crystal() -> None:
    """a: 1 2 3 6 9 has quartiles 2 and 6, mean 4.2, variance (10.24 + 4.84 + 1.44 + 3.24 + 23.04) / 4."""
    a, b = orientations.spread(TWO).to_dict("records")
    assert (a["minimum"], a["q1"], a["median"], a["q3"], a["maximum"], a["interquartile_range"]) == (1, 2, 3, 6, 9, 4)
    assert (a["mean"], a["absolute_error"]) == pytest.approx((4.2, 3.2))
    assert a["standard_deviation"] == pytest.approx(np.sqrt(42.8 / 4))
    assert (b["interquartile_range"], b["orientations"]) == (1, 5)
    boxes = orientations.about_the_mean(orientations.spread(TWO))
    assert boxes["label"].tolist() == ["a", "b"]
    assert boxes.loc[0, ["minimum", "q3"]].tolist() == pytest.approx([-3.2, 1.8])


def test_errors_are_those_of_every_set_of_images() -> None:
    """Single images: errors of a 0 2 1 5 8, of b 0 0 1 1 0. Pairs: a 2 and 4, b 0 and 1, so 1 and 3, 0 and 1."""
    assert orientations.error_by_orientation(TWO).tolist() == [0, 1, 1, 3, 4]
    found = orientations.error_by_images(TWO, [1, 2, 5, 50])
    assert found["images"].tolist() == [1, 2, 5]
    assert found.loc[2, "median"] == pytest.approx((3.2 + 0.4) / 2)
    assert found["sets"].tolist() == [5, 2, 1]
    assert found.loc[1, ["minimum", "q1", "median", "q3", "maximum"]].tolist() == [0.5, 0.875, 1.25, 1.625, 2.0]


def test_the_spread_of_means_of_independent_images_falls_by_the_square_root_of_their_number() -> None:
    values = np.random.default_rng(0).normal(size=(50, 5000))
    many = table(**{f"c{number}": (0.0, row.tolist()) for number, row in enumerate(values)})
    single, averaged = (orientations.spread(orientations.means(many, images))["interquartile_range"].mean() for images in (1, 50))
    assert single / averaged == pytest.approx(np.sqrt(50), rel=0.03)


def test_a_gain_is_paired_and_has_the_sign_of_the_better_one() -> None:
    exact = table(**{f"c{number}": (float(number), [number - 0.01, number + 0.01]) for number in range(40)})
    worse = exact.assign(prediction=exact["prediction"] + 0.5)
    (row,) = orientations.paired_gain(exact, worse).to_dict("records")
    assert row["value"] == pytest.approx(0.5)
    assert row["low"] == pytest.approx(0.5)
    assert row["n"] == 40
    assert orientations.error_of_means(worse)["value"].tolist() == pytest.approx([0.5])
    with pytest.raises(BadInputError, match="only on the same crystals"):
        orientations.paired_gain(exact, worse[worse["id"] != "c3"])


def test_averaging_gains_what_errors_of_either_sign_cancel() -> None:
    """TWO: errors of a 0 2 1 5 8, 3.2 on average and of their mean, as all are of one sign; c: 1 and 3, but of their mean 1."""
    c = table(a=(1.0, [1.0, 3.0]), c=(2.0, [1.0, 5.0]))
    assert orientations.error_of_single_images(TWO)["value"].tolist() == pytest.approx([(3.2 + 0.4) / 2])
    assert orientations.gain_of_averaging(TWO)["value"].tolist() == pytest.approx([0])
    assert orientations.error_of_single_images(c)["value"].tolist() == pytest.approx([(1 + 2) / 2])
    assert orientations.gain_of_averaging(c)["value"].tolist() == pytest.approx([(0 + 1) / 2])
    # the order of rows is none of the crystals' order
    assert orientations.gain_of_averaging(c[::-1])["value"].tolist() == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: orientations.means(TWO, 6), "5 images of a crystal can't be averaged 6 at a time"),
        (lambda: orientations.means(TWO, 0), "averaged 0 at a time"),
        (lambda: orientations.spread(TWO[TWO["orientation"] == 0]), "at least two"),
        (lambda: orientations.spread(TWO.drop(index=3)), "same number of orientations"),
        (lambda: orientations.spread(pd.concat([TWO, TWO])), "two predictions in the same orientation"),
        (lambda: orientations.spread(TWO[:0]), "is empty"),
    ],
)
def test_odd_tables_get_one_sentence(wrong, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        wrong()
