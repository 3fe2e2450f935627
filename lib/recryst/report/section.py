"""All that stands on the page for one exhibit, of the paper or of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from recryst.report import comparison
from recryst.report.finding import Finding, finding
from recryst.report.printed import Paper
from recryst.report.results import BEYOND

FROM_THE_MAIN_TEXT = "The supplement is not available: what is printed here stands in the main text."


@dataclass(frozen=True)
class Section:
    """All that stands on the page for one exhibit.

    Parameters
    ----------
    identifier : its id, to which links lead
    title : plain text
    finding : what it shows; an empty sentence for an exhibit of ours
    compared : from `comparison.compare`
    profile : of this run, whose column comes first
    figures : from `figure`
    note : on the exhibit as a whole
    notes : on the printed values, by their ids
    claims : by label of each statement the sentence of the paper, and the rule by which ours is yes
    origins : code and parameters of each run, by its name
    link : relative address of the table as CSV
    columns : heads of printed values that stand in rows and columns, see `grid`
    """

    identifier: str
    title: str
    finding: Finding
    compared: pd.DataFrame
    profile: str
    link: str
    figures: Sequence[str] = ()
    note: str = ""
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    claims: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()


def section(paper: Paper, exhibit: str, title: str | None, compared: pd.DataFrame, **parts: Any) -> Section:
    """The section of an exhibit, with the words that are the paper's: title, finding, notes, statements.

    Parameters
    ----------
    title : of an exhibit of ours; those of the paper have their own
    compared : from `comparison.compare`
    parts : what else stands in a `Section`: profile, link, figures, origins

    Raises
    ------
    BadInputError : no such exhibit
    """
    if exhibit.startswith(BEYOND):
        name = title or exhibit.removeprefix(BEYOND).replace("-", " ").capitalize()
        return Section(exhibit, f"Beyond the paper. {name}", Finding(""), compared, **parts)
    entry = paper.exhibit(exhibit)
    values = [value for _, value in comparison.printed_values(paper, exhibit)]
    elsewhere = FROM_THE_MAIN_TEXT if values and not entry.available else None
    return Section(
        exhibit,
        f"{entry.source}. {entry.title}",
        finding(compared, entry.available),
        compared,
        note=" ".join(filter(None, (elsewhere, entry.note))),
        notes=comparison.value_notes(paper, entry),
        claims={value.name: (value.quote, value.rule) for value in values if value.quote},
        columns=entry.columns,
        **parts,
    )
