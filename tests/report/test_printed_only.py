"""A paper of which nothing has been compared yet: its printed values stand by themselves, and nothing looks unfinished."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from recryst.report import Report, display, published


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    pages: list[str] = []
    monkeypatch.setattr(display, "html", lambda content, text: pages.append(content))
    return pages


@pytest.fixture
def report(tmp_path: Path, shown: list[str]) -> Report:
    return Report("voxel_cnn", profile="reduced", output=tmp_path / "voxel_cnn", stored_results=tmp_path / "kept")


def words(page: str) -> list[str]:
    body = ElementTree.fromstring(f"<body>{page}</body>")
    return [" ".join("".join(cell.itertext()).split()) for row in body.iter("tr") for cell in row]


def test_an_exhibit_has_no_empty_column(report: Report, shown: list[str]) -> None:
    report.show("figure-s7")
    assert words(shown[0])[:4] == ["quantity", "printed", "Single images, median MAE (test)", "0.05949 eV/atom"]
    assert "this run" not in shown[0]


def test_printed_numbers_have_minus_signs_and_separators(report: Report, shown: list[str]) -> None:
    for exhibit in ("figure-s2b", "figure-2b", "text-data"):
        report.show(exhibit)
    texts = [text for page in shown for text in words(page)]
    assert "−0.003 eV/atom" in texts
    assert "−4.47 to −2.39 eV/atom" in texts
    assert "139,367" in texts
    assert "9,175" in texts
    assert "v2021.05.13" in texts


def test_an_interval_of_positive_numbers_keeps_its_dash() -> None:
    assert published.load("cgcnn").value("table-1", "formation-energy/dft-against-experiment").shown == "0.081–0.136"


def test_an_exhibit_of_a_supplement_that_can_not_be_had_says_so(report: Report, shown: list[str]) -> None:
    for exhibit, at_hand in (("table-1", True), ("table-s2", False), ("table-s3", False)):
        report.show(exhibit)
        told = [words in shown[-1] for words in ("In the supplement, which is not available", "The supplement is not available")]
        # once: below the values, or alone where there are none
        assert sum(told) == (not at_hand)


def test_finishing_without_results_shows_no_empty_verdicts(report: Report, shown: list[str]) -> None:
    report.finish()
    assert "<table" not in shown[0]
    assert "No value of this paper has been compared yet." in shown[0]
    assert re.search("<dt>code</dt>", shown[0])
    assert (report.output / "provenance.json").is_file()
