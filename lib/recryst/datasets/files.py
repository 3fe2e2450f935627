"""Crystals from files of one's own: what can be used, and for everything else the reason why not."""

import lzma
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from recryst import parallel
from recryst.crystals import Crystals
from recryst.datasets import formats
from recryst.datasets.formats import Found
from recryst.errors import BadCrystalError

LARGEST_FILE = 50_000_000
LARGEST_CELL = 2_000


@dataclass(frozen=True, eq=False)
class CrystalFiles:
    """What was read from files.

    Parameters
    ----------
    crystals : those that can be used; their ids are the files' names without suffix, with ``#<block or frame>`` where a file
        holds several, and with the folder where two files have one name
    origin : DataFrame(id, file, structure, note), one row a crystal; structure is the CIF block or the number of the frame,
        note what the reader changed or guessed ("" if nothing)
    rejected : DataFrame(file, id, reason), one row for each structure or whole file that can't be used
    """

    crystals: Crystals
    origin: pd.DataFrame
    rejected: pd.DataFrame


def read_file(path: Path, largest_file: int = LARGEST_FILE, largest_cell: int = LARGEST_CELL) -> list[Found]:
    """All structures of one file: CIF (every block), POSCAR, extended XYZ (every frame), and what else ASE or pymatgen reads.

    Parameters
    ----------
    path : the file, may be compressed (.gz, .bz2, .xz)
    largest_file : bytes; a larger file is not opened
    largest_cell : atoms; a larger structure is refused

    Returns
    -------
    one or more entries, each with a structure or with the reason why there is none; the cell is as in the file
    """
    refused = _not_a_file(path, largest_file)
    if refused:
        return [Found("", reason=refused)]
    try:
        return [_usable(found, largest_cell) for found in formats.reader(path)(path, largest_file)]
    except BadCrystalError as error:
        return [Found("", reason=str(error))]
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        return [Found("", reason=f"can't be read ({error or type(error).__name__})")]


def read_files(
    paths: Sequence[Path], largest_file: int = LARGEST_FILE, largest_cell: int = LARGEST_CELL, jobs: int = 1, progress: bool = False
) -> CrystalFiles:
    """All structures of many files; what can't be used is listed with its reason and the rest goes on.

    Parameters
    ----------
    paths : files; one that is missing or is a folder is listed as rejected
    largest_file, largest_cell : as in `read_file`
    jobs, progress : as in `recryst.parallel.map`
    """
    paths = [Path(path) for path in paths]
    found = parallel.map(partial(read_file, largest_file=largest_file, largest_cell=largest_cell), paths, jobs, progress, "reading")
    short = pd.Series([stem(path) for path in dict.fromkeys(paths)])
    shared = set(short[short.duplicated()])
    rows, structures, rejected = [], [], []
    taken: set[str] = set()
    for path, entries in zip(paths, found, strict=True):
        for entry in entries:
            base = str(path) if stem(path) in shared else stem(path)
            identifier = f"{base}#{entry.name}" if entry.name else base
            if entry.structure is None:
                rejected.append((str(path), identifier, entry.reason))
            elif identifier in taken:
                rejected.append((str(path), identifier, "was given twice"))
            else:
                taken.add(identifier)
                structures.append(entry.structure)
                rows.append((identifier, str(path), entry.name, "; ".join(entry.notes)))
    return CrystalFiles(
        Crystals.from_structures([row[0] for row in rows], structures),
        pd.DataFrame(rows, columns=["id", "file", "structure", "note"], dtype=object),
        pd.DataFrame(rejected, columns=["file", "id", "reason"], dtype=object),
    )


def _not_a_file(path: Path, largest_file: int) -> str:
    try:
        if not path.exists():
            return "there is no such file"
        if not path.is_file():
            return "is not a file"
        size = path.stat().st_size
    except OSError as error:
        return f"can't be read ({error.strerror or error})"
    if size == 0:
        return "is empty"
    return f"is larger than {largest_file / 1e6:g} MB" if size > largest_file else ""


def _usable(found: Found, largest_cell: int) -> Found:
    """The same entry, or the reason why its structure is no crystal that this project can represent."""
    if found.structure is None:
        return found
    structure = found.structure
    if len(structure) > largest_cell:
        return Found(found.name, reason=f"has {len(structure):,} atoms in its cell, more than {largest_cell:,}")
    if not np.isfinite(structure.lattice.matrix).all() or not np.isfinite(structure.frac_coords).all():
        return Found(found.name, reason="has a coordinate that is not a number")
    if structure.lattice.volume < 1e-3:
        return Found(found.name, reason="has a cell without volume")
    try:
        Crystals.from_structures(["it"], [structure])
    except BadCrystalError as error:
        return Found(found.name, reason=str(error).removeprefix("it ").rstrip("."))
    return found


def stem(path: Path) -> str:
    """Name of a file without the suffixes of structure files: "mp-149" for mp-149.cif.gz, "run-1.5K" for run-1.5K.cif."""
    name = path.name
    for suffix in reversed(path.suffixes):
        if suffix.lower() not in {*formats.COMPRESSED, ".cif", ".mcif", ".vasp", ".poscar", ".contcar", ".xyz", ".extxyz", ".json"}:
            break
        name = name.removesuffix(suffix)
    return name or path.name
