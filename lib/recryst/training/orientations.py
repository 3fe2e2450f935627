"""What a run predicts for the same crystals in many orientations: the paper's ensemble, its spread, and its rival of 24."""

from collections.abc import Iterable, Iterator
from typing import Literal

import keras
import numpy as np
import pandas as pd

from recryst.crystals import IntArray
from recryst.errors import BadInputError
from recryst.features import rotations
from recryst.features.voxels import Clouds
from recryst.training.batches import Source
from recryst.training.configuration import Configuration
from recryst.training.fit import Standardisation, predict
from recryst.training.run import Run
from recryst.training.voxel_batches import VoxelSource

ENSEMBLE = 50
"""Orientations of a crystal that a prediction is the mean of, as in the paper."""


def predictions(
    run: Run, part: Literal["train", "validation", "test"], count: int | Literal["cube"] = ENSEMBLE, n: int | None = None
) -> pd.DataFrame:
    """Predictions of each crystal in each of several orientations, made once and kept with the run.

    Parameters
    ----------
    run : of a network on voxel images; it is trained first if it has to be
    part : of the run's crystals
    count : so many orientations, drawn as in training (the paper: 50, and 500 in Fig. 3); or ``cube``, for the 24 rotations that
        map the grid of voxels onto itself, from the standard orientation of the crystal
    n : only the first so many crystals of the part

    Returns
    -------
    id, orientation (counted from 0), target, prediction; orientations of one crystal do not stand together

    Raises
    ------
    BadInputError : the run's network does not look at images, or fewer than one orientation is asked for
    """
    if run.configuration.takes != "voxels":
        raise BadInputError(
            f"Run {run.key} has the network {run.configuration.network}, to which orientation is nothing; take one on voxels."
        )
    if count != "cube" and count < 1:
        raise BadInputError(f"A prediction needs at least one orientation, not {count}.")
    crystals = {"train": run.split.train, "validation": run.split.validation, "test": run.split.test}[part][:n]
    table = run.answer(
        f"orientations-{part}-{count}-{len(crystals)}",
        lambda network, standardisation: _predictions(
            network, _orientations(run.source, count), crystals, standardisation, run.configuration.batch_size
        ),
    )
    return table[["id", "orientation"]].assign(target=run.targets(table["id"]), prediction=table["prediction"])


def usual(configuration: Configuration) -> int:
    """In how many orientations a network is asked: to one that never saw a turned crystal others than the standard one are strange."""
    return 1 if configuration.rotation == "none" else ENSEMBLE


def of_new_crystals(network: keras.Model, configuration: Configuration, standardisation: Standardisation, clouds: Clouds) -> pd.DataFrame:
    """Predictions of crystals that a trained network on voxel images knows nothing of, in as many orientations as `usual`.

    All crystals are turned by the same rotations, so that no answer depends on what else is asked.

    Returns
    -------
    id, orientation, prediction
    """
    generator = np.random.default_rng(configuration.seed)
    source = VoxelSource(clouds)
    turned = [(source.facing(turn), 0) for turn in rotations.draw(configuration.rotation, usual(configuration), generator)]
    return _predictions(network, turned, np.arange(len(clouds)), standardisation, configuration.batch_size)


def _predictions(
    network: keras.Model,
    orientations: Iterable[tuple[Source, int]],
    crystals: IntArray,
    standardisation: Standardisation,
    batch_size: int,
) -> pd.DataFrame:
    tables = []
    for orientation, (turned, draw) in enumerate(orientations):
        values = predict(network, turned, crystals, standardisation, batch_size, draw)
        tables.append(pd.DataFrame({"id": turned.ids[crystals], "orientation": orientation, "prediction": values}))
    return pd.concat(tables, ignore_index=True)


def _orientations(source: Source, count: int | Literal["cube"]) -> Iterator[tuple[Source, int]]:
    if count == "cube":
        assert isinstance(source, VoxelSource)  # see predictions
        for rotation in rotations.of_the_cube():
            yield source.facing(np.asarray(rotation)), 0
    else:
        for draw in range(count):
            yield source, draw
