"""A pack is a folder of arrays and tables; its content has one hash, however the files were compressed."""

import json
import lzma
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from recryst.errors import DamagedFileError
from recryst.storage import content_hash

# what the readers raise on a file that is cut off, altered, or not of its kind
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, pyarrow.ArrowException)


def pack_hash(folder: Path, files: Collection[str], derived: Collection[str] = ()) -> str:
    """SHA-256 over the content of a pack: names, types, shapes and values of all arrays and columns, bit for bit.

    Parameters
    ----------
    folder : where the pack is
    files : its files: .npz, .parquet, .csv.gz or .json
    derived : names of arrays, columns and files to leave out, because another version of a library may compute them slightly differently

    Raises
    ------
    DamagedFileError : a file can't be read
    """
    parts: list[object] = []
    for name in sorted(set(files) - set(derived)):
        parts.append(name)
        try:
            parts.extend(_parts(folder / name, derived))
        except UNREADABLE as error:
            raise DamagedFileError(
                f"{folder / name} can't be read ({type(error).__name__}); remove the folder {folder} and get it again."
            ) from error
    return content_hash(*parts)


def _parts(path: Path, derived: Collection[str]) -> list[object]:
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return [part for key in sorted(arrays.files) if key not in derived for part in (key, arrays[key])]
    if path.suffix == ".json":
        return [json.loads(path.read_text())]
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return [part for column in table if column not in derived for part in (str(column), *_column(table[column]))]


def _column(values: pd.Series) -> list[Any]:
    """Bits of a column; missing values are told apart by a mask, because a NaN has many bit patterns."""
    missing = values.isna().to_numpy()
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        kind: Any = getattr(values.dtype, "numpy_dtype", values.dtype)  # of a column of whole numbers that has gaps
        return [missing, values.fillna(0).to_numpy().astype(kind)]
    return [missing, "\n".join(values.astype(object).where(~missing, "").astype(str)).encode()]
