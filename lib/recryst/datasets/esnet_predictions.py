"""What the authors of ESNet released of their test: formation energies of binary compounds with their own predictions.

Names, energies and predictions; neither the structures nor the densities of states that the network saw.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recryst.datasets import registry
from recryst.storage import content_hash

PACK = "esnet_2eorr"
TASKS = ("is2re", "rs2re")
"""Predicting the energy after the relaxation from the structure before it (IS2RE), and from the relaxed one (RS2RE)."""


@dataclass(frozen=True, eq=False)
class ReleasedPredictions:
    """The released table.

    Parameters
    ----------
    table : (7165,) id, first, second (its two elements), target (formation energy by DFT after the relaxation, eV/atom), is2re,
        rs2re (predictions, eV/atom)
    label : name and start of the fingerprint, as results carry it
    """

    table: pd.DataFrame
    label: str

    def of(self, task: str) -> pd.DataFrame:
        """One task as a table of predictions: id, target, prediction."""
        return self.table[["id", "target", task]].rename(columns={task: "prediction"})


def load() -> ReleasedPredictions:
    """The released predictions.

    Raises
    ------
    MissingDataError : they are not on this machine
    DamagedFileError : they can't be read
    """
    names = {
        "name": "id",
        "element_a": "first",
        "element_b": "second",
        "dft_e_form": "target",
        "esnet_IS2RE": "is2re",
        "esnet_RS2RE": "rs2re",
    }
    with registry.opened(PACK, "esnet_2eorr_predictions.csv.gz") as path:
        # no name may be taken for a missing value
        table = pd.read_csv(path, usecols=list(names), keep_default_na=False).rename(columns=names)[list(names.values())]
        table = table.astype({"target": np.float64, "is2re": np.float64, "rs2re": np.float64})
    fingerprint = content_hash(table["id"].tolist(), *(table[column].to_numpy() for column in ("target", *TASKS)))
    return ReleasedPredictions(table, f"{PACK}@{fingerprint[:6]}")
