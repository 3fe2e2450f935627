"""The tables of a notebook, each with the stored runs' tables of the same name."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recryst.report.stored import Stored, read_table


@dataclass(frozen=True)
class Told:
    """One table as a reader sees it: its rows, which runs they are of, what they say, and the profile whose file holds them."""

    rows: pd.DataFrame
    heading: str
    caption: str
    profile: str


def with_stored(name: str, frame: pd.DataFrame, text: str, caption: str, profile: str, stored: Sequence[Stored]) -> list[Told]:
    """A table and those of the stored runs; one that is the same as this run's is told together with it.

    Parameters
    ----------
    frame : empty where this run has nothing to list; then only the stored ones are told
    text : of this run's table as it is written, as only what is read back can be compared
    caption : of this run; a stored table has its own, since it may be of other data
    """
    alike, others = [], []
    ours = read_table(io.StringIO(text)) if len(frame) else None
    for run in stored:
        rows = run.table(name)
        if rows is not None and ours is not None and rows.equals(ours):
            alike.append(run.profile)
        elif rows is not None:
            others.append(Told(rows, f"Stored run ({run.profile})", run.results.captions.get(name, caption), run.profile))
    heading = f"This run ({profile})" + "".join(f" and the stored run ({other})" for other in alike)
    return [*([Told(frame, heading, caption, profile)] if ours is not None else []), *others]
