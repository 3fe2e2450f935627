"""What the runs of a plan cost before they are trained: measured speed times what is left to do."""

import os
import time
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import pandas as pd

from recryst.crystals import IntArray
from recryst.datasets.task import Task
from recryst.errors import RecrystError
from recryst.training import checkpoint, networks
from recryst.training.batches import Batches, GraphSource, Source
from recryst.training.configuration import Configuration
from recryst.training.run import Run, load_task

SPEED = ("network", "graph", "units", "convolutions", "hidden_units", "hidden_layers", "filters", "batch_size", "precision")
"""Settings that change the speed: it is measured once for each combination of them in a plan."""

DIVIDED = {"task", "graph", "train", "validation", "test", "split_seed", "fold", "folds", "left_out", "n_train", "n_validation"}
"""Settings that say which crystals are learned from and validated on."""

VALIDATION = 0.3
"""Time to predict a crystal in that to learn from it."""

ENOUGH = 10_000
"""Atoms that a measurement learns from, if there are so many: some seconds on one core."""

COLUMNS = ["run", "task", "network", "n_train", "epochs", "done", "seconds_per_epoch", "hours", "message"]


def estimate(configurations: Iterable[Configuration]) -> pd.DataFrame:
    """Time that each run of a plan still takes on one core of this machine.

    The speed of an interrupted run is that of its last epochs; that of the others is measured on a few batches, once for each kind of
    network and batch size, and goes with the number of atoms (of crystals, for networks on voxel images).

    Returns
    -------
    run, task, network, n_train (training crystals), epochs, done (epochs), seconds_per_epoch, hours (what is left), message: one row
        a run, in order; a run whose data are not here has only task, network, epochs and the message that says so
    """
    tasks: dict[str, Task] = {}
    speeds: dict[tuple[Any, ...], float] = {}
    sizes: dict[tuple[Any, ...], tuple[int, float]] = {}
    rows: list[tuple[object, ...]] = []
    for c in configurations:
        try:
            if c.task not in tasks:
                tasks[c.task] = load_task(c.task)
            run = Run(c, tasks[c.task])
            done = c.epochs if run.finished else checkpoint.epochs(run.folder / "checkpoint.npz")
            part = (
                c.task,
                c.graph,
                c.takes,
                c.train,
                c.validation,
                c.test,
                c.split_seed,
                c.fold,
                c.folds,
                c.left_out,
                c.n_train,
                c.n_validation,
            )
            if part not in sizes:
                sizes[part] = (len(run.split.train), _work(run))
            crystals, work = sizes[part]
            kind = tuple(getattr(c, name) for name in SPEED)
            seconds = checkpoint.seconds_per_epoch(run.folder / "checkpoint.npz")
            if seconds is None and done < c.epochs:
                if kind not in speeds:
                    speeds[kind] = _seconds_per_unit(run)
                seconds = work * speeds[kind]
        except RecrystError as error:
            rows.append(("", c.task, c.network, None, c.epochs, 0, np.nan, np.nan, str(error)))
            continue
        hours = (c.epochs - done) * (seconds or 0.0) / 3600
        rows.append((run.key, c.task, c.network, crystals, c.epochs, done, seconds, hours, ""))
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Runs of `estimate` that cost alike as one row: task, network, n_train, epochs, runs, finished, seconds_per_epoch, hours."""
    told = table.assign(finished=table["done"] >= table["epochs"])
    rows = told.groupby(["task", "network", "n_train", "epochs"], sort=False, dropna=False).agg(
        runs=("run", "size"),
        finished=("finished", "sum"),
        seconds_per_epoch=("seconds_per_epoch", "mean"),
        hours=("hours", lambda hours: hours.sum(min_count=1)),
    )
    return rows.round({"seconds_per_epoch": 1, "hours": 1}).reset_index()


def in_words(table: pd.DataFrame, jobs: int = 1) -> str:
    """One sentence on rows of `estimate`: how many runs are finished, how long the others take, and why that of some is not known."""
    hours, cores = float(table["hours"].sum()), os.cpu_count() or 1
    together = f" of one core, {hours / min(jobs if jobs > 0 else cores, cores):.1f} h with {jobs} jobs" if jobs != 1 else " of one core"
    finished = int((table["done"] >= table["epochs"]).sum())
    left = [f"the others take about {hours:.1f} h{together}"] if table["hours"].notna().any() else []
    unknown = table["message"][table["hours"].isna()]
    left += [f"how long {len(unknown)} of them will take can't be told: {unknown.iloc[0].rstrip('.')}"] if len(unknown) else []
    return f"{finished} of {len(table)} runs are finished; {'; '.join(left)}."


def _units(source: Source, crystals: IntArray) -> int:
    """Atoms of these crystals, or the crystals themselves where their size makes no difference."""
    return int(source.graphs.n_atoms[crystals].sum()) if isinstance(source, GraphSource) else len(crystals)


def _work(run: Run) -> float:
    """Units that an epoch learns from, and a share of those that it validates on."""
    source = run.data.source
    return _units(source, run.split.train) + VALIDATION * _units(source, run.split.validation)


def _seconds_per_unit(run: Run) -> float:
    configuration, data = run.configuration, run.data
    order = run.split.train
    of_batch = max(1, _units(data.source, order) * configuration.batch_size // len(order))
    enough = ENOUGH if isinstance(data.source, GraphSource) else 2 * configuration.batch_size
    crystals = order[: configuration.batch_size * max(2, enough // of_batch)]
    targets: Any = np.zeros(len(crystals), np.int32 if data.classification else np.float32)
    fixed = keras.backend.backend() == "jax"
    batches = Batches(data.source.turned(1), crystals, targets, configuration.batch_size, fixed_shapes=fixed)
    network = networks.build(configuration, data.classification)
    network.compile(
        optimizer=networks.optimiser(configuration, len(batches)),
        loss=networks.loss(configuration, data.classification),
        jit_compile=fixed,
    )
    passes = []
    for _ in range(4):
        began = time.perf_counter()
        network.fit(batches, epochs=1, shuffle=False, verbose=0)
        passes.append(time.perf_counter() - began)
    keras.backend.clear_session()
    # not the first, in which the network is traced, and on JAX compiled; the fastest, which other work has disturbed least
    return min(passes[1:]) / _units(data.source, crystals)
