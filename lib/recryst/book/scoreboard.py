"""The scoreboard's page: the table of `report.scoreboard` as HTML that can be searched, sorted and filtered, as CSV and as JSON."""

import json

import pandas as pd

from recryst import storage
from recryst.book import folders
from recryst.book.evidence import Evidence
from recryst.book.rendering import render
from recryst.report import scoreboard
from recryst.report.verdicts import WORST_LAST

ORDER = {"": 9, **{name: place for place, name in enumerate(WORST_LAST)}}
"""Sorting verdicts goes from best to worst, not by the alphabet."""


def write(evidence: Evidence) -> None:
    """Write three parts of the page into ``book/generated``, and ``scoreboard.csv`` and ``scoreboard.json`` beside the pages."""
    board = scoreboard.table(evidence.papers, evidence.runs)
    listed = records(board, evidence)
    storage.write_text(folders.attached() / "scoreboard.csv", pd.DataFrame(listed).to_csv(index=False))
    content = {"format": 1, "profile": evidence.profile, "rows": listed}
    storage.write_text(folders.attached() / "scoreboard.json", json.dumps(content, ensure_ascii=False, allow_nan=False, indent=0) + "\n")
    storage.write_text(folders.generated() / "scoreboard.html", board_page(listed, evidence))
    storage.write_text(folders.generated() / "disagreements.html", disagreements_page(board, evidence))
    storage.write_text(folders.generated() / "errata.html", errata_page(evidence))


def records(board: pd.DataFrame, evidence: Evidence) -> list[dict[str, object]]:
    """The rows of the board as JSON holds them, None for what is empty, each with the address of its exhibit."""
    rows = board.astype(object).to_dict("records")
    plain = [{str(name): None if pd.isna(content) else content for name, content in row.items()} for row in rows]
    return [{**row, "address": evidence.address(str(row["paper"]), str(row["exhibit"]))} for row in plain]


def board_page(listed: list[dict[str, object]], evidence: Evidence) -> str:
    """The table itself: all rows are there before any script runs."""
    compared = sum(row["level"] is not None for row in listed)
    return render("scoreboard.html", rows=listed, compared=compared, order=ORDER, evidence=evidence)


def disagreements_page(board: pd.DataFrame, evidence: Evidence) -> str:
    """What is not as printed, paper by paper."""
    counting = scoreboard.standing(board)
    rows = records(scoreboard.disagreements(counting), evidence)
    groups = [
        {
            "name": paper.name,
            "rows": [row for row in rows if row["paper"] == paper.paper],
            "judged": int((counting["paper"] == paper.paper).sum()),
        }
        for paper in evidence.papers
    ]
    return render("disagreements.html", groups=groups)


def errata_page(evidence: Evidence) -> str:
    """Where the papers err or contradict themselves, paper by paper."""
    errata = scoreboard.errata(evidence.papers).to_dict("records")
    contradictions = scoreboard.contradictions(evidence.papers).to_dict("records")
    groups = [
        {
            "name": paper.name,
            "errata": [row for row in errata if row["paper"] == paper.paper],
            "contradictions": [row for row in contradictions if row["paper"] == paper.paper],
        }
        for paper in evidence.papers
    ]
    return render("errata.html", groups=groups, evidence=evidence)
