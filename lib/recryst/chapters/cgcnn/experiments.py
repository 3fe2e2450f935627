"""Which networks the CGCNN chapter shows: trained in the notebook by a profile's settings, or finished runs of a plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

from recryst import datasets
from recryst.datasets.task import Task
from recryst.errors import MissingDataError
from recryst.parameters import CgcnnParameters
from recryst.report import published
from recryst.training import plans, runs
from recryst.training.configuration import Configuration
from recryst.training.run import Run

PROPERTIES = ("formation-energy", "absolute-energy", "band-gap", "fermi-energy", "bulk-modulus", "shear-modulus", "poisson-ratio")
MODULI = ("bulk-modulus", "shear-modulus")
EQUATIONS = {"eq-5": "gated", "eq-4": "summing", "linear": "summing-linear"}
BENCHMARK = "cgcnn_matbench"
"""The plan with networks on as many crystals as Matbench's train on."""
ALL_CRYSTALS = (*MODULI, "poisson-ratio")
"""Properties that have a data set with more crystals than the paper's, by the name of the property and "-all"."""
# shares of the training crystals at which the learning curves are taken
CURVE = (0.125, 0.25, 0.5, 1.0)
ENSEMBLE = 4
"""Seeds of the ensemble whose spread is held against its error; two would be no spread."""
STEP_SIZE = "step size relative to the best"
HYPERPARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "number of atom features": {"2": {"atom_features": "two"}, "3": {"atom_features": "three"}, "9": {}},
    "number of convolutions": {str(n): {"convolutions": n} for n in (1, 2, 3, 4)},
    STEP_SIZE: {"0.1": 0.1, "1": 1.0, "10": 10.0},
}


class Experiments(Protocol):
    """What the chapter asks for its networks; lists are empty where there are none."""

    def runs(self, name: str, equation: str) -> list[Run]:
        """The networks of one property and equation, on all training crystals that are used, a seed each."""

    def curve(self, name: str, equation: str) -> list[Run]:
        """The same on nested training sets of growing size, a seed each."""

    def ensemble(self) -> list[Run]:
        """Networks for the formation energy whose disagreement is looked at."""

    def variants(self, equation: str) -> Iterator[tuple[str, float, Run]]:
        """Hyperparameter, setting and network of Fig. S3, one choice changed at a time."""

    def train(self) -> None:
        """Train whatever is asked for and not finished, where this is done in the notebook."""

    def everything(self) -> list[Run]:
        """All networks that the chapter shows."""


@dataclass(frozen=True)
class Live:
    """Networks that the notebook trains itself, by the settings of its profile."""

    settings: CgcnnParameters

    def run(self, name: str, equation: str = "eq-5", seed: int | None = None, **changes: Any) -> Run:
        """One training; ``changes`` are fields of `Configuration` that differ from the chapter's recipe."""
        configuration = self._configuration(name, equation, self.settings.seed if seed is None else seed, changes)
        return Run(configuration, task(configuration.task))

    def runs(self, name: str, equation: str) -> list[Run]:
        """See `Experiments`."""
        return [self.run(name, equation, seed) for seed in self._seeds]

    def curve(self, name: str, equation: str) -> list[Run]:
        """See `Experiments`."""
        return [self.run(name, equation, seed, n_train=size) for size in self.curve_sizes(name) for seed in self._seeds]

    def curve_sizes(self, name: str) -> list[int]:
        """Training crystals at the points of a learning curve."""
        largest = len(self.run(name).split.train)
        return sorted({max(8, round(share * largest)) for share in CURVE})

    def ensemble(self) -> list[Run]:
        """See `Experiments`."""
        return [self.run("formation-energy", "eq-5", self.settings.seed + member) for member in range(ENSEMBLE)]

    def variants(self, equation: str) -> Iterator[tuple[str, float, Run]]:
        """See `Experiments`; a bare number multiplies the learning rate."""
        for hyperparameter, choices in HYPERPARAMETERS.items():
            for setting, change in choices.items():
                changes = change if isinstance(change, dict) else {"learning_rate": change * self.settings.learning_rate}
                yield hyperparameter, float(setting), self.run("formation-energy", equation, **changes)

    def train(self) -> None:
        """See `Experiments`; ``settings.jobs`` networks at a time."""
        runs.train_all(self.everything(), self.settings.jobs, self.settings.progress)

    def everything(self) -> list[Run]:
        """See `Experiments`."""
        found = [run for name in PROPERTIES for equation in ("eq-5", "eq-4") for run in self.runs(name, equation)]
        found += self.ensemble() + self.runs("metal", "eq-5")
        found += self.curve("formation-energy", "eq-5") + self.curve("formation-energy", "eq-4") + self.curve("bulk-modulus", "eq-5")
        found += self.runs("perovskites", "linear") + self.runs("perovskites", "eq-4")
        if self.settings.data == "materials-project":
            found += self.runs("perovskites", "eq-5")  # for the leaderboards
        found += [run for equation in ("eq-4", "eq-5") for _, _, run in self.variants(equation)]
        return list({run.configuration.model_dump_json(): run for run in found}.values())

    @property
    def _seeds(self) -> range:
        return range(self.settings.seed, self.settings.seed + self.settings.seeds)

    def _configuration(self, name: str, equation: str, seed: int, changes: dict[str, Any]) -> Configuration:
        s = self.settings
        recipe: dict[str, Any] = {
            "task": task_name(s.data, name),
            "network": EQUATIONS[equation],
            "graph": "nearest" if equation == "eq-5" else "voronoi",
            "n_train": s.n_train,
            # as many validation crystals as the paper's 60 to 20 %: their predictions are a third of an epoch's cost
            "n_validation": max(20, s.n_train // 3),
            "epochs": s.epochs,
            "batch_size": s.batch_size,
            "optimiser": s.optimiser,
            "learning_rate": s.learning_rate,
            "precision": s.precision,
            "units": s.units,
            "convolutions": s.convolutions,
            "dropout": 0.5 if name == "metal" and equation == "eq-5" else 0.0,
            "seed": seed,
            **self.sizes(name),
        }
        return Configuration.checked(**{**recipe, **changes})

    def sizes(self, name: str) -> dict[str, Any]:
        """The paper's number of training crystals where there are enough, the rest halved; else its shares of 60, 20 and 20 %."""
        printed, crystals = printed_crystals(self.settings.data, name), len(task(task_name(self.settings.data, name)))
        if printed is None or printed > 0.9 * crystals:
            return {}
        rest = (crystals - printed) // 2
        return {"train": printed, "validation": rest, "test": rest}


@dataclass(frozen=True)
class Planned:
    """The finished runs of a plan, and none else: a training of hours is no notebook's work."""

    settings: CgcnnParameters

    def runs(self, name: str, equation: str) -> list[Run]:
        """See `Experiments`."""
        return [run for run in self._of(name, equation) if run.configuration.n_train is None]

    def curve(self, name: str, equation: str) -> list[Run]:
        """See `Experiments`."""
        return sorted(self._of(name, equation), key=lambda run: (run.training_crystals, run.configuration.seed))

    def ensemble(self) -> list[Run]:
        """See `Experiments`."""
        return self.runs("formation-energy", "eq-5")

    def variants(self, equation: str) -> Iterator[tuple[str, float, Run]]:
        """See `Experiments`: a plan has none."""
        return iter(())

    def train(self) -> None:
        """Nothing; see that there is something to show.

        Raises
        ------
        MissingDataError : no run of the plan is finished
        """
        if not self._finished:
            raise MissingDataError(f"No run of {self._path} is finished; train them with: recryst train {self._path}.")

    def everything(self) -> list[Run]:
        """See `Experiments`."""
        return list(self._finished)

    def _of(self, name: str, equation: str) -> list[Run]:
        wanted = task_name(self.settings.data, name)
        return [run for run in self._finished if (run.configuration.task, run.configuration.network) == (wanted, EQUATIONS[equation])]

    @property
    def _path(self) -> Path:
        return plans.named(str(self.settings.plan))

    @cached_property
    def _finished(self) -> list[Run]:
        return plans.finished(self._path)


def task_name(data: str, name: str) -> str:
    """Data set of a property ("formation-energy" … "metal", "perovskites"), for what the parameter ``data`` says.

    One's own crystals, given as a folder, take the place of the formation energy; everything else is then embedded.
    """
    if name == "formation-energy" and Path(data).is_dir():
        return data
    real = data == "materials-project"
    if name == "perovskites":
        return "perovskites/formation-energy" if real else "embedded/formation-energy"
    return f"materials-project/{name}" if real else f"embedded/{name}"


def printed_crystals(data: str, name: str) -> int | None:
    """Training crystals that Table I prints for a property, and the text for the other two; None for data that are not the paper's."""
    if data != "materials-project":
        return None
    if name in PROPERTIES:
        return int(published.load("cgcnn").value("table-1", f"{name}/training-crystals").number)
    return {"metal": 28046, "perovskites": 11356}[name]


@cache
def task(name: str) -> Task:
    """A data set, loaded once: the notebook asks for the same few again and again."""
    return datasets.load(name)
