"""The voxel-CNN chapter's own networks: which are trained on which crystals, and what they predict in which orientations."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

import pandas as pd

from recryst import datasets
from recryst.analysis import uncertainty
from recryst.analysis.orientations import spread
from recryst.analysis.predictions import mean_absolute_error
from recryst.datasets.task import Task
from recryst.parameters import VoxelCnnParameters
from recryst.report import published, verdicts
from recryst.training import orientations, runs
from recryst.training.configuration import Configuration
from recryst.training.run import Run

Kind = Literal["deep", "shallow", "plain", "unturned"]
NETWORKS: dict[Kind, str] = {
    "deep": "the deep network",
    "shallow": "three convolutions",
    "plain": "the deep network without skip connections",
    "unturned": "crystals never turned in training",
}
"""Our networks on voxel images, by what readers call them; "unturned" is the network of most exhibits without augmentation."""
GRAPHS = "CGCNN"
CURVE = (0.25, 0.5, 1.0)
"""Shares of the training crystals at which learning curves are taken."""
CGCNN: dict[str, Any] = {"network": "gated", "optimiser": "adam", "learning_rate": 0.003, "batch_size": 16, "epochs": 30}
"""The recipe of the graph network of Fig. S3."""
CRYSTALS = 20
"""Crystals of Fig. 3."""
FILTERS = 32
"""Of the first convolution of the paper's networks."""


@dataclass(frozen=True)
class Trained:
    """Everything the chapter trains, or shows of what a plan has trained before."""

    settings: VoxelCnnParameters

    @property
    def main(self) -> Kind:
        """The network of learning curves and orientations."""
        return self.settings.network

    @property
    def turning(self) -> Kind:
        """The network that crystals are turned for: the main one, or while it is not trained the other, as most of it needs no depth."""
        return self.main if self.has(self.main) else self._other

    @property
    def _other(self) -> Kind:
        return "shallow" if self.main == "deep" else "deep"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Networks that are trained on all training crystals: without skip connections only where the deep one is the main one."""
        return (self.main, self._other, "unturned", *(("plain",) if self.main == "deep" else ()))

    @cached_property
    def task(self) -> Task:
        """The crystals that networks learn from."""
        return _task("voxel-cnn/formation-energy" if self.settings.data == "released" else "embedded/formation-energy")

    def train(self) -> None:
        """Train what is missing, ``settings.jobs`` networks at a time, where the settings say so."""
        if self.settings.training == "here":
            wanted = [Run(configuration, self.task) for configuration in self.configurations()]
            runs.train_all(wanted, self.settings.jobs, self.settings.progress)

    def configurations(self) -> list[Configuration]:
        """All that the chapter asks for, the longest trainings first; the plan of the same settings lists the same."""
        kinds = [self._voxels(kind, seed) for kind in self.kinds for seed in self._seeds]
        curve = [self._voxels(self.main, seed, size) for size in self.sizes[:-1] for seed in self._seeds]
        return [*kinds, *curve, *(self._graphs(seed, size) for size in self.sizes for seed in self._seeds)]

    def runs(self, kind: Kind, n_train: int | None = None) -> list[Run]:
        """The runs of one kind from all seeds; where nothing is trained here, those that are finished. None of kinds not asked for."""
        if kind not in self.kinds:
            return []
        return self._ready(self._voxels(kind, seed, n_train) for seed in self._seeds)

    def graphs(self, n_train: int) -> list[Run]:
        """The same of CGCNN on so many of the crystals (Fig. S3)."""
        return self._ready(self._graphs(seed, n_train) for seed in self._seeds)

    def everything(self) -> list[tuple[str, Run]]:
        """Every run that there is, each with what readers call its network."""
        names = {
            kind: f"{NETWORKS[self._network(kind)]}, crystals never turned" if kind == "unturned" else NETWORKS[kind] for kind in self.kinds
        }
        voxels = [(names[kind], run) for kind in self.kinds for run in self.runs(kind)]
        curve = [(names[self.main], run) for size in self.sizes[:-1] for run in self.runs(self.main, size)]
        return [*voxels, *curve, *((GRAPHS, run) for size in self.sizes for run in self.graphs(size))]

    def has(self, *kinds: Kind) -> bool:
        """Whether there is a run of each kind."""
        return all(self.runs(kind) for kind in kinds)

    @cached_property
    def sizes(self) -> list[int]:
        """Training crystals at the points of a learning curve."""
        # embedded crystals are split by shares, of which there may be fewer than asked for
        most = min(self.settings.n_train, int(0.6 * len(self.task)))
        return sorted({max(8, round(share * most)) for share in CURVE})

    def predictions(self, kind: Kind, *parts: str) -> pd.DataFrame:
        """Rows id, split, target, prediction (from one image), seed of all seeds; the test crystals unless ``parts`` says otherwise."""
        return runs.predictions(self.runs(kind), *(parts or ("test",)))

    def means(self, kind: Kind) -> pd.DataFrame:
        """Rows id, target, prediction (mean over all images), seed of the test crystals that are turned."""
        tables = [spread(self._turned(run)).assign(seed=run.configuration.seed) for run in self.runs(kind)]
        return pd.concat(tables, ignore_index=True).rename(columns={"mean": "prediction"})[["id", "target", "prediction", "seed"]]

    @property
    def other_images(self) -> str | None:
        """What must be known of means over images where they are of another number than the paper's."""
        printed = int(published.load("voxel_cnn").value("text-training", "images").number)
        return None if self.settings.images == printed else f"means are of {self.settings.images} images, the paper's of {printed}"

    def turned(self, part: Literal["validation", "test"] = "test", count: int | Literal["cube"] | None = None) -> pd.DataFrame:
        """Predictions by orientation of the first seed's `turning` network, see `recryst.training.orientations.predictions`."""
        return self._turned(self.runs(self.turning)[0], part, count)

    def repeated(self) -> pd.DataFrame:
        """Its predictions of the crystals of Fig. 3, in as many orientations as all repeats need."""
        count = self.settings.images * self.settings.repeats
        return orientations.predictions(self.runs(self.turning)[0], "test", count, CRYSTALS)

    def _turned(self, run: Run, part: Literal["validation", "test"] = "test", count: int | Literal["cube"] | None = None) -> pd.DataFrame:
        return orientations.predictions(run, part, count or self.settings.images, self.settings.turned)

    def ensemble(self, part: Literal["validation", "test"]) -> pd.DataFrame:
        """Mean and spread over orientations of each crystal, in the form in which `analysis.uncertainty` takes those over seeds.

        Crystals for which the network gives one answer in all orientations are left out, see `recryst.analysis.uncertainty.disagreeing`.
        """
        return uncertainty.disagreeing(uncertainty.ensemble(self.turned(part).rename(columns={"orientation": "seed"})))[0]

    def history(self, *kinds: Kind) -> pd.DataFrame:
        """Rows kind, seed, epoch, steps, training_error, validation_error (unit of the target) of each run."""
        tables = []
        for kind in kinds:
            for run in self.runs(kind):
                steps = math.ceil(run.training_crystals / run.configuration.batch_size)
                rows = run.history()[["epoch", "training_error", "validation_error"]]
                tables.append(rows.assign(kind=kind, seed=run.configuration.seed, steps=rows["epoch"] * steps))
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

    def learning_curve(self) -> pd.DataFrame:
        """Rows label, n_train, seed, mae (test crystals, single images) of the main network and of CGCNN on the same crystals (Fig. S3)."""
        rows = []
        for size in self.sizes:
            voxels = (f"Voxel images: {NETWORKS[self.main]}", self.runs(self.main, size))
            for label, trained in (voxels, (GRAPHS, self.graphs(size))):
                for run in trained:
                    test = run.predictions("test")
                    rows.append((label, size, run.configuration.seed, mean_absolute_error(test)))
        return pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])

    def evidence(
        self,
        kind: Kind,
        printed: Kind,
        seeds: int | None = None,
        n_train: int | None = None,
        caveat: str | None = None,
        others: Iterable[Run] = (),
    ) -> dict[str, Any]:
        """What a retrained result is recorded with: level, unit, data, split, runs, seeds, caveat, and why it can't be compared.

        Parameters
        ----------
        printed : the network that the paper's number belongs to; ours can't be compared with it where it is another, or a narrower one
        seeds : so many of them, for results of the first alone
        n_train : training crystals of the runs, where these are not all
        caveat : what else a reader must know
        others : networks that these are compared with
        """
        trained = self.runs(kind, n_train)[:seeds]
        rests_on = {run.key: run.configuration.seed for run in (*trained, *others)}
        used, filters = trained[0].training_crystals, trained[0].configuration.filters
        released = self.settings.data == "released"
        some, few = verdicts.population(used, printed_training_crystals()) if released else (None, self.task.description.rstrip("."))
        other = f"{NETWORKS[self._network(kind)]}, not the paper's {NETWORKS[printed].removeprefix('the ')}"
        narrow = f"{filters} filters in the first convolution, the paper's network has {FILTERS}"
        differs = [few, other if self._network(kind) != printed else None, narrow if filters != FILTERS else None]
        return {
            "level": "retrained",
            "unit": self.task.unit,
            "data": self.task.label,
            "split": "test",
            "run": " ".join(rests_on),
            "seeds": tuple(sorted({*rests_on.values()})),
            "caveat": "; ".join(filter(None, [some, caveat])) or None,
            "not_comparable": "; ".join(filter(None, differs)) or None,
        }

    def about(self, kind: Kind) -> str:
        """What a picture shows, as a sentence to end its caption with, after a blank; nothing where there is no such network."""
        if not self.has(kind):
            return ""
        run = self.runs(kind)[0]
        name = NETWORKS[self._network(kind)]
        return self._in_words(f"{name}, {run.configuration.filters} filters, trained on {run.training_crystals:,}")

    @property
    def about_all(self) -> str:
        """The same of a picture that shows several networks, each as far as it is trained."""
        return self._in_words(f"networks trained on up to {self.sizes[-1]:,}")

    def _in_words(self, trained: str) -> str:
        released = self.settings.data == "released"
        whose = f"of the paper's {printed_training_crystals():,} training crystals" if released else "crystals computed for this project"
        return f" {trained[0].upper()}{trained[1:]} {whose}." if released else f" A stand-in for the paper's training: {trained} {whose}."

    def _network(self, kind: Kind) -> Kind:
        return self.main if kind == "unturned" else kind

    @property
    def _seeds(self) -> range:
        return range(self.settings.seed, self.settings.seed + self.settings.seeds)

    def _ready(self, configurations: Any) -> list[Run]:
        asked = [Run(configuration, self.task) for configuration in configurations]
        return asked if self.settings.training == "here" else [run for run in asked if run.is_finished()]

    def _voxels(self, kind: Kind, seed: int, n_train: int | None = None) -> Configuration:
        s, network = self.settings, self._network(kind)
        unturned = {"rotation": "none"} if kind == "unturned" else {}
        return Configuration.checked(
            network=f"voxel-{network}",
            filters=s.filters,
            epochs=s.epochs,
            batch_size=s.batch_size,
            learning_rate=s.learning_rate,
            schedule="cosine",
            precision=s.precision,
            **unturned,
            **self._crystals(n_train, seed),
        )

    def _graphs(self, seed: int, n_train: int) -> Configuration:
        return Configuration.checked(**CGCNN, **self._crystals(n_train, seed))

    def _crystals(self, n_train: int | None, seed: int) -> dict[str, Any]:
        s = self.settings
        return {
            "task": self.task.name,
            # the whole training set is one point of the curve, and one run
            "n_train": s.n_train if n_train in (None, self.sizes[-1]) else n_train,
            # validation after every epoch costs a ninth of it
            "n_validation": max(20, s.n_train // 3),
            "n_test": max(20, s.n_train),
            "seed": seed,
        }


def history_lines(history: pd.DataFrame, columns: Sequence[str], labels: dict[str, str], x: str = "epoch") -> pd.DataFrame:
    """Points x, y, label of errors along the training, mean over the seeds, a line for each kind and column.

    ``labels`` : words for a kind and for a column, joined by a comma
    """
    if history.empty:
        return history
    parts = []
    for kind, rows in history.groupby("kind", sort=False):
        means = rows.groupby([x])[list(columns)].mean().reset_index()
        parts += [
            pd.DataFrame({"x": means[x], "y": means[column], "label": ", ".join(filter(None, (labels[str(kind)], labels.get(column, ""))))})
            for column in columns
        ]
    return pd.concat(parts, ignore_index=True).round(5)


def printed_training_crystals() -> int:
    """The paper's training set, from the printed number of crystals, share and exclusions."""
    paper = published.load("voxel_cnn")
    crystals, share, gone = (paper.value("text-data", name).number for name in ("crystals", "training-share", "excluded-from-training"))
    return round(float(crystals) * float(share) / 100) - int(gone)


# the notebook asks for the same task again and again
_task = cache(datasets.load)
