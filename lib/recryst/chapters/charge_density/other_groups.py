"""Crystals of other space groups than the one that networks learned from: what is a mean over the cell has no orientation to be lost in."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

from recryst.analysis import bootstrap, regression
from recryst.chapters.charge_density.forests import BOTH, Forests
from recryst.chapters.charge_density.networks import FOREST, FUNCTIONAL, slug
from recryst.chapters.charge_density.results import METRIC_UNITS
from recryst.chapters.charge_density.study import UNIT
from recryst.chapters.charge_density.trained import FREE_ATOMS, Trained
from recryst.crystals import Crystals, FloatArray
from recryst.datasets import embedded
from recryst.datasets.density_files import DensityFile
from recryst.datasets.density_moduli import FACE_CENTRED
from recryst.datasets.task import Task
from recryst.features import free_atoms
from recryst.report import Report
from recryst.training import new_densities
from recryst.training.run import Run

PROTOTYPES = {
    "bcc": "body-centred cubic",
    "cscl": "caesium chloride",
    "diamond": "diamond",
    "element": "element as found in nature",
    "half-heusler": "half-Heusler",
    "zincblende": "zincblende",
}
"""What readers call the prototypes of the embedded crystals that are not of space group Fm-3m."""
FUNCTIONALS = (FUNCTIONAL, FUNCTIONAL + FREE_ATOMS)
FOREST_OF_STRUCTURE = FOREST + BOTH
NOT_COMPARABLE = "crystals of other space groups than the paper's, with moduli computed for this project"
COLUMNS = ["model", "prototype", "id", "target", "prediction"]


def others() -> Task:
    """Bulk moduli (GPa) of the embedded crystals that are not of space group Fm-3m."""
    task, prototypes = embedded.task("bulk-modulus"), embedded.properties()["prototype"]
    kept = task.select([name for name in task.crystals.ids.tolist() if prototypes[name] not in FACE_CENTRED])
    return replace(kept, targets=embedded.properties()["bulk_modulus"].reindex(kept.crystals.ids).to_numpy(dtype=np.float64), unit=UNIT)


@cache
def predict(trained: Trained, forests: Forests) -> pd.DataFrame:
    """Bulk moduli by the functionals of the first cross-validation, the mean of its folds, and by a forest that sees no density.

    Returns
    -------
    model, prototype, id, target, prediction (GPa) : empty for embedded crystals, which are what is predicted here, and until both
        functionals, of computed densities and of free atoms', have learned from all folds
    """
    runs = {name: trained.of_first_repeat("bulk", name) for name in FUNCTIONALS}
    if not (trained.study.real and all(runs.values())):
        return pd.DataFrame(columns=COLUMNS)
    task = others()
    known = pd.DataFrame({"id": task.crystals.ids, "target": task.targets})
    known["prototype"] = known["id"].map(embedded.properties()["prototype"]).map(PROTOTYPES)
    parts = [known.assign(model=name, prediction=np.mean([_answers(run, task) for run in folds], axis=0)) for name, folds in runs.items()]
    parts.append(known.assign(model=FOREST_OF_STRUCTURE, prediction=_by_forest(forests, task)))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def record(report: Report, trained: Trained, forests: Forests) -> None:
    """Record errors of each model, and what a functional of computed densities changes in those of the others, on the same crystals."""
    table = predict(trained, forests)
    if table.empty:
        return
    about: dict[str, Any] = {
        "level": "retrained",
        "data": others().label,
        "split": "new",
        "not_comparable": NOT_COMPARABLE,
        "caveat": f"learned from {trained.study.task('bulk').label}; embedded crystals have bulk moduli from equations of state",
    }
    for model, rows in table.groupby("model", sort=False):
        for metric, unit in METRIC_UNITS.items():
            names = {f"{slug(str(model))}/{metric}": metric}
            report.record_metrics("beyond-other-groups", names, regression.metrics(rows), **{**about, "unit": unit})
    for model in (FUNCTIONAL + FREE_ATOMS, FOREST_OF_STRUCTURE):
        change, interval = _change(table, FUNCTIONAL, model)
        count = int((table["model"] == model).sum())
        value_id = f"functional-for-{slug(model)}/mae"
        report.record("beyond-other-groups", value_id, value=change, interval=interval, n=count, **{**about, "unit": UNIT})


def by_prototype(trained: Trained, forests: Forests) -> pd.DataFrame:
    """Mean absolute error (GPa) of each model for each prototype, the most frequent first.

    Returns
    -------
    prototype, crystals, spread (mean absolute deviation of the moduli from their median, the error of who knows no more), a column a model
    """
    table = predict(trained, forests)
    if table.empty:
        return pd.DataFrame()
    errors = table.assign(error=(table["prediction"] - table["target"]).abs())
    wide = errors.pivot_table(index="prototype", columns="model", values="error", aggfunc="mean")[list(dict.fromkeys(table["model"]))]
    known = table[table["model"] == FUNCTIONAL].groupby("prototype")["target"]
    wide.insert(0, "spread", known.agg(lambda moduli: (moduli - moduli.median()).abs().mean()))
    wide.insert(0, "crystals", known.size())
    return wide.sort_values("crystals", ascending=False, kind="stable").round(1).rename_axis(columns=None).reset_index()


def points(trained: Trained, forests: Forests, model: str) -> pd.DataFrame:
    """Points x (computed modulus, GPa), y (predicted), group (prototype), about (formula); embedded crystals are this project's own."""
    table = predict(trained, forests)
    if table.empty:
        return pd.DataFrame()
    rows = table[table["model"] == model]
    formulas = dict(zip(others().crystals.ids, others().crystals.formulas(), strict=True))
    told = {"x": rows["target"].round(1), "y": rows["prediction"].round(1), "about": rows["id"].map(formulas), "group": rows["prototype"]}
    return pd.DataFrame(told).reset_index(drop=True)


def _answers(run: Run, task: Task) -> FloatArray:
    """(n,) GPa: what a functional says of embedded densities, or of free atoms' in the same cells."""
    files = (_density(task.crystals.take([index]), run.configuration.density) for index in range(len(task)))
    table = new_densities.answers(run, f"other-space-groups-{task.fingerprint[:12]}", files).set_index("id")
    return table["prediction"].reindex(task.crystals.ids).to_numpy(dtype=np.float64)


def _density(crystal: Crystals, kind: str) -> DensityFile:
    computed = kind == "computed"
    density = embedded.electronic_structure(str(crystal.ids[0])).density if computed else free_atoms.density(crystal)
    return DensityFile(crystal, np.asarray(density, dtype=np.float64), "smoothed valence")


def _by_forest(forests: Forests, task: Task) -> FloatArray:
    settings = forests.study.settings
    forest = RandomForestRegressor(settings.trees, random_state=settings.seed)
    forest.fit(forests.features("bulk", BOTH), forests.study.task("bulk").targets)
    return np.asarray(forest.predict(forests.features("bulk", BOTH, task)))


def _change(table: pd.DataFrame, first: str, second: str) -> tuple[float, tuple[float, float]]:
    """What the first model changes in the mean absolute error of the second, and its interval over crystals."""
    errors = (table["prediction"] - table["target"]).abs()
    one, other = (errors[table["model"] == model].to_numpy() for model in (first, second))
    differences = one - other
    drawn = np.array([counts @ differences / counts.sum() for counts in bootstrap.draws(len(differences))])
    low, high = bootstrap.percentiles(drawn)
    return float(differences.mean()), (float(low), float(high))
