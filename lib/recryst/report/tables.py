"""The tables of a notebook, each with the stored runs' tables of the same name."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recryst.notation import listed
from recryst.report.stored import Stored, read_table


@dataclass(frozen=True)
class Told:
    """One table as a reader sees it: its rows, which runs they are of, what they say, and the profile whose file holds them."""

    rows: pd.DataFrame
    heading: str
    caption: str
    profile: str


def with_stored(name: str, frame: pd.DataFrame, text: str, caption: str, profile: str, stored: Sequence[Stored]) -> list[Told]:
    """A table and those of the stored runs; one that is the same as this run's is told with it.

    Stored ones that are the same, captions too, are told together.

    Parameters
    ----------
    frame : empty where this run has nothing to list; then only the stored ones are told
    text : of this run's table as it is written, as only what is read back can be compared
    caption : of this run; a stored table has its own, since it may be of other data
    """
    ours = read_table(io.StringIO(text)) if len(frame) else None
    alike: list[str] = []
    others: list[tuple[pd.DataFrame, str, list[str]]] = []
    for run in stored:
        rows, words = run.table(name), run.results.captions.get(name, caption)
        if rows is None:
            continue
        if ours is not None and rows.equals(ours):
            alike.append(run.profile)
            continue
        same = next((profiles for other, told, profiles in others if told == words and rows.equals(other)), None)
        if same is None:
            others.append((rows, words, [run.profile]))
        else:
            same.append(run.profile)
    heading = f"This run ({profile})" + "".join(f" and the stored run ({other})" for other in alike)
    kept = [
        Told(rows, f"Stored run{'s' if len(profiles) > 1 else ''} ({listed(profiles)})", words, profiles[0])
        for rows, words, profiles in others
    ]
    return [*([Told(frame, heading, caption, profile)] if ours is not None else []), *kept]
