"""What a chapter holds against its paper's statements: tidy rows exhibit, value_id, value, n, that are recorded together."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from recryst.report import Report
from recryst.report import results as results_of

COLUMNS = ["exhibit", "value_id", "value", "n"]
FROM_PRINTED = "from the numbers that the paper prints"
"""What must be known of a result that needs no data."""


def results(*rows: tuple[str, str, Any, int | None]) -> pd.DataFrame:
    """A table of results from tuples exhibit, value_id, value, n."""
    # of objects: a column of numbers and None would turn None into NaN
    return pd.DataFrame(list(rows), columns=COLUMNS, dtype=object)


def of_exhibit(exhibit: str, *rows: tuple[str, Any, int | None, str], **shared: Any) -> pd.DataFrame:
    """Results of one exhibit from tuples value_id, value, n, unit; ``shared`` are columns with one value for all of them."""
    found = results(*((exhibit, value_id, value, n) for value_id, value, n, _ in rows))
    return found.assign(unit=[unit for *_, unit in rows], **shared)


def joined(contexts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a statement that rests on several things is recorded with, from what a result of each is.

    Parameters
    ----------
    contexts : what `Report.record` takes, by what readers call each thing

    Returns
    -------
    the first one's, with the runs, seeds and data of all, and with the caveats and the reasons not to compare of each, called by name
    where they differ
    """
    every = list(contexts.values())
    runs, data = ([context[name] for context in every if context.get(name)] for name in ("run", "data"))
    together: dict[str, Any] = {
        "run": " ".join(dict.fromkeys(" ".join(runs).split())),
        "seeds": tuple(sorted({seed for context in every for seed in context.get("seeds", ())})),
        "data": results_of.DATA_SEPARATOR.join(dict.fromkeys(data)),
    }
    together |= {field: _told({name: context.get(field) for name, context in contexts.items()}) for field in ("caveat", "not_comparable")}
    return {**every[0], **{name: value for name, value in together.items() if value or name in every[0]}}


def _told(texts: Mapping[str, str | None]) -> str | None:
    """A text that all share as it stands, else each with the names that it is of: "Fermi energy: only 1,921 crystals"."""
    of: dict[str, list[str]] = {}
    for name, text in texts.items():
        if text:
            of.setdefault(text, []).append(name)
    return "; ".join(text if len(names) == len(texts) else f"{', '.join(names)}: {text}" for text, names in of.items()) or None


def record_all(report: Report, rows: pd.DataFrame, **context: Any) -> None:
    """Record every row; ``context`` is what `Report.record` takes and all rows share."""
    for row in rows.to_dict("records"):
        given: dict[str, Any] = {**context, **{str(name): value for name, value in row.items()}}
        report.record(given.pop("exhibit"), given.pop("value_id"), **given)
