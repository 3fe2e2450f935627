"""What the authors of the voxel-image network released: formation energies, their own predictions, splits, learning curve.

Their tables hold ids without structures, so compositions come from the pack ``mp_structures``, which has 116,436 of the
124,022 crystals.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recryst.crystals import Crystals
from recryst.datasets import mp_structures, registry
from recryst.datasets.task import Task, rejections
from recryst.storage import content_hash

PACK = "xie_spp"
# the released files say dev; the paper and this project say validation
SPLITS = {"train": "train", "dev": "validation", "test": "test"}


@dataclass(frozen=True, eq=False)
class ReleasedPredictions:
    """The released table, and the crystals that belong to it.

    Parameters
    ----------
    table : (124022,) id, split ("train", "validation", "test"), target (formation energy by DFT, eV/atom), prediction (mean over
        50 rotations, eV/atom), sorted by id
    crystals : those of the table whose structure is in ``mp_structures``, in the table's order
    label : name and start of the fingerprint, as results carry it
    """

    table: pd.DataFrame
    crystals: Crystals
    label: str

    @property
    def with_structure(self) -> pd.DataFrame:
        """The rows of the table that have a crystal, in the order of ``crystals``."""
        return self.table[self.table["id"].isin(self.crystals.ids.tolist())].reset_index(drop=True)


def load() -> ReleasedPredictions:
    """The released predictions with their crystals.

    Raises
    ------
    MissingDataError : the predictions or the structures are not on this machine
    DamagedFileError : one of them can't be read
    """
    names = {"material_id": "id", "xie_split": "split", "xie_e_form": "target", "xie_e_form_pred": "prediction"}
    with registry.opened(PACK, "xie_predictions.parquet") as path:
        table = pd.read_parquet(path, columns=list(names)).rename(columns=names)
        table["split"] = table["split"].astype(str).map(SPLITS)
    # single precision is how the pack is stored, not how one should compute with it
    table = table.astype({"target": np.float64, "prediction": np.float64})
    structures = mp_structures.load().crystals
    known = pd.Index(structures.ids).get_indexer(pd.Index(table["id"]))
    fingerprint = content_hash(table["id"].tolist(), table["split"].tolist(), table["target"].to_numpy(), table["prediction"].to_numpy())
    return ReleasedPredictions(table, structures.take(known[known >= 0]), f"{PACK}@{fingerprint[:6]}")


def formation_energy() -> Task:
    """Formation energies of the paper's own crystals, with the authors' split: to train their network on their data.

    Raises
    ------
    MissingDataError, DamagedFileError : as in `load`
    """
    released = load()
    joined = released.with_structure
    gone = released.table["id"][~released.table["id"].isin(joined["id"])]
    return Task(
        name="voxel-cnn/formation-energy",
        crystals=released.crystals,
        targets=joined["target"].to_numpy(np.float64),
        unit="eV/atom",
        kind="regression",
        description=(
            f"Formation energies that the voxel CNN's authors released (Materials Project of May 2021) for {len(joined):,} of their "
            f"{len(released.table):,} crystals, with their split; structures of 2024/25, re-relaxed since."
        ),
        rejected=rejections((identifier, "no structure in mp_structures") for identifier in gone),
        parts=joined["split"].to_numpy(str),
    )


def training_history() -> pd.DataFrame:
    """The authors' learning curve: epoch, loss, mae, validation_loss, validation_mae (eV/atom; single rotations), a row an epoch.

    Raises
    ------
    MissingDataError : it is not on this machine
    DamagedFileError : it can't be read
    """
    names = {"mean_absolute_error": "mae", "val_loss": "validation_loss", "val_mean_absolute_error": "validation_mae"}
    with registry.opened(PACK, "training_history.csv.gz") as path:
        table = pd.read_csv(path).rename(columns=names)
        return table[["epoch", "loss", *names.values()]]
