"""Front page, scoreboard and status: what they show is what was counted, in table, CSV and JSON alike."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup, Tag

from recryst import storage
from recryst.book import front, scoreboard, status
from recryst.book.evidence import Evidence, gather
from recryst.report import scoreboard as scoreboard_table
from recryst.report.status import Execution
from scoreboard_cases import ORIGIN, papers, run, runs


@pytest.fixture
def evidence() -> Evidence:
    """Two papers; the first has a chapter that shows Table I, the second has none."""
    executions = (Execution("first", "reduced", False, ORIGIN, 89, 0), Execution("first", "laptop", True, ORIGIN))
    return Evidence(papers(), runs(), executions, {"first": frozenset({"table-1"})}, "reduced")


def counting(evidence: Evidence) -> pd.DataFrame:
    return scoreboard_table.standing(scoreboard_table.table(evidence.papers, evidence.runs))


def texts(tags: list[Tag]) -> list[str]:
    return [" ".join(tag.get_text(" ").split()) for tag in tags]


def test_the_overview_counts_by_paper_and_level_in_words_and_signs(evidence: Evidence) -> None:
    page = BeautifulSoup(front.overview_page(evidence, counting(evidence)), "lxml")
    first, second = page.select("tbody")
    assert texts(first.select("td[data-label]")) == ["✗ 1 differ", "✓ 1 match", "▼ 1 fall short"]
    assert texts(second.select("td[data-label]")) == ["✗ 1 differ", "nothing yet", "nothing yet"]
    assert "2 of 3 results judged" in texts(first.select("th"))[0]
    assert "2 papers, 4 tables, figures and passages, 4 printed results, 3 of them judged" in page.caption.get_text()


def test_each_tile_leads_to_its_exhibit_or_says_that_it_has_none(evidence: Evidence) -> None:
    page = BeautifulSoup(front.overview_page(evidence, counting(evidence)), "lxml")
    tiles = {tile["aria-label"]: tile.get("href") for tile in page.select(".recryst-tiles .recryst-tile")}
    assert tiles == {
        "Table I. Errors: differs": "chapters/first.html#table-1",
        "Fig. 1. The same error: falls short": "chapters/first.html",  # the chapter has no place of that name
        "Text. In the text: nothing judged yet": "chapters/first.html",
        "Supplement, Table I. Grows: differs": None,
    }


def test_the_findings_count_fair_comparisons_and_name_the_farthest_and_the_contradictions(evidence: Evidence) -> None:
    page = BeautifulSoup(front.findings_page(evidence, counting(evidence)), "lxml")
    stand, farthest, against = texts(page.select("section"))
    # judged are mae (rebuilt, retrained), rmse and grows; only the rebuilt mae is as printed
    assert stand.startswith("What stands 1 of 4 fair comparisons")
    assert "0 of 2 re-analysed 1 of 1 rebuilt 0 of 1 retrained" in stand
    assert "3 are not as printed" in farthest
    assert "First, Table I : MAE, printed 0.10, found 0.250 eV (few crystals)" in farthest
    assert "RMSE: 0.20 ± 0.01 eV (Table I), but 0.25 eV (Table I)" in against


def test_nothing_found_yet_is_said_and_not_counted(evidence: Evidence) -> None:
    bare = Evidence(evidence.papers, (), (), {}, "reduced")
    page = BeautifulSoup(front.findings_page(bare, counting(bare)), "lxml")
    assert "No value could be compared fairly yet." in page.get_text()
    assert page.select_one('a[href="scoreboard.html"]')
    assert "nothing has been compared yet" in scoreboard.disagreements_page(scoreboard_table.table(bare.papers, ()), bare)


def test_table_csv_and_json_hold_the_same_rows(evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    scoreboard.write(evidence)
    attached = tmp_path / "book" / "attached"
    written = json.loads((attached / "scoreboard.json").read_text())["rows"]
    table = BeautifulSoup((tmp_path / "book" / "generated" / "scoreboard.html").read_text(), "lxml").select("tbody tr")
    csv = pd.read_csv(attached / "scoreboard.csv", dtype=str, keep_default_na=False)
    assert len(written) == len(table) == len(csv) == 8
    for record, row, line in zip(written, table, csv.to_dict("records"), strict=True):
        cells = texts(row.select("td"))
        assert cells[1:3] == [record["source"], record["label"]]
        assert cells[3].startswith(record["printed"])
        assert row.a is None or row.a["href"] == record["address"]
        assert [line[name] for name in ("printed", "level", "verdict", "found")] == [
            "" if record[name] is None else str(record[name]) for name in ("printed", "level", "verdict", "found")
        ]
        assert (record["verdict"] or "") in cells[6]
    # digits are those of the paper: 0.10 must not become 0.1
    assert csv["printed"].tolist()[:2] == ["0.10", "0.10"]
    assert pd.read_csv(io.StringIO((attached / "scoreboard.csv").read_text()))["found"].notna().sum() == 7


def test_what_a_paper_or_a_run_says_can_not_become_markup(evidence: Evidence) -> None:
    told = {
        "exhibit": "table-1",
        "value_id": "mae",
        "unit": "eV",
        "level": "retrained",
        "value": 9.0,
        "caveat": "<script>alert(1)</script>",
    }
    hostile = Evidence(evidence.papers, (run("first", "laptop", told),), (), {}, "reduced")
    board = scoreboard_table.table(hostile.papers, hostile.runs)
    for page in (scoreboard.board_page(scoreboard.records(board, hostile), hostile), scoreboard.disagreements_page(board, hostile)):
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in scoreboard.disagreements_page(board, hostile)


def test_disagreements_are_told_paper_by_paper_with_what_must_be_known(evidence: Evidence) -> None:
    page = BeautifulSoup(scoreboard.disagreements_page(scoreboard_table.table(evidence.papers, evidence.runs), evidence), "lxml")
    assert texts(page.select("summary")) == [
        "First : 2 of 3 comparisons are not as printed",
        "Second : 1 of 1 comparisons is not as printed",
    ]
    assert "few crystals" in page.select("tbody")[0].get_text()


@pytest.mark.parametrize(("known", "told"), [(True, ""), (False, ", not in this history"), (None, "")])
def test_the_status_says_by_sign_and_word_what_is_as_it_should_be(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch, known: bool | None, told: str
) -> None:
    monkeypatch.setattr("recryst.environment.in_history", lambda commit: known)
    table = status.status.table(evidence.executions, {"numpy": "2.4.6"})
    page = BeautifulSoup(status.page(table, evidence), "lxml")
    reduced, stored = page.select("tbody tr:not(.recryst-behind)")
    assert texts(reduced.select("th, td")) == [
        *("First", "reduced", "✓ all 89 as expected", f"✗ 0123456789 with changes{told}", "≠ 1 not as locked"),
        *("26 s", "1.0 GB", "2026-11-21 10:09"),
    ]
    assert texts(stored.select("td"))[:2] == ["laptop (stored)", "nothing expected of this profile"]
    assert "numpy 2.4.5 (locked: 2.4.6)" in page.get_text()
    assert "embedded/metal@aeb300" in page.get_text()


@pytest.mark.parametrize(("seconds", "words"), [(26.3, "26 s"), (99, "99 s"), (240, "4 min"), (3900, "1 h 5 min"), (3599, "1 h 0 min")])
def test_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert status.duration(seconds) == words


def test_the_evidence_of_a_project_is_its_results_stored_ones_and_places_of_exhibits(project: Path) -> None:
    found = gather("reduced")
    assert [(one.notebook, one.profile) for one in found.runs] == [("cgcnn", "reduced"), ("cgcnn", "laptop")]
    assert [execution.stored for execution in found.executions] == [False, True]
    assert found.address("cgcnn", "table-1") == "chapters/cgcnn.html#table-1"
    assert found.address("cgcnn", "figure-1") == "chapters/cgcnn.html"
    assert found.address("no-such-paper", "table-1") == ""
    assert found.papers[0].paper == "cgcnn"
