"""Errors by element and the worst crystals, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import chemistry
from recryst.crystals import Crystals
from recryst.errors import BadInputError


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Errors: NaCl (8 atoms) 1, CsCl -3, copper 0.5; NaCl (2 atoms) 0.5 and 1.5 with two seeds."""
    return pd.DataFrame(
        {
            "id": ["cscl", "nacl-8", "cu", "nacl-2"] * 2,
            "seed": [0] * 4 + [1] * 4,
            "target": [0.0, 1.0, 2.0, 3.0] * 2,
            "prediction": [-3.0, 2.0, 2.5, 3.5, -3.0, 2.0, 2.5, 4.5],
        }
    )


def test_error_of_an_element_is_the_mean_over_crystals_that_hold_it(predictions: pd.DataFrame, salts: Crystals) -> None:
    table = chemistry.error_by_element(predictions, salts).set_index("element")
    assert table["number"].to_dict() == {"Na": 11, "Cl": 17, "Cu": 29, "Cs": 55}
    assert table["mae"].to_dict() == pytest.approx({"Na": 1.0, "Cl": 5 / 3, "Cu": 0.5, "Cs": 3.0})
    assert table["n"].to_dict() == {"Na": 2, "Cl": 3, "Cu": 1, "Cs": 1}
    assert table[["low", "high"]].isna().all(axis=None)  # of so few crystals


def test_the_worst_come_first_and_are_named(predictions: pd.DataFrame, salts: Crystals) -> None:
    table = chemistry.worst(predictions, salts, 2)
    assert table.to_dict("list") == {
        "id": ["cscl", "nacl-8"],
        "formula": ["CsCl", "NaCl"],
        "n_atoms": [2, 8],
        "target": [0.0, 1.0],
        "prediction": [-3.0, 2.0],
        "error": [-3.0, 1.0],
    }
    assert len(chemistry.worst(predictions, salts, 100)) == 4


def test_missing_crystals_and_odd_numbers_are_refused(predictions: pd.DataFrame, salts: Crystals) -> None:
    with pytest.raises(BadInputError, match="the first is cu"):
        chemistry.error_by_element(predictions, salts.select(["cscl", "nacl-2", "nacl-8"]))
    with pytest.raises(BadInputError, match="At least one crystal must be asked for, not 0"):
        chemistry.worst(predictions, salts, 0)


def chlorides(cations: list[str]) -> Crystals:
    structures = [Structure(Lattice.cubic(4), [cation, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]) for cation in cations]
    return Crystals.from_structures([f"salt-{i}" for i in range(len(cations))], structures)


def with_errors(errors: list[float], seeds: int = 1) -> pd.DataFrame:
    ids = [f"salt-{i}" for i in range(len(errors))]
    tables = [pd.DataFrame({"id": ids, "target": 1.0, "prediction": 1 + sign * np.array(errors), "seed": seed})
              for seed, sign in enumerate([1, -1][:seeds])]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_element_whose_crystals_hold_most_error_beyond_their_number_comes_first(seeds):
    cations = ["Na"] * 10 + ["K"] * 10 + ["Rb"] * 5
    # 10 of sodium hold 10 of 10 + 40 + 50, 10 of potassium 40; rubidium, the worst, is in too few
    errors = [1.0] * 10 + [4.0] * 10 + [10.0] * 5
    table = chemistry.elements_behind(with_errors(errors, seeds), chlorides(cations))
    assert table["element"].tolist() == ["K", "Na"], "chlorine is in all crystals"
    potassium, sodium = table.to_dict("records")
    assert potassium == {"element": "K", "n": 10, "share_of_crystals": 40, "share_of_error": 40, "mae_without": pytest.approx(60 / 15)}
    assert (sodium["share_of_error"], sodium["mae_without"]) == (pytest.approx(10), pytest.approx(90 / 15))


def test_what_is_said_does_not_depend_on_the_order_of_the_crystals():
    cations, errors = ["Na"] * 10 + ["K"] * 10, [1.0, 2.0] * 10
    table, order = with_errors(errors), np.random.default_rng(0).permutation(20)
    expected = chemistry.elements_behind(table, chlorides(cations))
    pd.testing.assert_frame_equal(chemistry.elements_behind(table.iloc[order], chlorides(cations).take(order)), expected)


def test_the_worst_hundredth_is_one_crystal_at_least():
    assert chemistry.held_by_the_worst(with_errors([1, 2, 5])) == pytest.approx(100 * 5 / 8)
    # 2 of 200
    assert chemistry.held_by_the_worst(with_errors([1.0] * 198 + [101.0] * 2)) == pytest.approx(100 * 202 / 400)
