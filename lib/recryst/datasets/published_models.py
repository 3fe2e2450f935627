"""The eight published CGCNN models as plain arrays, with their atom features and lists of crystals."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.datasets import registry
from recryst.datasets.conversion.published_models import MODELS
from recryst.errors import BadInputError

PACK = "cgcnn_pretrained"
UNITS = {
    "formation-energy-per-atom": "eV/atom",
    "final-energy-per-atom": "eV/atom",
    "band-gap": "eV",
    "efermi": "eV",
    "bulk-moduli": "log10(GPa)",
    "shear-moduli": "log10(GPa)",
    "poisson-ratio": "",
    "semi-metal-classification": "",
}


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """One trained network as its authors released it.

    Parameters
    ----------
    name : one of `names`
    kind : "regression", or "classification": the network's second output is the log-probability of a metal
    unit : of the property; the moduli are log10 of GPa
    weights : float32 arrays under the names of the released PyTorch code, linear weights as (out, in)
    mean, standard_deviation : property = mean + standard_deviation * output, in ``unit``
    """

    name: str
    kind: Literal["regression", "classification"]
    unit: str
    weights: Mapping[str, NDArray[np.float32]]
    mean: float
    standard_deviation: float


@dataclass(frozen=True, eq=False)
class CrystalLists:
    """Ids of the paper's crystals, in the order of the released files.

    Parameters
    ----------
    formation_energy : 46,744 ids: both energies, Fermi level, metal or semiconductor
    band_gap : 27,430 of them
    elastic : 3,402 of them
    """

    formation_energy: list[str]
    band_gap: list[str]
    elastic: list[str]


def names() -> list[str]:
    """Names of the published models."""
    return list(MODELS)


def load(name: str) -> PublishedModel:
    """One published model.

    Raises
    ------
    BadInputError : there is no model of this name
    MissingDataError, DamagedFileError : the pack is not on this machine, or can't be read
    """
    if name not in MODELS:
        raise BadInputError(f"There is no published CGCNN model {name!r}; there are {', '.join(MODELS)}.")
    with registry.opened(PACK, f"{name}.npz") as path, np.load(path) as arrays:
        weights = {key: arrays[key] for key in arrays.files}
    with registry.opened(PACK, "models.json") as path:
        about = json.loads(path.read_text())[name]
        return PublishedModel(
            name=name,
            kind=about["hyper"]["task"],
            unit=UNITS[name],
            weights=weights,
            mean=about["normalizer"]["mean"],
            standard_deviation=about["normalizer"]["std"],
        )


def crystal_lists() -> CrystalLists:
    """The paper's three lists of Materials Project ids."""
    with registry.opened(PACK, "cgcnn_mp_ids.csv.gz") as path:
        table = pd.read_csv(path)
        ids = table["material_id"]
        return CrystalLists(ids.tolist(), ids[table["in_27430"] == 1].tolist(), ids[table["in_3402"] == 1].tolist())
