"""Does a network err more where it has seen less? Errors beside the number of training crystals (Section II.D, Fig. S10)."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from recryst.analysis import bootstrap, chemistry
from recryst.analysis.population import element_membership, elements_in_each
from recryst.analysis.predictions import absolute_errors, require
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def by_element(predictions: pd.DataFrame, training: Crystals, crystals: Crystals) -> pd.DataFrame:
    """Error of each element's crystals beside the number of training crystals with it.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split] of one split, the test crystals
    training : the crystals that the network was trained on
    crystals : those of the predictions, in any order, others too

    Returns
    -------
    element, number, mae, n, low, high : as in `recryst.analysis.chemistry.error_by_element`
    n_train : training crystals with this element
    """
    table = chemistry.error_by_element(predictions, crystals)
    counts = np.asarray(element_membership(training).sum(axis=0)).astype(np.int64)
    return table.assign(n_train=counts[table["number"]])


def by_number_of_elements(predictions: pd.DataFrame, training: Crystals, crystals: Crystals) -> pd.DataFrame:
    """Error of elements, binary, ternary … crystals beside their number among the training crystals.

    Parameters
    ----------
    predictions, training, crystals : as in `by_element`

    Returns
    -------
    elements : number of different elements in a crystal
    mae : unit of the target
    n, low, high : crystals, and the 95 % bootstrap interval over them
    n_train : training crystals of so many elements

    Raises
    ------
    BadInputError : there are no training crystals
    """
    errors = absolute_errors(predictions)
    numbers = elements_in_each(crystals.select(errors.index))
    groups = np.arange(1, numbers.max() + 1)
    table = bootstrap.of_groups(errors.to_numpy(), numbers[:, None] == groups).rename(columns={"value": "mae"})
    counts = np.bincount(elements_in_each(training), minlength=len(groups) + 1)[1 : len(groups) + 1]
    table.insert(0, "elements", groups)
    return table.assign(n_train=counts)[table["n"] > 0].reset_index(drop=True)


def association(table: pd.DataFrame, x: str = "n_train", y: str = "mae") -> pd.Series:
    """Spearman's rank correlation of two columns, with its 95 % bootstrap interval over the rows.

    Returns
    -------
    value, low, high, n

    Raises
    ------
    BadInputError : a column is missing, or there are fewer than three rows
    """
    require(table, [x, y], "rows")
    if len(table) < 3:
        raise BadInputError(f"A rank correlation needs at least three rows, not {len(table)}.")
    numbers = table[[x, y]].to_numpy(dtype=float)
    # a resample whose numbers are all alike has no rank correlation
    drawn = [np.repeat(numbers, draw, axis=0) for draw in bootstrap.draws(len(numbers))]
    values = [float(spearmanr(part).statistic) if np.ptp(part, axis=0).all() else np.nan for part in drawn]
    low, high = bootstrap.percentiles(np.array(values))
    return pd.Series({"value": float(spearmanr(numbers).statistic), "low": float(low), "high": float(high), "n": len(table)})
