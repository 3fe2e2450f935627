"""What a chapter holds against its paper's statements: tidy rows exhibit, value_id, value, n, that are recorded together."""

from typing import Any

import pandas as pd

from recryst.report import Report

COLUMNS = ["exhibit", "value_id", "value", "n"]


def results(*rows: tuple[str, str, Any, int | None]) -> pd.DataFrame:
    """A table of results from tuples exhibit, value_id, value, n."""
    # of objects: a column of numbers and None would turn None into NaN
    return pd.DataFrame(list(rows), columns=COLUMNS, dtype=object)


def record_all(report: Report, rows: pd.DataFrame, **context: Any) -> None:
    """Record every row; ``context`` is what `Report.record` takes and all rows share."""
    for row in rows.to_dict("records"):
        given: dict[str, Any] = {**context, **{str(name): value for name, value in row.items()}}
        report.record(given.pop("exhibit"), given.pop("value_id"), **given)
