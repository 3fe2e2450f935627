"""The ESNet chapter's re-analysis: what is printed comes out, parts add up, and without the predictions nothing is claimed."""

import numpy as np
import pandas as pd
import pytest

from recryst import parameters
from recryst.chapters import esnet as evidence
from recryst.datasets.esnet_predictions import ReleasedPredictions
from recryst.report import Report, published, verdicts

# four compounds: an alloy, a nitride, a chloride and an alloy again, with errors that one can add up in one's head
FOUR = pd.DataFrame(
    {
        "id": ["Au_Cu_1", "Fe_N_2", "Ag_Cl_3", "Au_Sn_4"],
        "first": ["Au", "Fe", "Ag", "Au"],
        "second": ["Cu", "N", "Cl", "Sn"],
        "target": [0.0, 0.0, -1.0, 0.5],
        "is2re": [0.1, 0.5, -1.7, 0.2],
        "rs2re": [0.1, -0.3, -1.1, 0.5],
    }
)


def study(profile: str, table: pd.DataFrame | None = None) -> evidence.Reanalysis:
    of = evidence.Reanalysis(parameters.settle("esnet", {"profile": profile}))
    if table is not None:
        of.__dict__["predictions"] = ReleasedPredictions(table, "esnet_2eorr@000000")
    return of


def test_errors_are_told_apart_by_what_a_compound_holds() -> None:
    kinds = study("laptop", FOUR).kinds().set_index("label")
    assert kinds["n"].tolist() == [4, 2, 2] * 2
    unrelaxed = kinds["value"].iloc[:3].tolist()
    # (0.1 + 0.5 + 0.7 + 0.3) / 4; alloys (0.1 + 0.3) / 2; the nitride and the chloride (0.5 + 0.7) / 2
    assert unrelaxed == pytest.approx([0.4, 0.2, 0.6])
    assert kinds["value"].iloc[3:].tolist() == pytest.approx([0.125, 0.05, 0.2])


def test_an_element_has_the_error_of_all_compounds_with_it() -> None:
    found = study("laptop", FOUR).by_element().set_index("element")
    assert found.loc["Au"].tolist() == pytest.approx([0.2, 2])
    assert found.loc["N"].tolist() == pytest.approx([0.5, 1])
    assert found["n"].sum() == 2 * len(FOUR)


def test_errors_have_their_sign() -> None:
    shapes = study("laptop", FOUR).shapes().set_index("value_id")["value"]
    # from relaxed structures 0.1, -0.3, -0.1 and 0
    assert shapes["relaxed/mean-error"] == pytest.approx(-0.075)
    assert shapes["relaxed/median-error"] == pytest.approx(-0.05)
    curves = study("laptop", FOUR).error_curves()
    assert curves.groupby("label")["y"].sum().tolist() == pytest.approx([100, 100])
    assert curves.loc[curves["y"] > 0, "x"].between(-0.75, 0.55).all()


def test_statements_on_other_models_hold_the_printed_errors_against_ours() -> None:
    good = FOUR.assign(is2re=FOUR["target"] + 0.01, rs2re=FOUR["target"] + 0.01)
    for table, holds in ((good, True), (FOUR, False)):
        found = study("laptop", table).errors().set_index("value_id")["value"]
        assert found["esnet-most-accurate"] is holds
        assert found["esnet-better-than-cnn"] is holds


def test_without_the_predictions_nothing_is_claimed(tmp_path) -> None:
    of, report = study("reduced"), Report("esnet", profile="reduced", output=tmp_path)
    kinds = of.kinds()
    for rows in (of.errors(), of.census(), of.shapes(), of.kind_results(kinds)):
        of.record(report, rows)
    assert report.results.results == ()
    assert all(table.empty for table in (kinds, of.parity("is2re"), of.error_curves(), of.by_element()))


@pytest.mark.shared
def test_the_released_predictions_give_table_1(shared, tmp_path) -> None:
    of, report = study("laptop"), Report("esnet", profile="laptop", output=tmp_path)
    for rows in (of.errors(), of.census(), of.shapes(), of.kind_results(of.kinds())):
        of.record(report, rows)
    paper = published.load("esnet")
    judged = {result.value_id: verdicts.verdict(paper.value("table-1", result.value_id), result) for result in report.results.of("table-1")}
    assert (
        {name for name, verdict in judged.items() if verdict and verdict.name == "matches"}
        == {
            *(f"esnet/{task}/{metric}" for task in ("is2re", "rs2re") for metric in ("mae", "rmse")),
            "esnet-most-accurate",
            "esnet-better-than-cnn",
        }
        == set(judged)
    )
    # the erratum not-all-alloys counts the same compounds
    (erratum,) = (one for one in paper.errata if one.id == "not-all-alloys")
    counted = {result.value_id: result.n for result in report.results.of("beyond-kinds")}
    assert f"{counted['with-nonmetal-or-halogen/unrelaxed/mae']:,} of the 7,165" in erratum.finding
    assert np.isclose(of.error_curves().groupby("label")["y"].sum(), 97, atol=3).all()
