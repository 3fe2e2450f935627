"""Packs are written whole: each file under another name first, then renamed."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst import storage


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write named arrays as a compressed .npz."""
    storage.write_atomically(path, lambda file: np.savez_compressed(file, **dict(arrays)))  # type: ignore[arg-type]


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as .parquet, without its index."""
    storage.write_atomically(path, lambda file: table.reset_index(drop=True).to_parquet(file, index=False))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as .csv.gz, without its index."""
    storage.write_atomically(path, lambda file: table.to_csv(file, index=False, compression={"method": "gzip", "mtime": 0}))


def sorted_by_id(table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the Materials Project ids in ``material_id``: by prefix, then by number."""
    prefix = table["material_id"].str.extract(r"^(\w+)-(\d+)$")
    order = pd.DataFrame({"prefix": prefix[0], "number": prefix[1].astype(np.int64)}).sort_values(["prefix", "number"], kind="stable").index
    return table.loc[order].reset_index(drop=True)
