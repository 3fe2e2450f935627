"""Whether test crystals lie among training crystals: by their nearest neighbours in a plane, or in any other space of features."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

NEIGHBOURS = 5
"""Nearest crystals that are looked at."""
SAME_DISTANCE = 1e-12
"""Relative difference of distances that rounding makes."""


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
    tree, own = cKDTree(points), np.flatnonzero(tested)
    # the nearest of all is the crystal itself, or one that lies on it: the distances are the same
    reach = tree.query(points[own], k=[neighbours + 1])[0][:, 0]
    # all at the distance of the last neighbour count, so that the order of the crystals decides nothing
    around = tree.query_ball_point(points[own], reach * (1 + SAME_DISTANCE))
    shares = [(~tested[found]).sum() / (len(found) - 1) for found in around]
    return float(np.mean(shares) * (n - 1) / (n - tests))
