"""What the book was made from: for each executed notebook its profile, code, libraries, machine, time, memory and data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from recryst.report.provenance import Provenance

COLUMNS = (
    *("notebook", "profile", "stored", "date", "seconds", "peak_memory", "version", "commit", "changed"),
    *("backend", "device", "threads", "platform", "libraries", "unlocked", "data", "seeds", "settings", "expected", "drifted"),
)


@dataclass(frozen=True)
class Execution:
    """One execution of one notebook.

    Parameters
    ----------
    stored : kept in ``data/results``, not made together with this book
    expected, drifted : number of values that ``recryst check`` compares, and of those among them that are not as expected;
        None where nothing is expected of this profile
    """

    notebook: str
    profile: str
    stored: bool
    provenance: Provenance
    expected: int | None = None
    drifted: int | None = None


def table(executions: Sequence[Execution], locked: Mapping[str, str]) -> pd.DataFrame:
    """One row for each execution.

    Parameters
    ----------
    locked : version of each library in ``requirements.lock``

    Returns
    -------
    Columns: `COLUMNS`. ``seconds`` is wall time, ``peak_memory`` bytes of the notebook's own process; ``changed`` says whether the
    code differed from the commit; ``unlocked`` names libraries whose version is not the locked one, as
    ``numpy 2.4.5 (locked: 2.4.6)``; ``libraries``, ``data`` (name -> fingerprint) and ``settings`` are dictionaries
    """
    rows = [_row(execution, locked) for execution in executions]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def locked_versions(lock: str) -> dict[str, str]:
    """Versions in the text of a ``requirements.lock``."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))


def parts_of_version(code: str) -> tuple[str, str, bool]:
    """Version, commit and whether it was changed, of what `environment.code_version` says; no git repository has no commit."""
    found = re.fullmatch(r"(?P<version>\S+)(?: \((?P<commit>[0-9a-f]+)(?P<changed>\+changes)?\))?", code)
    return (found["version"], found["commit"] or "", bool(found["changed"])) if found else (code, "", False)


def _row(execution: Execution, locked: Mapping[str, str]) -> dict[str, object]:
    origin = execution.provenance
    where = origin.environment
    version, commit, changed = parts_of_version(where["code"])
    libraries = dict(where["libraries"])
    unlocked = [f"{name} {has} (locked: {locked[name]})" for name, has in libraries.items() if locked.get(name, has) != has]
    return {
        **{"notebook": execution.notebook, "profile": execution.profile, "stored": execution.stored},
        **{"date": origin.date, "seconds": origin.seconds, "peak_memory": where["peak_memory_bytes"]},
        **{"version": version, "commit": commit, "changed": changed, "unlocked": unlocked, "libraries": libraries},
        **{name: where.get(name, "") for name in ("backend", "device", "threads", "platform")},
        **{"data": dict(origin.data), "seeds": list(origin.seeds), "settings": dict(origin.settings)},
        **{"expected": execution.expected, "drifted": execution.drifted},
    }
