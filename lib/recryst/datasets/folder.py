"""Crystals and targets of one's own: a folder of structure files and a table of ids and values, as CGCNN takes them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from recryst.datasets import files
from recryst.datasets.task import Task, rejections
from recryst.errors import BadInputError

Kind = Literal["regression", "classification"]
OWN = "own/"
"""Before the name of a folder in the name of its task."""
TABLE = "id_prop.csv"
TARGET = re.compile(r"(?P<kind>target|class)\s*(?:\((?P<unit>.+)\))?", re.IGNORECASE)
"""Heading of the column of targets, with or without their unit."""


def from_folder(folder: Path, table: Path | None = None, jobs: int = 1, progress: bool = False) -> Task:
    """Make a task of a folder of structure files and a csv.

    Parameters
    ----------
    folder : holds one file for each id, named ``<id>`` with any suffix (.cif, .vasp, .xyz, ...), one structure in each
    table : csv of ids and targets, by default ``id_prop.csv`` in the folder; either with a header that has the columns ``id``
        and ``target``, or without one, ids in the first column and targets in the second. The header may name the targets' unit,
        ``target (eV/atom)``; a column ``class`` in place of ``target`` holds 1 and 0, such as metal and semiconductor
    jobs, progress : as in `recryst.parallel.map`

    Returns
    -------
    Task with the crystals in the order of the table; whatever can't be used is in its ``rejected``, with the reason

    Raises
    ------
    BadInputError : the folder or the table is missing, the table has no such columns, or nothing in it can be used
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadInputError(f"There is no folder {folder}.")
    path = Path(table) if table is not None else folder / TABLE
    rows, kind, unit = _rows(path)
    ids, targets = rows["id"].tolist(), pd.to_numeric(rows["target"], errors="coerce").to_numpy(dtype=np.float64)
    reasons: dict[str, str] = {}
    candidates = _files_by_stem(folder, exclude=path)
    for identifier, target, text, again in zip(
        ids, targets.tolist(), rows["target"].tolist(), rows["id"].duplicated(keep=False), strict=True
    ):
        named = candidates.get(identifier, [])
        if again:
            reasons[identifier] = "is in the table more than once"
        elif not np.isfinite(target):
            reasons[identifier] = f"its target {text.strip()!r} is not a finite number" if text.strip() else "it has no target"
        elif kind == "classification" and target not in (0, 1):
            reasons[identifier] = f"its target {target:g} is neither 0 nor 1"
        elif len(named) != 1:
            reasons[identifier] = f"{len(named)} files have this name" if named else f"there is no file of this name in {folder}"
    named_by: dict[str, list[str]] = {}
    for identifier in ids:
        if identifier not in reasons:
            named_by.setdefault(str(candidates[identifier][0]), []).append(identifier)
    for names in named_by.values():
        if len(names) > 1:
            reasons |= {name: f"names the same file as {' and '.join(other for other in names if other != name)}" for name in names}
    wanted = {path: names[0] for path, names in named_by.items() if len(names) == 1}
    read = files.read_files([Path(name) for name in wanted], jobs=jobs, progress=progress)
    several = set(read.origin["file"][read.origin["file"].duplicated()])
    for name, reason in zip(read.rejected["file"], read.rejected["reason"], strict=True):
        reasons[wanted[name]] = reason
    for name in several:
        reasons[wanted[name]] = "holds several structures, not one"
    usable = np.array([index for index, name in enumerate(read.origin["file"]) if wanted[name] not in reasons], dtype=np.int64)
    if len(usable) == 0:
        reason = next(iter(reasons.values()), "it is empty")
        raise BadInputError(
            f"Nothing in {path} can be used; the first of {len(reasons)} reasons is: {next(iter(reasons), path.name)}: {reason}."
        )
    kept = [wanted[name] for name in read.origin["file"].iloc[usable]]
    crystals = read.crystals.take(usable)
    by_id = dict(zip(ids, targets.tolist(), strict=True))
    return Task(
        name=OWN + folder.resolve().name,
        crystals=type(crystals)(np.array(kept), crystals.lattices, crystals.numbers, crystals.frac_coords, crystals.offsets),
        targets=np.array([by_id[identifier] for identifier in kept]),
        unit=unit,
        kind=kind,
        description=f"Targets of {len(kept):,} crystals of one's own, from the folder {folder.resolve().name}.",
        rejected=rejections(reasons.items()),
    )


def _rows(path: Path) -> tuple[pd.DataFrame, Kind, str]:
    """DataFrame(id, target) as text, in the order of the file; what the targets are, and their unit."""
    try:
        table = pd.read_csv(path, header=None, dtype=str, skipinitialspace=True, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadInputError(f"There is no table {path}; it must list ids and targets.") from error
    except (ValueError, OSError) as error:
        raise BadInputError(f"The table {path} can't be read as csv: {str(error).splitlines()[0]}.") from error
    kind: Kind = "regression"
    unit = ""
    header = [str(cell).strip() for cell in table.iloc[0]]
    ids = [column for column, cell in enumerate(header) if cell.lower() == "id"]
    named = [(column, found) for column, cell in enumerate(header) if (found := TARGET.fullmatch(cell))]
    if ids and named:
        column, found = named[0]
        kind, unit = "classification" if found["kind"].lower() == "class" else "regression", found["unit"] or ""
        table = table.iloc[1:, [ids[0], column]]
    elif table.shape[1] < 2 or _is_text(str(table.iloc[0, 1])):
        raise BadInputError(f"The table {path} needs a header with the columns id and target, or no header, ids first and targets second.")
    else:
        table = table.iloc[:, :2]
    table = table.set_axis(["id", "target"], axis=1).reset_index(drop=True)
    return table.assign(id=table["id"].str.strip()), kind, unit


def _is_text(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return bool(cell.strip())
    return False


def _files_by_stem(folder: Path, exclude: Path) -> dict[str, Sequence[Path]]:
    """Files of a folder by every name that an id may call them: with all, some or none of their suffixes."""
    named: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.resolve() != exclude.resolve():
            for name in {path.name, path.stem, files.stem(path)}:
                named.setdefault(name, []).append(path)
    return dict(named)
