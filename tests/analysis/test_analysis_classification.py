"""Classification metrics against scikit-learn, and on six crystals counted by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as peer

from recryst.analysis import classification
from recryst.errors import BadInputError

# metals: 0.9, 0.6, 0.4; semiconductors: 0.7, 0.3, 0.1
SIX = pd.DataFrame({"id": list("abcdef"), "target": [1, 1, 1, 0, 0, 0], "prediction": [0.9, 0.6, 0.4, 0.7, 0.3, 0.1]})


@pytest.fixture
def many() -> pd.DataFrame:
    """300 crystals, two seeds, probabilities rounded so that many tie."""
    generator = np.random.default_rng(2)
    metal = generator.integers(0, 2, 300)
    parts = [
        pd.DataFrame(
            {"id": range(300), "target": metal, "seed": seed, "prediction": np.clip(metal * 0.3 + generator.random(300) * 0.7, 0, 1)}
        )
        for seed in (0, 1)
    ]
    return pd.concat(parts).assign(prediction=lambda rows: rows["prediction"].round(1))


def test_six_crystals_counted_by_hand() -> None:
    table = classification.metrics(SIX).set_index("metric")["value"]
    # of nine pairs metal/semiconductor 0.6-0.7 and 0.4-0.7 are in the wrong order
    assert table["auc"] == pytest.approx(7 / 9)
    # at 0.5: a, b, d are called metals
    assert table["accuracy"] == pytest.approx(4 / 6)
    assert table["metal_accuracy"] == pytest.approx(2 / 3)
    assert table["semiconductor_accuracy"] == pytest.approx(2 / 3)


def test_metrics_are_scikit_learns_also_for_ties(many: pd.DataFrame) -> None:
    table = classification.metrics(many).set_index("metric")
    for name, function in {
        "auc": lambda target, prediction: peer.roc_auc_score(target, prediction),
        "accuracy": lambda target, prediction: peer.accuracy_score(target, prediction >= 0.5),
        "metal_accuracy": lambda target, prediction: peer.recall_score(target, prediction >= 0.5),
        "semiconductor_accuracy": lambda target, prediction: peer.recall_score(target, prediction >= 0.5, pos_label=0),
    }.items():
        seeds = [function(part["target"], part["prediction"]) for _, part in many.groupby("seed")]
        assert table.loc[name, "value"] == pytest.approx(np.mean(seeds), rel=1e-12)
        assert table.loc[name, "low"] < table.loc[name, "value"] < table.loc[name, "high"]


def test_the_area_of_a_resample_is_scikit_learns_with_weights(many: pd.DataFrame) -> None:
    one = many[many["seed"] == 0]
    counts = np.random.default_rng(0).integers(0, 4, 300)
    _, level = np.unique(one["prediction"], return_inverse=True)
    ours = classification._area_under_curve(level, one["target"].to_numpy() == 1, counts)
    assert ours == pytest.approx(peer.roc_auc_score(one["target"], one["prediction"], sample_weight=counts), rel=1e-12)


def test_a_thinned_curve_keeps_its_ends_and_the_whole_area() -> None:
    generator = np.random.default_rng(1)
    target = generator.integers(0, 2, 5000)
    table = pd.DataFrame({"id": range(5000), "target": target, "prediction": np.clip(generator.normal(target, 1) / 8 + 0.5, 0, 1)})
    curve = classification.roc_curve(table)
    assert len(curve) == 200
    assert curve.iloc[0][["false_positive_rate", "true_positive_rate"]].tolist() == [0, 0]
    assert curve.iloc[-1][["false_positive_rate", "true_positive_rate"]].tolist() == [1, 1]
    assert set(curve["auc"]) == {peer.roc_auc_score(target, table["prediction"])}
    assert peer.auc(curve["false_positive_rate"], curve["true_positive_rate"]) == pytest.approx(curve["auc"][0], abs=2e-3)


def test_each_seed_has_its_curve(many: pd.DataFrame) -> None:
    curves = classification.roc_curve(many)
    assert curves["seed"].unique().tolist() == [0, 1]
    for seed, curve in curves.groupby("seed"):
        part = many[many["seed"] == seed]
        for row in curve.itertuples():
            called = part["prediction"] >= row.threshold
            assert row.true_positive_rate == pytest.approx(called[part["target"] == 1].mean())
            assert row.false_positive_rate == pytest.approx(called[part["target"] == 0].mean())


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (SIX.assign(target=[1, 2, 1, 0, 0, 0]), "Targets of a classification are 1 or 0; that of b is 2"),
        (SIX.assign(prediction=[0.9, 0.6, 0.4, 1.2, 0.3, 0.1]), r"probabilities from 0 to 1; that of d is 1\.2"),
        (SIX[:3], "one is absent"),
        (SIX[:0], "empty"),
    ],
)
def test_what_is_no_classification_is_refused(broken: pd.DataFrame, message: str) -> None:
    for function in (classification.metrics, classification.roc_curve):
        with pytest.raises(BadInputError, match=message):
            function(broken)


def test_too_few_points_or_bins_are_refused() -> None:
    with pytest.raises(BadInputError, match="at least two points"):
        classification.roc_curve(SIX, points=1)
