"""Where files go, and how they get there without ever being half written.

Four roots, each overridden by an environment variable:

=================  ========================  ==================================================
root               variable                  default
=================  ========================  ==================================================
cache of features  ``RECRYST_CACHE``         ``.cache/`` of the project (safe to delete)
trained runs       ``RECRYST_RUNS``          ``runs/`` of the project
archived runs      ``RECRYST_ARCHIVE``       ``data/runs/`` of the project
real data          ``RECRYST_DATA``          see `recryst.datasets.registry`
=================  ========================  ==================================================
"""

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from filelock import FileLock, Timeout

from recryst.errors import BusyError, StorageError

PROJECT = Path(__file__).resolve().parents[2]
_REPLACED = "replaced"  # where `replacing` puts a folder while another takes its place


def cache_root() -> Path:
    """Folder of everything that can be computed again."""
    return Path(os.environ.get("RECRYST_CACHE", PROJECT / ".cache"))


def runs_root() -> Path:
    """Folder of trained runs, one subfolder a run."""
    return Path(os.environ.get("RECRYST_RUNS", PROJECT / "runs"))


def archive_root() -> Path:
    """Folder of the trained runs that come with the project: read, and never trained in."""
    return Path(os.environ.get("RECRYST_ARCHIVE", PROJECT / "data" / "runs"))


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Call ``write(file)`` on a temporary binary file, flush it to disk and rename it to ``path``.

    A reader sees the old file or the new one, never a part; an interruption leaves the old one.

    Raises
    ------
    StorageError : the disk is full or the folder can't be written
    """
    temporary: Path | None = None
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            temporary = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files private; results are to be read by whoever may read the folder
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def remove_remnants(folder: Path) -> None:
    """Remove what a process left in ``folder`` that was killed in `write_atomically`; hold the folder's lock, lest another one writes."""
    for remnant in folder.glob(".*.part"):
        remnant.unlink()


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """An empty folder to write to, which takes the place of ``folder`` when the block ends well.

    Until then what was there stays, and for ever where the block fails. What a killed process left is removed, and what it had moved
    away is put back first; hold the folder's lock where another process may be writing.

    Raises
    ------
    StorageError : the disk is full or the folder can't be written; put `writing` around what is written in the block
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        for remnant in folder.parent.glob(f".{glob.escape(folder.name)}.*.part"):
            _remove_private(remnant, folder)
        private = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        # within it: mkdtemp makes folders private, and what is made is to be read by whoever may read its parent
        made = private / folder.name
        with writing(folder):
            made.mkdir()
        yield made
        with writing(folder):
            if folder.exists():
                folder.rename(private / _REPLACED)
            made.rename(folder)
    finally:
        with writing(folder):
            _remove_private(private, folder)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one sentence that ``path`` can't be written when the system refuses it in the block: a `StorageError`."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"Can't write {path}: {error.strerror or error}; free some space or choose another folder.") from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically, in UTF-8; what is no text, as in some names of files, as Python writes it."""
    write_atomically(path, lambda file: file.write(text.encode(errors="backslashreplace")))


def write_json(path: Path, content: object) -> None:
    """Write ``content`` to ``path`` atomically as indented JSON."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, default=_plain) + "\n")


def content_hash(*parts: object) -> str:
    """SHA-256 over arrays (type, shape and bytes), bytes, and anything that JSON holds, in order: 64 hex digits."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            array = np.ascontiguousarray(part)
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(array.data if array.size else b"")
        elif isinstance(part, bytes):
            digest.update(part)
        else:
            digest.update(json.dumps(part, sort_keys=True, default=_plain).encode())
        digest.update(b"\x00")
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(folder: Path, timeout: float = 24 * 3600) -> Iterator[None]:
    """Hold the one lock of ``folder``, across processes, while the block runs; wait for it up to ``timeout`` seconds.

    Raises
    ------
    BusyError : another process still holds the lock after ``timeout`` seconds
    StorageError : the lock can't be written
    """
    lock = FileLock(folder.parent / f"{folder.name}.lock", timeout=timeout)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise BusyError(f"Another process is working on {folder}; wait for it or stop it.") from error
    except OSError as error:
        raise StorageError(f"Can't write to {folder.parent}: {error.strerror or error}; choose another folder.") from error
    try:
        yield
    finally:
        lock.release()


def _remove_private(private: Path, folder: Path) -> None:
    """Remove what `replacing` worked in; what it had moved away goes back where nothing came into its place."""
    replaced = private / _REPLACED
    if replaced.exists() and not folder.exists():
        replaced.rename(folder)
    shutil.rmtree(private, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")
