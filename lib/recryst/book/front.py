"""The front page's overview and findings: `report.overview` and `report.scoreboard` as HTML."""

import pandas as pd

from recryst import storage
from recryst.book import folders
from recryst.book.evidence import Evidence
from recryst.book.rendering import render
from recryst.report import overview, scoreboard
from recryst.report.comparison import LEVELS
from recryst.report.verdicts import WORST_LAST

SHOWN = 3
"""Findings of each kind on the front page; all are on the scoreboard."""


def write(evidence: Evidence) -> None:
    """Write ``overview.html`` and ``findings.html`` into ``book/generated``."""
    counting = scoreboard.standing(scoreboard.table(evidence.papers, evidence.runs))
    storage.write_text(folders.generated() / "overview.html", overview_page(evidence, counting))
    storage.write_text(folders.generated() / "findings.html", findings_page(evidence, counting))


def overview_page(evidence: Evidence, counting: pd.DataFrame) -> str:
    """Papers by levels with counts of verdicts, and one tile for each exhibit."""
    matrix = overview.matrix(evidence.papers, counting)
    counts = matrix[matrix["count"] > 0].groupby(["paper", "level"])[["verdict", "count"]].apply(lambda cell: cell.to_dict("records"))
    tiles = overview.exhibits(evidence.papers, counting).to_dict("records")
    coverage = overview.coverage(evidence.papers, counting)
    rows = [
        {
            "paper": paper,
            "address": evidence.address(paper.paper),
            "covered": coverage.set_index("paper").loc[paper.paper].to_dict(),
            "cells": [{"level": level, "counts": counts.get((paper.paper, level), [])} for level in LEVELS],
            "tiles": [tile | {"address": evidence.address(paper.paper, tile["exhibit"])} for tile in tiles if tile["paper"] == paper.paper],
        }
        for paper in evidence.papers
    ]
    total = coverage[["exhibits", "missing", "values", "judged"]].sum().to_dict()
    return render("overview.html", rows=rows, total=total, levels=LEVELS, legend=(*WORST_LAST, ""))


def findings_page(evidence: Evidence, counting: pd.DataFrame) -> str:
    """What stands, what is farthest from print, and where the papers contradict themselves."""
    agreement = overview.agreement(counting).to_dict("records")
    return render(
        "findings.html",
        agreement=[level for level in agreement if level["compared"]],
        compared=sum(level["compared"] for level in agreement),
        stand=sum(level["stand"] for level in agreement),
        disagreements=len(scoreboard.disagreements(counting)),
        farthest=scoreboard.farthest(counting, SHOWN).to_dict("records"),
        contradictions=_telling(scoreboard.contradictions(evidence.papers)).to_dict("records"),
        contradicted=len(scoreboard.contradictions(evidence.papers)),
        errata=len(scoreboard.errata(evidence.papers)),
        papers=len(evidence.papers),
        evidence=evidence,
    )


def _telling(contradictions: pd.DataFrame) -> pd.DataFrame:
    """One for each paper, two numbers for one where there are such: what a reader takes in at a glance."""
    ranked = contradictions.sort_values("numbers", ascending=False, kind="stable")
    return ranked.drop_duplicates("paper").head(SHOWN).sort_index()
