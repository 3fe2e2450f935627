"""The table of predictions that every analysis takes, checked in one place.

A table of predictions has one row a crystal and seed: ``id``, ``target``, ``prediction`` and, where there are several,
``seed`` and ``split``. For a classifier the target is 1 (metal) or 0 (semiconductor), the prediction the probability of 1.
"""

from typing import Any

import numpy as np
import pandas as pd

from recryst.errors import BadInputError


def checked(predictions: pd.DataFrame, several_splits: bool = False) -> pd.DataFrame:
    """The table with a ``seed`` column (0 where it had none) and a fresh index, once it has proved sound.

    Parameters
    ----------
    predictions : id, target, prediction and, optionally, seed and split
    several_splits : whether training, validation and test crystals may stand in one table

    Raises
    ------
    BadInputError : a column is missing, the table is empty, a number is not finite, a crystal occurs twice with one
        seed, a crystal's target differs between seeds, or several splits are mixed where one is asked for
    """
    require(predictions, ["id", "target", "prediction"], "predictions")
    table = predictions.reset_index(drop=True)
    require_finite(table, ["target", "prediction"], "predictions")
    if "seed" not in table:
        table = table.assign(seed=0)
    repeated = table.duplicated(["id", "seed"])
    if repeated.any():
        first = table[repeated].iloc[0]
        raise BadInputError(f"{first['id']} occurs more than once with seed {first['seed']}; give one prediction a crystal and seed.")
    if table.groupby("id")["target"].nunique().max() > 1:
        varying = table.groupby("id")["target"].nunique().idxmax()
        raise BadInputError(f"The target of {varying} differs between seeds; a crystal has one target.")
    splits = sorted(table["split"].astype(str).unique()) if "split" in table else []
    if len(splits) > 1 and not several_splits:
        raise BadInputError(f"The predictions mix splits ({', '.join(splits)}); select one of them first.")
    return table


def one_seed(predictions: pd.DataFrame, seed: int | None = None) -> pd.DataFrame:
    """The checked predictions of one network: those with ``seed``, or with the lowest seed where none is named.

    Raises
    ------
    BadInputError : no prediction has this seed, and whatever `checked` refuses
    """
    table = checked(predictions)
    wanted = table["seed"].min() if seed is None else seed
    chosen = table[table["seed"] == wanted].reset_index(drop=True)
    if chosen.empty:
        seeds = ", ".join(map(str, sorted(table["seed"].unique())))
        raise BadInputError(f"No prediction has seed {wanted}; there are {seeds}.")
    return chosen


def absolute_errors(predictions: pd.DataFrame) -> pd.Series:
    """Absolute error of each crystal, averaged over seeds, by id in order of first appearance; unit of the target."""
    table = checked(predictions)
    return (table["prediction"] - table["target"]).abs().groupby(table["id"], sort=False).mean()


def averaged(predictions: pd.DataFrame) -> pd.DataFrame:
    """The mean of all predictions of each crystal, over seeds or orientations: id, target, prediction, in order of first appearance."""
    return predictions.groupby("id", sort=False)[["target", "prediction"]].mean().reset_index()


def versions(older: "pd.Series[float]", newer: "pd.Series[float]") -> pd.DataFrame:
    """One version of a target as the prediction of another: id, target (the older), prediction (the newer), of the crystals that have both.

    Parameters
    ----------
    older, newer : values by id, in one unit; a missing number counts as none
    """
    both = pd.concat({"target": older, "prediction": newer}, axis=1, join="inner").dropna()
    return both.rename_axis("id").reset_index()


def mean_absolute_error(predictions: pd.DataFrame) -> float:
    """Mean of the absolute errors over all rows, each crystal and seed counting alike; unit of the target, NaN where there are none."""
    return float((predictions["prediction"] - predictions["target"]).abs().mean())


def of_class_1(values: Any) -> Any:
    """Whether targets, or the probabilities that are predictions, are of class 1; even odds count as 1."""
    return values >= 0.5


def correct(predictions: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row of a classification predicts the class of its target; the mean is the accuracy."""
    return of_class_1(predictions["prediction"]) == of_class_1(predictions["target"])


def require(table: pd.DataFrame, columns: list[str], what: str) -> None:
    """Refuse a table that lacks one of ``columns`` or has no rows; ``what`` names it in the message.

    Raises
    ------
    BadInputError : a column is missing or the table is empty
    """
    missing = [column for column in columns if column not in table]
    if missing:
        raise BadInputError(f"The table of {what} has no column {', '.join(missing)}; it needs {', '.join(columns)}.")
    if table.empty:
        raise BadInputError(f"The table of {what} is empty; there is nothing to analyse.")


def require_finite(table: pd.DataFrame, columns: list[str], what: str) -> None:
    """Refuse a table with a missing or infinite number in ``columns``.

    Raises
    ------
    BadInputError : a number is not finite; the message names the first row by its id, where it has one
    """
    for column in columns:
        finite = np.isfinite(pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float))
        if not finite.all():
            first = table[~finite].iloc[0]
            where = f"that of {first['id']}" if "id" in table else f"in row {first.name}"
            raise BadInputError(
                f"{np.sum(~finite)} of {len(table)} values in column {column} of the {what} are not finite numbers, "
                f"the first is {where}; leave these rows out or find out where they come from."
            )
