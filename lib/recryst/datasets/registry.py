"""Every public data set by name: where it is on this machine, whether it is what it should be, and how to get it.

A data set is a *pack*: a folder of arrays and tables made from the source's own files (see `recryst.datasets.conversion`).
Packs are looked for, in this order, in

1. ``$RECRYST_DATA``, where that is set;
2. ``data/downloaded/`` of the project, where `get` puts them unless ``$RECRYST_DATA`` or an argument says otherwise;
3. ``$RECRYST_SHARED/data``, by default ``shared/data`` beside the project.
"""

import os
import pickle
import shutil
import struct
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from recryst import storage
from recryst.datasets.pack import UNREADABLE, pack_hash
from recryst.datasets.source import Source
from recryst.datasets.sources import SOURCES
from recryst.errors import BadInputError, DamagedFileError, DownloadError, MissingDataError, StorageError

EMBEDDED = storage.PROJECT / "data" / "embedded"
DOWNLOADED = storage.PROJECT / "data" / "downloaded"

# what a conversion raises on files that are not what it expects: it reads whatever a server has sent
UNEXPECTED = (*UNREADABLE, LookupError, TypeError, AttributeError, struct.error, tarfile.TarError, pickle.UnpicklingError, BadInputError)


def places() -> list[Path]:
    """Folders in which packs are looked for, first one first."""
    own = [Path(os.environ["RECRYST_DATA"])] if os.environ.get("RECRYST_DATA") else []
    shared = Path(os.environ.get("RECRYST_SHARED") or storage.PROJECT.parent / "shared")
    return [*own, DOWNLOADED, shared / "data"]


def source(name: str) -> Source:
    """What is known of a data set.

    Raises
    ------
    BadInputError : there is no data set of this name
    """
    if name not in SOURCES:
        raise BadInputError(f"There is no data set {name!r}; there are {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]


def find(name: str) -> Path:
    """Folder of a pack on this machine.

    Raises
    ------
    BadInputError : there is no data set of this name
    MissingDataError : it is not on this machine; the message names the command that gets it
    """
    wanted = source(name)
    for place in places():
        if all((place / name / file).is_file() for file in wanted.pack):
            return place / name
    raise MissingDataError(
        f"The data set {name} ({wanted.serves}) is not on this machine; get it with `recryst data get {name}` "
        f"(about {wanted.download_bytes / 1e6:,.0f} MB to download)."
    )


@contextmanager
def opened(name: str, file: str) -> Iterator[Path]:
    """Path of a file of a pack, which is read in the block.

    Raises
    ------
    BadInputError : there is no data set of this name
    MissingDataError : it is not on this machine; the message says how to get it
    DamagedFileError : the block can't read the file
    """
    path = find(name) / file
    try:
        yield path
    except UNREADABLE as error:
        raise DamagedFileError(f"{path} can't be read; remove it and run `recryst data get {name}`.") from error


def status() -> pd.DataFrame:
    """One row a data set: name, present, where (folder or None), size and download (bytes), licence, serves, citation, url.

    The embedded set, which comes with the project, is the first row.
    """
    rows = [
        {
            "name": "embedded",
            "present": (EMBEDDED / "crystals.npz").is_file(),
            "where": EMBEDDED,
            "size": sum(file.stat().st_size for file in EMBEDDED.glob("*")),
            "download": 0,
            "licence": "CC BY 4.0",
            "serves": "134 crystals computed for this project: energies, gaps, moduli, densities, densities of states",
            "citation": "this project",
            "url": "",
        }
    ]
    for name, known in SOURCES.items():
        try:
            where = find(name)
        except MissingDataError:
            where = None
        rows.append(
            {
                "name": name,
                "present": where is not None,
                "where": where,
                "size": known.pack_bytes,
                "download": known.download_bytes,
                "licence": known.licence,
                "serves": known.serves,
                "citation": known.citation,
                "url": ", ".join(dict.fromkeys(f"https://github.com/{file.repository}" for file in known.files.values())),
            }
        )
    return pd.DataFrame(rows)


def check(name: str) -> Path:
    """Verify the content of a pack on this machine, bit for bit, and return its folder.

    Raises
    ------
    BadInputError : there is no data set of this name
    MissingDataError : it is not on this machine
    DamagedFileError : it can't be read, or its content is not what it should be
    """
    folder = find(name)
    _verify(source(name), folder)
    return folder


def get(name: str, folder: Path | None = None, progress: bool = False, accept_changed: bool = False) -> Path:
    """Download a data set from its public source, make the pack, verify it, and return its folder.

    What is there already and right is left alone. Packs that this one is made with are got first, unless they are on
    this machine. An interrupted download goes on with the first file that is not complete; nothing half-made is ever
    seen under the pack's name.

    Parameters
    ----------
    name : as `status` lists them
    folder : where the pack's folder goes; by default ``$RECRYST_DATA`` or ``data/downloaded/`` of the project
    progress : show bars, on a terminal only
    accept_changed : keep a pack even if its content is not, bit for bit, the one that this project was tested with

    Raises
    ------
    BadInputError : there is no data set of this name
    DownloadError : it could not be downloaded, or what came is not this data set
    StorageError : the disk is full, or the folder can't be written
    """
    # imported late: pooch loads a progress bar for notebooks, which complains in every kernel that has no widgets
    from recryst.datasets import download

    wanted = source(name)
    root = folder or places()[0]
    target = root / name
    with storage.locked(target):
        with suppress(DamagedFileError):
            _verify(wanted, target)
            return target
        packs = {needed: _find_or_get(needed, root, progress, accept_changed) for needed in wanted.needs}
        raw = root / ".incomplete" / name
        files = {key: download.fetch(remote, raw, progress) for key, remote in wanted.files.items()}
        try:
            _make(wanted, files, packs, target, accept_changed)
        except StorageError:
            raise
        except UNEXPECTED as error:
            # the next attempt must not use it again
            shutil.rmtree(raw, ignore_errors=True)
            raise DownloadError(
                f"What came for {name} is not that data set and was removed; try again. ({error or type(error).__name__})"
            ) from error
        shutil.rmtree(raw, ignore_errors=True)
    return target


def _find_or_get(name: str, folder: Path, progress: bool, accept_changed: bool) -> Path:
    try:
        return find(name)
    except MissingDataError:
        return get(name, folder, progress, accept_changed)


def _make(wanted: Source, files: Mapping[str, Path], packs: Mapping[str, Path], target: Path, accept_changed: bool) -> None:
    """Convert into a private folder, verify, and put it in place of whatever is at ``target``."""
    with storage.replacing(target) as made:
        wanted.convert(files, made, packs)
        try:
            _verify(wanted, made)
        except DamagedFileError:
            if not accept_changed:
                raise


def _verify(wanted: Source, folder: Path) -> None:
    content = pack_hash(folder, wanted.pack, wanted.derived)
    if content != wanted.content:
        raise DamagedFileError(
            f"The data set {wanted.name} in {folder} is not what it should be (content {content[:12]}, not {wanted.content[:12]}); "
            f"remove the folder and run `recryst data get {wanted.name}`."
        )
