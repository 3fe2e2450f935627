"""Where a mean absolute error comes from: a few crystals, one element, too little learning, or targets that are not what they were."""

import numpy as np
import pandas as pd

from recryst import elements
from recryst.analysis.population import element_membership
from recryst.analysis.predictions import absolute_errors
from recryst.crystals import Crystals

FEWEST = 10
"""Crystals with an element from which on it is looked at."""


def elements_behind(predictions: pd.DataFrame, crystals: Crystals) -> pd.DataFrame:
    """How much of the error crystals with an element hold, for each element in ten crystals or more.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; errors are averaged over seeds
    crystals : those of the predictions, in any order, others too

    Returns
    -------
    element, n : symbol, and crystals that hold it; a crystal counts for each of its elements
    share_of_crystals, share_of_error : percent of all crystals, and of the sum of all absolute errors
    mae_without : mean absolute error of the crystals without it, unit of the target
        the element whose crystals hold most error beyond their number first

    Raises
    ------
    BadInputError : an id has no crystal, or `recryst.analysis.regression.metrics` would refuse the predictions
    """
    errors = absolute_errors(predictions)
    membership = element_membership(crystals.select(errors.index))
    values = errors.to_numpy()
    counts, sums = np.asarray(membership.sum(axis=0)).ravel(), np.asarray(membership.T @ values).ravel()
    # where an element is in all crystals there is none without it
    looked_at = np.flatnonzero((counts >= FEWEST) & (counts < len(values)))
    n, held = counts[looked_at], sums[looked_at]
    table = pd.DataFrame(
        {
            "element": [elements.symbols()[number] for number in looked_at],
            "n": n.astype(np.int64),
            "share_of_crystals": 100 * n / len(values),
            "share_of_error": 100 * held / values.sum(),
            "mae_without": (values.sum() - held) / (len(values) - n),
        }
    )
    excess = table["share_of_error"] - table["share_of_crystals"]
    return table.loc[excess.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def held_by_the_worst(predictions: pd.DataFrame, share: float = 0.01) -> float:
    """Percent of the sum of all absolute errors that the worst crystals hold, a share of all crystals and at least one."""
    errors = np.sort(absolute_errors(predictions).to_numpy())[::-1]
    worst = max(1, round(share * len(errors)))
    return float(100 * errors[:worst].sum() / errors.sum())


def moved(older: pd.Series, newer: pd.Series, error: float) -> pd.DataFrame:
    """How far two versions of a target lie apart, of the crystals that have both.

    Parameters
    ----------
    older, newer : values by id, in one unit
    error : of a network, in that unit

    Returns
    -------
    one row: n (crystals), mae, median (of the absolute differences), bias (mean of newer less older), percent_beyond (how many differ by
        more than the error); NaN where no crystal has both
    """
    both = pd.concat({"older": older, "newer": newer}, axis=1, join="inner").dropna()
    difference = both["newer"] - both["older"]
    return pd.DataFrame(
        {
            "n": [len(both)],
            "mae": difference.abs().mean(),
            "median": difference.abs().median(),
            "bias": difference.mean(),
            "percent_beyond": 100 * (difference.abs() > error).mean() if len(both) else np.nan,
        }
    )
