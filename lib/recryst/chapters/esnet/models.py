"""Models on moments of densities of states, as Table 1 has five, trained on crystals whose densities of states were computed here.

They are held against models that know no densities of states: the composition with its amounts, and how large and how dense the crystal
is. All see the same folds.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

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

ELEMENTS, MOMENTS, COMPOSITION, STRUCTURE = "elements", "moments", "Magpie", "structure"
PAPERS = f"{MOMENTS}, {ELEMENTS}"
"""What the paper gives its models."""
SETS = (ELEMENTS, PAPERS, COMPOSITION, f"{COMPOSITION}, {STRUCTURE}", f"{COMPOSITION}, {STRUCTURE}, {MOMENTS}")
"""Features that are compared."""
SLUGS = dict(zip(SETS, ("elements", "moments-elements", "magpie", "magpie-structure", "magpie-structure-moments"), strict=True))
QUESTIONS = {
    "moments-beside-elements": ("moments, beside the list of elements", PAPERS, ELEMENTS),
    "amounts-in-place-of-moments": ("Magpie, which knows amounts, in place of moments and the list of elements", COMPOSITION, PAPERS),
    "moments-beside-all": ("moments, beside Magpie and structure", SETS[-1], SETS[-2]),
}
"""Questions to one model, in words: features, and those that they are held against on the same folds."""
MODELS = ("krr", "svr", "rf", "xgboost", "dnn")
"""The models of Table 1 that take moments, in its order."""
COMPARED = {"rf": "random forest", "krr": "kernel ridge regression"}
"""Models that all sets of features are given to: of two kinds, so that no answer is one kind's."""
INNER, JUDGED_BY = 5, "neg_mean_absolute_error"
"""Folds of the training crystals by which a penalty is chosen, and by what."""
POPULATION = {
    "computed": "another population: {n:,} crystals of one space group from the Materials Project, tested by cross-validation",
    "embedded": "crystals computed for this project",
}
METRICS = ("mae", "rmse")


def estimator(model: str, trees: int, seed: int) -> BaseEstimator:
    """One of the five models of Table 1 on moments, features and targets standardised.

    How the paper set them is not at hand. Here the kernels' width follows from the number of features, penalties are chosen by
    cross-validation within the training crystals, and a tenth of these tells the dense network when to stop. scikit-learn's boosted trees
    take XGBoost's place.
    """
    made = {
        "krr": GridSearchCV(KernelRidge(kernel="rbf"), {"alpha": [1e-3, 1e-2, 1e-1, 1]}, cv=INNER, scoring=JUDGED_BY),
        "svr": GridSearchCV(SVR(gamma="auto"), {"C": [1, 10, 100]}, cv=INNER, scoring=JUDGED_BY),
        "rf": RandomForestRegressor(trees, random_state=seed),
        "xgboost": HistGradientBoostingRegressor(random_state=seed),
        "dnn": MLPRegressor(hidden_layer_sizes=(128, 64), early_stopping=True, max_iter=500, random_state=seed),
    }
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), made[model]), transformer=StandardScaler())


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

    def folds(self, model: str | None = None) -> pd.DataFrame:
        """Errors fold by fold, see `cross_validation.by_fold`: of all models on what the paper gives them, or of one on each of `SETS`."""
        rows = self.predictions
        chosen = rows[rows["features"] == PAPERS] if model is None else rows[rows["model"] == model].assign(model=lambda t: t["features"])
        return cross_validation.by_fold(chosen)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Rows model, question, and what `recryst.analysis.cross_validation.paired` says of the mean absolute error."""
        parts = []
        for model in COMPARED:
            tested = self.folds(model)
            for question, (_, features, reference) in QUESTIONS.items():
                found = cross_validation.paired(tested, features, reference)
                parts.append(found[found["metric"] == "mae"].assign(model=model, question=question))
        return pd.concat(parts, ignore_index=True)

    @property
    def evidence(self) -> dict[str, Any]:
        """What a value is recorded with."""
        reason = POPULATION[self.settings.states].format(n=len(self.task))
        about = {"level": "retrained", "data": self.task.label, "split": "cross-validation", "unit": UNIT, "n": len(self.task)}
        return {**about, "not_comparable": reason}

    def _predicted(self, model: str, name: str) -> pd.DataFrame:
        work = partial(_fit, self.features(name), self.task.targets, model, self.settings.trees)
        return folds.predictions(work, self.task, self.repeats, self.settings.jobs).assign(model=model, features=name)


def record_models(report: Report, models: Models) -> None:
    """Record the errors of the paper's five models on moments, from relaxed structures, in Table 1."""
    for row in cross_validation.summary(models.folds()).to_dict("records"):
        if row["metric"] in METRICS:
            report.record("table-1", f"{row['model']}/rs2re/{row['metric']}", **_found(models, row))


def record_features(report: Report, models: Models) -> None:
    """Record the errors of two models on each of `SETS`, how many compositions the crystals have, and, of real ones, what `QUESTIONS`
    change, with p-values adjusted for their number: embedded crystals are too few to tell.
    """
    compositions = len(set(models.task.crystals.formulas()))
    report.record("beyond-states", "compositions", **{**models.evidence, "value": compositions, "unit": "", "split": "all"})
    for model, words in COMPARED.items():
        for row in cross_validation.summary(models.folds(model)).to_dict("records"):
            if row["metric"] in METRICS:
                report.record("beyond-states", f"{slug(words)}/{SLUGS[row['model']]}/{row['metric']}", **_found(models, row))
    if models.settings.states == "computed":
        asked = models.differences
        ids = asked["model"].map(COMPARED).map(slug) + "/" + asked["question"] + "/mae"
        folds.record_differences(report, "beyond-states", asked.assign(value_id=ids), lambda _: models.evidence)


def bars(models: Models, model: str) -> pd.DataFrame:
    """Rows label, value, low, high: the mean absolute error of a model on each of `SETS`."""
    table = cross_validation.summary(models.folds(model))
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
    return np.asarray(estimator(model, trees, seed).fit(features[train], targets[train]).predict(features[test]))
