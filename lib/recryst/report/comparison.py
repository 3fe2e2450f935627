"""Printed values beside ours as tidy tables: of one exhibit, of all exhibits, of the paper's errata and our departures."""

from collections.abc import Sequence

import pandas as pd

from recryst.notation import as_printed, words
from recryst.report.finding import finding
from recryst.report.printed import Exhibit, Paper, Value
from recryst.report.results import BEYOND, Result, Results
from recryst.report.verdicts import verdict, worst

LEVELS = ("re-analysed", "rebuilt", "retrained")
COLUMNS = (
    *("exhibit", "value_id", "label", "split", "unit", "role", "printed", "source"),
    *("profile", "level", "value", "spread", "low", "high", "n", "seeds", "verdict", "reason"),
    *("caveat", "not_comparable", "data", "data_split", "run"),
)


def printed_values(paper: Paper, exhibit: str) -> list[tuple[str, Value]]:
    """Values that belong to ``exhibit``, its own and those it refers to, each with the exhibit where it stands."""
    entry = paper.exhibit(exhibit)
    own = [(entry.id, value) for value in entry.values]  # noqa: PD011
    return own + [(reference.partition(":")[0], paper.referred(reference)) for reference in entry.see]


def compare(paper: Paper, exhibit: str, runs: Sequence[Results]) -> pd.DataFrame:
    """Each printed value of ``exhibit`` beside the results of ``runs``.

    Parameters
    ----------
    runs : this run first, then those to show beside it

    Returns
    -------
    One row for each result, and one with empty result columns for each printed value that has none. Columns: `COLUMNS`.
    ``exhibit`` is where a value stands, which is another one for values that this exhibit only refers to. For an exhibit of ours
    (``beyond-...``) the printed columns are empty.
    """
    if exhibit.startswith(BEYOND):
        rows = [_row(exhibit, None, run.profile, result) for run in runs for result in run.of(exhibit)]
    else:
        rows = []
        for place, value in printed_values(paper, exhibit):
            found = [_row(place, value, run.profile, result) for run in runs for result in run.of(place, value.id)]
            rows += found or [_row(place, value, None, None)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).astype({"n": "Int64", "spread": float, "low": float, "high": float})


def exhibit_verdict(paper: Paper, exhibit: str, results: Results, level: str) -> str:
    """The worst verdict on the values of ``exhibit`` at ``level``; "" when none of its results can be judged."""
    judged = [
        verdict(value, result)
        for place, value in printed_values(paper, exhibit)
        for result in results.of(place, value.id)
        if result.level == level
    ]
    return worst(one.name for one in judged if one is not None)


def summary(paper: Paper, results: Results) -> pd.DataFrame:
    """The verdict on every exhibit at every level.

    Returns
    -------
    DataFrame(exhibit, title, source, printed, compared, re-analysed, rebuilt, retrained): ``printed`` counts the values
    that can be judged, ``compared`` those with a verdict at any level, and a level without verdict is empty
    """
    rows = []
    for exhibit in paper.exhibits:
        values = [(place, value) for place, value in printed_values(paper, exhibit.id) if value.role == "result"]
        compared = {(result.exhibit, result.value_id) for result in results.results}
        rows.append(
            {
                "exhibit": exhibit.id,
                "title": exhibit.title,
                "source": exhibit.source,
                "printed": len(values),
                "compared": sum((place, value.id) in compared for place, value in values),
                **{level: exhibit_verdict(paper, exhibit.id, results, level) for level in LEVELS},
            }
        )
    return pd.DataFrame(rows)


def findings(paper: Paper, runs: Sequence[Results]) -> pd.DataFrame:
    """DataFrame(exhibit, source, title, verdict, finding): what every exhibit shows, see `finding`."""
    rows = []
    for exhibit in paper.exhibits:
        found = finding(compare(paper, exhibit.id, runs), exhibit.available)
        rows.append((exhibit.id, exhibit.source, exhibit.title, found.verdict, found.sentence))
    return pd.DataFrame(rows, columns=["exhibit", "source", "title", "verdict", "finding"])


def errata(paper: Paper) -> pd.DataFrame:
    """DataFrame(source, printed, finding): where the paper errs or contradicts itself."""
    return pd.DataFrame([erratum.model_dump() for erratum in paper.errata], columns=["id", "source", "printed", "finding"]).set_index("id")


def departures(paper: Paper) -> pd.DataFrame:
    """DataFrame(paper, ours, why): where our reading, data or code differ."""
    return pd.DataFrame([departure.model_dump() for departure in paper.departures], columns=["id", "paper", "ours", "why"]).set_index("id")


def value_notes(paper: Paper, exhibit: Exhibit) -> dict[str, list[str]]:
    """What a reader must know of printed values, by the id of the value: its note, and where the paper prints it differently."""
    notes: dict[str, list[str]] = {}
    for value in exhibit.values:  # noqa: PD011
        elsewhere = [paper.referred(reference) for reference in value.contradicts]
        told = [value.note] if value.note else []
        if elsewhere:
            told.append(f"Printed elsewhere as {'; '.join(f'{as_printed(other.shown)} ({other.source})' for other in elsewhere)}.")
        if told:
            notes[value.id] = told
    return notes


def _row(place: str, printed: Value | None, profile: str | None, result: Result | None) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    if printed is not None:
        row |= {"exhibit": place, "value_id": printed.id, "label": printed.name, "split": printed.split, "role": printed.role}
        row |= {"unit": printed.unit if printed.measured else ""}
        row |= {"printed": printed.shown, "source": printed.source}
    if result is not None:
        judged = verdict(printed, result) if printed is not None else None
        row |= {"profile": profile, "level": result.level, "value": result.value, "spread": result.spread, "n": result.n}
        row |= {"low": result.interval[0] if result.interval else None, "high": result.interval[1] if result.interval else None}
        row |= {"seeds": ", ".join(map(str, result.seeds)), "caveat": result.caveat, "not_comparable": result.not_comparable}
        row |= {"data": result.data, "data_split": result.split, "run": result.run}
        row |= {"verdict": judged.name, "reason": judged.reason} if judged is not None else {}
        if printed is None:
            row |= {
                "exhibit": place,
                "value_id": result.value_id,
                "label": _words(result.value_id),
                "unit": result.unit,
            }
    return row


def _words(value_id: str) -> str:
    """What readers call a value of ours: "formation energy, MAE" of formation-energy/mae."""
    return ", ".join(map(words, value_id.split("/")))
