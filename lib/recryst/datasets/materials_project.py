"""Tasks on Materials Project crystals: CGCNN's own lists of ids, joined with the structures and targets that are public.

The paper used the database of 2017; its structures and targets were not published, its lists of ids were. Here structures
are those of 2024 and 2025, targets those of 2018 to 2024, so that each task says which part of the paper's population it is.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from recryst.datasets import mp_structures, published_models, tables
from recryst.datasets.task import Task, rejections

STRUCTURES = "structures of 2024/25, re-relaxed since"


def formation_energy() -> Task:
    """Formation energy of the paper's 46,744 crystals."""
    return join(
        "formation-energy",
        tables.megnet_2018()["formation_energy"],
        published_models.crystal_lists().formation_energy,
        "eV/atom",
        "Formation energies of the Materials Project of June 2018 (megnet_mp2018) for {n:,} of the paper's 46,744 crystals; "
        + STRUCTURES
        + ".",
        "no formation energy in megnet_mp2018",
    )


def absolute_energy() -> Task:
    """DFT total energy per atom of the paper's 46,744 crystals."""
    return join(
        "absolute-energy",
        tables.total_energies_2021()["energy"],
        published_models.crystal_lists().formation_energy,
        "eV/atom",
        "DFT total energies without corrections of the Materials Project of February 2021 (mpf2021_energy) for {n:,} of the "
        "paper's 46,744 crystals; " + STRUCTURES + ".",
        "no total energy in mpf2021_energy",
    )


def band_gap() -> Task:
    """PBE gap of the paper's 27,430 crystals with a gap."""
    return join(
        "band-gap",
        tables.megnet_2018()["band_gap"],
        published_models.crystal_lists().band_gap,
        "eV",
        "PBE band gaps of the Materials Project of June 2018 (megnet_mp2018) for {n:,} of the paper's 27,430 crystals with a gap, "
        "16 of which have none in this snapshot; " + STRUCTURES + ".",
        "no band gap in megnet_mp2018",
    )


def metal() -> Task:
    """Metal or semiconductor, for the paper's 46,744 crystals."""
    gaps = tables.megnet_2018()["band_gap"]
    return join(
        "metal",
        (gaps == 0).astype(np.float64),
        published_models.crystal_lists().formation_energy,
        "",
        "Metal (1: PBE gap of zero) or semiconductor (0) in the Materials Project of June 2018 (megnet_mp2018) for {n:,} of the "
        "paper's 46,744 crystals; " + STRUCTURES + ".",
        "no band gap in megnet_mp2018",
        kind="classification",
    )


def fermi_energy() -> Task:
    """Fermi level of those of the paper's crystals for which one is public."""
    return join(
        "fermi-energy",
        tables.electronic_2024()["fermi_level"],
        published_models.crystal_lists().elastic,
        "eV",
        "Fermi levels of the Materials Project of spring 2024 (mp_electronic_3202) for {n:,} crystals of the paper's elastic set, "
        "standing in for its 46,744 crystals, of which no other Fermi level is public; " + STRUCTURES + ".",
        "no Fermi level in mp_electronic_3202",
    )


def join(
    name: str,
    targets: pd.Series,
    population: Sequence[str],
    unit: str,
    description: str,
    missing: str,
    kind: Literal["regression", "classification"] = "regression",
    check: Callable[[float], str | None] = lambda value: None,
    convert: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> Task:
    """Join targets and structures on the id.

    Parameters
    ----------
    name : of the task, without "materials-project/"
    targets : values by id; those that are missing or NaN are rejected with the reason ``missing``
    population : ids in question, in the order that the task will have
    unit, description, kind : of the task; ``{n}`` in the description is the number of crystals
    check : the reason why a value is unphysical, or None
    convert : applied to the values that are kept, for example log10

    Returns
    -------
    Task, whose ``rejected`` lists every other member of the population and why
    """
    crystals = mp_structures.load().crystals
    values = targets.reindex(pd.Index(population)).to_numpy(dtype=np.float64)
    positions = pd.Index(crystals.ids).get_indexer(pd.Index(population))
    reasons = [
        missing if np.isnan(value) else check(value) or ("no structure in mp_structures" if position < 0 else None)
        for value, position in zip(values.tolist(), positions.tolist(), strict=True)
    ]
    kept = np.array([reason is None for reason in reasons])
    return Task(
        name=f"materials-project/{name}",
        crystals=crystals.take(positions[kept]),
        targets=convert(values[kept]),
        unit=unit,
        kind=kind,
        description=description.format(n=int(kept.sum())),
        rejected=rejections((identifier, reason) for identifier, reason in zip(population, reasons, strict=True) if reason),
    )
