"""Small tasks and runs made for tests of training: compounds of two elements whose property follows from the elements."""

from pathlib import Path

import numpy as np

from recryst.crystals import Crystals
from recryst.datasets.task import Task, rejections
from recryst.training.configuration import Configuration
from recryst.training.run import Run

RECIPE = {"task": "made", "convolutions": 1, "units": 8, "hidden_units": 8, "epochs": 3, "batch_size": 16, "learning_rate": 0.01}
VALUES = {"Li": -1.0, "Na": -0.6, "K": -0.2, "F": 0.3, "Cl": 0.7, "Br": 1.0}
NUMBERS = {3: "Li", 11: "Na", 19: "K", 9: "F", 17: "Cl", 35: "Br"}


def made_task(count=60, kind="regression"):
    """Compounds of two elements in the CsCl structure; the property is the mean of one number for each element."""
    numbers = np.random.default_rng(0).choice(list(NUMBERS), (count, 2)).astype(np.uint8)
    targets = np.array([[VALUES[NUMBERS[z]] for z in row] for row in numbers]).mean(1)
    crystals = Crystals(
        np.array([f"made-{i}" for i in range(count)]),
        np.repeat(4.0 * np.eye(3)[None], count, axis=0),
        numbers.ravel(),
        np.tile([[0, 0, 0], [0.5, 0.5, 0.5]], (count, 1)).astype(float),
        np.arange(count + 1, dtype=np.int64) * 2,
    )
    if kind == "classification":
        targets = (targets > 0).astype(float)
    return Task("made", crystals, targets, "eV", kind, "made for a test", rejections())


def made_run(**changes):
    kind = changes.pop("kind", "regression")
    return Run(Configuration.checked(**{**RECIPE, **changes}), made_task(kind=kind))


def trained(**changes):
    run = made_run(**changes)
    assert run.train()
    return run


def weights(run):
    with np.load(run.folder / "weights.npz") as stored:
        return {name: stored[name] for name in stored.files}


def made_folder(folder: Path) -> Path:
    """A folder of POSCAR files with ``id_prop.csv``: all pairs of two of the elements."""
    folder.mkdir()
    rows = []
    for first, left in VALUES.items():
        for second, right in VALUES.items():
            lines = [f"{first}{second}", "1.0", "4 0 0", "0 4 0", "0 0 4", f"{first} {second}", "1 1", "Direct", "0 0 0", "0.5 0.5 0.5"]
            (folder / f"{first}{second}.vasp").write_text("\n".join(lines) + "\n")
            rows.append(f"{first}{second},{(left + right) / 2}\n")
    (folder / "id_prop.csv").write_text("".join(rows))
    return folder
