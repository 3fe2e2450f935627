"""Features of whole data sets, made once: in parallel pieces that outlive an interruption, kept as memory-mapped arrays.

A set of features is addressed by its content: the hash of the crystals, of what is made of them and of its parameters.
Its folder under the cache holds one ``.npy`` file for each array and, written last, a manifest with their sizes and
checksums. While it is being made, the folder holds one file for each piece of 4,096 crystals.
"""

import io
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recryst import parallel
from recryst.crystals import Crystals
from recryst.errors import DamagedFileError
from recryst.storage import cache_root, content_hash, file_hash, locked, remove_remnants, write_atomically, write_json

PIECE = 4096
"""Crystals made, and kept, at a time."""

Arrays = dict[str, NDArray]


def build(
    name: str,
    parameters: Mapping[str, object],
    crystals: Crystals,
    compute: Callable[[Crystals], Arrays],
    fill: Mapping[str, float],
    jobs: int = 1,
    progress: bool = False,
) -> Arrays:
    """The features of ``crystals``: read if they are in the cache, made and kept if not.

    Parameters
    ----------
    name : folder of this kind of features, such as ``graphs``
    parameters : everything besides the crystals that the result depends on, a version of the computation included
    crystals : any number
    compute : from some crystals to named arrays, which are put together along their first axis
    fill : for arrays whose second axis may differ between pieces: the value that widens the narrower ones
    jobs : processes
    progress : show a bar, see `recryst.parallel.progress_bar`

    Returns
    -------
    read-only, memory-mapped arrays by name

    Raises
    ------
    StorageError : the cache can't be written; pieces that are finished are kept for the next call
    WorkerError : a process was killed

    Warns
    -----
    UserWarning : files in the cache are damaged, and are made again
    """
    folder = cache_root() / name / content_hash(name, dict(parameters), crystals.fingerprint)[:32]
    with suppress(OSError, DamagedFileError):
        return _open(folder)  # also where nothing can be written
    with locked(folder):
        if (folder / "manifest.json").exists():
            try:
                return _open(folder)
            except DamagedFileError as error:
                warnings.warn(f"{error} It is made again.", stacklevel=3)
                (folder / "manifest.json").unlink()
        started = time.perf_counter()
        remove_remnants(folder)
        pieces = _make_pieces(folder, crystals, compute, jobs, progress)
        arrays = _join(folder, pieces, fill)
        manifest = {"name": name, "parameters": dict(parameters), "crystals": crystals.fingerprint, "arrays": arrays}
        write_json(folder / "manifest.json", manifest | {"seconds": time.perf_counter() - started})
        for piece in pieces:
            piece.unlink()
        return _open(folder)


def _make_pieces(folder: Path, crystals: Crystals, compute: Callable[[Crystals], Arrays], jobs: int, progress: bool) -> list[Path]:
    starts = range(0, max(len(crystals), 1), PIECE)
    pieces = [folder / f"piece-{start:09d}.npz" for start in starts]
    missing = [
        (piece, crystals.take(range(start, min(start + PIECE, len(crystals)))))
        for start, piece in zip(starts, pieces, strict=True)
        if not _is_sound(piece)
    ]
    parallel.map(partial(_make_piece, compute), missing, jobs, progress, folder.parent.name)
    return pieces


def _make_piece(compute: Callable[[Crystals], Arrays], task: tuple[Path, Crystals]) -> None:
    piece, crystals = task
    arrays = compute(crystals)
    write_atomically(piece, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def _is_sound(piece: Path) -> bool:
    if not piece.exists():
        return False
    try:
        with np.load(piece) as content:
            for name in content.files:
                content[name]  # reading compares the checksum that the zip format has for each member
    except Exception as error:  # whatever a damaged file makes its readers raise
        warnings.warn(f"{piece} is damaged ({error}). It is made again.", stacklevel=5)
        return False
    return True


def _join(folder: Path, pieces: list[Path], fill: Mapping[str, float]) -> dict[str, dict[str, object]]:
    """Write one array file for each name, a piece at a time, and return what the manifest says of them."""
    with np.load(pieces[0]) as first:
        names = first.files
    return {name: _join_array(folder / f"{name}.npy", pieces, name, fill) for name in names}


def _join_array(path: Path, pieces: list[Path], name: str, fill: Mapping[str, float]) -> dict[str, object]:
    write_atomically(path, lambda file: file.writelines(_blocks(pieces, name, fill)))
    return {"bytes": path.stat().st_size, "sha256": file_hash(path)}


def _blocks(pieces: list[Path], name: str, fill: Mapping[str, float]) -> Iterator[bytes]:
    """The content of one array file: the header of the whole, then the rows of each piece."""
    facts = [(rows.shape, rows.dtype) for rows in (_read(piece, name) for piece in pieces)]
    shapes = [shape for shape, _ in facts]
    kind = np.result_type(*(dtype for _, dtype in facts))
    width = tuple(max(sizes) for sizes in zip(*(shape[1:] for shape in shapes), strict=True))
    header = io.BytesIO()
    description = {
        "descr": np.lib.format.dtype_to_descr(kind),
        "fortran_order": False,
        "shape": (sum(shape[0] for shape in shapes), *width),
    }
    np.lib.format.write_array_header_2_0(header, description)
    yield header.getvalue()
    for piece in pieces:
        rows = _read(piece, name).astype(kind)
        if rows.shape[1:] != width:
            widening = [(0, 0), *((0, new - old) for old, new in zip(rows.shape[1:], width, strict=True))]
            rows = np.pad(rows, widening, constant_values=fill[name])
        yield rows.tobytes()


def _read(piece: Path, name: str) -> NDArray:
    with np.load(piece) as content:
        return content[name]


def _open(folder: Path) -> Arrays:
    """Map the arrays of a finished folder, having compared their sizes and checksums.

    Raises
    ------
    DamagedFileError : a file is missing, has another size or other content than was written
    """
    try:
        expected = json.loads((folder / "manifest.json").read_text())["arrays"]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{folder / 'manifest.json'} is damaged ({error}).") from error
    arrays = {}
    for name, facts in expected.items():
        path = folder / f"{name}.npy"
        if not path.exists():
            raise DamagedFileError(f"{path} is missing.")
        if path.stat().st_size != facts["bytes"]:
            raise DamagedFileError(f"{path} has {path.stat().st_size:,} bytes and should have {facts['bytes']:,}.")
        if file_hash(path) != facts["sha256"]:
            raise DamagedFileError(f"{path} does not hold what was written to it (its checksum differs).")
        mapped = np.load(path, mmap_mode="r")
        # the array itself, without the class of memory maps, which spreads through every result
        arrays[name] = np.asarray(mapped)
    return arrays
