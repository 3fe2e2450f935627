"""Tasks of the charge-density paper: elastic moduli of Fm-3m crystals whose charge densities were computed for this project.

The moduli are the Materials Project's, in GPa and without a logarithm, as the paper learns them. It has served two vintages of them,
which are never mixed in one task: an older one, rounded to whole GPa, and a newer one, with three digits. Between the two the bulk
modulus of a crystal changes by some 7 GPa in the mean, by more than 100 GPa for some, and a random forest predicts the newer
bulk moduli of the same crystals better. So the newer ones are what the networks learn, though fewer crystals have them.

The tasks hold all crystals without magnetism whose densities converge, and the cheaper ones of those computed with spin. The computation
of the others goes on; what the tasks hold is fixed by `CHUNKS`, so that trained networks stay those of their task.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.datasets import charge_density, embedded, tables
from recryst.datasets.elasticity import LARGEST
from recryst.datasets.task import Task, rejections

CHUNKS = 18
"""Files of densities whose crystals the tasks hold; to raise it makes other tasks, and asks for training again."""

Modulus = Literal["bulk-modulus", "shear-modulus"]
Vintage = Literal["newer", "older", "older-only"]
NAMES: dict[Modulus, str] = {"bulk-modulus": "bulk modulus", "shear-modulus": "shear modulus"}
VINTAGES: dict[Vintage, str] = {
    "newer": "in the Materials Project of 2024/25, with three digits",
    "older": "as the Materials Project served them until 2022, in whole GPa",
    "older-only": "as the Materials Project served them until 2022, in whole GPa, and which have no newer one",
}
FACE_CENTRED = ("rocksalt", "fluorite", "fcc", "heusler")
"""Prototypes of the embedded crystals that have space group Fm-3m."""


def computed(name: Modulus, vintage: Vintage) -> Task:
    """A modulus of those crystals of ``data/charge_density`` that have one of this vintage.

    Rejected, with reasons, are crystals of its list without a density, without moduli, or with one of the two outside (0, 600) GPa: a
    solid without resistance to shear is unstable, and its bulk modulus is not that of anything. So both tasks have the same crystals.

    Parameters
    ----------
    vintage : "newer" (what the networks learn), "older", or "older-only": crystals with an older modulus and no newer one, of
        which networks trained on the newer ones know nothing

    Raises
    ------
    MissingDataError : the pack ``mp_elasticity`` is not on this machine
    """
    data = charge_density.load(chunks=CHUNKS)
    moduli, usable = _moduli(vintage, data.crystals.ids)
    reasons = [*map(_reason, moduli["bulk_modulus"], moduli["shear_modulus"], usable)]
    kept = np.array([reason is None for reason in reasons], dtype=bool)
    value = moduli[name.replace("-", "_")].to_numpy(dtype=np.float64)
    later = np.setdiff1d(charge_density.wanted()["id"].to_numpy(), data.crystals.ids)
    rejected = [(identifier, reason) for identifier, reason in zip(moduli.index, reasons, strict=True) if reason]
    rejected += [(identifier, "its density was not computed when this task was made") for identifier in later.tolist()]
    return Task(
        name=f"charge-density/{name}" + ("" if vintage == "newer" else f"-{vintage}"),
        crystals=data.crystals.take(np.flatnonzero(kept)),
        targets=value[kept],
        unit="GPa",
        kind="regression",
        description=f"{NAMES[name].capitalize()} (Voigt-Reuss-Hill) of {kept.sum():,} Fm-3m crystals whose densities were computed for "
        f"this project, {VINTAGES[vintage]} (mp_elasticity).",
        rejected=rejections(rejected),
    )


def of_embedded(name: Modulus) -> Task:
    """A modulus of the embedded crystals of space group Fm-3m, computed with their densities; needs nothing but this project."""
    properties, crystals = embedded.properties(), embedded.crystals()
    values = properties[name.replace("-", "_")]
    cubic = properties["prototype"].isin(FACE_CENTRED)
    absent = embedded.ABSENT.get(name, "no value computed")
    reasons = [
        "not of space group Fm-3m" if not face_centred else absent if np.isnan(value) else None
        for face_centred, value in zip(cubic, values, strict=True)
    ]
    kept = np.array([reason is None for reason in reasons], dtype=bool)
    return Task(
        name=f"charge-density/{name}-embedded",
        crystals=crystals.take(np.flatnonzero(kept)),
        targets=values.to_numpy(dtype=np.float64)[kept],
        unit="GPa",
        kind="regression",
        description=f"{NAMES[name].capitalize()} of {kept.sum():,} small Fm-3m {embedded.COMPUTED}, as are their densities.",
        rejected=rejections((identifier, reason) for identifier, reason in zip(crystals.ids.tolist(), reasons, strict=True) if reason),
    )


def _moduli(vintage: Vintage, ids: NDArray[np.str_]) -> tuple[pd.DataFrame, "pd.Series[bool]"]:
    """Both moduli (GPa, NaN where there is none) of one vintage, indexed by id; and whether a crystal may be one of the task's."""
    newer = tables.elastic_2025().reindex(ids)
    if vintage == "newer":
        return newer, newer["bulk_modulus"].notna()
    older = tables.elastic().reindex(ids)
    return older, newer["bulk_modulus"].isna() if vintage == "older-only" else older["bulk_modulus"].notna()


def _reason(bulk: float, shear: float, usable: bool) -> str | None:
    """Why a crystal is left out; None where it is not."""
    if np.isnan(bulk) or np.isnan(shear):
        return "no moduli of this vintage in mp_elasticity"
    for name, value in (("bulk", bulk), ("shear", shear)):
        if not 0 < value < LARGEST:
            return f"its {name} modulus of {value:g} GPa is not between 0 and {LARGEST:g} GPa"
    return None if usable else "has moduli of the newer vintage"
