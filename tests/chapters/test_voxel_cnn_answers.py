"""What the voxel-CNN chapter says of networks trained on the authors' crystals follows what is stored of them."""

import pandas as pd
import pytest

from recryst.chapters.voxel_cnn import answers
from recryst.report import Report


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Of a run on the authors' crystals, beside no stored one."""
    monkeypatch.setattr("recryst.report.display.html", lambda content, text: None)
    return Report("voxel_cnn", profile=answers.LARGE, output=tmp_path, stored_results=tmp_path / "none")


def show(report, *rows):
    """Rows network, training crystals, error of all test crystals, error of the first ten of them."""
    names = ["network", "training crystals", "MAE of test crystals (eV/atom)", "MAE of the first 10 of them (eV/atom)"]
    report.table("networks", pd.DataFrame(rows, columns=names).assign(**{"test crystals": 2000}), caption="Networks.")


def test_networks_are_told_with_their_crystals_and_claims_without_a_result_are_untested(report):
    assert answers.trained_again(report).startswith("Of the paper's 74,445 training crystals: no network yet.")
    show(report, ("three convolutions", 2000, 0.2888, 0.3096), ("CGCNN", 500, 0.28, 0.31), ("CGCNN", 1000, 0.23, 0.25))
    report.record("figure-s5", "skip-connections-help", level="retrained", value=True)
    assert answers.trained_again(report) == (
        "Of the paper's 74,445 training crystals: three convolutions on 2,000; CGCNN on 500 and 1,000 (laptop). "
        "That depth and turned images made the paper's network work is untested on these crystals: the networks that would show it have "
        "not been trained, or not on the same ones."
    )
    report.record("table-1", "depth-matters", level="retrained", value=True)
    report.record("figure-s4", "gap-narrows", level="retrained", value=False)
    assert "untested" not in answers.trained_again(report)


def test_how_hard_the_first_test_crystals_are_is_told_of_three_convolutions_alone(report):
    assert answers.harder(report) == ""
    show(report, ("CGCNN", 500, 0.28, 0.31), ("three convolutions", 2000, 0.2888, 0.3096))
    assert (
        answers.harder(report)
        == "By single images they err by 0.310 eV/atom on these crystals and by 0.289 eV/atom on all 2,000 of that run."
    )


def test_what_another_profile_recorded_is_not_recorded_of_the_authors_crystals(tmp_path, report):
    reduced = Report("voxel_cnn", profile="reduced", output=tmp_path, stored_results=tmp_path / "none")
    for run in (report, reduced):
        run.record("beyond-all-hulls", "flat-hulls", level="re-analysed", value=32.0, unit="%")
    assert [answers.is_recorded(run, "beyond-all-hulls", "flat-hulls") for run in (report, reduced)] == [True, False]
    assert not answers.is_recorded(report, "beyond-all-hulls", "perfect-hulls")
