"""The status page: `report.status` as HTML, with badges."""

import pandas as pd

from recryst import environment, storage
from recryst.book import folders
from recryst.book.evidence import Evidence
from recryst.book.rendering import render
from recryst.report import status
from recryst.report.provenance import told

OWN = ("output", "progress", "profile", "jobs")
"""Settings that say nothing about the results."""


def write(evidence: Evidence) -> None:
    """Write ``status.html`` into ``book/generated``."""
    lock = storage.PROJECT / "requirements.lock"
    locked = status.locked_versions(lock.read_text(encoding="utf-8")) if lock.is_file() else {}
    storage.write_text(folders.generated() / "status.html", page(status.table(evidence.executions, locked), evidence))


def page(table: pd.DataFrame, evidence: Evidence) -> str:
    """One row for each execution, with what it was run on folded below."""
    rows = [
        {
            **row,
            "name": evidence.name(row["notebook"]),
            "address": evidence.address(row["notebook"]),
            "date": row["date"][:16].replace("T", " "),
            "time": duration(row["seconds"]),
            "memory": f"{row['peak_memory'] / 1e9:.1f} GB",
            "lost": environment.in_history(row["commit"]) is False,
            "settings": {name: value for name, value in told(row["settings"]).items() if name not in OWN},
        }
        for row in table.to_dict("records")
    ]
    return render("status.html", rows=rows)


def duration(seconds: float) -> str:
    """Seconds as a person says them: under 1 s, 26 s, 4 min, 1 h 5 min."""
    if seconds < 1:
        return "under 1 s"
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
