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
    members = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0]], bool)
    table = bootstrap.of_groups(np.array([3.0, 1.0, 2.0]), members)
    assert table["value"].tolist()[:2] == [2.0, 1.5]
    assert table["n"].tolist() == [3, 2, 0]
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
