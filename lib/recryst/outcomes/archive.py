"""Finished runs under version control, in ``data/runs``: what a network learned and predicts, without its weights and the targets.

Trainings of hours are then read where the project is checked out, and every number of a stored profile can be computed anew from them.
"""

import json
import shutil
from pathlib import Path

import pandas as pd

from recryst import datasets, storage
from recryst.training import finished

UNCOMMITTED = "trained by code that was changed and not committed"


def archive() -> pd.DataFrame:
    """Copy the finished runs on public data from the folder of trained runs to ``data/runs``, in place of earlier copies.

    A copy holds configuration, history and predictions, what else the network was asked (see `Run.answer`), and the record, whose
    checksums are those of the copied files. Weights are left out for their size: they are trained again where one asks for the network
    itself, and the best networks are in ``data/models``. Targets are left out because they belong to others; runs look them up in their
    task. Runs on embedded crystals take minutes, and those on somebody's own crystals are nobody else's: both are passed over.

    Returns
    -------
    run, task, network, kilobytes, message (why it was not copied, or "")
    """
    rows, public = [], [name for name in datasets.names() if "embedded" not in name]
    for run in finished.trained_here():
        task, network = run.configuration.task, run.configuration.network
        if task not in public:
            continue
        refused = UNCOMMITTED if "changes" in run.record["environment"]["code"] else ""
        size = 0.0 if refused else _copy(run.folder, storage.archive_root() / run.key) / 1000
        rows.append((run.key, task, network, round(size), refused))
    return pd.DataFrame(rows, columns=["run", "task", "network", "kilobytes", "message"])


def _copy(source: Path, target: Path) -> int:
    """Copy one run; returns the bytes that it takes."""
    record = json.loads((source / "run.json").read_text())
    with storage.replacing(target) as made, storage.writing(target):
        for path in (source / "configuration.json", source / "history.csv"):
            shutil.copyfile(path, made / path.name)
        for path in sorted(source.glob("*.parquet")):
            # those of runs that older code trained hold targets
            pd.read_parquet(path).drop(columns="target", errors="ignore").to_parquet(made / path.name, index=False, compression="zstd")
        copied = sorted(made.iterdir())
        storage.write_json(made / "run.json", record | {"checksums": {path.name: storage.file_hash(path) for path in copied}})
        return sum(path.stat().st_size for path in made.iterdir())
