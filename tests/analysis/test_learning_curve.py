"""Learning curves on power laws whose crossings are known."""

import numpy as np
import pandas as pd
import pytest

from recryst.analysis import learning_curve
from recryst.errors import BadInputError


def law(label: str, factor: float, exponent: float, seeds: int = 1, sizes: tuple[int, ...] = (100, 1000, 10000)) -> list[tuple]:
    """mae = factor · n^-exponent, twice as large for each further seed."""
    return [(label, n, seed, factor * 2**seed * n**-exponent) for seed in range(seeds) for n in sizes]


def test_mean_spread_and_range_over_seeds() -> None:
    points = [("b", 20, 0, 4.0), ("b", 10, 0, 1.0), ("b", 10, 1, 3.0), ("a", 10, 0, 5.0)]
    table = learning_curve.table(points)
    # labels in order of appearance, sizes rising
    assert table[["label", "n_train"]].to_numpy().tolist() == [["b", 10], ["b", 20], ["a", 10]]
    assert table.loc[0, ["mae", "spread", "low", "high", "seeds"]].tolist() == [2.0, pytest.approx(2**0.5), 1.0, 3.0, 2]
    assert np.isnan(table.loc[1, "spread"])


def test_a_curve_is_begun_by_seeds_that_have_two_sizes() -> None:
    points = pd.DataFrame([("a", 10, 0, 4.0), ("a", 20, 0, 2.0), ("a", 20, 1, 9.0), ("b", 10, 0, 9.0)], columns=learning_curve.COLUMNS)
    assert learning_curve.begun(points).equals(points[:2])


def test_a_power_law_crosses_where_it_should() -> None:
    """10 n^-½ is 0.2 at n = 2500, and with the doubled factor of the second seed at 10,000."""
    points = law("x", 10, 0.5, seeds=2, sizes=(100, 1000, 20000))
    row = learning_curve.crossing(points, 0.2).iloc[0]
    assert row[["low", "high", "n_train"]].tolist() == pytest.approx([2500, 10000, 6250])
    assert row["spread"] == pytest.approx(7500 / 2**0.5)
    # one seed between 1,000 and 20,000, and so the other
    assert row[["above", "below", "seeds_crossing", "seeds", "state"]].tolist() == [1000, 20000, 2, 2, "crosses"]


def test_a_level_that_is_not_crossed_says_why() -> None:
    points = [*law("high", 10, 0.5), *law("low", 1e-3, 0.5), *law("mixed", 10, 0.5, seeds=2)]
    table = learning_curve.crossing(points, 0.12).set_index("label")
    assert table["state"].to_dict() == {"high": "crosses", "low": "below throughout", "mixed": "differs between seeds"}
    assert learning_curve.crossing(points, 1e-9)["state"].tolist() == ["above throughout"] * 3
    assert learning_curve.crossing(points, 1e-9)["n_train"].isna().all()
    assert table.loc["mixed", ["seeds_crossing", "seeds"]].tolist() == [1, 2]
    assert table.loc["low", ["above", "below"]].isna().all()


def test_a_curve_that_comes_back_above_crosses_only_where_it_stays_below() -> None:
    points = [("x", n, 0, mae) for n, mae in [(1, 4.0), (10, 1.0), (100, 4.0), (1000, 1.0)]]
    assert learning_curve.crossing(points, 2.0)["n_train"].item() == pytest.approx(10**2.5)
    assert learning_curve.crossing(points[:3], 2.0)["state"].item() == "above at the largest size"


def test_seeds_that_cross_between_other_sizes_span_all_of_them() -> None:
    early, late = [(1, 4.0), (10, 1.0), (100, 0.5)], [(1, 9.0), (10, 4.0), (100, 1.0)]
    points = [("x", n, seed, mae) for seed, curve in enumerate((early, late)) for n, mae in curve]
    assert learning_curve.crossing(points, 2.0)[["above", "below"]].iloc[0].tolist() == [1, 100]


def test_a_curve_that_ends_on_the_level_reaches_it() -> None:
    assert learning_curve.crossing([("x", 10, 0, 2.0), ("x", 100, 0, 1.0)], 1.0)["n_train"].item() == pytest.approx(100)


def test_power_law_gives_back_its_exponent_and_extrapolates() -> None:
    """20 n^-½ reaches 0.05 at n = 160,000, sixteen times the largest size; the second seed at four times that."""
    row = learning_curve.power_law(law("x", 20, 0.5, seeds=2), 0.05).iloc[0]
    assert row["exponent"] == pytest.approx(0.5)
    assert row["exponent_spread"] == pytest.approx(0, abs=1e-12)
    assert row[["low", "high", "n_train"]].tolist() == pytest.approx([160_000, 640_000, 400_000])
    assert row[["largest_measured", "seeds"]].tolist() == [10000, 2]


def test_an_error_that_does_not_fall_never_reaches_a_level() -> None:
    assert learning_curve.power_law(law("x", 1, -0.1), 0.5)["n_train"].item() == np.inf


def test_points_come_as_a_table_too() -> None:
    points = law("x", 10, 0.5)
    frame = pd.DataFrame(points, columns=learning_curve.COLUMNS)
    pd.testing.assert_frame_equal(learning_curve.table(points), learning_curve.table(frame))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([], "empty"),
        ([("x", 0, 0, 1.0)], "must be positive"),
        ([("x", 10, 0, -1.0)], "must be positive"),
        ([("x", 10, 0, np.nan)], "not finite"),
        ([("x", 10, 0, 1.0), ("x", 10, 0, 2.0)], "x has two errors at 10 training crystals with seed 0"),
    ],
)
def test_points_that_make_no_curve_are_refused(points: list, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        learning_curve.table(points)


def test_levels_and_fits_that_can_not_be() -> None:
    with pytest.raises(BadInputError, match="level of a learning curve must be a positive number"):
        learning_curve.crossing(law("x", 1, 1), 0.0)
    with pytest.raises(BadInputError, match="at least two training sizes of each seed; x has one"):
        learning_curve.power_law([("x", 10, 0, 1.0)], 0.5)
