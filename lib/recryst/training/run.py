"""A run: one configuration on one data set, trained once, kept for ever, resumed after any interruption."""

import itertools
import json
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from recryst import datasets, environment
from recryst.crystals import FloatArray, IntArray
from recryst.datasets.pack import UNREADABLE
from recryst.datasets.task import Task
from recryst.errors import BadInputError, DamagedFileError
from recryst.storage import content_hash, file_hash, locked, remove_remnants, runs_root, write_atomically, write_json, write_text
from recryst.training import checkpoint, density_batches, divisions, finished, fusion, networks, sources, splits
from recryst.training.batches import Source
from recryst.training.checkpoint import Progress
from recryst.training.configuration import Configuration
from recryst.training.fit import Standardisation, TrainingData, fit, predict, prepare

# raised when the meaning of a configuration changes, so that older runs are not taken for new ones
VERSION = 1


@dataclass(frozen=True, eq=False)
class Run:
    """A configuration and the task it names.

    Asking for anything of a run trains it first if it has to: a finished run is read, an interrupted one goes on from
    its last epoch, a damaged one is done again with a warning. Its folder, named by its key, holds configuration,
    history, best weights, predictions and, written last, ``run.json`` with the checksums of all of them. Targets are not among
    them: they are the task's. What came with the project, in ``data/runs``, is read where nothing was trained here.
    """

    configuration: Configuration
    task: Task

    @classmethod
    def of(cls, **fields: object) -> "Run":
        """A run from the fields of `Configuration`.

        Raises
        ------
        BadInputError : a field is wrong, or there is no such task
        """
        return cls.from_configuration(Configuration.checked(**fields))

    @classmethod
    def from_configuration(cls, configuration: Configuration) -> "Run":
        """A run of this configuration, with the task it names."""
        return cls(configuration, datasets.load(configuration.task))

    @cached_property
    def key(self) -> str:
        """Twelve hex digits that change with the configuration, the crystals or their targets."""
        all_of_them = (self.configuration, *fusion.joined(self.configuration).values())
        told = [(sources.version(c), {name: value for name, value in c.settings().items() if name != "task"}) for c in all_of_them]
        return content_hash(VERSION, *itertools.chain(*told), self.task.fingerprint)[:12]

    @property
    def features(self) -> tuple[str, ...]:
        """What features of which crystals it learns from: equal for runs that share them."""
        return (self.task.crystals.fingerprint, *sources.features(self.configuration))

    @property
    def folder(self) -> Path:
        """Where the run is trained."""
        return runs_root() / self.key

    def is_finished(self, weights: bool = False) -> bool:
        """Whether the run is complete and nothing of it is damaged; with ``weights``, whether they are there too."""
        return finished.folder_of(self.key, weights) is not None

    def train(self, deadline: float = float("inf"), show: bool = False, wait: bool = True, weights: bool = False) -> bool:
        """Train to the end, or to the deadline (a `time.monotonic()`); return whether the run is finished.

        With ``weights`` a run that came without them is trained here.

        Raises
        ------
        TrainingError : the loss is not finite
        BusyError : another process has trained it to the deadline, or for a day; without ``wait``, another process trains it
        StorageError : the run's folder can't be written
        """
        if self.is_finished(weights):
            return True
        with locked(self.folder, timeout=max(0.0, min(24 * 3600, deadline - time.monotonic())) if wait else 0.0):
            # another process may have finished it while this one waited
            return self.is_finished(weights) or self._train(deadline, show, wait)

    def file(self, name: str) -> Path:
        """A file of the finished run; it is trained first if it has to be."""
        folder = finished.folder_of(self.key)
        if folder is None:
            self.train()
            folder = self.folder
        return folder / name

    def history(self) -> pd.DataFrame:
        """One row an epoch: epoch, loss (on standardised targets), validation_error (target's unit), learning_rate, seconds; for
        regression training_error too, the mean absolute error of the batches while they were learned (target's unit).
        """
        return pd.read_csv(self.file("history.csv"))

    def predictions(self, *parts: str) -> pd.DataFrame:
        """Rows id, split, target, prediction, seed of the given parts ("train", "validation", "test"; all by default)."""
        table = pd.read_parquet(self.file("predictions.parquet"), columns=["id", "split", "prediction", "seed"])
        table.insert(2, "target", self.targets(table["id"]))
        return table[table["split"].isin(parts)].reset_index(drop=True) if parts else table

    def targets(self, ids: "pd.Series[str]") -> "pd.Series[float]":
        """What the run's task says of these crystals."""
        return ids.map(pd.Series(self.task.targets, index=self.task.crystals.ids))

    def record(self) -> dict[str, Any]:
        """What ``run.json`` holds: key, sizes, best epoch, standardisation, seconds, environment, checksums."""
        return dict(json.loads(self.file("run.json").read_text()))

    @property
    def training_crystals(self) -> int:
        """How many it learned from."""
        return int(self.record()["crystals"]["train"])

    def network(self) -> keras.Model:
        """The network with its best weights."""
        self.train(weights=True)
        return finished.find(self.key).network()

    def answer(self, question: str, ask: Callable[[keras.Model, Standardisation], pd.DataFrame]) -> pd.DataFrame:
        """What the trained network answers to a question, by whose name the table is kept with the run: it is asked once, and what it
        answered is there where its weights are not.
        """
        name = f"{question}.parquet"
        kept = self.file(name)  # trains where it has to, and what goes wrong there is to be seen
        with suppress(*UNREADABLE):
            return pd.read_parquet(kept)
        table = ask(self.network(), Standardisation(**self.record()["standardisation"]))
        write_atomically(self.folder / name, lambda file: file.write(table.to_parquet(index=False)))
        return table

    def predict(self, task: Task) -> pd.DataFrame:
        """Rows id, split ("new"), target, prediction, seed for the crystals of another task with the same property."""

        def ask(network: keras.Model, standardisation: Standardisation) -> pd.DataFrame:
            source, _ = sources.prepare(task.crystals, self.configuration)
            return pd.DataFrame({"id": source.ids, "prediction": self._values(network, source, np.arange(len(source)), standardisation)})

        table = self.answer(f"predictions-{task.fingerprint[:12]}", ask)
        table.insert(1, "split", "new")
        table.insert(2, "target", task.select(table["id"].tolist()).targets)
        return table.assign(seed=self.configuration.seed)

    @cached_property
    def split(self) -> splits.Split:
        """Positions of training, validation and test crystals among those that can be used.

        Raises
        ------
        BadInputError : too few crystals, or the configuration sizes the parts of a task that was published with its split
        """
        return divisions.divide(self.task.select(self.source.ids.tolist()), self.configuration)

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """Columns id, reason: every crystal of the task that does not take part."""
        return pd.concat([self.task.rejected, self._source_and_rejected[1]], ignore_index=True)

    def list_rejected(self) -> Path:
        """Write `rejected` into the run's folder, where it is not there yet; returns the file."""
        path, text = self.folder / finished.REJECTED, self.rejected.to_csv(index=False)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
        return path

    @cached_property
    def _source_and_rejected(self) -> tuple[Source, pd.DataFrame]:
        return sources.prepare(self.task.crystals, self.configuration)

    @property
    def source(self) -> Source:
        """What the network takes, of every crystal that takes part."""
        return self._source_and_rejected[0]

    @cached_property
    def data(self) -> TrainingData:
        """What the run learns from.

        Raises
        ------
        BadInputError : as of `split`, or all training or validation crystals are of one class
        """
        accepted = self.task.select(self.source.ids.tolist())
        targets = accepted.targets
        classification = self.task.kind == "classification"
        standardisation = Standardisation() if classification else Standardisation.of(targets[self.split.train])
        for name, part in (("training", self.split.train), ("validation", self.split.validation)):
            if classification and len(np.unique(targets[part])) < 2:
                raise BadInputError(
                    f"All {len(part)} {name} crystals of {self.task.name} are of one class; give more, or another split_seed."
                )
        return TrainingData(self.source, targets, classification, self.split.train, self.split.validation, standardisation)

    def _train(self, deadline: float, show: bool, wait: bool) -> bool:
        remove_remnants(self.folder)
        environment.loaded_code()  # before hours pass in which the files may change
        self.list_rejected()  # also for whom too few are left
        data, path = self.data, self.folder / checkpoint.FILE
        if (self.folder / "run.json").exists():
            warnings.warn(f"Run {self.key} in {self.folder} is damaged and is done again.", stacklevel=3)
            (self.folder / "run.json").unlink()
            for answer in self.folder.glob("*.parquet"):
                answer.unlink()  # of the network that is lost
        write_json(self.folder / "configuration.json", self.configuration.settings())
        if not all(run.train(deadline, show, wait, weights=True) for run in self.joined.values()):
            return False
        network = self._begun(data)
        if self.configuration.joined == "fixed":
            data = replace(data, source=fusion.asked(network, data.source, self.configuration.batch_size))
        prepare(network, data, self.configuration)
        progress = self._resume(path, network)
        if not fit(network, data, self.configuration, progress, lambda p: checkpoint.save(path, network, p), deadline, show):
            return False
        checkpoint.assign(network.weights, progress.best_weights)
        self._finish(network, data, progress)
        path.unlink(missing_ok=True)
        return True

    @cached_property
    def joined(self) -> dict[str, "Run"]:
        """Runs whose trained networks the network joins, see `recryst.training.fusion`; they are trained before it."""
        parts = fusion.joined(self.configuration)
        # those that this network can take: of others the joined ones would make another split
        task = self.task.select(self.source.ids.tolist()) if parts else self.task
        return {part: Run(configuration, task) for part, configuration in parts.items()}

    def _begun(self, data: TrainingData) -> keras.Model:
        """The network as it is before the first epoch."""
        network = networks.build(self.configuration, data.classification)
        if self.joined:
            fusion.adopt(network, {part: run.network() for part, run in self.joined.items()})
        density_batches.standardise(network, data.source, data.train)
        return network

    def _resume(self, path: Path, network: keras.Model) -> Progress:
        if not path.exists():
            return Progress()
        fresh = checkpoint.state(network)
        try:
            return checkpoint.load(path, network)
        except DamagedFileError as error:
            warnings.warn(str(error), stacklevel=4)
            path.unlink()
            checkpoint.assign(network.variables, fresh)
            return Progress()

    def _finish(self, network: keras.Model, data: TrainingData, progress: Progress) -> None:
        history, predictions = pd.DataFrame(progress.history), self._predict(network, data)
        write_atomically(self.folder / "history.csv", lambda file: history.to_csv(file, index=False))
        write_atomically(self.folder / "predictions.parquet", lambda file: file.write(predictions.to_parquet(index=False)))
        arrays: dict[str, Any] = {
            f"{i:03d} {v.path}".replace("/", "."): array
            for i, (v, array) in enumerate(zip(network.weights, progress.best_weights, strict=True))
        }
        write_atomically(self.folder / finished.WEIGHTS, lambda file: np.savez(file, **arrays))
        write_json(
            self.folder / "run.json",
            {
                "key": self.key,
                "task": self.task.label,
                "unit": self.task.unit,
                "crystals": predictions["split"].value_counts().to_dict(),
                "rejected": len(self.rejected),
                "best_epoch": progress.best_epoch,
                "best_validation_error": progress.best_error,
                "epochs": len(progress.history),
                "seconds": float(history["seconds"].sum()),
                "parameters": int(network.count_params()),
                "standardisation": asdict(data.standardisation),
                **({"joined": {part: run.key for part, run in self.joined.items()}} if self.joined else {}),
                "finished": environment.now(),
                "environment": environment.record(),
                "checksums": {name: file_hash(self.folder / name) for name in finished.FILES},
            },
        )

    def _predict(self, network: keras.Model, data: TrainingData) -> pd.DataFrame:
        parts = {"train": self.split.train, "validation": self.split.validation, "test": self.split.test}
        # validation crystals first, as after each epoch: a resumed run must predict shapes in the order in which another did, as
        # TensorFlow's compiled functions, and with them the last bits, depend on it
        order = sorted(parts, key=lambda name: name != "validation")
        values = {name: self._values(network, data.source, parts[name], data.standardisation) for name in order}
        tables = [
            pd.DataFrame({"id": data.source.ids[crystals], "split": name, "prediction": values[name]}) for name, crystals in parts.items()
        ]
        return pd.concat(tables, ignore_index=True).assign(seed=self.configuration.seed)

    def _values(self, network: keras.Model, source: Source, crystals: IntArray, standardisation: Standardisation) -> FloatArray:
        draws, size = self.configuration.prediction_rotations, self.configuration.batch_size
        return np.asarray(np.mean([predict(network, source, crystals, standardisation, size, draw) for draw in range(draws)], axis=0))
