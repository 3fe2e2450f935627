"""Errors by element and the worst crystals, counted by hand."""

import pandas as pd
import pytest

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
