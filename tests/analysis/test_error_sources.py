"""Where errors come from, on four cells of two elements whose errors are known."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import error_sources
from recryst.crystals import Crystals


def salts(cations: list[str]) -> Crystals:
    structures = [Structure(Lattice.cubic(4), [cation, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]) for cation in cations]
    return Crystals.from_structures([f"salt-{i}" for i in range(len(cations))], structures)


def predictions(errors: list[float], seeds: int = 1) -> pd.DataFrame:
    ids = [f"salt-{i}" for i in range(len(errors))]
    tables = [pd.DataFrame({"id": ids, "target": 1.0, "prediction": 1 + sign * np.array(errors), "seed": seed})
              for seed, sign in enumerate([1, -1][:seeds])]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_element_whose_crystals_hold_most_error_beyond_their_number_comes_first(seeds):
    cations = ["Na"] * 10 + ["K"] * 10 + ["Rb"] * 5
    # 10 of sodium hold 10 of 10 + 40 + 50, 10 of potassium 40; rubidium, the worst, is in too few
    errors = [1.0] * 10 + [4.0] * 10 + [10.0] * 5
    table = error_sources.elements_behind(predictions(errors, seeds), salts(cations))
    assert table["element"].tolist() == ["K", "Na"], "chlorine is in all crystals"
    potassium, sodium = table.to_dict("records")
    assert potassium == {"element": "K", "n": 10, "share_of_crystals": 40, "share_of_error": 40, "mae_without": pytest.approx(60 / 15)}
    assert (sodium["share_of_error"], sodium["mae_without"]) == (pytest.approx(10), pytest.approx(90 / 15))


def test_what_is_said_does_not_depend_on_the_order_of_the_crystals():
    cations, errors = ["Na"] * 10 + ["K"] * 10, [1.0, 2.0] * 10
    table, order = predictions(errors), np.random.default_rng(0).permutation(20)
    expected = error_sources.elements_behind(table, salts(cations))
    pd.testing.assert_frame_equal(error_sources.elements_behind(table.iloc[order], salts(cations).take(order)), expected)


def test_the_worst_hundredth_is_one_crystal_at_least():
    assert error_sources.held_by_the_worst(predictions([1, 2, 5])) == pytest.approx(100 * 5 / 8)
    # 2 of 200
    assert error_sources.held_by_the_worst(predictions([1.0] * 198 + [101.0] * 2)) == pytest.approx(100 * 202 / 400)


def test_versions_of_a_target_are_compared_where_both_are_there():
    older = pd.Series({"a": 1.0, "b": 2.0, "c": 4.0, "gone": 9.0, "never": np.nan})
    newer = pd.Series({"c": 4.5, "b": 2.0, "a": 0.0, "new": 7.0, "never": 1.0})
    (row,) = error_sources.moved(older, newer, error=0.5).to_dict("records")
    assert row == {"n": 3, "mae": 0.5, "median": 0.5, "bias": pytest.approx(-0.5 / 3), "percent_beyond": pytest.approx(100 / 3)}


def test_versions_without_a_common_crystal_are_no_number():
    (row,) = error_sources.moved(pd.Series({"a": 1.0}), pd.Series({"b": 1.0}), error=0.1).to_dict("records")
    assert row["n"] == 0
    assert np.isnan([row["mae"], row["percent_beyond"]]).all()
