"""The charge-density chapter's random forests: what a composition, a simple structure and a density each say of a modulus.

A forest needs no choice of layers, rates or epochs, so that what it gains from a further feature is the feature's. All forests see the
same folds, those that networks are tested on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

from recryst import parallel
from recryst.analysis import cross_validation
from recryst.chapters import folds
from recryst.chapters.charge_density.study import Modulus, Study, holding
from recryst.chapters.folds import FOLDS, Item
from recryst.crystals import Crystals, FloatArray
from recryst.datasets.task import Task
from recryst.errors import MissingDataError
from recryst.features import density_statistics, magpie, simple_structure

COMPOSITION, STRUCTURE, DENSITY, FREE, OUTER = "Magpie", "structure", "density", "free atoms", "outer free atoms"
BOTH, ALL, CONTROL = f"{COMPOSITION}, {STRUCTURE}", f"{COMPOSITION}, {STRUCTURE}, {DENSITY}", f"{COMPOSITION}, {STRUCTURE}, {FREE}"
OUTER_CONTROL = f"{COMPOSITION}, {STRUCTURE}, {OUTER}"
SETS = (COMPOSITION, STRUCTURE, BOTH, DENSITY, ALL, CONTROL, OUTER_CONTROL)
"""Features that forests are given; "free atoms": of the density that free atoms would have at these places, which knows no bond."""
OUTERMOST = 0.5
"""Share of the cell, the emptiest, whose quantiles are what "outer free atoms" says: how far atoms reach, and no peak at a nucleus."""
LOGARITHM = ", of the logarithm"
"""Ending of a model that learns the logarithm of the modulus; its predictions are turned back."""
SHARES = (0.125, 0.25, 0.5)
"""Shares of the training crystals at which learning curves are taken, beside all of them."""
FEWEST = 5
"""Crystals with an element that make a test of leaving it out."""


@dataclass(frozen=True)
class Forests:
    """Everything that the chapter asks of random forests."""

    study: Study

    @cached_property
    def sets(self) -> tuple[str, ...]:
        """Those of `SETS` for which there are features: without densities of free atoms, which do not come with the project, no control."""
        if self.study.real and self._features("bulk", FREE) is not None:
            return SETS
        return tuple(name for name in SETS if name not in (CONTROL, OUTER_CONTROL))

    def features(self, modulus: Modulus, name: str, task: Task | None = None) -> FloatArray:
        """(n, columns) features of a task's crystals by the name of their set."""
        parts = [self._features(modulus, part, task) for part in name.removesuffix(LOGARITHM).split(", ")]
        return np.column_stack([part for part in parts if part is not None])

    def cross_validated(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of test crystals: model, repeat, fold, id, target, prediction (GPa), see `recryst.analysis.cross_validation`."""
        return _cross_validated(self, modulus)

    def folds(self, modulus: Modulus) -> pd.DataFrame:
        """Errors of each model in each fold."""
        return cross_validation.by_fold(self.cross_validated(modulus))

    def learning_curve(self, modulus: Modulus) -> pd.DataFrame:
        """Rows label, n_train, seed (the fold of the first repeat), mae: errors of forests on growing, nested sets of training crystals.

        Folds differ a little in size; the largest sets of all folds are given as the smallest of them.
        """
        return _learning_curve(self, modulus)

    def left_out(self, modulus: Modulus, elements: tuple[str, ...]) -> pd.DataFrame:
        """Predictions of the crystals with an element by forests that saw none with it: element, model, id, target, prediction."""
        task, parts = self.study.task(modulus), []
        tested = {element: holding(task, (element,)) for element in elements}
        tested = {element: members for element, members in tested.items() if members.sum() >= FEWEST}
        items: list[Item] = [(np.flatnonzero(~members), np.flatnonzero(members), self.study.settings.seed) for members in tested.values()]
        for name in (COMPOSITION, BOTH, DENSITY, ALL, *(name for name in (CONTROL, OUTER_CONTROL) if name in self.sets)):
            found = parallel.map(self.work(modulus, name), items, self.study.settings.jobs)
            for element, (_, test, _), values in zip(tested, items, found, strict=True):
                rows = {"id": task.crystals.ids[test], "target": task.targets[test], "prediction": values}
                parts.append(pd.DataFrame({"element": element, "model": name, **rows}))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def unseen(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of crystals that have moduli of the older vintage alone: id, target, prediction; none of embedded ones."""
        if modulus not in self.study.unseen:
            return pd.DataFrame()
        task, other = self.study.task(modulus), self.study.unseen[modulus]
        forest = RandomForestRegressor(self.study.settings.trees, random_state=self.study.settings.seed)
        forest.fit(self.features(modulus, ALL), task.targets)
        values = forest.predict(self.features(modulus, ALL, other))
        return pd.DataFrame({"id": other.crystals.ids, "target": other.targets, "prediction": values})

    def of_formulas(self, formulas: tuple[str, ...]) -> FloatArray:
        """Bulk moduli (GPa) that a forest on compositions alone predicts."""
        forest = RandomForestRegressor(self.study.settings.trees, random_state=self.study.settings.seed)
        forest.fit(self.features("bulk", COMPOSITION), self.study.task("bulk").targets)
        return np.asarray(forest.predict(magpie.of_formulas(formulas)))

    def work(self, modulus: Modulus, name: str) -> Callable[[Item], FloatArray]:
        """What trains a forest on some crystals and predicts others (GPa), by the name of its features."""
        features = self.features(modulus, name).astype(np.float32)
        return partial(_fit, features, self.study.task(modulus).targets, self.study.settings.trees, name.endswith(LOGARITHM))

    def _features(self, modulus: Modulus, part: str, task: Task | None = None) -> FloatArray | None:
        chosen = task or self.study.task(modulus)
        if part in (COMPOSITION, STRUCTURE):
            return _columns(chosen.crystals, part)
        try:
            numbers = self.study.statistics(chosen, "computed" if part == DENSITY else "free-atoms")
        except MissingDataError:
            if part == DENSITY:
                raise
            return None
        return numbers[:, density_statistics.quantiles(OUTERMOST)] if part == OUTER else numbers


# the notebook asks for the same forests again and again
@cache
def _cross_validated(forests: Forests, modulus: Modulus) -> pd.DataFrame:
    settings, task = forests.study.settings, forests.study.task(modulus)
    repeats = range(settings.seed, settings.seed + settings.repeats)
    parts = [
        folds.predictions(forests.work(modulus, name), task, repeats, settings.jobs).assign(model=name)
        for name in (*forests.sets, ALL + LOGARITHM)
    ]
    return pd.concat(parts, ignore_index=True)


@cache
def _learning_curve(forests: Forests, modulus: Modulus) -> pd.DataFrame:
    task, repeat, rows = forests.study.task(modulus), forests.study.settings.seed, []
    of_fold = [folds.division(task, repeat, fold) for fold in range(FOLDS)]
    most, whole = min(len(train) for train, _ in of_fold), forests.folds(modulus)
    for name in (COMPOSITION, BOTH, ALL):
        sizes = [max(8, round(share * most)) for share in SHARES]
        items: list[Item] = [(train[:size], test, repeat) for size in sizes for train, test in of_fold]
        places = [(size, fold) for size in sizes for fold in range(FOLDS)]
        found = parallel.map(forests.work(modulus, name), items, forests.study.settings.jobs)
        for (size, fold), (_, test, _), values in zip(places, items, found, strict=True):
            rows.append((name, size, fold, float(np.abs(values - task.targets[test]).mean())))
        last = whole[(whole["model"] == name) & (whole["repeat"] == repeat)]
        rows += [(name, most, int(fold), float(mae)) for fold, mae in zip(last["fold"], last["mae"], strict=True)]
    return pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])


@cache
def _columns(crystals: Crystals, part: str) -> FloatArray:
    return magpie.of_crystals(crystals) if part == COMPOSITION else simple_structure.of_crystals(crystals)


def _fit(features: FloatArray, targets: FloatArray, trees: int, logarithm: bool, item: Item) -> FloatArray:
    train, test, seed = item
    learned = np.log(targets) if logarithm else targets
    predicted = RandomForestRegressor(trees, random_state=seed).fit(features[train], learned[train]).predict(features[test])
    return np.asarray(np.exp(predicted) if logarithm else predicted)
