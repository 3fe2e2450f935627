"""What chapters say of models that a cross-validation trains: their predictions, their errors, and what differs on the same folds."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recryst import parallel
from recryst.analysis.several_tests import holm
from recryst.crystals import FloatArray, IntArray
from recryst.datasets.task import Task
from recryst.report import Report
from recryst.training import splits

FOLDS = 5
"""Folds of a cross-validation, of the models here as of the networks."""

Item = tuple[IntArray, IntArray, int]
"""Positions of the crystals that train and of those that test, and the seed."""


def division(task: Task, repeat: int, fold: int) -> tuple[IntArray, IntArray]:
    """Positions of training crystals, in the order in which hashes rank them, and of test crystals: none validate, test crystals are those
    of the networks.
    """
    split = splits.in_folds(task.crystals.ids.tolist(), fold, FOLDS, 1, repeat)
    return np.r_[split.validation, split.train], split.test


def predictions(work: Callable[[Item], FloatArray], task: Task, repeats: Sequence[int], jobs: int) -> pd.DataFrame:
    """Predictions of each crystal by a model that was trained on the other folds, once a repeat.

    Parameters
    ----------
    work : trains a model and returns what it predicts of the test crystals; processes are handed it, so it is a function of a module
    repeats : a seed each, which divides the crystals anew

    Returns
    -------
    repeat, fold, id, target, prediction : `recryst.analysis.cross_validation` takes them with the model's name
    """
    places = [(repeat, fold) for repeat in repeats for fold in range(FOLDS)]
    items: list[Item] = [(*division(task, repeat, fold), repeat) for repeat, fold in places]
    parts = []
    for (repeat, fold), (_, test, _), values in zip(places, items, parallel.map(work, items, jobs), strict=True):
        rows = {"id": task.crystals.ids[test], "target": task.targets[test], "prediction": values}
        parts.append(pd.DataFrame({"repeat": repeat, "fold": fold, **rows}))
    return pd.concat(parts, ignore_index=True)


def recorded(row: dict[Any, Any], seeds: Sequence[int], unit: str) -> dict[str, Any]:
    """What a row of `recryst.analysis.cross_validation.summary` is recorded with.

    Parameters
    ----------
    seeds : of the repeats
    unit : of the target, and so of all errors but R²
    """
    found = {"value": row["value"], "n": row["n"], "interval": (row["low"], row["high"]), "unit": "" if row["metric"] == "r2" else unit}
    return found | ({"spread": row["spread"], "seeds": tuple(seeds)} if len(seeds) > 1 else {})


def record_differences(report: Report, exhibit: str, rows: pd.DataFrame, evidence: Callable[[dict[Any, Any]], dict[str, Any]]) -> None:
    """Record what questions to models change in their errors, with p-values adjusted for the number of all of these.

    Parameters
    ----------
    rows : value_id, and what `recryst.analysis.cross_validation.paired` returns, of all questions together
    evidence : what the value of a row is recorded with
    """
    for row in rows.assign(adjusted=holm(rows["p"].to_numpy(dtype=float))).to_dict("records"):
        about = evidence(row)
        report.record(exhibit, row["value_id"], **{**about, "value": row["value"], "interval": (row["low"], row["high"])})
        report.record(exhibit, f"{row['value_id']}/adjusted-p", **{**about, "value": row["adjusted"], "unit": ""})
