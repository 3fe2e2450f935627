"""Models in the folds of a cross-validation: who trains, who tests, and what is recorded of it."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from recryst import datasets
from recryst.chapters import folds
from recryst.chapters.folds import FOLDS, Item
from recryst.crystals import FloatArray
from recryst.datasets.task import Task
from recryst.report import Report
from recryst.training import splits


@pytest.fixture(scope="module")
def task() -> Task:
    return datasets.load("charge-density/bulk-modulus-embedded")


def _own_target_and_seed(targets: FloatArray, item: Item) -> FloatArray:
    """What a model would predict that saw the targets of its test crystals; of those that train as well, nothing."""
    train, test, seed = item
    return np.where(np.isin(test, train), np.nan, targets[test] + 1000 * seed)


def test_each_crystal_is_tested_once_a_repeat_by_models_that_were_not_trained_on_it(task: Task) -> None:
    ids = task.crystals.ids
    found = folds.predictions(partial(_own_target_and_seed, task.targets), task, range(3, 5), jobs=1)
    assert list(found.groupby("repeat")["id"].apply(sorted)) == [sorted(ids)] * 2
    # every prediction stands in the row of its crystal and of its seed
    np.testing.assert_array_equal(found["prediction"], found["target"] + 1000 * found["repeat"])
    np.testing.assert_array_equal(found["target"], pd.Series(task.targets, ids)[found["id"]])
    for repeat, rows in found.groupby("repeat"):
        # the folds of the networks
        np.testing.assert_array_equal(rows.set_index("id")["fold"][ids], splits.fold_of(ids.tolist(), FOLDS, int(repeat)))
        for fold in range(FOLDS):
            train, test = folds.division(task, int(repeat), fold)
            assert sorted([*train, *test]) == list(range(len(task))), "every crystal trains or tests"


def test_an_error_is_recorded_with_its_unit_and_its_spread() -> None:
    row = {"metric": "rmse", "value": 2.0, "low": 1.5, "high": 2.5, "n": 7, "spread": 0.1}
    assert folds.recorded(row, (4, 5), "GPa") == {
        "value": 2.0, "n": 7, "interval": (1.5, 2.5), "unit": "GPa", "spread": 0.1, "seeds": (4, 5),
    }  # fmt: skip
    alone = folds.recorded({**row, "metric": "r2", "spread": float("nan")}, (4,), "GPa")
    assert alone == {"value": 2.0, "n": 7, "interval": (1.5, 2.5), "unit": ""}


def test_p_values_are_adjusted_for_all_questions_together(tmp_path) -> None:
    report = Report("esnet", profile="reduced", output=tmp_path)
    rows = pd.DataFrame(
        {"value_id": ["a", "b", "c"], "value": [1.0, 2.0, 3.0], "low": [0.5, -1, 2], "high": [1.5, 5, 4], "p": [0.02, 0.5, 0.01]}
    )
    folds.record_differences(report, "beyond-states", rows, lambda row: {"level": "retrained", "unit": "eV/atom", "n": int(row["value"])})
    found = {one.value_id: one for one in report.results.results}
    assert {name: found[name].value for name in "abc"} == {"a": 1, "b": 2, "c": 3}
    assert (found["a"].interval, found["c"].n, found["a"].unit) == ((0.5, 1.5), 3, "eV/atom")
    # Holm: the smallest three times, the next twice, the last once
    adjusted = [found[f"{name}/adjusted-p"] for name in "abc"]
    assert [one.value for one in adjusted] == pytest.approx([0.04, 0.5, 0.03])
    assert {one.unit for one in adjusted} == {""}
