"""Tables of other authors' predictions; the structures pack covers their crystals, later chapters re-analyse them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from recryst.datasets.conversion.write import sorted_by_id, write_csv, write_table
from recryst.errors import BadInputError


def xie_spp(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Formation energies and predictions of the voxel-image network: csv with columns id, y, yp, one file a split."""
    parts = [pd.read_csv(files[split])[["id", "y", "yp"]].assign(split=split) for split in ("train", "dev", "test")]
    joined = pd.concat(parts, ignore_index=True)
    if joined["id"].duplicated().any():
        raise BadInputError("a crystal is in two splits")
    table = pd.DataFrame(
        {
            "material_id": joined["id"],
            "xie_e_form": joined["y"].astype(np.float32),
            "xie_e_form_pred": joined["yp"].astype(np.float32),
            "xie_split": pd.Categorical(joined["split"]),
        }
    )
    write_table(folder / "xie_predictions.parquet", sorted_by_id(table))
    history = pd.read_csv(files["history"])
    write_csv(folder / "training_history.csv.gz", history.rename(columns={history.columns[0]: "epoch"}))


def esnet_2eorr(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Binary alloys: csv with columns name (``<element>_<element>_<prototype id>``), target, pred, one file a kind of input."""
    unrelaxed, relaxed = pd.read_csv(files["unrelaxed"]), pd.read_csv(files["relaxed"])
    if not (unrelaxed["name"].equals(relaxed["name"]) and np.array_equal(unrelaxed["target"], relaxed["target"])):
        raise BadInputError("the two files do not list the same alloys and targets")
    parts = unrelaxed["name"].str.split("_", expand=True)
    table = pd.DataFrame(
        {
            "name": unrelaxed["name"],
            "element_a": parts[0],
            "element_b": parts[1],
            "prototype_id": parts[2],
            "dft_e_form": unrelaxed["target"],
            "esnet_IS2RE": unrelaxed["pred"],
            "esnet_RS2RE": relaxed["pred"],
        }
    )
    write_csv(folder / "esnet_2eorr_predictions.csv.gz", table)
