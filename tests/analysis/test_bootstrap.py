"""Bootstrap intervals against theory and against scipy's own bootstrap."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recryst.analysis import bootstrap


def test_every_resample_draws_as_many_crystals_as_there_are_and_the_same_each_time() -> None:
    first, second = (np.array(list(bootstrap.draws(7, 50))) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (50, 7)
    assert (first.sum(axis=1) == 7).all()
    assert len(np.unique(first, axis=0)) > 40


def test_the_interval_of_a_mean_agrees_with_scipy_and_with_the_normal_distribution() -> None:
    values = np.random.default_rng(3).gamma(2.0, size=400)
    low, high = bootstrap.of_groups(values, np.ones((400, 1), bool))[["low", "high"]].iloc[0]
    scipys = stats.bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=1).confidence_interval
    half = 1.96 * values.std() / np.sqrt(400)
    # the ends of a percentile interval from 1,000 resamples scatter by some hundredths of its width
    assert low == pytest.approx(scipys.low, abs=0.15 * half)
    assert high == pytest.approx(scipys.high, abs=0.15 * half)
    assert low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_groups_may_overlap_and_may_be_empty() -> None:
    members = np.repeat(np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0]], bool), 10, axis=0)
    table = bootstrap.of_groups(np.repeat([3.0, 1.0, 2.0], 10), members)
    assert table["value"].tolist()[:2] == [2.0, 1.5]
    assert table["n"].tolist() == [30, 20, 0]
    assert table.loc[2, ["value", "low", "high"]].isna().all()
    assert (table["low"][:2] <= table["value"][:2]).all()
    assert (table["value"][:2] <= table["high"][:2]).all()


def test_crystals_are_resampled_together_with_all_their_seeds() -> None:
    """Two seeds that agree give the interval of one; drawn independently they would give a narrower one."""
    generator = np.random.default_rng(0)
    one = pd.DataFrame({"id": range(200), "target": 0.0, "prediction": generator.normal(size=200), "seed": 0})
    both = pd.concat([one, one.assign(seed=1)])

    def mean_error(target: np.ndarray, prediction: np.ndarray) -> bootstrap.Statistics:
        return lambda counts: {"mae": float(counts @ np.abs(prediction - target) / counts.sum())}

    single, double = bootstrap.over_seeds(one, mean_error), bootstrap.over_seeds(both, mean_error)
    assert double.loc[0, ["value", "n", "low", "high"]].tolist() == pytest.approx(single.loc[0, ["value", "n", "low", "high"]].tolist())
    assert double.loc[0, "spread"] == 0
    assert np.isnan(single.loc[0, "spread"])


def test_intervals_of_pairs_are_as_wide_as_shared_errors_make_them() -> None:
    """The error of a pair is that of its two elements: the mean over all pairs of n elements is twice the mean over elements."""
    n = 60
    first, second = np.triu_indices(n, 1)
    error = np.random.default_rng(4).normal(size=n)
    of_pairs = error[first] + error[second]
    means = np.array([draw @ of_pairs / draw.sum() for draw in bootstrap.draws_of_pairs(first, second)])
    assert means.std() == pytest.approx(2 * error.std() / np.sqrt(n), rel=0.15)
    as_if_independent = of_pairs.std() / np.sqrt(len(of_pairs))
    assert means.std() > 3 * as_if_independent


def test_a_pair_is_drawn_as_often_as_both_of_its_elements_whatever_their_names() -> None:
    draws = np.array(list(bootstrap.draws_of_pairs(["Li", "Na", "Li"], ["O", "O", "Na"], 40)))
    of_elements = np.array(list(bootstrap.draws(3, 40)))  # Li, Na, O
    expected = of_elements[:, [0, 1, 0]] * of_elements[:, [2, 2, 1]]
    # one element drawn three times makes no pair
    assert not expected.any(axis=1).all()
    assert np.array_equal(draws, expected[expected.any(axis=1)])


def test_a_handful_of_crystals_has_no_interval() -> None:
    values = np.arange(10.0)
    table = bootstrap.of_groups(values, np.column_stack([values < 9, values >= 0]))
    assert table[["low", "high"]].isna().all(axis=1).tolist() == [True, False]


def test_seeds_may_have_been_tested_on_different_crystals() -> None:
    """Resamples without a crystal of the second seed say nothing; there are many of them."""
    rows = [(identifier, float(identifier), 0) for identifier in range(11)] + [(99, 20.0, 1)]
    table = pd.DataFrame([(i, 0.0, error, seed) for i, error, seed in rows], columns=["id", "target", "prediction", "seed"])

    def median_error(target: np.ndarray, prediction: np.ndarray) -> bootstrap.Statistics:
        ascending = np.sort(prediction - target)
        return lambda counts: {"median": bootstrap.quantile(ascending, np.cumsum(counts), 0.5)}

    found = bootstrap.over_seeds(table, median_error).iloc[0]
    assert found["value"] == (5 + 20) / 2
    assert 10 <= found["low"] < found["value"] < found["high"] <= 15
