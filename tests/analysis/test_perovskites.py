"""The combinational search on a set small enough to count, and on Castelli's data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recryst.analysis import perovskites
from recryst.errors import BadInputError

FORMULAS = ["PbTiO3", "TlNbO2F", "TiNbO2F", "SrTiO3", "InWO3", "SnVN3", "BaLaO3", "PbPbO3"]
ENERGIES = np.array([0.06, -0.02, 0.5, 0.0, 0.2, 0.9, 0.1, 0.01])


def numbers(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["quantity"], table["value"], strict=True))


def test_formulas_are_split_in_their_order() -> None:
    table = perovskites.sites(["PbTiO3", "InTaO2F", "BRbOFN", "KON3"])
    assert table.to_numpy().tolist()[:3] == [["PbTiO3", "Pb", "Ti", "O3"], ["InTaO2F", "In", "Ta", "O2F"], ["BRbOFN", "B", "Rb", "OFN"]]
    for wrong in ("PbTi", "pbtio3", "Pb2TiO3", ""):
        with pytest.raises(BadInputError, match="no perovskite formula in the order A, B, X3"):
            perovskites.sites([wrong])


def test_candidates_have_both_sites_right() -> None:
    table = perovskites.candidates(FORMULAS, ENERGIES)
    # not Ti or Sr on A, not Pb on B
    assert table["formula"].tolist() == ["TlNbO2F", "PbTiO3", "InWO3", "SnVN3"]
    assert table["anions"].tolist() == ["O2F", "O3", "O3", "N3"]


def test_search_counts_below_and_at_the_threshold_apart_also_in_single_precision() -> None:
    """Of 4 candidates 2 lie below 0.2 and one at it; of all 8 five below, one at it: (2/4) / (5/8)."""
    for energies in (ENERGIES, ENERGIES.astype(np.float32), ENERGIES.astype(np.float32).astype(float)):
        found = numbers(perovskites.combinational_search(FORMULAS, energies))
        assert found == pytest.approx(
            {
                "candidates": 4,
                "candidates below": 2,
                "candidates at or below": 3,
                "perovskites": 8,
                "perovskites below": 5,
                "perovskites at or below": 6,
                "search efficiency": 0.8,
                "search efficiency, at or below": 1.0,
            }
        )


def test_per_cell_the_threshold_is_five_times_as_high() -> None:
    table = perovskites.unit_readings(FORMULAS, ENERGIES)
    readings = {name: numbers(part) for name, part in table.groupby("reading")}
    assert readings["eV/atom"]["candidates below"] == 2
    assert readings["eV/cell"]["candidates below"] == 4


def test_printed_rows_beside_the_data() -> None:
    printed = pd.DataFrame(
        {"formula": ["TiNbO2F", "PbTiO3", "SrTiO3", "BiCrO3"], "energy": [0.02, 0.06, 0.0, 0.1], "split": ["train", "test", "test", "test"]}
    )
    table = perovskites.compare_printed(printed, FORMULAS, ENERGIES, threshold=0.3).set_index("formula")
    # Ti on the A site is read as Tl; taken literally its energy would be 0.5
    assert table.loc["TlNbO2F", ["printed_formula", "status"]].tolist() == ["TiNbO2F", "differs"]
    assert table.loc["TlNbO2F", ["energy", "difference", "energy_as_printed"]].tolist() == pytest.approx([-0.02, 0.04, 0.5])
    assert table.loc["PbTiO3", "status"] == "agrees"
    assert table.loc["BiCrO3", "status"] == "not in the data"
    assert table.loc["InWO3", ["status", "printed_formula"]].tolist() == ["not printed", ""]
    assert np.isnan(table.loc["PbTiO3", "energy_as_printed"])
    assert list(table.index) == ["TlNbO2F", "PbTiO3", "SrTiO3", "BiCrO3", "InWO3"]


def test_share_of_a_random_split() -> None:
    """Two of four perovskites into the test set; both of two candidates there with probability 1/6, at most one with 5/6."""
    table = numbers(perovskites.share_in_test_set(candidates=2, in_test_set=1, perovskites=4, test_set=2))
    assert table["expected"] == 1
    assert table["probability of so few"] == pytest.approx(5 / 6)
    assert table["standard deviation"] == pytest.approx((1 / 3) ** 0.5)
    with pytest.raises(BadInputError, match="3 of 2 candidates can't lie in 2 of 4"):
        perovskites.share_in_test_set(2, 3, 4, 2)


def test_searches_that_can_not_be_are_refused() -> None:
    with pytest.raises(BadInputError, match="8 formulas need as many energies"):
        perovskites.candidates(FORMULAS, ENERGIES[:3])
    with pytest.raises(BadInputError, match="The energy of TlNbO2F is not a finite number"):
        perovskites.candidates(FORMULAS, np.r_[0.1, np.nan, ENERGIES[2:]])
    with pytest.raises(BadInputError, match="No perovskite has these elements"):
        perovskites.combinational_search(FORMULAS, ENERGIES, a_sites=["Xe"])
    with pytest.raises(BadInputError, match="threshold of the search must be a number"):
        perovskites.combinational_search(FORMULAS, ENERGIES, threshold=np.nan)


@pytest.mark.shared
def test_castellis_data_hold_the_candidates_that_the_paper_counts(shared: Path) -> None:
    data = pd.read_parquet(shared / "data" / "castelli_perovskites" / "castelli_perovskites.parquet")
    formulas, energies = data["formula"].tolist(), data["e_form"].to_numpy()
    found = numbers(perovskites.combinational_search(formulas, energies))
    assert {name: found[name] for name in list(found)[:6]} == {
        "candidates": 378,
        "candidates below": 39,
        "candidates at or below": 49,
        "perovskites": 18928,
        "perovskites below": 270,
        "perovskites at or below": 312,
    }
    assert round(found["search efficiency"]) == 7
    # all elements of groups 13-15 would make twice as many candidates
    assert len(perovskites.candidates(formulas, energies, ("B", "Al", "Ga", "In", "Tl", "Si", "Ge", "Sn", "Pb", "As", "Sb", "Bi"))) == 756
    # Table V prints TiTiO2F and TiNbO3 as stable; only thallium makes them so
    printed = pd.DataFrame({"formula": ["TiNbO3", "TiTaO2F", "PbZrO3"], "energy": [0.0, 0.04, 0.08], "split": "train"})
    table = perovskites.compare_printed(printed, formulas, energies)
    assert table["formula"][:3].tolist() == ["TlNbO3", "TlTaO2F", "PbZrO3"]
    assert table["status"][:3].tolist() == ["agrees", "differs", "agrees"]
    assert table["energy_as_printed"][0] == pytest.approx(0.82)
    assert (table["status"] == "not printed").sum() == 39 - 3
