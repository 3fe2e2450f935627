"""Bonds as vectors: the distance categories that go with the simple convolution, Eq. 4 (supplement, Table III)."""

import numpy as np
from numpy.typing import NDArray

from recryst.crystals import FloatArray
from recryst.features.atoms import one_of_equal_parts

SHORTEST, LONGEST, CATEGORIES = 0.7, 5.2, 10


def distance_categories(distances: FloatArray) -> NDArray[np.uint8]:
    """One-hot categories of bond lengths: ten equal parts of 0.7 to 5.2 angstrom.

    Parameters
    ----------
    distances : (...,) angstrom; 0 stands for no bond, as in the Voronoi graphs

    Returns
    -------
    (..., 10) uint8; shorter and longer bonds fall in the first and last category, no bond is all zeros
    """
    lengths = np.where(distances > 0, distances, np.nan)
    category = one_of_equal_parts(lengths, SHORTEST, LONGEST, CATEGORIES)
    return (category[..., None] == np.arange(CATEGORIES)).astype(np.uint8)
