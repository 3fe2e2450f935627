"""All tasks by name."""

import difflib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from recryst.datasets import density_moduli, elasticity, embedded, materials_project, perovskites, state_energies, voxel_cnn_predictions
from recryst.datasets.folder import from_folder
from recryst.datasets.task import Task
from recryst.errors import BadInputError

TASKS: dict[str, Callable[[], Task]] = {
    **{f"embedded/{name}": partial(embedded.task, name) for name in embedded.PROPERTIES},
    "materials-project/formation-energy": materials_project.formation_energy,
    "materials-project/absolute-energy": materials_project.absolute_energy,
    "materials-project/band-gap": materials_project.band_gap,
    "materials-project/fermi-energy": materials_project.fermi_energy,
    "materials-project/bulk-modulus": partial(elasticity.elastic, "bulk-modulus", "paper"),
    "materials-project/shear-modulus": partial(elasticity.elastic, "shear-modulus", "paper"),
    "materials-project/poisson-ratio": partial(elasticity.elastic, "poisson-ratio", "paper"),
    "materials-project/metal": materials_project.metal,
    "materials-project/bulk-modulus-all": partial(elasticity.elastic, "bulk-modulus", "all"),
    "materials-project/shear-modulus-all": partial(elasticity.elastic, "shear-modulus", "all"),
    "materials-project/poisson-ratio-all": partial(elasticity.elastic, "poisson-ratio", "all"),
    "materials-project/bulk-modulus-new": partial(elasticity.elastic, "bulk-modulus", "new"),
    "materials-project/shear-modulus-new": partial(elasticity.elastic, "shear-modulus", "new"),
    "charge-density/bulk-modulus": partial(density_moduli.computed, "bulk-modulus", "newer"),
    "charge-density/shear-modulus": partial(density_moduli.computed, "shear-modulus", "newer"),
    "charge-density/bulk-modulus-older": partial(density_moduli.computed, "bulk-modulus", "older"),
    "charge-density/shear-modulus-older": partial(density_moduli.computed, "shear-modulus", "older"),
    "charge-density/bulk-modulus-older-only": partial(density_moduli.computed, "bulk-modulus", "older-only"),
    "charge-density/shear-modulus-older-only": partial(density_moduli.computed, "shear-modulus", "older-only"),
    "charge-density/bulk-modulus-embedded": partial(density_moduli.of_embedded, "bulk-modulus"),
    "charge-density/shear-modulus-embedded": partial(density_moduli.of_embedded, "shear-modulus"),
    "densities-of-states/formation-energy": state_energies.computed,
    "densities-of-states/formation-energy-embedded": state_energies.of_embedded,
    "perovskites/formation-energy": perovskites.formation_energy,
    "voxel-cnn/formation-energy": voxel_cnn_predictions.formation_energy,
}


def names() -> list[str]:
    """Names of all tasks, ``<data set>/<property>``."""
    return list(TASKS)


def own_folder(name: str) -> Path | None:
    """The whole path of the folder that this names; None where it names a task, or nothing that is here."""
    folder = Path(name).expanduser()
    return folder.resolve() if name not in TASKS and folder.is_dir() else None


def load(name: str) -> Task:
    """A task by name, or from a folder of one's own with structure files and ``id_prop.csv``.

    Raises
    ------
    BadInputError : there is no task and no folder of this name, or nothing in the folder can be used
    MissingDataError : its data are not on this machine; the message says how to get them
    DamagedFileError : its data can't be read
    """
    folder = own_folder(name)
    if folder is not None:
        return from_folder(folder)
    if name not in TASKS:
        close = difflib.get_close_matches(name, TASKS, n=1)
        advice = f"the nearest is {close[0]}" if close else f"there are {', '.join(TASKS)}"
        raise BadInputError(f"There is no task {name!r}; {advice}; nor is there a folder of this name in {Path.cwd()}.")
    return TASKS[name]()
