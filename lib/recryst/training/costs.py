"""What the runs of a plan cost before they are trained: measured speed times what is left to do."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from recryst import datasets, parallel
from recryst.crystals import IntArray
from recryst.datasets.task import Task
from recryst.errors import RecrystError
from recryst.training import checkpoint, networks, sources
from recryst.training.batches import Batches, GraphSource, Source
from recryst.training.configuration import Configuration
from recryst.training.fit import prepare
from recryst.training.run import Run

SPEED = ("network", "graph", "units", "convolutions", "hidden_units", "hidden_layers", "filters", "batch_size", "precision", "joined")
"""Settings that change the speed: it is measured once for each combination of them in a plan."""

DIVIDED = (
    "task",
    "takes",
    "graph",
    "train",
    "validation",
    "test",
    "split_seed",
    "fold",
    "folds",
    "left_out",
    "n_train",
    "n_validation",
)
"""Settings that say which crystals are learned from and validated on, and how large they are."""

VALIDATION = 0.3
"""Time to predict a crystal in that to learn from it."""

ENOUGH = 10_000
"""Atoms that a measurement learns from, if there are so many: some seconds on one core."""

COLUMNS = ["run", "task", "network", "asked", "n_train", "epochs", "done", "finished", "seconds_per_epoch", "hours", "message"]


def estimate(configurations: Iterable[Configuration], jobs: int = 1, weights: bool = False) -> pd.DataFrame:
    """Time that each run of a plan still takes on this machine.

    The speed of an interrupted run is that of its last epochs; that of the others is measured on a few batches, once for each kind of
    network and batch size, and goes with the number of atoms (of crystals, for networks on voxel images).

    Parameters
    ----------
    jobs : as many runs are to be trained side by side; features that are missing are made, and speeds measured, in as many processes
    weights : as in `recryst.training.plans.train`

    Returns
    -------
    run, task, network, asked (training crystals that the plan names; missing where it takes all there are), n_train (training crystals),
        epochs, done (epochs), finished, seconds_per_epoch, hours (what is left, without networks that a fusion joins and the plan does
        not list), message: one row a run, in order; a run whose data are not here has only task, network, asked, epochs and the message
        that says so
    """
    asked = _left(configurations, jobs, weights)
    kinds = {_kind(each.configuration): each.configuration for each in reversed(asked) if each.unmeasured}
    # one kind alone would be measured with all cores
    measured = [*kinds.values()] * (2 if jobs != 1 and len(kinds) == 1 else 1)
    speeds = dict(zip(kinds, parallel.map(_seconds_per_unit, measured, jobs), strict=False))
    rows = []
    for each in asked:
        c, seconds = each.configuration, each.seconds
        if each.unmeasured:
            seconds = each.work * speeds[_kind(c)]
        hours = np.nan if each.message else (c.epochs - each.done) * (seconds or 0.0) / 3600
        rows.append(
            (each.run, c.task, c.network, c.n_train, each.crystals, c.epochs, each.done, each.finished, seconds, hours, each.message)
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Runs of `estimate` that cost alike as one row: task, network, n_train, epochs, runs, finished, seconds_per_epoch, hours.

    Folds of a cross-validation differ by a few crystals: the row of those has the smallest and the largest number.
    """
    grouped = table.groupby(["task", "network", "asked", "epochs"], sort=False, dropna=False)
    rows = grouped.agg(
        n_train=("n_train", _range),
        runs=("run", "size"),
        finished=("finished", "sum"),
        seconds_per_epoch=("seconds_per_epoch", "mean"),
        hours=("hours", lambda hours: hours.sum(min_count=1)),
    )
    rows = rows.round({"seconds_per_epoch": 1, "hours": 1}).reset_index()
    return rows[["task", "network", "n_train", "epochs", "runs", "finished", "seconds_per_epoch", "hours"]]


def in_words(table: pd.DataFrame, jobs: int = 1) -> str:
    """One sentence on rows of `estimate`: how many runs are finished, how long the others take, and why that of some is not known."""
    finished, known = table["finished"], table["hours"].notna()
    if finished.all():
        return f"All {len(table)} runs are finished."
    # one run is not shared out
    beside = parallel.processes(jobs)
    hours = max(float(table["hours"].max()), float(table["hours"].sum()) / beside)
    left = [f"the others take about {hours:.1f} h" + (f" with {beside} jobs" if beside > 1 else "")] if (known & ~finished).any() else []
    unknown = table["message"][~known]
    left += [f"how long {len(unknown)} of them will take can't be told: {unknown.iloc[0].rstrip('.')}"] if len(unknown) else []
    return f"{finished.sum()} of {len(table)} runs are finished; {'; '.join(left)}."


@dataclass(frozen=True)
class _Left:
    """What is left of a run: its training crystals, the units of an epoch, epochs done, seconds of one where that is known already."""

    configuration: Configuration
    run: str = ""
    crystals: int | None = None
    work: float = 0.0
    done: int = 0
    finished: bool = False
    seconds: float | None = None
    message: str = ""

    @property
    def unmeasured(self) -> bool:
        return not self.message and self.seconds is None and self.done < self.configuration.epochs


def _left(configurations: Iterable[Configuration], jobs: int, weights: bool) -> list[_Left]:
    tasks: dict[str, Task] = {}
    sizes: dict[tuple[Any, ...], tuple[int, float]] = {}
    made: set[tuple[str, ...]] = set()
    found = []
    for c in configurations:
        try:
            if c.task not in tasks:
                tasks[c.task] = datasets.load(c.task)
            run = Run(c, tasks[c.task])
            if run.features not in made:
                # made by all processes here, where the run alone would make them in one; it reads what is kept
                sources.prepare(run.task.crystals, c, jobs, progress=True)
                made.add(run.features)
            part = tuple(getattr(c, name) for name in DIVIDED)
            if part not in sizes:
                sizes[part] = (len(run.split.train), _work(run))
            kept = run.folder / checkpoint.FILE
            finished = run.is_finished(weights)
            done = c.epochs if finished else checkpoint.epochs(kept)
            found.append(_Left(c, run.key, *sizes[part], done, finished, checkpoint.seconds_per_epoch(kept)))
        except RecrystError as error:
            found.append(_Left(c, message=str(error)))
    return found


def _range(crystals: pd.Series) -> str:
    """Numbers of crystals as "679 to 884", one alone as it is; "" where none is known."""
    known = crystals.dropna().astype(int)
    ends = sorted({known.min(), known.max()}) if len(known) else []
    return " to ".join(map(str, ends))


def _kind(configuration: Configuration) -> tuple[Any, ...]:
    return tuple(getattr(configuration, name) for name in SPEED)


def _units(source: Source, crystals: IntArray) -> int:
    """Atoms of these crystals, or the crystals themselves where their size makes no difference."""
    return int(source.graphs.n_atoms[crystals].sum()) if isinstance(source, GraphSource) else len(crystals)


def _work(run: Run) -> float:
    """Units that an epoch learns from, and a share of those that it validates on."""
    return _units(run.source, run.split.train) + VALIDATION * _units(run.source, run.split.validation)


def _seconds_per_unit(configuration: Configuration) -> float:
    run = Run.from_configuration(configuration)
    data, order = run.data, run.split.train
    of_batch = max(1, _units(data.source, order) * configuration.batch_size // len(order))
    enough = ENOUGH if isinstance(data.source, GraphSource) else 2 * configuration.batch_size
    crystals = order[: configuration.batch_size * max(2, enough // of_batch)]
    targets: Any = np.zeros(len(crystals), np.int32 if data.classification else np.float32)
    fixed = keras.backend.backend() == "jax"
    batches = Batches(data.source.turned(1), crystals, targets, configuration.batch_size, fixed_shapes=fixed)
    network = networks.build(configuration, data.classification)
    prepare(network, data, configuration)
    passes = []
    for _ in range(4):
        began = time.perf_counter()
        network.fit(batches, epochs=1, shuffle=False, verbose=0)
        passes.append(time.perf_counter() - began)
    networks.forget()
    # not the first, in which the network is traced, and on JAX compiled; the fastest, which other work has disturbed least
    return min(passes[1:]) / _units(data.source, crystals)
