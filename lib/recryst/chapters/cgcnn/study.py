"""The CGCNN chapter's questions to its networks, by property and equation; tables are empty where there is no network."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from recryst import prediction
from recryst.analysis import duplicates, regression, site_energies, uncertainty
from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.cgcnn.experiments import (
    ALL_CRYSTALS,
    BENCHMARK,
    MODULI,
    PROPERTIES,
    Experiments,
    Live,
    Planned,
    printed_crystals,
    task,
    task_name,
)
from recryst.chapters.evidence import joined
from recryst.datasets import published_models
from recryst.datasets.task import Task
from recryst.features import graphs as crystal_graphs
from recryst.notation import words
from recryst.parameters import CgcnnParameters
from recryst.report import verdicts
from recryst.training import inspection, runs
from recryst.training.configuration import Configuration
from recryst.training.run import Run

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
LABELS = {"eq-5": "Eq. 5", "eq-4": "Eq. 4", "linear": "Eq. 4, linear pooling"}
RELEASED_EPOCHS = {name: 500 if name == "metal" else 1000 for name in PUBLISHED}
"""Epochs that the released models were trained for, as their files say."""
NAMED = 10
"""Crystals of others' data that a parity plot names: the worst."""
PREDICTIONS = ["id", "split", "target", "prediction", "seed"]


def if_any(analysis: Callable[..., pd.DataFrame], table: pd.DataFrame, *arguments: Any, **options: Any) -> pd.DataFrame:
    """The analysis of a table, or an empty table where there is nothing to analyse."""
    return pd.DataFrame() if table.empty else analysis(table, *arguments, **options)


def error_of_released(released: Mapping[str, pd.DataFrame], name: str, test: pd.DataFrame) -> float:
    """Mean absolute error of the released model of a property on test crystals of ours; NaN where none was released.

    Parameters
    ----------
    released : predictions by property, see `Study.published_predictions`
    test : predictions of ours, of which the ids count
    """
    return mean_absolute_error(released[name][released[name]["id"].isin(test["id"])]) if name in released else float("nan")


@dataclass(frozen=True)
class Study:
    """Everything the chapter trains, asked for by property and equation."""

    settings: CgcnnParameters

    def task(self, name: str) -> Task:
        """Crystals and targets of one property ("formation-energy" … "poisson-ratio", "metal"), or of the "perovskites"."""
        return task(task_name(self.settings.data, name))

    @cached_property
    def experiments(self) -> Experiments:
        """The networks: those of a plan where the profile names one, else those that this notebook trains."""
        return Planned(self.settings) if self.settings.plan else Live(self.settings)

    def runs(self, name: str, equation: str = "eq-5") -> list[Run]:
        """The same training from every seed."""
        return self.experiments.runs(name, equation)

    def benchmark_runs(self, name: str, equation: str = "eq-5") -> list[Run]:
        """Networks on as many crystals as Matbench's train on, where its plan has finished some; else those on the paper's number."""
        planned = Planned(self.settings.model_copy(update={"plan": BENCHMARK})) if self.settings.plan else None
        large = planned.runs(f"{name}-all" if name in ALL_CRYSTALS else name, equation) if planned else []
        return large or self.runs(name, equation)

    def trained(self, names: Sequence[str], equation: str = "eq-5") -> list[str]:
        """Those of some properties for which there are networks."""
        return [name for name in names if self.runs(name, equation)]

    def train(self) -> None:
        """Train whatever the chapter needs and no earlier call has finished; of a plan, see what is finished."""
        self.experiments.train()

    def predictions(self, name: str, equation: str = "eq-5", *parts: str) -> pd.DataFrame:
        """Rows id, split, target, prediction, seed of all seeds; the test crystals unless ``parts`` says otherwise."""
        trained = self.runs(name, equation)
        return runs.predictions(trained, *(parts or ("test",))) if trained else pd.DataFrame(columns=PREDICTIONS)

    def evidence(self, names: str | Sequence[str], equation: str = "eq-5", others: Iterable[Run] = ()) -> dict[str, Any]:
        """What a retrained result is recorded with: level, unit, data, split, run, seeds, caveat, and why it can't be compared.

        Parameters
        ----------
        names : a property, or several that a statement is on; then data, caveats and reasons of all of them
        others : further networks that a statement rests on: those of other equations, or of a learning curve of the same properties
        """
        if isinstance(names, str):
            return self._evidence(names, equation, others)
        return joined({words(name): self._evidence(name, equation, others) for name in names})

    def _evidence(self, name: str, equation: str, others: Iterable[Run]) -> dict[str, Any]:
        trained = self.runs(name, equation)
        about: dict[str, Any] = {"level": "retrained", "unit": self.task(name).unit, "data": self.task(name).label, "split": "test"}
        if not trained:
            return about
        caveat, not_comparable = self.population(name, trained[0])
        rests_on = {run.key: run.configuration.seed for run in (*trained, *others)}
        seeds = tuple(sorted({*rests_on.values()}))
        return {**about, "run": " ".join(rests_on), "seeds": seeds, "caveat": caveat, "not_comparable": not_comparable}

    def runs_of(self, names: Sequence[str], *equations: str) -> list[Run]:
        """The networks of several properties and equations, on which one statement rests."""
        return [run for name in names for equation in equations for run in self.runs(name, equation)]

    def curve_runs(self, name: str, *equations: str) -> list[Run]:
        """The networks of learning curves."""
        return [run for equation in equations for run in self.experiments.curve(name, equation)]

    def parity(self, name: str, equation: str = "eq-5", bins: int = 60) -> pd.DataFrame:
        """What a parity plot shows of the test crystals: this project's own by name, of others' the worst ones above counts in bins."""
        crystals = self.task(name).crystals
        return if_any(regression.named_parity, self.predictions(name, equation), crystals, NAMED if self.real_data else None, bins)

    def learning_curve(self, name: str, *equations: str) -> pd.DataFrame:
        """Rows label, n_train, seed, mae (test crystals) of Figs. 2b and S5: nested training sets of growing size."""
        rows = []
        for equation in equations:
            for run in self.experiments.curve(name, equation):
                error = mean_absolute_error(run.predictions("test"))
                rows.append((LABELS[equation], run.training_crystals, run.configuration.seed, error))
        return pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])

    def planned_curve(self, name: str, *equations: str) -> pd.DataFrame:
        """The same of a plan's networks alone, where the paper has no curve: none is trained in the notebook for it."""
        return self.learning_curve(name, *(equations if self.settings.plan else ()))

    def hyperparameters(self) -> pd.DataFrame:
        """Rows hyperparameter, setting, label, mae (validation crystals) of Fig. S3."""
        rows = [
            (hyperparameter, setting, LABELS[equation], run.record()["best_validation_error"])
            for equation in ("eq-5", "eq-4")
            for hyperparameter, setting, run in self.experiments.variants(equation)
        ]
        return pd.DataFrame(rows, columns=["hyperparameter", "setting", "label", "mae"])

    def site_energies(self) -> pd.DataFrame:
        """Rows site, element, number, site_energy, spread, n of the linear-pooling model, mean over the seeds (Eq. S14).

        Sites A, B and X of perovskites; on embedded data, which hold no perovskites, cation and anion of binary compounds.
        """
        trained = self.runs("perovskites", "linear")
        if not trained:
            return pd.DataFrame(columns=["site", "element", "number", "site_energy", "spread", "n"])
        values = [inspection.site_values(run) for run in trained]
        crystals = trained[0].task.crystals.select(values[0][0].ids.tolist())
        sites = site_energies.perovskite_sites(crystals) if self.real_data else site_energies.cation_anion_sites(crystals)
        return site_energies.table(np.mean([value for _, value in values], axis=0), crystals, sites)

    def ensemble(self) -> pd.DataFrame:
        """Formation energies of validation and test crystals from several seeds: id, split, target, prediction, uncertainty, seeds.

        Crystals on which all seeds agree exactly are left out.
        """
        members = self.experiments.ensemble()
        if len(members) < 2:
            return pd.DataFrame(columns=["id", "split", "target", "prediction", "uncertainty", "seeds"])
        return uncertainty.disagreeing(uncertainty.ensemble(runs.predictions(members, "validation", "test")))[0]

    def twins(self) -> pd.DataFrame:
        """The nearest relative in the training set of every test crystal of the formation energy, see `analysis.duplicates`."""
        trained = self.runs("formation-energy")
        if not trained:
            return pd.DataFrame()
        table = trained[0].predictions("train", "test").groupby("split")["id"].agg(list)
        crystals = trained[0].task.crystals.select([*table["train"], *table["test"]])
        graphs, _ = crystal_graphs.build(crystals, "nearest", self.settings.jobs)
        return duplicates.twins(crystals, graphs, table["train"], table["test"], jobs=self.settings.jobs)

    def rejected(self) -> pd.DataFrame:
        """Rows property, reason, crystals, example: how many take no part in a training, and why."""
        tables = [self.runs(name)[0].rejected.assign(property=name) for name in self.trained((*PROPERTIES, "metal"))]
        counts = if_any(_reasons, pd.concat(tables) if tables else pd.DataFrame())
        return counts.rename(columns={"size": "crystals", "first": "example"})

    def new_crystals(self) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
        """The moduli of crystals that came after the paper's list: property, predictions and evidence, ours and the released model's."""
        for name in MODULI if self.real_data else ():
            later = f"materials-project/{name}-new"
            about = task(later)
            shared = {"unit": about.unit, "data": about.label, "split": "new", "not_comparable": about.description}
            if trained := self.runs(name):
                ours = pd.concat([run.predict(about) for run in trained], ignore_index=True)
                seeds = tuple(run.configuration.seed for run in trained)
                yield name, ours, {**shared, "level": "retrained", "run": " ".join(run.key for run in trained), "seeds": seeds}
            (released,) = prediction.evaluate_published([(PUBLISHED[name], later)])
            yield name, released, {**shared, "level": "re-analysed"}

    def published_predictions(self) -> dict[str, pd.DataFrame]:
        """The released model of each property on every crystal with that property: rows id, split, target, prediction, seed.

        Empty where the profile does not work on the Materials Project's crystals.
        """
        if not self.real_data:
            return {}
        pairs = [(model, task_name(self.settings.data, name)) for name, model in PUBLISHED.items()]
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

    @property
    def listed_crystals(self) -> int | None:
        """How many crystals the authors' list of the formation energy has; None for other crystals than theirs."""
        return len(published_models.crystal_lists().formation_energy) if self.real_data else None

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
        trained = self.trained(names)
        tables = [self.parity(name, bins=40).assign(panel=words(name)) for name in trained]
        units = {words(name): self.task(name).unit for name in trained}
        return {"data": pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(), "unit": units, "label": ""}

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

    def population(self, name: str, run: Run) -> tuple[str | None, str | None]:
        """Caveat of a comparison with the paper, and why there can be none: by the training crystals that there are."""
        printed = printed_crystals(self.settings.data, name)
        if printed is None:
            return None, run.task.description
        caveat, not_comparable = verdicts.population(run.training_crystals, printed)
        if self.real_data and not_comparable is None:
            # as many training crystals may still be others than the paper's, with newer targets, and seen less often
            parts = (caveat, run.task.description.rstrip("."), _fewer_epochs(name, run.configuration))
            caveat = "; ".join(part for part in parts if part)
        return caveat, not_comparable


def _fewer_epochs(name: str, configuration: Configuration) -> str:
    """What to know of a network that saw its crystals less often than the released one of this property; "" of any other."""
    released = RELEASED_EPOCHS.get(name, 0)
    if configuration.network != "gated" or configuration.epochs >= released:
        return ""
    return f"trained for {configuration.epochs} epochs, the released model for {released:,}"


def _reasons(rejected: pd.DataFrame) -> pd.DataFrame:
    return rejected.groupby(["property", "reason"], sort=False)["id"].agg(["size", "first"]).reset_index()
