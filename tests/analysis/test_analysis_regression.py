"""Regression metrics against scikit-learn and numpy, tables behind parity plots on cases worked by hand."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure
from sklearn import metrics as peer

from recryst.analysis import regression
from recryst.crystals import Crystals
from recryst.errors import BadInputError


@pytest.fixture
def predictions() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    target = generator.normal(size=150)
    parts = [
        pd.DataFrame({"id": [f"c{i}" for i in range(150)], "split": "test", "target": target, "seed": seed})
        .assign(prediction=target + generator.standard_t(3, size=150) * 0.1 * (seed + 1))
        for seed in range(3)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


PEERS = {
    "mae": peer.mean_absolute_error,
    "rmse": peer.root_mean_squared_error,
    "r2": peer.r2_score,
    "median_absolute_error": peer.median_absolute_error,
    "quantile_90": lambda target, prediction: np.quantile(np.abs(prediction - target), 0.9),
}


def test_metrics_are_scikit_learns_averaged_over_seeds(predictions: pd.DataFrame) -> None:
    table = regression.metrics(predictions).set_index("metric")
    assert list(table.index) == list(PEERS)
    for name, function in PEERS.items():
        seeds = [function(part["target"], part["prediction"]) for _, part in predictions.groupby("seed")]
        assert table.loc[name, "value"] == pytest.approx(np.mean(seeds), rel=1e-12)
        assert table.loc[name, "spread"] == pytest.approx(np.std(seeds, ddof=1), rel=1e-9)
        assert table.loc[name, "low"] < table.loc[name, "value"] < table.loc[name, "high"]
    assert (table["n"] == 150).all()


def test_resampled_quantiles_are_those_of_the_repeated_crystals() -> None:
    """The statistic of counts (2, 0, 1, 3) is numpy's on the errors 1, 1, 3, 4, 4, 4."""
    target, prediction = np.zeros(4), np.array([1.0, -2.0, 3.0, -4.0])
    numbers = regression._regression_statistics(target, prediction)(np.array([2, 0, 1, 3]))
    repeated = [1.0, 1.0, 3.0, 4.0, 4.0, 4.0]
    assert numbers["mae"] == pytest.approx(17 / 6)
    assert numbers["median_absolute_error"] == np.quantile(repeated, 0.5) == 3.5
    assert numbers["quantile_90"] == np.quantile(repeated, 0.9)
    assert regression._regression_statistics(target, prediction)(np.array([1, 1, 1, 1]))["quantile_90"] == np.quantile([1, 2, 3, 4], 0.9)


def test_a_single_crystal_has_an_error_but_no_r2() -> None:
    table = regression.metrics(pd.DataFrame({"id": ["a"], "target": [1.0], "prediction": [1.5]})).set_index("metric")
    assert table.loc["mae", "value"] == 0.5
    assert table.loc["mae", ["low", "high"]].isna().all()
    assert np.isnan(table.loc["r2", "value"])


def test_fractions_within_thresholds() -> None:
    """Half of the crystals within 0.25, and an error at the threshold is within."""
    errors = pd.DataFrame({"id": range(12), "target": 0.0, "prediction": [0.125, -0.25, 0.5, 1.0] * 3})
    table = regression.errors_within(errors, [0.25, 2.0])
    assert table["threshold"].tolist() == [0.25, 2.0]
    assert table["fraction"].tolist() == [0.5, 1.0]
    assert table.loc[1, ["low", "high"]].tolist() == [1.0, 1.0]
    assert 0 <= table.loc[0, "low"] < 0.5 < table.loc[0, "high"] <= 1


@pytest.mark.parametrize("thresholds", [[], [-0.1], [np.nan]])
def test_thresholds_that_are_none_are_refused(thresholds: list[float]) -> None:
    with pytest.raises(BadInputError, match="numbers from 0 up"):
        regression.errors_within(pd.DataFrame({"id": ["a"], "target": [1.0], "prediction": [1.0]}), thresholds)


def test_2d_histogram_counts_every_crystal_once_in_square_bins() -> None:
    """Four bins of width 1 from 0 to 4: (0.5, 0.5) twice, (3.5, 2.5), and (4, 0), which is in the last and first bin."""
    points = pd.DataFrame({"id": list("abcd"), "target": [0.2, 0.9, 3.5, 4.0], "prediction": [0.1, 0.8, 2.5, 0.0]})
    table = regression.histogram2d(points, bins=4)
    rows = {(row.target, row.prediction): row.count for row in table.itertuples(index=False)}
    assert rows == {(0.5, 0.5): 2, (3.5, 2.5): 1, (3.5, 0.5): 1}
    assert set(table["width"]) == {1.0}
    assert set(table["n"]) == {4}


def test_crystals_outside_the_range_are_not_hidden() -> None:
    points = pd.DataFrame({"id": list("ab"), "target": [0.5, 9.0], "prediction": [0.5, 9.0]})
    table = regression.histogram2d(points, bins=2, range=(0, 1))
    assert table[["count", "n"]].to_numpy().tolist() == [[1, 2]]


def test_histogram_of_one_value_is_one_bin() -> None:
    table = regression.histogram2d(pd.DataFrame({"id": list("ab"), "target": [2.0, 2.0], "prediction": [2.0, 2.0]}), bins=3)
    assert table[["target", "prediction", "count"]].to_numpy().tolist() == [[2.0, 2.0, 2]]


@pytest.mark.parametrize(("bins", "ends"), [(0, None), (3, (1.0, 0.0)), (3, (np.nan, 1.0))])
def test_a_histogram_needs_bins_and_a_range(bins: int, ends: tuple[float, float] | None) -> None:
    with pytest.raises(BadInputError, match="at least one bin and a range that rises"):
        regression.histogram2d(pd.DataFrame({"id": ["a"], "target": [1.0], "prediction": [1.0]}), bins, ends)


def test_parity_table_names_the_crystals_whatever_their_order() -> None:
    salts = [Structure(Lattice.cubic(4), [metal, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]) for metal in ("Cs", "K", "Tl")]
    crystals = Crystals.from_structures(["cs", "k", "tl"], salts)
    points = pd.DataFrame({"id": ["tl", "cs"], "target": [1.0, 2.0], "prediction": [0.5, 2.25], "seed": 4})
    table = regression.parity_table(points, crystals)
    assert table.to_dict("list") == {
        "id": ["tl", "cs"],
        "formula": ["TlCl", "CsCl"],
        "target": [1.0, 2.0],
        "prediction": [0.5, 2.25],
        "error": [-0.5, 0.25],
    }
    with pytest.raises(BadInputError, match="have no crystal, the first is ba"):
        regression.parity_table(points.assign(id=["ba", "cs"]), crystals)


def test_a_parity_plot_names_the_worst_crystals_above_its_bins_or_all_of_them() -> None:
    salts = [Structure(Lattice.cubic(4), [metal, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]) for metal in ("Cs", "K", "Tl")]
    crystals = Crystals.from_structures(["cs", "k", "tl"], salts)
    points = pd.DataFrame({"id": ["cs", "k", "tl"], "target": [0.0, 1.0, 4.0], "prediction": [0.1, 0.4, 4.2]})
    worst = regression.named_parity(points, crystals, named=1, bins=2)
    # bins of side 2.1: two crystals below, one above; potassium chloride is 0.6 off
    assert worst["count"].tolist() == [2, 1, 1]
    assert (worst["width"] > 0).tolist() == [True, True, False]
    assert worst.loc[2, ["id", "formula", "target", "prediction", "n"]].tolist() == ["k", "KCl", 1.0, 0.4, 3]
    assert worst.loc[:1, ["id", "formula"]].isna().all(axis=None)
    every = regression.named_parity(points, crystals)
    assert every["id"].tolist() == ["k", "tl", "cs"]
    assert (every["width"] == 0).all()
