"""Uncertainty of ensembles that are calibrated by construction, or off by a known factor."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from recryst.analysis import uncertainty
from recryst.errors import BadInputError


def gaussian(crystals: int, factor: float, seed: int = 0) -> pd.DataFrame:
    """Errors drawn from normal distributions whose width is ``factor`` times the stated uncertainty."""
    generator = np.random.default_rng(seed)
    sigma = generator.uniform(0.02, 0.2, crystals)
    target = generator.normal(size=crystals)
    return pd.DataFrame(
        {"id": range(crystals), "target": target, "prediction": target + factor * sigma * generator.normal(size=crystals)}
    ).assign(uncertainty=sigma, seeds=5)


def test_ensemble_is_mean_and_standard_deviation_over_seeds() -> None:
    table = pd.DataFrame(
        {
            "id": ["a", "b", "a", "b"],
            "seed": [0, 0, 1, 1],
            "split": ["test", "validation"] * 2,
            "target": [1.0, 2.0] * 2,
            "prediction": [1.0, 4.0, 3.0, 5.0],
        }
    )
    rows = uncertainty.ensemble(table)
    assert rows[["id", "split", "target", "prediction", "seeds"]].to_numpy().tolist() == [
        ["a", "test", 1.0, 2.0, 2],
        ["b", "validation", 2.0, 4.5, 2],
    ]
    assert rows["uncertainty"].tolist() == pytest.approx([2**0.5, 0.5**0.5])
    with pytest.raises(BadInputError, match="at least two seeds; a has one"):
        uncertainty.ensemble(table[:2])


def test_crystals_on_which_all_members_agree_are_left_out_and_counted() -> None:
    rows = pd.DataFrame({"id": list("abc"), "target": 0.0, "prediction": [0.1, 9.0, 0.3], "uncertainty": [0.1, 0.0, 0.1]})
    differing, agreed = uncertainty.disagreeing(rows)
    assert (differing["id"].tolist(), agreed) == (["a", "c"], 1)
    assert uncertainty.inside(differing, 1.0, 1.0) == 0.5
    assert uncertainty.disagreeing(rows[1:2])[0].empty


def test_the_scale_undoes_a_known_overconfidence() -> None:
    validation, test = gaussian(20000, 3.0, seed=1), gaussian(20000, 3.0, seed=2)
    scale = uncertainty.scale(validation)
    assert scale == pytest.approx(3.0, rel=0.02)
    curve = uncertainty.calibration(test, scale)
    assert curve["observed"].tolist() == pytest.approx(curve["expected"].tolist(), abs=0.012)
    assert ((curve["low"] < curve["observed"]) & (curve["observed"] < curve["high"])).all()
    numbers = uncertainty.metrics(test, scale).set_index("metric")["value"]
    assert numbers["miscalibration_area"] < 0.01
    assert numbers["sharpness"] == pytest.approx(scale * np.sqrt(np.mean(test["uncertainty"] ** 2)))


def test_share_inside_the_interval_of_an_overconfident_ensemble() -> None:
    """Errors three times as wide as stated: the interval of p holds 2 Φ(z / 3) - 1 of them."""
    curve = uncertainty.calibration(gaussian(40000, 3.0))
    theory = 2 * norm.cdf(norm.ppf((1 + curve["expected"]) / 2) / 3) - 1
    assert curve["observed"].tolist() == pytest.approx(theory.tolist(), abs=0.01)


def test_miscalibration_area_at_its_ends() -> None:
    """Errors vastly larger, or vastly smaller, than stated: the share is 0, or 1, for all p, half a square from the diagonal."""
    rows = gaussian(500, 1.0)
    for factor in (1e-9, 1e9):
        area = uncertainty.metrics(rows, factor).set_index("metric").loc["miscalibration_area", "value"]
        assert area == pytest.approx(0.5, abs=1e-6)


def test_miscalibration_area_of_two_crystals_by_hand() -> None:
    """Deviations at the normal quantiles of p = 0.2 and 0.6; the share is 0 to 0.2, ½ to 0.6, then 1.

    Areas: 0.2²/2; (0.3² + 0.1²)/2; 0.4²/2.
    """
    deviations = norm.ppf((1 + np.array([0.2, 0.6])) / 2)
    rows = pd.DataFrame({"target": [0.0, 0.0], "prediction": deviations, "uncertainty": [1.0, 1.0]})
    area = uncertainty.metrics(rows).set_index("metric").loc["miscalibration_area", "value"]
    assert area == pytest.approx(0.02 + 0.05 + 0.08)


def test_ranks_of_a_perfect_and_a_reversed_uncertainty() -> None:
    rows = pd.DataFrame({"target": 0.0, "prediction": [1.0, 2.0, 3.0, 4.0], "uncertainty": [1.0, 2.0, 3.0, 4.0]})
    ranks = [
        uncertainty.metrics(table).set_index("metric").loc["rank_correlation", "value"]
        for table in (rows, rows.assign(uncertainty=rows["uncertainty"][::-1].to_numpy()))
    ]
    assert ranks == pytest.approx([1, -1])


def test_likelihood_of_two_crystals_by_hand() -> None:
    """Errors of 0 and 2 with error bars of 1 and 2: log(sqrt(2 pi)) of both, log(2) / 2 and 1 / 4 of the second, on average."""
    rows = pd.DataFrame({"target": 0.0, "prediction": [0.0, 2.0], "uncertainty": [0.5, 1.0]})
    found = uncertainty.metrics(rows, 2.0).set_index("metric")["value"]
    assert found["negative_log_likelihood"] == pytest.approx(0.5 * np.log(2 * np.pi) + np.log(2) / 2 + 0.25)


def test_one_error_bar_for_all_ranks_nothing() -> None:
    rows = gaussian(50, 1.0).assign(uncertainty=0.1)
    assert np.isnan(uncertainty.metrics(rows).set_index("metric").loc["rank_correlation", "value"])


def test_groups_of_similar_uncertainty() -> None:
    """Sorted by uncertainty: (0.1, 0.2), (0.3, 0.4) with errors (1, 1) and (3, 4)."""
    rows = pd.DataFrame({"target": 0.0, "prediction": [3.0, -1.0, 4.0, 1.0], "uncertainty": [0.3, 0.1, 0.4, 0.2]})
    table = uncertainty.error_against_uncertainty(rows, scale=2.0, bins=2)
    assert table["uncertainty"].tolist() == pytest.approx([2 * np.sqrt(0.05 / 2), 2 * np.sqrt(0.25 / 2)])
    assert table["rmse"].tolist() == pytest.approx([1.0, np.sqrt(12.5)])
    assert table["mae"].tolist() == pytest.approx([1.0, 3.5])
    assert table["n"].tolist() == [2, 2]
    assert table[["low", "high"]].isna().all(axis=None)  # of so few crystals
    with pytest.raises(BadInputError, match="4 crystals can't be divided into 5 groups"):
        uncertainty.error_against_uncertainty(rows, bins=5)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (gaussian(5, 1.0).assign(uncertainty=0.0), "The uncertainty of 5 crystals is zero"),
        (gaussian(5, 1.0).assign(uncertainty=np.nan), "not finite"),
        (gaussian(5, 1.0)[:0], "empty"),
        (gaussian(5, 1.0).drop(columns="uncertainty"), "no column uncertainty"),
    ],
)
def test_what_is_no_ensemble_is_refused(broken: pd.DataFrame, message: str) -> None:
    for function in (uncertainty.scale, uncertainty.calibration, uncertainty.metrics, uncertainty.error_against_uncertainty):
        with pytest.raises(BadInputError, match=message):
            function(broken)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan])
def test_a_scale_must_be_positive(factor: float) -> None:
    with pytest.raises(BadInputError, match="must be a positive number"):
        uncertainty.calibration(gaussian(5, 1.0), factor)


def test_of_errors_up_to_three_times_the_uncertainty_some_lie_inside() -> None:
    table = pd.DataFrame({"target": [0.5, 1.0, 1.5, 3.0], "prediction": 0.0, "uncertainty": 0.5})
    # in units of twice 0.5: a half, one, one and a half, three
    assert [uncertainty.inside(table, 2.0, times) for times in (1, 2)] == [0.5, 0.75]
