"""Shapes and groups of errors worked by hand, and errors beside the number of training crystals."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure
from scipy.stats import skew, spearmanr

from recryst.analysis import error_distribution, training_frequency
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def predictions(target: np.ndarray, error: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"id": range(len(target)), "target": target, "prediction": target + error})


def test_the_shape_is_what_scipy_and_numpy_say():
    generator = np.random.default_rng(0)
    table = predictions(generator.normal(-1, 1, 500), generator.exponential(0.1, 500) - 0.05)
    error = table["prediction"] - table["target"]
    found = error_distribution.shape(table).set_index("metric")
    expected = {
        "mean_error": error.mean(),
        "median_error": error.median(),
        "skewness": skew(error),
    }
    assert found["value"].to_dict() == pytest.approx(expected)
    assert (found["low"] < found["value"]).all()
    assert error_distribution.shape(table.assign(prediction=2 * table["target"] - table["prediction"])).set_index("metric").loc[
        "skewness", "value"
    ] == pytest.approx(-skew(error))


def test_groups_of_equally_many_crystals():
    # sorted by target: errors 1 1 1 | 2 2 | 3 3 | 4 4, the ninth crystal going to the first
    table = predictions(np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8]), np.array([1.0, 1, -1, 2, -2, 3, -3, 4, -4]))
    found = error_distribution.equal_groups(table)
    assert found["mae"].tolist() == [1, 2, 3, 4]
    assert found["n"].tolist() == [3, 2, 2, 2]
    assert found[["target_low", "target_high"]].to_numpy().tolist() == [[0, 2], [3, 4], [5, 6], [7, 8]]
    with pytest.raises(BadInputError, match="9 crystals can't be put into 10 groups"):
        error_distribution.equal_groups(table, groups=10)


def test_boxes_over_intervals():
    table = predictions(np.array([-1, -0.5, 0, 0.5, 1.0]), np.array([0.1, 0.3, -1, 0, 3]))
    found = error_distribution.boxes(table, [-1, 0, 1])
    assert found["label"].tolist() == ["-1 to 0", "0 to 1"]
    assert found[["minimum", "q1", "median", "q3", "maximum"]].to_numpy().tolist() == pytest.approx(
        np.array([[0.1, 0.15, 0.2, 0.25, 0.3], [-1, -0.5, 0, 1.5, 3]])
    )
    assert found["n"].tolist() == [2, 3]
    for edges in ([0], [1, 0], [0, 0]):
        with pytest.raises(BadInputError, match="edges that rise"):
            error_distribution.boxes(table, edges)


def test_bars_of_errors():
    found = error_distribution.histogram(predictions(np.zeros(4), np.array([-0.15, 0.05, 0.06, 0.9])), 0.1, 0.2)
    assert found["count"].tolist() == [1, 0, 2, 0]
    assert found["value"].tolist() == pytest.approx([-0.15, -0.05, 0.05, 0.15])
    with pytest.raises(BadInputError, match="up to the limit"):
        error_distribution.histogram(predictions(np.zeros(1), np.zeros(1)), 0.3, 0.2)


def crystals(*symbols: list[str]) -> Crystals:
    lattice = Lattice.cubic(4)
    places = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0]]
    return Crystals.from_structures(
        [str(number) for number in range(len(symbols))], [Structure(lattice, s, places[: len(s)]) for s in symbols]
    )


def test_errors_beside_training_crystals():
    training = crystals(["Na", "Cl"], ["Na"], ["Na", "Na", "Cl"], ["K"])
    tested = crystals(["Na", "Cl"], ["K", "Cl"], ["K"])
    table = predictions(np.zeros(3), np.array([0.1, -0.3, 0.5])).astype({"id": str})
    found = training_frequency.by_element(table, training, tested).set_index("element")
    assert found["n_train"].to_dict() == {"Na": 3, "Cl": 2, "K": 1}
    assert found["mae"].to_dict() == pytest.approx({"Na": 0.1, "Cl": 0.2, "K": 0.4})
    by_number = training_frequency.by_number_of_elements(table, training, tested)
    assert by_number[["elements", "n", "n_train"]].to_numpy().tolist() == [[1, 1, 2], [2, 2, 2]]
    assert by_number["mae"].tolist() == pytest.approx([0.5, 0.2])


def test_the_rank_correlation_is_scipy_s_and_its_interval_holds_it():
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"n_train": generator.integers(1, 1000, 60), "mae": generator.random(60)})
    table["mae"] += 100 / table["n_train"]
    found = training_frequency.association(table)
    assert found["value"] == pytest.approx(spearmanr(table["n_train"], table["mae"]).statistic)
    assert -1 <= found["low"] < found["value"] < found["high"] < 0
    with pytest.raises(BadInputError, match="at least three rows, not 2"):
        training_frequency.association(table[:2])


@pytest.mark.parametrize("error", [0.1, -3e5, 0.0])
def test_equal_errors_have_no_skewness(error):
    table = pd.DataFrame({"id": range(12), "target": 0.0, "prediction": error})
    found = error_distribution.shape(table).set_index("metric")
    assert found.loc["skewness", ["value", "low", "high"]].isna().all()
    assert found.loc["mean_error", ["value", "low", "high"]].tolist() == pytest.approx([error] * 3)
