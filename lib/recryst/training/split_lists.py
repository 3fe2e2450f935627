"""Splits as lists of ids, kept under version control: one file a data set in ``data/splits``.

`recryst.training.splits` makes a split from the ids alone. The lists say what came of it, for those who want the same crystals in
another program, and for the day when the data set has other crystals.
"""

import io
import lzma
from pathlib import Path

import numpy as np
import pandas as pd

from recryst import storage
from recryst.datasets.task import PARTS
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.training import splits
from recryst.training.run import Run

REPEATS = 5
"""Divisions into folds that a list holds, those of the seeds 0 to 4."""


def default_folder() -> Path:
    """``data/splits`` of the project."""
    return storage.PROJECT / "data" / "splits"


def path_of(task: str, folder: Path | None = None) -> Path:
    """The file with the split of a data set: CSV, compressed with xz."""
    return (folder or default_folder()) / f"{task}.csv.xz"


def of_run(run: Run) -> pd.DataFrame:
    """Rows id, part ("train", "validation", "test") of a run's whole split, in the order in which the ids are ranked.

    The first n training crystals are those of a point of a learning curve, see `recryst.training.splits.Split`. Of a run on a fold:
    rows id, repeat_0, repeat_1, ..., the fold in which each crystal tests, counted from 0; which of the others validate is not listed.
    """
    if run.configuration.fold is not None:
        known = run.source.ids
        folds = {f"repeat_{seed}": splits.fold_of(known.tolist(), run.configuration.folds, seed) for seed in range(REPEATS)}
        return pd.DataFrame({"id": known, **folds})
    unlimited = Run(run.configuration.model_copy(update={"n_train": None, "n_validation": None, "n_test": None}), run.task)
    whole, ids = unlimited.split, unlimited.source.ids
    parts = (whole.train, whole.validation, whole.test)
    return pd.DataFrame({"id": np.concatenate([ids[part] for part in parts]), "part": np.repeat(PARTS, [len(part) for part in parts])})


def write(run: Run, folder: Path | None = None) -> Path:
    """Write the split of a run's data set, the same bytes for the same split; returns the path.

    Raises
    ------
    BadInputError : there is a list of another split, which others may rely on
    DamagedFileError : the file there is no list
    """
    path = path_of(run.task.name, folder)
    text = of_run(run).to_csv(index=False)
    if path.is_file() and read(run.task.name, folder).to_csv(index=False) != text:
        raise BadInputError(f"{path} lists another split of {run.task.name}; write to another --folder, or remove it first.")
    storage.write_atomically(path, lambda file: file.write(lzma.compress(text.encode(), preset=9)))
    return path


def read(task: str, folder: Path | None = None) -> pd.DataFrame:
    """The list of a data set, as `of_run` gives it.

    Raises
    ------
    MissingDataError : there is no list of this data set
    DamagedFileError : the file is not what was written
    """
    path = path_of(task, folder)
    if not path.is_file():
        raise MissingDataError(f"There is no list of the split of {task}; write one with: recryst data splits PLAN.")
    try:
        table = pd.read_csv(io.BytesIO(lzma.decompress(path.read_bytes())), dtype=str, keep_default_na=False)
        if not _is_list(table):
            raise ValueError("it is no list of ids and parts")
    except (lzma.LZMAError, ValueError) as error:
        raise DamagedFileError(f"{path} is damaged ({error}); restore it from the repository.") from error
    return table


def _is_list(table: pd.DataFrame) -> bool:
    if table.columns[0] != "id" or table["id"].duplicated().any():
        return False
    if list(table.columns[1:]) == ["part"]:
        return bool(table["part"].isin(PARTS).all())
    repeats = table.iloc[:, 1:]
    return list(repeats.columns) == [f"repeat_{seed}" for seed in range(REPEATS)] and bool(repeats.map(str.isdecimal).all(axis=None))
