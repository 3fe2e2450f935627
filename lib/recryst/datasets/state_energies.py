"""Formation energies of crystals whose densities of states were computed for this project, in place of the ESNet paper's.

The energies are the Materials Project's of May 2021, two months younger than those that the paper took.
"""

import numpy as np

from recryst.datasets import charge_density, embedded, voxel_cnn_predictions
from recryst.datasets.task import Task, rejections


def computed() -> Task:
    """Formation energies of the crystals of ``data/charge_density``, those with magnetism and without moduli among them.

    Raises
    ------
    MissingDataError : the pack ``xie_spp`` or ``mp_structures`` is not on this machine
    """
    crystals = charge_density.load().crystals
    energies = voxel_cnn_predictions.load().table.set_index("id")["target"].reindex(crystals.ids)
    kept = energies.notna().to_numpy()
    absent = ((identifier, "no formation energy in xie_spp") for identifier in crystals.ids[~kept].tolist())
    return Task(
        name="densities-of-states/formation-energy",
        crystals=crystals.take(np.flatnonzero(kept)),
        targets=energies.to_numpy(dtype=np.float64)[kept],
        unit="eV/atom",
        kind="regression",
        description=f"Formation energies (Materials Project of May 2021, xie_spp) of {kept.sum():,} Fm-3m crystals whose densities of "
        "states were computed for this project.",
        rejected=rejections(absent),
    )


def of_embedded() -> Task:
    """Formation energies of the embedded crystals, computed with their densities of states; needs nothing but this project."""
    found = embedded.task("formation-energy")
    return Task(
        name="densities-of-states/formation-energy-embedded",
        crystals=found.crystals,
        targets=found.targets,
        unit=found.unit,
        kind="regression",
        description=found.description.replace("Formation energies", "Formation energies, and densities of states,"),
        rejected=found.rejected,
    )
