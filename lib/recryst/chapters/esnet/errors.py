"""The errors of the released predictions: in groups of compounds, beside Table 1, and to which side they lean."""

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import error_distribution, regression
from recryst.chapters.esnet import compounds, printed
from recryst.chapters.esnet.compounds import ALL, BoolArray
from recryst.chapters.esnet.study import SPOKEN, row, slug
from recryst.chapters.evidence import results
from recryst.crystals import FloatArray

WORDS = {"is2re": "unrelaxed structures (IS2RE)", "rs2re": "relaxed structures (RS2RE)"}
STEP, REACH = 0.05, 1.0
"""Steps in which errors are counted, and the largest error shown, eV/atom."""


def statistics(target: FloatArray, prediction: FloatArray) -> dict[str, float]:
    """Errors, prediction less target, and what the targets alone would give.

    Returns
    -------
    standard_deviation : of the targets, in their unit, as all but r2
    mae_of_the_median : mean absolute error of the best constant, which is the median of these very targets
    mae, rmse, mean_error, median_error
    r2 : NaN where all targets are alike
    """
    error, squares = prediction - target, float(((target - target.mean()) ** 2).sum())
    return {
        "standard_deviation": float(target.std()),
        "mae_of_the_median": float(np.abs(target - np.median(target)).mean()),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": 1 - float((error**2).sum()) / squares if squares > 0 else np.nan,
        "mean_error": float(error.mean()),
        "median_error": float(np.median(error)),
    }


def of_groups(table: pd.DataFrame, groups: dict[str, BoolArray]) -> pd.DataFrame:
    """`statistics` of both tasks in groups of compounds: group, task, metric, value, n, low, high (95 % interval over elements)."""
    parts = [
        compounds.over_elements(table[chosen], ["target", task], statistics).assign(group=group, task=task)
        for group, chosen in groups.items()
        for task in SPOKEN
        if chosen.any()
    ]
    return pd.concat(parts, ignore_index=True)


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """`of_groups` for the kinds of compounds."""
    return of_groups(table, compounds.kinds(table))


def by_nonmetal(table: pd.DataFrame) -> pd.DataFrame:
    """`of_groups` for the compounds with each nonmetal or halogen."""
    return of_groups(table, compounds.by_nonmetal(table))


def chosen(groups: pd.DataFrame, metrics: Collection[str], group: str | None = None) -> list[dict[Any, Any]]:
    """Rows of a table from `of_groups`, of some metrics and of one group or of all; none of an empty table."""
    rows = groups.to_dict("records")
    return [found for found in rows if found["metric"] in metrics and group in (None, found["group"])]


def table_1(kinds: pd.DataFrame) -> pd.DataFrame:
    """Table 1: MAE and RMSE of both tasks, and what they say beside the printed errors of others.

    Most accurate, also below Fig. A6: by the mean absolute error, as by the other one not even the printed table says so. Better than
    the CNN: by both.

    Parameters
    ----------
    kinds : from `by_kind`; of an empty table nothing is said
    """
    rows = [row("table-1", f"esnet/{one['task']}/{one['metric']}", one) for one in chosen(kinds, printed.METRICS, ALL)]
    if not rows:
        return results()
    errors = {one["value_id"].removeprefix("esnet/"): one["value"] for one in rows}
    others = {name: printed.others(name) for name in errors}
    smallest = all(errors[name] < min(others[name].values()) for name in errors if name.endswith("/mae"))
    better = all(errors[name] < others[name]["cnn"] for name in errors)
    told = results(
        ("table-1", "esnet-most-accurate", smallest, rows[0]["n"]),
        ("table-1", "esnet-better-than-cnn", better, rows[0]["n"]),
        ("figure-a6", "esnet-best", smallest, rows[0]["n"]),
    )
    return pd.DataFrame([*rows, *told.assign(unit="", interval=None).to_dict("records")])


def lean(kinds: pd.DataFrame) -> pd.DataFrame:
    """Mean and median error of both tasks over all compounds, as results of ours; ``kinds`` from `by_kind`."""
    found = chosen(kinds, ("mean_error", "median_error"), ALL)
    return pd.DataFrame([row("beyond-errors", slug(SPOKEN[one["task"]], one["metric"]), one) for one in found])


def outside(table: pd.DataFrame) -> pd.DataFrame:
    """Percent of the compounds whose error is beyond `REACH`, for both tasks, as results of ours."""
    shares = {words: 100 * float(((table[task] - table["target"]).abs() > REACH).mean()) for task, words in SPOKEN.items()}
    rows = [row("beyond-errors", f"{words}/beyond-the-figure", {"value": share, "n": len(table)}, "%") for words, share in shares.items()]
    return pd.DataFrame(rows)


def bias(groups: pd.DataFrame) -> pd.DataFrame:
    """Mean error of both tasks in each group but that of all, as results of ours; ``groups`` from `of_groups`."""
    found = [one for one in chosen(groups, ("mean_error",)) if one["group"] != ALL]
    return pd.DataFrame([row("beyond-bias", slug(one["group"], SPOKEN[one["task"]]), one) for one in found])


def parity(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """Counts over target and prediction, without names."""
    return regression.histogram2d(_of(table, task), bins=60)


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """Lines x (error), y (percent of the compounds in a step), label of both tasks; what is beyond `REACH` is in none."""
    counted = {words: error_distribution.histogram(_of(table, task), STEP, REACH) for task, words in WORDS.items()}
    lines = [
        pd.DataFrame({"x": steps["value"].round(4), "y": 100 * steps["count"] / len(table), "label": words})
        for words, steps in counted.items()
    ]
    return pd.concat(lines, ignore_index=True)


def _of(table: pd.DataFrame, task: str) -> pd.DataFrame:
    return table[["id", "target", task]].rename(columns={task: "prediction"})
