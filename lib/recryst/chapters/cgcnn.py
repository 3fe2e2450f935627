"""The experiments of the CGCNN chapter: which networks are trained on which crystals, from the notebook's parameters."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recryst import prediction
from recryst.analysis import duplicates, regression, site_energies, uncertainty
from recryst.datasets.task import Task
from recryst.features import graphs as crystal_graphs
from recryst.notation import words
from recryst.parameters import CgcnnParameters
from recryst.report import published, verdicts
from recryst.training import run as runs
from recryst.training.configuration import Configuration
from recryst.training.run import Run, load_task

PROPERTIES = ("formation-energy", "absolute-energy", "band-gap", "fermi-energy", "bulk-modulus", "shear-modulus", "poisson-ratio")
# the released model of each property
PUBLISHED = {
    "formation-energy": "formation-energy-per-atom",
    "absolute-energy": "final-energy-per-atom",
    "band-gap": "band-gap",
    "fermi-energy": "efermi",
    "bulk-modulus": "bulk-moduli",
    "shear-modulus": "shear-moduli",
    "poisson-ratio": "poisson-ratio",
    "metal": "semi-metal-classification",
}
EQUATIONS = {"eq-5": "gated", "eq-4": "summing", "linear": "summing-linear"}
LABELS = {"eq-5": "Eq. 5", "eq-4": "Eq. 4", "linear": "Eq. 4, linear pooling"}
# shares of the training crystals at which the learning curves are taken
CURVE = (0.125, 0.25, 0.5, 1.0)
ENSEMBLE = 4
"""Seeds of the ensemble whose spread is held against its error; two would be no spread."""
NAMED = 10
"""Crystals of others' data that a parity plot names: the worst."""
HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "number of atom features": {"2": {"atom_features": "two"}, "3": {"atom_features": "three"}, "9": {}},
    "number of convolutions": {str(n): {"convolutions": n} for n in (1, 2, 3, 4)},
    "step size relative to the best": {"0.1": 0.1, "1": 1.0, "10": 10.0},
}


@dataclass(frozen=True)
class Study:
    """Everything the chapter trains, asked for by property and equation."""

    settings: CgcnnParameters

    def task(self, name: str) -> Task:
        """Crystals and targets of one property ("formation-energy" … "poisson-ratio", "metal"), or of the "perovskites".

        One's own crystals, given as a folder, take the place of the formation energy; everything else is then embedded.
        """
        return _task(self._task_name(name))

    def run(self, name: str, equation: str = "eq-5", seed: int | None = None, **changes: Any) -> Run:
        """One training; ``changes`` are fields of `Configuration` that differ from the chapter's recipe."""
        configuration = self._configuration(name, equation, self.settings.seed if seed is None else seed, changes)
        return Run(configuration, _task(configuration.task))

    def runs(self, name: str, equation: str = "eq-5", **changes: Any) -> list[Run]:
        """The same training from every seed."""
        return [self.run(name, equation, seed, **changes) for seed in self.seeds]

    @property
    def seeds(self) -> range:
        """Seeds of the trainings."""
        return range(self.settings.seed, self.settings.seed + self.settings.seeds)

    def train(self) -> None:
        """Train whatever the chapter needs and no earlier call has finished, ``settings.jobs`` networks at a time."""
        runs.train_all(list(self._all_runs()), self.settings.jobs, self.settings.progress)

    def predictions(self, name: str, equation: str = "eq-5", *parts: str) -> pd.DataFrame:
        """Rows id, split, target, prediction, seed of all seeds; the test crystals unless ``parts`` says otherwise."""
        return runs.predictions(self.runs(name, equation), *(parts or ("test",)))

    def evidence(self, name: str, equation: str = "eq-5") -> dict[str, Any]:
        """What a retrained result is recorded with: level, unit, data, split, run, seeds, caveat, and why it can't be compared."""
        trained = self.runs(name, equation)
        caveat, not_comparable = self._population(name, trained[0])
        return {
            "level": "retrained",
            "unit": trained[0].task.unit,
            "data": trained[0].task.label,
            "split": "test",
            "run": " ".join(run.key for run in trained),
            "seeds": tuple(self.seeds),
            "caveat": caveat,
            "not_comparable": not_comparable,
        }

    def parity(self, name: str, equation: str = "eq-5", bins: int = 60) -> pd.DataFrame:
        """What a parity plot shows of the test crystals: this project's own by name, of others' the worst ones above counts in bins."""
        crystals = self.task(name).crystals
        return regression.named_parity(self.predictions(name, equation), crystals, NAMED if self.real_data else None, bins)

    def learning_curve(self, name: str, *equations: str) -> pd.DataFrame:
        """Rows label, n_train, seed, mae (test crystals) of Figs. 2b and S5: nested training sets of growing size."""
        rows = []
        for equation in equations:
            for size in self._curve_sizes(name):
                for run in self.runs(name, equation, n_train=size):
                    test = run.predictions("test")
                    rows.append((LABELS[equation], size, run.configuration.seed, float(np.abs(test["prediction"] - test["target"]).mean())))
        return pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])

    def hyperparameters(self) -> pd.DataFrame:
        """Rows hyperparameter, setting, label, mae (validation crystals) of Fig. S3."""
        rows = []
        for equation in ("eq-5", "eq-4"):
            for hyperparameter, choices in HYPERPARAMETERS.items():
                for setting, change in choices.items():
                    run = self.run("formation-energy", equation, **self._change(change))
                    rows.append((hyperparameter, float(setting), LABELS[equation], run.record()["best_validation_error"]))
        return pd.DataFrame(rows, columns=["hyperparameter", "setting", "label", "mae"])

    def site_energies(self) -> pd.DataFrame:
        """Rows site, element, number, site_energy, spread, n of the linear-pooling model, mean over the seeds (Eq. S14).

        Sites A, B and X of perovskites; on embedded data, which hold no perovskites, cation and anion of binary compounds.
        """
        trained = self.runs("perovskites", "linear")
        values = [run.site_values() for run in trained]
        crystals = trained[0].task.crystals.select(values[0][0].ids.tolist())
        sites = site_energies.perovskite_sites(crystals) if self.real_data else site_energies.cation_anion_sites(crystals)
        return site_energies.table(np.mean([value for _, value in values], axis=0), crystals, sites)

    def ensemble(self) -> pd.DataFrame:
        """Formation energies of validation and test crystals from `ENSEMBLE` seeds: id, split, target, prediction, uncertainty, seeds."""
        return uncertainty.ensemble(runs.predictions(self._ensemble_runs(), "validation", "test"))

    def twins(self) -> pd.DataFrame:
        """The nearest relative in the training set of every test crystal of the formation energy, see `analysis.duplicates`."""
        run = self.run("formation-energy")
        table = run.predictions("train", "test").groupby("split")["id"].agg(list)
        crystals = run.task.crystals.select([*table["train"], *table["test"]])
        graphs, _ = crystal_graphs.build(crystals, "nearest", self.settings.jobs)
        return duplicates.twins(crystals, graphs, table["train"], table["test"], jobs=self.settings.jobs)

    def training_crystals(self, name: str) -> int:
        """Crystals that each network of a property learns from."""
        return len(self.run(name).split.train)

    def rejected(self) -> pd.DataFrame:
        """Rows property, reason, crystals, example: how many take no part in a training, and why."""
        tables = [self.run(name).rejected.assign(property=name) for name in (*PROPERTIES, "metal")]
        counts = pd.concat(tables).groupby(["property", "reason"], sort=False)["id"].agg(["size", "first"]).reset_index()
        return counts.rename(columns={"size": "crystals", "first": "example"})

    def new_crystals(self) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
        """The moduli of crystals that came after the paper's list: property, predictions and evidence, ours and the released model's."""
        for name in ("bulk-modulus", "shear-modulus") if self.real_data else ():
            later = f"materials-project/{name}-new"
            ours = pd.concat([run.predict(_task(later)) for run in self.runs(name)], ignore_index=True)
            (released,) = prediction.evaluate_published([(PUBLISHED[name], later)])
            shared = {"unit": _task(later).unit, "data": _task(later).label, "split": "new", "not_comparable": _task(later).description}
            trained = {"level": "retrained", "run": " ".join(run.key for run in self.runs(name)), "seeds": tuple(self.seeds)}
            yield name, ours, {**shared, **trained}
            yield name, released, {**shared, "level": "re-analysed"}

    def published_predictions(self) -> dict[str, pd.DataFrame]:
        """The released model of each property on every crystal with that property: rows id, split, target, prediction, seed.

        Empty where the profile does not work on the Materials Project's crystals.
        """
        if not self.real_data:
            return {}
        pairs = [(model, self._task_name(name)) for name, model in PUBLISHED.items()]
        tables = prediction.evaluate_published(pairs, self.settings.jobs, self.settings.progress)
        return dict(zip(PUBLISHED, tables, strict=True))

    def published_evidence(self, name: str) -> dict[str, Any]:
        """What a result of a released model is recorded with."""
        task = self.task(name)
        return {
            "level": "re-analysed",
            "unit": task.unit,
            "data": task.label,
            "split": "all",
            "not_comparable": "the list of test crystals is not public, and most of these crystals trained the released model",
            "caveat": task.description,
        }

    def census(self) -> dict[str, Any]:
        """What a count of the formation energy's crystals is recorded with."""
        task = self.task("formation-energy")
        about = {"caveat": task.description} if self.real_data else {"not_comparable": task.description}
        return {"level": "re-analysed", "data": task.label, "split": "all", **about}

    def search_evidence(self) -> dict[str, Any]:
        """What a result of the search on Castelli's data is recorded with."""
        return {"level": "re-analysed", "data": self.task("perovskites").label}

    def panels(self, names: Sequence[str]) -> dict[str, Any]:
        """Data and options of one picture with the test crystals of each property, see `parity`."""
        tables = [self.parity(name, bins=40).assign(panel=words(name)) for name in names]
        titles = [words(name) for name in names]
        units = dict(zip(titles, (self.task(name).unit for name in names), strict=True))
        return {"data": pd.concat(tables, ignore_index=True), "unit": units, "label": ""}

    @property
    def perovskites(self) -> str:
        """One sentence on the crystals of Fig. 3, which says so when others stand in for perovskites."""
        return ("" if self.real_data else "A stand-in, no perovskites: ") + self.task("perovskites").description

    @property
    def sites(self) -> tuple[str, str]:
        """Names of the two sites whose energies Fig. 3c and d show."""
        return ("A", "B") if self.real_data else ("cation", "anion")

    @cached_property
    def real_data(self) -> bool:
        """Whether this profile works on the Materials Project's crystals."""
        return self.settings.data == "materials-project"

    def _task_name(self, name: str) -> str:
        if name == "formation-energy" and Path(self.settings.data).is_dir():
            return self.settings.data
        if name == "perovskites":
            return "perovskites/formation-energy" if self.real_data else "embedded/formation-energy"
        return f"materials-project/{name}" if self.real_data else f"embedded/{name}"

    def _configuration(self, name: str, equation: str, seed: int, changes: dict[str, Any]) -> Configuration:
        s = self.settings
        recipe: dict[str, Any] = {
            "task": self._task_name(name),
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
            **self._sizes(name),
        }
        return Configuration.checked(**{**recipe, **changes})

    def _sizes(self, name: str) -> dict[str, Any]:
        """The paper's number of training crystals where there are enough, the rest halved; else its shares of 60, 20 and 20 %."""
        printed, crystals = self._printed_crystals(name), len(self.task(name))
        if printed is None or printed > 0.9 * crystals:
            return {}
        rest = (crystals - printed) // 2
        return {"train": printed, "validation": rest, "test": rest}

    def _printed_crystals(self, name: str) -> int | None:
        """Training crystals that Table I prints for a property; what the text says for the other two."""
        if not self.real_data:
            return None
        if name in PROPERTIES:
            return int(published.load("cgcnn").value("table-1", f"{name}/training-crystals").number)
        return {"metal": 28046, "perovskites": 11356}[name]

    def _population(self, name: str, run: Run) -> tuple[str | None, str | None]:
        printed = self._printed_crystals(name)
        if printed is None:
            return None, run.task.description
        return verdicts.population(len(run.split.train), printed)

    def _ensemble_runs(self) -> list[Run]:
        return [self.run("formation-energy", "eq-5", self.settings.seed + member) for member in range(ENSEMBLE)]

    def _curve_sizes(self, name: str) -> list[int]:
        largest = len(self.run(name).split.train)
        return sorted({max(8, round(share * largest)) for share in CURVE})

    def _change(self, change: dict[str, Any] | float) -> dict[str, Any]:
        """Changes of one point of Fig. S3; a bare number multiplies the learning rate."""
        return change if isinstance(change, dict) else {"learning_rate": change * self.settings.learning_rate}

    def _all_runs(self) -> Iterable[Run]:
        for name in PROPERTIES:
            yield from self.runs(name, "eq-5")
            yield from self.runs(name, "eq-4")
        yield from self._ensemble_runs()
        yield from self.runs("metal")
        for size in self._curve_sizes("formation-energy"):
            yield from self.runs("formation-energy", "eq-5", n_train=size)
            yield from self.runs("formation-energy", "eq-4", n_train=size)
        for size in self._curve_sizes("bulk-modulus"):
            yield from self.runs("bulk-modulus", "eq-5", n_train=size)
        yield from self.runs("perovskites", "linear")
        yield from self.runs("perovskites", "eq-4")
        for equation in ("eq-4", "eq-5"):
            for choices in HYPERPARAMETERS.values():
                for change in choices.values():
                    yield self.run("formation-energy", equation, **self._change(change))


# the notebook asks for the same few tasks again and again
_task = cache(load_task)
