"""Castelli's 18,928 cubic perovskites ABX3."""

import numpy as np
import pandas as pd

from recryst.crystals import Crystals
from recryst.datasets import registry
from recryst.datasets.task import Task, rejections

PACK = "castelli_perovskites"
SITES = 5
UNIT_QUESTION = "the paper reads the values as eV/atom, the documentation of the data as eV per cell of five atoms"


def crystals() -> Crystals:
    """All perovskites, ids "perovskite-0" to "perovskite-18927"; sites in the order A, B, X, X, X.

    A is at the corner of the cube and B at its centre; some were relaxed away from there.
    """
    with registry.opened(PACK, "castelli_structures.npz") as path, np.load(path) as arrays:
        lengths, numbers, fractions = arrays["a"].astype(np.float64), arrays["z"], arrays["frac"].astype(np.float64)
    return Crystals(
        _ids(len(lengths)),
        lengths[:, None, None] * np.eye(3),
        numbers.reshape(-1),
        fractions.reshape(-1, 3),
        np.arange(0, SITES * len(lengths) + 1, SITES, dtype=np.int64),
    )


def table() -> pd.DataFrame:
    """Properties, in the order of `crystals` and indexed by the same ids.

    Columns formula (in the order A, B, X3) and formation_energy (eV/atom by the CGCNN paper, eV per cell of five atoms by the
    documentation of the data).
    """
    with registry.opened(PACK, "castelli_perovskites.parquet") as path:
        source = pd.read_parquet(path, columns=["formula", "e_form"])
    return pd.DataFrame(
        {
            "formula": source["formula"],
            # the source gives two decimals, which single precision keeps only nearly: 0.2 would not be equal to 0.2
            "formation_energy": source["e_form"].astype(np.float64).round(6),
        }
    ).set_index(pd.Index(_ids(len(source)), name="id"))


def formation_energy() -> Task:
    """Heat of formation of all perovskites, as the CGCNN paper takes it."""
    return Task(
        name="perovskites/formation-energy",
        crystals=crystals(),
        targets=table()["formation_energy"].to_numpy(),
        unit="eV/atom",
        kind="regression",
        description=f"Heats of formation of all 18,928 cubic perovskites of Castelli et al., as they are distributed; {UNIT_QUESTION}.",
        rejected=rejections(),
    )


def _ids(count: int) -> np.ndarray:
    return np.array([f"perovskite-{number}" for number in range(count)])
