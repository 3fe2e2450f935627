"""Whether test crystals lie among training crystals: by their nearest neighbours in a plane, or in any other space of features."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

NEIGHBOURS = 5
"""Nearest crystals that are looked at."""


def share_of_training(points: FloatArray, tested: NDArray[np.bool_], neighbours: int = NEIGHBOURS) -> float:
    """Share of training crystals among the nearest neighbours of test crystals, over what a random labelling would give.

    1 means that test crystals are spread among the others as if at random, 0 that each lies among its like.

    Parameters
    ----------
    points : (n, d) places of all crystals
    tested : (n,) whether a crystal is a test crystal

    Raises
    ------
    BadInputError : there are no test crystals, no training crystals, or no more crystals than neighbours
    """
    n, tests = len(points), int(tested.sum())
    if not 0 < tests < n or n <= neighbours:
        raise BadInputError(f"Mixing needs test and training crystals and more than {neighbours} in all, not {tests} among {n}.")
    _, found = cKDTree(points).query(points[tested], k=neighbours + 1)
    own = np.flatnonzero(tested)[:, None]
    # crystals that lie on each other come in any order, so that the first found need not be the crystal itself
    others = np.array([row[row != one][:neighbours] for row, one in zip(found, own, strict=True)])
    return float((~tested[others]).mean() * (n - 1) / (n - tests))
