"""Finished runs by their folders: what predicts new crystals, without the data that it was trained on."""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from recryst.errors import BadInputError
from recryst.storage import archive_root, file_hash, runs_root
from recryst.training import checkpoint, networks
from recryst.training.configuration import Configuration
from recryst.training.fit import Standardisation

WEIGHTS = "weights.npz"
REJECTED = "rejected.csv"
"""Crystals of the task that take no part, and why; of runs on public data it does not come with the project."""
FILES = ("configuration.json", "history.csv", "predictions.parquet", WEIGHTS)
"""What a run's folder holds beside ``run.json``, which is written last and has their checksums; in an archived run there are no weights."""


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A run that is complete and sound, from its folder alone; `find` and `largest` look for them.

    Parameters
    ----------
    folder : named by the run's key
    configuration : what was asked for
    record : what ``run.json`` holds
    """

    folder: Path
    configuration: Configuration
    record: dict[str, Any]

    @property
    def key(self) -> str:
        """Twelve hex digits."""
        return self.folder.name

    @property
    def classification(self) -> bool:
        """Whether it predicts a class: two outputs."""
        with np.load(self.folder / WEIGHTS) as stored:
            biases = [name for name in sorted(stored.files) if name.endswith("output.bias")]
            return len(stored[biases[0]]) == 2

    @property
    def standardisation(self) -> Standardisation:
        """Mean and deviation that outputs are multiplied with."""
        return Standardisation(**self.record["standardisation"])

    @property
    def training_crystals(self) -> int:
        """How many it learned from."""
        return int(self.record["crystals"]["train"])

    def network(self) -> keras.Model:
        """The network with its best weights."""
        network = networks.build(self.configuration, self.classification)
        checkpoint.assign(network.weights, self._weights)
        return network

    @cached_property
    def _weights(self) -> list[np.ndarray]:
        with np.load(self.folder / WEIGHTS) as stored:
            return [stored[name] for name in sorted(stored.files)]


def folder_of(key: str, weights: bool = False) -> Path | None:
    """Folder of the finished run of this key: one that was trained here, or else one that came with the project; None where there is none.

    Parameters
    ----------
    weights : it must have its weights
    """
    return next((root / key for root in (runs_root(), archive_root()) if is_sound(root / key, weights)), None)


def is_sound(folder: Path, weights: bool = False) -> bool:
    """Whether the run in this folder is complete, with or without its weights, and nothing of it is damaged."""
    try:
        checksums = json.loads((folder / "run.json").read_text())["checksums"]
        needed = [name for name in FILES if name != WEIGHTS or weights or name in checksums]
        return all(file_hash(folder / name) == checksums[name] for name in needed)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def find(key: str) -> FinishedRun:
    """The finished run of this key, with its weights.

    Raises
    ------
    BadInputError : there is none, or it is not finished, or damaged, or without its weights
    """
    # a key is one name, and none that leads elsewhere
    folder = folder_of(key, weights=True) if Path(key).name == key else None
    if folder is None:
        raise BadInputError(
            f"There is no finished run {key!r} with its weights in {runs_root()}; train it with: recryst train PLAN --weights."
        )
    return _read(folder)


def largest(task: str, network: str, **settings: object) -> FinishedRun | None:
    """Of the finished runs of a network on a task the one with most training crystals, and of those the lowest validation error.

    Parameters
    ----------
    settings : further fields of the configuration that it must have, such as ``rotation="haar"``

    Returns
    -------
    None where there is none
    """
    found = _all({"task": task, "network": network, **settings})
    # all arrays are read to know whether a run is sound: the best first, and often no other
    found.sort(key=lambda run: (-run.training_crystals, run.record["best_validation_error"]))
    return next((run for run in found if is_sound(run.folder, weights=True)), None)


def trained_here() -> list[FinishedRun]:
    """All sound runs in the folder of trained runs, by their keys."""
    return [run for run in _all({}) if is_sound(run.folder)]


def _all(wanted: dict[str, object]) -> list[FinishedRun]:
    """Runs of these settings, by their keys; those that can't be read are left out."""
    found = []
    for manifest in sorted(runs_root().glob("*/run.json")):
        with suppress(OSError, ValueError, TypeError, BadInputError):
            run = _read(manifest.parent)
            alike = all(getattr(run.configuration, name) == value for name, value in wanted.items())
            if alike and {"task", "crystals", "best_validation_error"} <= run.record.keys():
                found.append(run)
    return found


def _read(folder: Path) -> FinishedRun:
    settings, record = (json.loads((folder / name).read_text()) for name in ("configuration.json", "run.json"))
    return FinishedRun(folder, Configuration.of_settings(dict(settings)), dict(record))
