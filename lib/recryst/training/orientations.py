"""What a run predicts for the same crystals in many orientations: the paper's ensemble, its spread, and its rival of 24."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from recryst.errors import BadInputError
from recryst.features import rotations
from recryst.training.fit import TrainingData, predict
from recryst.training.run import Run
from recryst.training.voxel_batches import VoxelSource


def predictions(
    run: Run, part: Literal["train", "validation", "test"], count: int | Literal["cube"] = 50, n: int | None = None
) -> pd.DataFrame:
    """Predictions of each crystal in each of several orientations.

    Parameters
    ----------
    run : of a network on voxel images; it is trained first if it has to be
    part : of the run's crystals
    count : so many orientations, drawn as in training (the paper: 50, and 500 in Fig. 3); or ``cube``, for the 24 rotations that
        map the grid of voxels onto itself, from the orientation in which the crystal is given
    n : only the first so many crystals of the part

    Returns
    -------
    id, orientation (counted from 0), target, prediction; orientations of one crystal do not stand together

    Raises
    ------
    BadInputError : the run's network does not look at images, or fewer than one orientation is asked for
    """
    source = run.data.source
    if not isinstance(source, VoxelSource):
        raise BadInputError(
            f"Run {run.key} has the network {run.configuration.network}, to which orientation is nothing; take one on voxels."
        )
    if count != "cube" and count < 1:
        raise BadInputError(f"A prediction needs at least one orientation, not {count}.")
    network, data = run.network(), run.data
    crystals = {"train": run.split.train, "validation": run.split.validation, "test": run.split.test}[part][:n]
    tables = []
    for orientation, (turned, draw) in enumerate(_orientations(data, source, count)):
        values = predict(network, turned, crystals, run.configuration.batch_size, draw)
        tables.append(
            pd.DataFrame({"id": source.ids[crystals], "orientation": orientation, "target": data.targets[crystals], "prediction": values})
        )
    return pd.concat(tables, ignore_index=True)


def _orientations(data: TrainingData, source: VoxelSource, count: int | Literal["cube"]) -> Iterator[tuple[TrainingData, int]]:
    if count == "cube":
        for rotation in rotations.of_the_cube():
            yield replace(data, source=source.facing(np.asarray(rotation))), 0
    else:
        for draw in range(count):
            yield data, draw
