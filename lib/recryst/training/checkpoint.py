"""The state of a training after an epoch: enough to go on as if nothing had happened, to the bit."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from recryst.errors import DamagedFileError
from recryst.storage import write_atomically

FILE = "checkpoint.npz"
"""Its name in the folder of a run that is not finished."""


@dataclass
class Progress:
    """What happened so far: one row of history an epoch, and the weights of the best one by validation error."""

    history: list[dict[str, float]] = field(default_factory=list)
    best_error: float = float("inf")
    best_epoch: int = 0
    best_weights: list[np.ndarray] = field(default_factory=list)


def weights(network: keras.Model) -> list[np.ndarray]:
    """Copies of the weights and running statistics, in a fixed order."""
    return _copies(network.weights)


def assign(variables: list[Any], arrays: list[np.ndarray]) -> None:
    """Put arrays into variables, in order."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def state(network: keras.Model) -> list[np.ndarray]:
    """Copies of everything that changes in training but the optimiser: `weights` and the state of random generators."""
    return _copies(network.variables)


def save(path: Path, network: keras.Model, progress: Progress) -> None:
    """Write network, optimiser and progress to one file, atomically."""
    arrays: dict[str, Any] = {f"network_{i:03d}": array for i, array in enumerate(state(network))}
    arrays |= {f"optimiser_{i:03d}": array for i, array in enumerate(_copies(network.optimizer.variables))}
    arrays |= {f"best_{i:03d}": array for i, array in enumerate(progress.best_weights)}
    told = json.dumps({"history": progress.history, "best_error": progress.best_error, "best_epoch": progress.best_epoch})
    write_atomically(path, lambda file: np.savez(file, progress=np.array(told), **arrays))


def load(path: Path, network: keras.Model) -> Progress:
    """Put a saved state back into a network whose optimiser is built, and return the progress.

    Raises
    ------
    DamagedFileError : the file is not a whole checkpoint of this network
    """
    try:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        told = json.loads(str(arrays.pop("progress")))
        parts = {part: [arrays[name] for name in sorted(arrays) if name.startswith(part)] for part in ("network", "optimiser", "best")}
        wanted = {"network": network.variables, "optimiser": network.optimizer.variables}
        for part, variables in wanted.items():
            # all of it before anything is changed
            if [tuple(variable.shape) for variable in variables] != [array.shape for array in parts[part]]:
                raise ValueError(f"its arrays are not those of this {part}")
    except Exception as error:  # whatever a damaged file makes its readers raise
        raise DamagedFileError(f"{path} is damaged ({error}); delete it, and the training starts again.") from error
    for part, variables in wanted.items():
        assign(variables, parts[part])
    return Progress(told["history"], told["best_error"], told["best_epoch"], parts["best"])


def epochs(path: Path) -> int:
    """Epochs that the run with this checkpoint has done; 0 where there is none."""
    return len(_history(path))


def seconds_per_epoch(path: Path, last: int = 5) -> float | None:
    """What each of the last epochs took; None where there is no checkpoint."""
    rows = _history(path)[-last:]
    return float(np.median([row["seconds"] for row in rows])) if rows else None


def _copies(variables: list[Any]) -> list[np.ndarray]:
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _history(path: Path) -> list[dict[str, float]]:
    try:
        with np.load(path) as stored:
            return list(json.loads(str(stored["progress"]))["history"])
    except Exception:  # whatever a damaged file makes its readers raise
        return []
