"""Many questions asked of the same data: some answer by chance alone, unless the p-values know of each other."""

import numpy as np

from recryst.crystals import FloatArray
from recryst.errors import BadInputError


def holm(p_values: FloatArray) -> FloatArray:
    """p-values adjusted for the number of tests by Holm's method (Scandinavian Journal of Statistics 6, 65 (1979)).

    Of all tests whose adjusted p-value is below 5 %, the probability that any finds what is not there is below 5 %, however the tests
    depend on each other.

    Parameters
    ----------
    p_values : (n,) one a test

    Returns
    -------
    (n,) in the same order, 1 at most

    Raises
    ------
    BadInputError : a p-value is not between 0 and 1
    """
    if not ((p_values >= 0) & (p_values <= 1)).all():
        raise BadInputError(f"p-values lie between 0 and 1, not at {p_values[~((p_values >= 0) & (p_values <= 1))].tolist()}.")
    order = np.argsort(p_values, kind="stable")
    # the smallest times n, the next times n - 1, ...; none below one before it
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
