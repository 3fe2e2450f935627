"""Estimates beside what calculations took."""

import numpy as np
import pandas as pd
import pytest

from recryst import parallel
from recryst.datasets import charge_density
from recryst.dft import cells, costs, settings
from recryst.dft.costs import Estimate


def test_eight_in_ten_stored_crystals_took_what_would_have_been_said() -> None:
    """The fit rests on them; a factor of 1.5 either way is what five numbers for each crystal tell."""
    data = charge_density.load()
    rows = np.arange(0, len(data.crystals), 12)
    table = data.properties.iloc[rows]
    first = {k: int(row) for row, k in zip(rows, table["k_points"], strict=True)}
    points = {k: cells.irreducible_k_points(cells.standard(data.crystals, row), (k, k, k)) for k, row in first.items()}
    reduced = table["k_points"].map(points)
    spins = np.where(table["spins"] == 2, 1.0, 0.0)
    expected = costs.model_seconds(table["grid"].to_numpy(float) ** 3, reduced.to_numpy(float), table["electrons"].to_numpy(float), spins)
    ratios = table["cpu_seconds"].to_numpy(float) / expected
    assert 0.6 < np.percentile(ratios, 10) < np.percentile(ratios, 90) < 1.7
    assert np.median(ratios) == pytest.approx(1, abs=0.15)


def test_what_was_measured_lies_within_a_factor_of_two_of_the_estimate() -> None:
    table = pd.read_csv(costs.MEASURED)
    assert set(zip(table["quantity"], table["profile"], strict=True)) == {(q, p) for q in settings.QUANTITIES for p in settings.PROFILES}
    columns = ("points", "irreducible_k_points", "electrons", "spin_polarised")
    model = costs.model_seconds(*(table[column].to_numpy(dtype=np.float64) for column in columns))
    start, factors, spread = costs.measured()
    ratios = table["cpu_seconds"] / (model + start)
    ratios /= [factors[kind] for kind in zip(table["quantity"], table["profile"], strict=True)]
    assert ratios.between(0.4, 2.5).all()
    within = ratios.between(1 / table["quantity"].map(spread), table["quantity"].map(spread))
    assert within.mean() >= costs.SHARE


def test_better_and_more_cost_more() -> None:
    data = charge_density.load()
    crystal = cells.standard(data.crystals, data.index("mp-22862"))
    likely = {(q, p): costs.estimate(crystal, 14, q, p) for q in settings.QUANTITIES for p in settings.PROFILES}
    for quantity in settings.QUANTITIES:
        assert likely[quantity, "quick"].likely < likely[quantity, "standard"].likely
    for profile in settings.PROFILES:
        assert likely["density", profile].likely < likely["eos", profile].likely < likely["elastic", profile].likely
    assert all(one.low < one.likely < one.high for one in likely.values())


def test_the_sentence_adds_up_and_shares_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of 50 s and one of 500 s: 600 s, 300 s on two processes, but not less than the longest takes."""
    three = [Estimate(40, 50, 60), Estimate(40, 50, 60), Estimate(400, 500, 600)]
    assert costs.in_words(three, 1) == "3 to compute: 10 min of one core, between 8 min and 12 min, 8 min for the longest."
    assert costs.in_words(three, 2).endswith("8 min for the longest, about 8 min on 2 processes.")
    assert costs.in_words(three[:1], 4) == "1 to compute: 50 s of one core, between 40 s and 60 s."
    monkeypatch.setattr(parallel, "processes", lambda jobs: 2 if jobs == -1 else jobs)
    assert costs.in_words(three, -1) == costs.in_words(three, 2)
    assert costs.in_words([], 4) == "Nothing is left to compute."
