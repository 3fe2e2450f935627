"""Networks of the charge-density chapter: finished runs of a plan, how far the plan is, and what the networks predict."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.charge_density.names import BEYOND, NAMES
from recryst.chapters.charge_density.study import MODULI, Modulus, Study
from recryst.chapters.evidence import results
from recryst.training import plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run

PRINTED = {
    "composition-image": "magpie-cnn",
    "density-volume": "density-3d-cnn",
    "density-projection": "density-2d-cnn",
    "density-fusion": "fusion",
    "gated": "cgcnn",
}
"""Models of the paper's tables by the network of a configuration."""
STRUCTURE, FREE_ATOMS, LINEAR, TRAINED_ON = ", structure", ", of free atoms", ", not their logarithm", " that trains on"
"""Endings of the names of networks that are not the paper's: what they are given beside the composition, or in place of the density."""
PLAN = "charge_density"
"""The chapter's own plan."""
Experiment = Literal["cross-validation", "learning curve", "an element left out"]
STATUS = ["network", "experiment", "finished", "planned"]


@dataclass(frozen=True, eq=False)
class Trained:
    """The finished runs of the plan that the settings name; none where they name none."""

    study: Study

    @cached_property
    def planned(self) -> list[Configuration]:
        """All runs of the plan."""
        plan = self.study.settings.plan
        return plans.read(plans.named(plan)) if plan else []

    @cached_property
    def finished(self) -> list[Run]:
        """Those that are finished."""
        plan = self.study.settings.plan
        return plans.finished(plans.named(plan)) if plan else []

    def status(self) -> pd.DataFrame:
        """Rows network, experiment, finished, planned: how far the plan is."""
        keys = [(model(configuration), _experiment(configuration)) for configuration in self.planned]
        done = [(model(run.configuration), _experiment(run.configuration)) for run in self.finished]
        return pd.DataFrame([(*key, done.count(key), keys.count(key)) for key in dict.fromkeys(keys)], columns=STATUS)

    def cross_validated(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of test crystals: model, repeat, fold, id, target, prediction; of repeats alone of which all folds are finished."""
        parts = [
            _predictions(run, model=name, repeat=repeat, fold=run.configuration.fold)
            for (name, repeat), folds in self._repeats(modulus).items()
            for run in folds
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def validation_errors(self, modulus: Modulus) -> pd.DataFrame:
        """Rows model, validation_mae: the mean over the folds of what is tested, by which alone one network may be chosen over another."""
        rows = [(name, run.record()["best_validation_error"]) for (name, _), folds in self._repeats(modulus).items() for run in folds]
        return pd.DataFrame(rows, columns=["model", "validation_mae"]).groupby("model", sort=False).mean().reset_index()

    def of_first_repeat(self, modulus: Modulus, name: str) -> list[Run]:
        """The networks of one kind in the first repeat of the cross-validation; none until all its folds are finished."""
        return self._repeats(modulus).get((name, 0), [])

    def learning_curve(self, modulus: Modulus) -> pd.DataFrame:
        """Rows label, n_train, seed (the fold), mae: errors on a fold's test crystals after training on growing, nested sets of others."""
        smaller = self._runs(modulus, "learning curve")
        begun = {_place(run.configuration) for run in smaller}
        whole = [run for run in self._runs(modulus, "cross-validation") if _place(run.configuration) in begun]
        rows = [
            (model(run.configuration), run.training_crystals, run.configuration.fold, mean_absolute_error(run.predictions("test")))
            for run in (*smaller, *whole)
        ]
        return pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])

    def left_out(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of the crystals with an element that was left out: model, element, id, target, prediction."""
        runs = self._runs(modulus, "an element left out")
        parts = [_predictions(run, model=model(run.configuration), element=run.configuration.left_out) for run in runs]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def _repeats(self, modulus: Modulus) -> dict[tuple[str, int], list[Run]]:
        """Runs of the cross-validation by model and repeat, where those of all folds are finished."""
        found: dict[tuple[str, int], list[Run]] = {}
        for run in self._runs(modulus, "cross-validation"):
            found.setdefault((model(run.configuration), run.configuration.split_seed), []).append(run)
        return {place: folds for place, folds in found.items() if len(folds) == folds[0].configuration.folds}

    def _runs(self, modulus: Modulus, experiment: Experiment) -> list[Run]:
        task = self.study.task(modulus).name
        return [run for run in self.finished if run.task.name == task and _experiment(run.configuration) == experiment]


def own_plan() -> list[Configuration]:
    """All runs of the chapter's own plan, whichever the settings name."""
    return plans.read(plans.named(PLAN))


def settings_results(trained: Trained) -> pd.DataFrame:
    """Sections 2.3 and 3: trees of a forest in this profile, and finished repeats of the 2D network's cross-validation; none where none is.

    A repeat is finished with all folds of both moduli.
    """
    finished = [{repeat for name, repeat in trained._repeats(modulus) if name == NAMES["density-2d-cnn"]} for modulus in MODULI]
    repeats = len(set.intersection(*finished))
    rows = [("text-magpie", "trees", trained.study.settings.trees, None)]
    return results(*rows, *([("text-training", "repeats", repeats, None)] if repeats else []))


def model(configuration: Configuration) -> str:
    """What readers call a network and what it is given, by the name that the paper's tables have for it where it is one of theirs."""
    name = BEYOND.get(configuration.network) or NAMES[PRINTED[configuration.network]]
    if configuration.structure:
        name += STRUCTURE
    if configuration.density == "free-atoms":
        name += FREE_ATOMS
    if configuration.density_values == "linear":
        name += LINEAR
    if configuration.network == "density-fusion" and configuration.joined == "trained":
        name += TRAINED_ON
    return name


def _experiment(configuration: Configuration) -> Experiment:
    if configuration.left_out is not None:
        return "an element left out"
    return "cross-validation" if configuration.n_train is None else "learning curve"


def _place(configuration: Configuration) -> tuple[str, int | None, int]:
    """Network, fold and repeat."""
    return model(configuration), configuration.fold, configuration.split_seed


def _predictions(run: Run, **columns: Any) -> pd.DataFrame:
    return run.predictions("test")[["id", "target", "prediction"]].assign(**columns)
