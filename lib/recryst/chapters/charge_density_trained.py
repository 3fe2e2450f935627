"""Networks of the charge-density chapter: finished runs of a plan, what they say of Tables 2 and 3, and what is still to be trained."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from recryst.analysis import cross_validation
from recryst.chapters.charge_density import MODULI, Modulus, Study
from recryst.chapters.charge_density_printed import NAMES
from recryst.chapters.charge_density_results import METRIC_UNITS, cross_validated
from recryst.report import Report
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
STATUS = ["network", "experiment", "finished", "planned"]


@dataclass(frozen=True)
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
        keys = [_told(configuration) for configuration in self.planned]
        done = [_told(run.configuration) for run in self.finished]
        return pd.DataFrame([(*key, done.count(key), keys.count(key)) for key in dict.fromkeys(keys)], columns=STATUS)

    def cross_validated(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of test crystals: model, repeat, fold, id, target, prediction; of repeats alone of which all folds are finished."""
        task, parts = self.study.task(modulus), []
        runs = [
            run for run in self.finished if run.task.name == task.name and _plain(run.configuration) and run.configuration.fold is not None
        ]
        for model in PRINTED.values():
            of_model = [run for run in runs if PRINTED[run.configuration.network] == model]
            for repeat in sorted({run.configuration.split_seed for run in of_model}):
                folds = [run for run in of_model if run.configuration.split_seed == repeat]
                if len(folds) == folds[0].configuration.folds:
                    parts += [_predictions(run, model=model, repeat=repeat, fold=run.configuration.fold) for run in folds]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def left_out(self, modulus: Modulus) -> pd.DataFrame:
        """Predictions of the crystals with an element that was left out: model, element, id, target, prediction."""
        task, parts = self.study.task(modulus), []
        for run in self.finished:
            symbol = run.configuration.left_out
            if run.task.name == task.name and symbol is not None and _plain(run.configuration):
                parts.append(_predictions(run, model=PRINTED[run.configuration.network], element=symbol))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def record(report: Report, trained: Trained) -> None:
    """Record what the finished networks reach in Tables 2 and 3; nothing where there are none."""
    for modulus in MODULI:
        about = trained.study.evidence(modulus)
        table = trained.cross_validated(modulus)
        for row in cross_validation.summary(cross_validation.by_fold(table)).to_dict("records") if len(table) else ():
            if row["metric"] in ("r2", "rmse") and row["model"] != "cgcnn":
                seeds = tuple(range(int(row["repeats"])))
                found = about | {"split": "cross-validation"} | cross_validated(row, seeds)
                report.record("table-2", f"{modulus}/{row['model']}/{row['metric']}", **found)
        table = trained.left_out(modulus)
        for row in cross_validation.errors(table, ["element", "model"]).to_dict("records") if len(table) else ():
            for metric in ("r2", "rmse") if row["n"] > 1 and row["model"] != "fusion" else ():
                said = {**about, "unit": METRIC_UNITS[metric], "split": "test"}
                report.record("table-3", f"{row['element']}/{modulus}/{row['model']}/{metric}", value=row[metric], n=row["n"], **said)


def _plain(configuration: Configuration) -> bool:
    """Whether a run is one of the paper's experiments: all training crystals, computed densities, no structure beside the composition."""
    return configuration.n_train is None and configuration.density == "computed" and not configuration.structure


def _told(configuration: Configuration) -> tuple[str, str]:
    """Network and experiment of a configuration, in words."""
    changes = (
        ", with structure" if configuration.structure else ", on free atoms' densities" if configuration.density == "free-atoms" else ""
    )
    if configuration.left_out is not None:
        experiment = "an element left out"
    elif configuration.n_train is not None:
        experiment = "learning curve"
    else:
        experiment = "cross-validation"
    return NAMES[PRINTED[configuration.network]] + changes, experiment


def _predictions(run: Run, **columns: Any) -> pd.DataFrame:
    return run.predictions("test")[["id", "target", "prediction"]].assign(**columns)
