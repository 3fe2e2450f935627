"""Which chemistry a network finds hard: its error element by element, and its worst crystals."""

import numpy as np
import pandas as pd

from recryst import elements
from recryst.analysis import bootstrap
from recryst.analysis.population import element_membership
from recryst.analysis.predictions import absolute_errors, checked
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def error_by_element(predictions: pd.DataFrame, crystals: Crystals) -> pd.DataFrame:
    """Mean absolute error over the crystals that contain an element, for each element.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; errors are averaged over seeds
    crystals : those of the predictions, in any order, others too

    Returns
    -------
    element, number : symbol and atomic number, in order of number
    mae : unit of the target
    n : crystals with this element; a crystal counts for each of its elements
    low, high : 95 % bootstrap interval over crystals

    Raises
    ------
    BadInputError : an id has no crystal, or `recryst.analysis.regression.metrics` would refuse the predictions
    """
    errors = absolute_errors(predictions)
    membership = element_membership(crystals.select(errors.index))
    present = np.flatnonzero(membership.sum(axis=0))
    table = bootstrap.of_groups(errors.to_numpy(), membership[:, present]).rename(columns={"value": "mae"})
    table.insert(0, "element", [elements.symbols()[number] for number in present])
    table.insert(1, "number", present)
    return table


def worst(predictions: pd.DataFrame, crystals: Crystals, n: int = 10) -> pd.DataFrame:
    """The crystals with the largest absolute errors, the worst first.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; predictions are averaged over seeds
    crystals : those of the predictions, in any order, others too
    n : how many, or all where there are fewer

    Returns
    -------
    id, formula, n_atoms
    target, prediction, error : unit of the target; error = prediction - target

    Raises
    ------
    BadInputError : ``n`` is below 1, or as in `error_by_element`
    """
    if n < 1:
        raise BadInputError(f"At least one crystal must be asked for, not {n}.")
    mean = checked(predictions).groupby("id", sort=False)[["target", "prediction"]].mean().reset_index()
    mean["error"] = mean["prediction"] - mean["target"]
    rows = mean.reindex(mean["error"].abs().sort_values(ascending=False, kind="stable").index)[:n].reset_index(drop=True)
    chosen = crystals.select(rows["id"])
    rows.insert(1, "formula", chosen.formulas())
    rows.insert(2, "n_atoms", chosen.n_atoms)
    return rows
