"""Which chemistry a network finds hard: its error element by element, and what its worst crystals hold of it."""

import numpy as np
import pandas as pd
from scipy import sparse

from recryst import elements
from recryst.analysis import bootstrap
from recryst.analysis.population import element_membership
from recryst.analysis.predictions import absolute_errors, averaged, checked
from recryst.crystals import Crystals, FloatArray
from recryst.errors import BadInputError

FEWEST = 10
"""Crystals with an element from which on its share of the error is looked at."""


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
    errors, membership = _errors_and_elements(predictions, crystals)
    present = np.flatnonzero(membership.sum(axis=0))
    table = bootstrap.of_groups(errors, membership[:, present]).rename(columns={"value": "mae"})
    table.insert(0, "element", [elements.symbols()[number] for number in present])
    table.insert(1, "number", present)
    return table


def elements_behind(predictions: pd.DataFrame, crystals: Crystals) -> pd.DataFrame:
    """How much of the error crystals with an element hold, for each element in ten crystals or more.

    Parameters
    ----------
    predictions, crystals : as in `error_by_element`

    Returns
    -------
    element, n : symbol, and crystals that hold it; a crystal counts for each of its elements
    share_of_crystals, share_of_error : percent of all crystals, and of the sum of all absolute errors
    mae_without : mean absolute error of the crystals without it, unit of the target
        the element whose crystals hold most error beyond their number first

    Raises
    ------
    BadInputError : as in `error_by_element`
    """
    errors, membership = _errors_and_elements(predictions, crystals)
    counts, sums = np.asarray(membership.sum(axis=0)).ravel(), np.asarray(membership.T @ errors).ravel()
    # where an element is in all crystals there is none without it
    looked_at = np.flatnonzero((counts >= FEWEST) & (counts < len(errors)))
    n, held = counts[looked_at], sums[looked_at]
    table = pd.DataFrame(
        {
            "element": [elements.symbols()[number] for number in looked_at],
            "n": n.astype(np.int64),
            "share_of_crystals": 100 * n / len(errors),
            "share_of_error": 100 * held / errors.sum(),
            "mae_without": (errors.sum() - held) / (len(errors) - n),
        }
    )
    excess = table["share_of_error"] - table["share_of_crystals"]
    return table.loc[excess.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def held_by_the_worst(predictions: pd.DataFrame, share: float = 0.01) -> float:
    """Percent of the sum of all absolute errors that the worst crystals hold, a share of all crystals and at least one."""
    errors = np.sort(absolute_errors(predictions).to_numpy())[::-1]
    worst = max(1, round(share * len(errors)))
    return float(100 * errors[:worst].sum() / errors.sum())


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
    mean = averaged(checked(predictions))
    mean["error"] = mean["prediction"] - mean["target"]
    rows = mean.reindex(mean["error"].abs().sort_values(ascending=False, kind="stable").index)[:n].reset_index(drop=True)
    chosen = crystals.select(rows["id"])
    rows.insert(1, "formula", chosen.formulas())
    rows.insert(2, "n_atoms", chosen.n_atoms)
    return rows


def _errors_and_elements(predictions: pd.DataFrame, crystals: Crystals) -> tuple[FloatArray, sparse.csr_array]:
    """Absolute error of each crystal, and (crystals, elements) which elements it holds."""
    errors = absolute_errors(predictions)
    return errors.to_numpy(), element_membership(crystals.select(errors.index))
