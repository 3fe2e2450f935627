"""Results of large runs, kept under version control in ``data/results/<profile>/<notebook>`` and shown beside live ones."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from recryst import storage
from recryst.errors import BadInputError, DamagedFileError
from recryst.report import pictures, provenance, results
from recryst.report.results import Results

LARGEST = 3_000_000
"""Bytes that the results of one notebook may take: aggregated values and figure data, no copies of data sets."""


def default_folder() -> Path:
    """``data/results`` of the project."""
    return storage.PROJECT / "data" / "results"


@dataclass(frozen=True)
class Stored:
    """Results of one earlier run and the folder where its figures are."""

    results: Results
    folder: Path

    @property
    def profile(self) -> str:
        """Profile under which they were found."""
        return self.results.profile

    def figure(self, name: str) -> pictures.Recipe | None:
        """What draws figure ``name`` of that run again; None when the run had no such figure."""
        return pictures.read(self.folder / "figures", name) if name in self.results.figures else None

    def table(self, name: str) -> pd.DataFrame | None:
        """Table ``name`` of that run; None when the run had no such table.

        Raises
        ------
        DamagedFileError : its file is missing or no table
        """
        if name not in self.results.tables:
            return None
        path = self.folder / "tables" / f"{name}.csv"
        try:
            return read_table(path)
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise DamagedFileError(f"{path} is damaged ({reason}); store the results of that run again.") from error

    def provenance(self) -> provenance.Provenance:
        """Where its results come from.

        Raises
        ------
        MissingDataError, DamagedFileError : the file is missing or not what was written
        """
        return provenance.read(self.folder)


def read_table(file: Path | IO[str]) -> pd.DataFrame:
    """A table of a notebook as it was written: an empty cell is the only missing value, as "NaN" is a formula and "None" may be a name."""
    return pd.read_csv(file, keep_default_na=False, na_values=[""])


def find(notebook: str, besides: str, folder: Path | None = None) -> list[Stored]:
    """Stored results of ``notebook`` under every profile other than ``besides``, by name of the profile.

    Raises
    ------
    DamagedFileError : a stored ``results.json`` is not what was written
    """
    root = folder if folder is not None else default_folder()
    found = [Stored(results.read(path.parent), path.parent) for path in sorted(root.glob(f"*/{notebook}/{results.FILE}"))]
    return [stored for stored in found if stored.profile != besides]


def store(output: Path, folder: Path | None = None, overwrite: bool = False) -> Path:
    """Keep the results in ``output`` for good: copy them to ``<folder>/<profile>/<notebook>``, replacing earlier ones.

    Copied are ``results.json``, ``provenance.json``, data and description of each figure, and the tables; pictures are not,
    since they are drawn again from those.

    Parameters
    ----------
    overwrite : also where earlier results hold something that these do not, which is then lost

    Raises
    ------
    MissingDataError, DamagedFileError : ``output`` holds no sound results, or lacks a figure or table they name
    BadInputError : together the files take more than 3 MB, or something of the earlier results would be lost
    """
    found = results.read(output)
    files = [output / results.FILE, output / provenance.FILE]
    files += [output / "figures" / f"{name}.{suffix}" for name in found.figures for suffix in ("csv", "json")]
    files += [output / "tables" / f"{name}.csv" for name in found.tables]
    for path in files:
        if not path.is_file():
            raise BadInputError(f"{output} names {path.relative_to(output)} but does not have it; run the notebook again.")
    sizes = {path: path.stat().st_size for path in files}
    if sum(sizes.values()) > LARGEST:
        largest = max(sizes, key=lambda path: sizes[path])
        raise BadInputError(
            f"The results in {output} take {sum(sizes.values()) / 1e6:.1f} MB, more than the {LARGEST / 1e6:.0f} MB that are kept; "
            f"aggregate the data of {largest.relative_to(output)} ({sizes[largest] / 1e6:.1f} MB)."
        )
    target = (folder if folder is not None else default_folder()) / found.profile / found.notebook
    if not overwrite:
        _refuse_to_lose(target, found)
    with storage.replacing(target) as fresh, storage.writing(target):
        for path in files:
            copy = fresh / path.relative_to(output)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
    return target


def _refuse_to_lose(target: Path, found: Results) -> None:
    """Runs of days may stand behind earlier results, and those runs need not be on this machine any more."""
    if not (target / results.FILE).is_file():
        return
    kept = _names(found)
    lost = [name for name in _names(results.read(target)) if name not in kept]
    if lost:
        raise BadInputError(
            f"Storing would lose {len(lost)} values, figures and tables of {target} that this run has not found, such as {lost[0]}; finish "
            "the trainings that they come from, or store nevertheless with --overwrite."
        )


def _names(found: Results) -> list[str]:
    """What a run holds: each value by what makes it one of its own, each figure and table by its name."""
    values = [" ".join(filter(None, result.key)) for result in found.results]
    return [*values, *(f"figures/{name}" for name in found.figures), *(f"tables/{name}" for name in found.tables)]
