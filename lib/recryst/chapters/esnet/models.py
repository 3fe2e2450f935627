"""Models on moments of densities of states, as Table 1 has five, trained on crystals whose densities of states were computed here.

They are held against models that know no densities of states: the elements and their amounts, Magpie's statistics of tabulated properties
of the elements, and how large and how dense the crystal is. All see the same folds.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from threadpoolctl import threadpool_limits

from recryst import datasets
from recryst.analysis import cross_validation
from recryst.chapters import folds
from recryst.chapters.esnet.study import UNIT, slug
from recryst.chapters.folds import Item
from recryst.crystals import FloatArray
from recryst.datasets.task import Task
from recryst.features import magpie, simple_structure, states
from recryst.parameters import EsnetParameters
from recryst.report import Report

ELEMENTS, AMOUNTS, MOMENTS, COMPOSITION, STRUCTURE = "elements", "amounts", "moments", "Magpie", "structure"
PAPERS = f"{MOMENTS}, {ELEMENTS}"
"""What the paper gives its models."""
BOTH, SIMPLE = f"{MOMENTS}, {AMOUNTS}", f"{COMPOSITION}, {STRUCTURE}"
SETS = (ELEMENTS, AMOUNTS, PAPERS, BOTH, COMPOSITION, SIMPLE, f"{SIMPLE}, {MOMENTS}")
"""Features that are compared."""
SLUGS = {name: name.replace(", ", "-").lower() for name in SETS}
QUESTIONS = {
    "moments-beside-elements": ("moments, beside the list of elements", PAPERS, ELEMENTS),
    "amounts-in-place-of-moments": ("the elements' amounts, in place of moments", AMOUNTS, PAPERS),
    "moments-beside-amounts": ("moments, beside the amounts", BOTH, AMOUNTS),
    "magpie-in-place-of-both": ("Magpie's statistics, in place of moments and amounts", COMPOSITION, BOTH),
    "moments-beside-all": ("moments, beside Magpie and structure", SETS[-1], SIMPLE),
}
"""Questions to one model, in words: features, and those that they are held against on the same folds."""
MODELS = ("krr", "svr", "rf", "xgboost", "dnn")
"""The models of Table 1 that take moments, in its order."""
COMPARED = {"rf": "random forest", "krr": "kernel ridge regression"}
"""Models that all sets of features are given to: of two kinds, so that no answer is one kind's."""
HIDDEN = (128, 64)
"""Units of the dense network's two layers."""
INNER, JUDGED_BY = 3, "neg_mean_absolute_error"
"""Folds of the training crystals by which a model's settings are chosen, and by what."""
BOOSTED = "boosted trees of scikit-learn in place of XGBoost"
POPULATION = {
    "computed": "another population: {n:,} crystals of one space group, four fifths of which train, with energies of the Materials Project",
    "embedded": "crystals computed for this project",
}
METRICS = ("mae", "rmse")


def estimator(model: str, columns: int, trees: int, seed: int) -> BaseEstimator:
    """One of the five models of Table 1 on moments, features and targets standardised.

    How the paper set them is not at hand. Each chooses among three to eight settings, by cross-validation within its training crystals, but
    for the forest, for which little hangs on them: it has the usual third of the features at each branching. scikit-learn's boosted trees
    take XGBoost's place.

    Parameters
    ----------
    columns : number of features, with which the width of a kernel grows
    """
    width = [0.3 / columns, 1 / columns]
    asked: dict[str, tuple[BaseEstimator, dict[str, list[Any]]]] = {
        "krr": (KernelRidge(kernel="rbf"), {"alpha": [1e-4, 1e-3, 1e-2, 1e-1], "gamma": width}),
        "svr": (SVR(), {"C": [3, 30], "epsilon": [0.01, 0.1], "gamma": width}),
        "rf": (RandomForestRegressor(trees, max_features=1 / 3, random_state=seed), {}),
        "xgboost": (
            HistGradientBoostingRegressor(max_iter=200, random_state=seed),
            {"learning_rate": [0.05, 0.1], "max_leaf_nodes": [7, 31]},
        ),
        "dnn": (
            MLPRegressor(hidden_layer_sizes=HIDDEN, early_stopping=True, n_iter_no_change=30, max_iter=500, random_state=seed),
            {"alpha": [1e-2, 1e-1, 1]},
        ),
    }
    made, settings = asked[model]
    chosen = GridSearchCV(made, settings, cv=INNER, scoring=JUDGED_BY) if settings else made
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), chosen), transformer=StandardScaler())


@dataclass(frozen=True)
class Models:
    """Everything that the chapter asks of models on moments.

    Raises
    ------
    MissingDataError : the profile asks for real formation energies and they are not on this machine
    """

    settings: EsnetParameters

    @cached_property
    def task(self) -> Task:
        """Crystals with formation energies and densities of states, and whatever is left out with its reason."""
        return datasets.load("densities-of-states/formation-energy" + ("" if self.settings.states == "computed" else "-embedded"))

    @cached_property
    def parts(self) -> dict[str, FloatArray]:
        """(n, columns) of each kind of features."""
        crystals = self.task.crystals
        found, _ = states.of_crystals(crystals)
        return {
            ELEMENTS: states.listed_elements(crystals),
            AMOUNTS: states.amounts(crystals),
            MOMENTS: states.moments(found),
            COMPOSITION: magpie.of_crystals(crystals),
            STRUCTURE: simple_structure.of_crystals(crystals),
        }

    def features(self, name: str) -> FloatArray:
        """(n, columns) of one of `SETS`."""
        return np.column_stack([self.parts[part] for part in name.split(", ")])

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Of test crystals: model, features, repeat, fold, id, target, prediction (eV/atom)."""
        asked = [(model, PAPERS) for model in MODELS] + [(model, name) for model in COMPARED for name in SETS if name != PAPERS]
        return pd.concat([self._predicted(*one) for one in asked], ignore_index=True)

    @property
    def repeats(self) -> range:
        """The seeds of the repeats."""
        return range(self.settings.seed, self.settings.seed + self.settings.repeats)

    def errors_by_fold(self, model: str | None = None) -> pd.DataFrame:
        """Errors fold by fold, see `cross_validation.by_fold`: of all models on what the paper gives them, or of one on each of `SETS`."""
        rows = self.predictions
        chosen = rows[rows["features"] == PAPERS] if model is None else rows[rows["model"] == model].assign(model=lambda t: t["features"])
        return cross_validation.by_fold(chosen)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Rows model, question, and what `recryst.analysis.cross_validation.paired` says of the mean absolute error."""
        parts = []
        for model in COMPARED:
            tested = self.errors_by_fold(model)
            for question, (_, features, reference) in QUESTIONS.items():
                found = cross_validation.paired(tested, features, reference)
                parts.append(found[found["metric"] == "mae"].assign(model=model, question=question))
        return pd.concat(parts, ignore_index=True)

    @property
    def evidence(self) -> dict[str, Any]:
        """What a value is recorded with."""
        return {"level": "retrained", "data": self.task.label, "split": "cross-validation", "unit": UNIT, "n": len(self.task)}

    def _predicted(self, model: str, name: str) -> pd.DataFrame:
        work = partial(_fit, self.features(name), self.task.targets, model, self.settings.trees)
        return folds.predictions(work, self.task, self.repeats, self.settings.jobs).assign(model=model, features=name)


def record_models(report: Report, models: Models) -> None:
    """Record what the paper's five models on moments are given, and their errors from relaxed structures in Table 1."""
    length = models.features(MOMENTS).shape[1]
    sizes = [("text-features", "moments", len(states.MOMENTS)), ("text-features", "moments/length", length)]
    for exhibit, value_id, size in (*sizes, ("text-network", "dnn/layers", len(HIDDEN))):
        report.record(exhibit, value_id, level="rebuilt", value=size)
    reason = POPULATION[models.settings.states].format(n=len(models.task))
    for row in cross_validation.summary(models.errors_by_fold()).to_dict("records"):
        if row["metric"] in METRICS:
            caveat = BOOSTED if row["model"] == "xgboost" else None
            value_id = f"{row['model']}/rs2re/{row['metric']}"
            report.record("table-1", value_id, **_found(models, row), not_comparable=reason, caveat=caveat)


def record_features(report: Report, models: Models) -> None:
    """Record the errors of two models on each of `SETS`, how many compositions the crystals have, and, of real ones, what `QUESTIONS`
    change, with p-values adjusted for their number: embedded crystals are too few to tell.
    """
    compositions = len(set(models.task.crystals.formulas()))
    about = {**models.evidence, "level": "re-analysed", "split": "all", "unit": ""}
    report.record("beyond-states", "compositions", value=compositions, **about)
    for model, words in COMPARED.items():
        for row in cross_validation.summary(models.errors_by_fold(model)).to_dict("records"):
            if row["metric"] in METRICS:
                report.record("beyond-states", f"{slug(words)}/{SLUGS[row['model']]}/{row['metric']}", **_found(models, row))
    if models.settings.states == "computed":
        asked = models.differences
        ids = asked["model"].map(COMPARED).map(slug) + "/" + asked["question"] + "/mae"
        folds.record_differences(report, "beyond-states", asked.assign(value_id=ids), lambda _: models.evidence)


def bars(models: Models, model: str) -> pd.DataFrame:
    """Rows label, value, low, high: the mean absolute error of a model on each of `SETS`."""
    table = cross_validation.summary(models.errors_by_fold(model))
    found = table[table["metric"] == "mae"].set_index("model").loc[list(SETS)]
    return found.rename_axis("label").reset_index()[["label", "value", "low", "high"]].round(3)


def difference_table(models: Models) -> pd.DataFrame:
    """`Models.differences` in words: what is added or replaced, of which model, and what it changes in the mean absolute error."""
    rows = models.differences
    table = pd.DataFrame({"question": [QUESTIONS[name][0] for name in rows["question"]], "model": rows["model"].map(COMPARED)})
    return table.assign(change=rows["value"], low=rows["low"], high=rows["high"]).round(4)


def _found(models: Models, row: dict[Any, Any]) -> dict[str, Any]:
    return models.evidence | folds.recorded(row, models.repeats, UNIT)


def _fit(features: FloatArray, targets: FloatArray, model: str, trees: int, item: Item) -> FloatArray:
    train, test, seed = item
    # so few crystals are divided among threads at a loss; and how many passes the dense network has at most is a setting like others
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        chosen = estimator(model, features.shape[1], trees, seed).fit(features[train], targets[train])
        return np.asarray(chosen.predict(features[test]))
