"""Errors by fold worked out by hand, the corrected interval against the formula, and a simulation that tells it from the plain one."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recryst.analysis import cross_validation
from recryst.errors import BadInputError


def predictions(model="a", error=1.0):
    """Two repeats of two folds of two crystals; targets 0 and 2 in the first fold, 4 and 8 in the second."""
    rows = []
    for repeat in (0, 1):
        for identifier, fold, target in (("w", 0, 0.0), ("x", 0, 2.0), ("y", 1, 4.0), ("z", 1, 8.0)):
            rows.append((model, repeat, fold, identifier, target, target + error * (1 + repeat) * (1 if identifier in "wy" else -1)))
    return pd.DataFrame(rows, columns=cross_validation.COLUMNS)


def test_errors_of_each_fold_are_those_worked_out_by_hand():
    """Errors are +1 and -1 in the first repeat, +2 and -2 in the second; variances of the targets 1 and 4."""
    folds = cross_validation.by_fold(predictions())
    assert folds[["repeat", "fold", "n", "others"]].to_numpy().tolist() == [[0, 0, 2, 2], [0, 1, 2, 2], [1, 0, 2, 2], [1, 1, 2, 2]]
    assert folds["rmse"].tolist() == folds["mae"].tolist() == [1, 1, 2, 2]
    assert folds["r2"].tolist() == [0, 0.75, -3, 0]


def test_the_summary_is_the_mean_over_folds_with_the_corrected_interval():
    """Mean absolute errors 1, 1, 2, 2: mean 1.5, variance 1/3; tested over others is 1, so that the error is sqrt(1/3 (1/4 + 1))."""
    found = cross_validation.summary(cross_validation.by_fold(predictions())).set_index("metric").loc["mae"]
    reach = stats.t.ppf(0.975, 3) * np.sqrt((1 / 3) * (1 / 4 + 1))
    assert (found["value"], found["n"], found["repeats"]) == (1.5, 4, 2)
    assert (found["low"], found["high"]) == pytest.approx((1.5 - reach, 1.5 + reach))
    assert found["spread"] == pytest.approx(np.std([1, 2], ddof=1))


def test_a_model_is_paired_with_another_fold_by_fold():
    both = cross_validation.by_fold(pd.concat([predictions("a"), predictions("b", 0.5)]))
    found = cross_validation.paired(both, "b", "a").set_index("metric").loc["rmse"]
    assert found["value"] == pytest.approx(-0.75)
    assert found["folds"] == 4
    assert cross_validation.paired(both, "a", "a")[["value", "low", "high"]].abs().to_numpy().max() == 0


def test_the_p_value_is_that_of_the_corrected_test_and_fits_the_interval():
    """RMSEs differ by 0.5, 0.5, 1, 1 in four folds: mean 0.75, variance 1/12, so that t is 0.75 over sqrt(1/12 (1/4 + 1)) at 3 degrees."""
    both = cross_validation.by_fold(pd.concat([predictions("a"), predictions("b", 0.5)]))
    found = cross_validation.paired(both, "a", "b").set_index("metric").loc["rmse"]
    error = np.sqrt((1 / 12) * (1 / 4 + 1))
    assert found["p"] == pytest.approx(2 * stats.t.sf(0.75 / error, 3))
    assert (found["p"] < 0.05) == (found["low"] > 0)
    # at the end of the interval chance is 5 %: a difference less that end has just this p-value
    assert 2 * stats.t.sf((found["value"] - found["low"]) / error, 3) == pytest.approx(0.05)
    assert cross_validation.paired(both, "a", "a")["p"].tolist() == [1, 1, 1]


def test_one_fold_has_no_interval():
    found = cross_validation.summary(cross_validation.by_fold(predictions().query("repeat == 0 and fold == 0")))
    assert found[["low", "high", "spread"]].isna().all(axis=None)


def test_intervals_hold_the_truth_as_often_as_they_should_where_plain_ones_do_not():
    """Two useless models, each a constant plus noise that a whole training set shares, tested by 5-fold cross-validation repeated 5 times.

    Which of them is better on all crystals is a matter of chance, so the expected difference is 0; the plain interval misses it far
    more often than in 5 % of all cases.
    """
    generator = np.random.default_rng(1)
    missed_plain = missed = 0
    for _ in range(200):
        target = generator.normal(size=40)
        rows = []
        for repeat in range(5):
            fold = generator.permutation(np.arange(40) % 5)
            for number in range(5):
                tested = fold == number
                mean = target[~tested].mean()
                for model, guess in (("mean", mean), ("median", np.median(target[~tested]))):
                    rows += [(model, repeat, number, i, target[i], guess) for i in np.flatnonzero(tested)]
        folds = cross_validation.by_fold(pd.DataFrame(rows, columns=cross_validation.COLUMNS))
        found = cross_validation.paired(folds, "median", "mean").set_index("metric").loc["rmse"]
        wide = folds.pivot_table(index=["repeat", "fold"], columns="model", values="rmse")
        difference = wide["median"] - wide["mean"]
        plain = stats.t.ppf(0.975, 24) * difference.std() / 5
        # by how much the median of 32 normal numbers is worse in expectation, from 40,000 draws of another seed
        truth = 0.0072
        missed += not found["low"] <= truth <= found["high"]
        missed_plain += not difference.mean() - plain <= truth <= difference.mean() + plain
    assert missed / 200 < 0.12 < missed_plain / 200


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (predictions().drop(columns="fold"), "has no column fold"),
        (predictions()[:0], "is empty"),
        (predictions().assign(prediction=np.nan), "not finite"),
        (pd.concat([predictions(), predictions()]), "a predicts w more than once in repeat 0"),
    ],
)
def test_odd_tables_are_refused(table, sentence):
    with pytest.raises(BadInputError, match=sentence):
        cross_validation.by_fold(table)


def test_models_of_other_folds_are_not_paired():
    folds = cross_validation.by_fold(pd.concat([predictions("a"), predictions("b").query("id != 'z'")]))
    with pytest.raises(BadInputError, match="different folds"):
        cross_validation.paired(folds, "a", "b")
    with pytest.raises(BadInputError, match="No model 'c' was tested; there are 'a', 'b'"):
        cross_validation.paired(folds, "a", "c")
    longer = cross_validation.by_fold(pd.concat([predictions("a").query("repeat == 0"), predictions("b")]))
    with pytest.raises(BadInputError, match="different folds"):
        cross_validation.paired(longer, "a", "b")
    # folds of the same sizes, of other crystals
    exchanged = predictions("b").assign(id=lambda table: table["id"].map({"w": "w", "x": "y", "y": "x", "z": "z"}))
    with pytest.raises(BadInputError, match="different folds"):
        cross_validation.paired(cross_validation.by_fold(pd.concat([predictions("a"), exchanged])), "a", "b")
    # and the same crystals in another order
    turned = cross_validation.by_fold(pd.concat([predictions("a"), predictions("b")[::-1]]))
    assert (cross_validation.paired(turned, "a", "b")["value"] == 0).all()
