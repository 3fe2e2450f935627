"""Charge densities in a few numbers that depend neither on the origin nor on the orientation of the crystal.

The charge-density paper gives networks the whole image. A random forest needs less: how the values of a density are distributed, and how
strong its longest waves are. Both are blind to where the origin is put, so that the two choices of m-3m site in a crystal of
space group Fm-3m give one vector.
"""

import numpy as np
import scipy.fft

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

LEVELS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
"""Shares of the cell below whose density a quantile is."""
SHELLS = ((1, 1, 1), (2, 0, 0), (2, 2, 0), (3, 1, 1), (2, 2, 2), (4, 0, 0), (3, 3, 1), (4, 2, 0))
"""Miller indices, in the cubic cell, of a wave of each of the eight longest wavelengths of a face-centred cubic crystal."""
LEAST = 12
"""Points along each edge that hold all of these waves and some more."""


def names() -> list[str]:
    """What each number is: "quantile 0.5", "wave 111"."""
    waves = ("wave " + "".join(map(str, shell)) for shell in SHELLS)
    return ["mean", "standard deviation", *(f"quantile {level:g}" for level in LEVELS), *waves]


def quantiles(most: float) -> list[int]:
    """Columns of the quantiles of at most this share of the cell."""
    columns = names()
    return [columns.index(f"quantile {level:g}") for level in LEVELS if level <= most]


def describe(image: FloatArray) -> FloatArray:
    """Mean, deviation and quantiles of a density, and the amplitudes of its longest waves.

    Parameters
    ----------
    image : (n, n, n) density of a conventional cubic cell, electrons / angstrom^3

    Returns
    -------
    (21,) float64, electrons / angstrom^3, in the order of `names`

    Raises
    ------
    BadInputError : the image is not of this shape, has fewer than 12 points along an edge, or holds what is no finite number
    """
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 3 or len(set(image.shape)) != 1 or image.shape[0] < LEAST:
        raise BadInputError(f"A density is described by an image of n x n x n points, n at least {LEAST}, not {image.shape}.")
    if not np.isfinite(image).all():
        raise BadInputError(f"The density has {int((~np.isfinite(image)).sum())} points that are not finite numbers.")
    waves = np.abs(scipy.fft.rfftn(image, norm="forward"))
    return np.r_[image.mean(), image.std(), np.quantile(image, LEVELS), [waves[shell] for shell in SHELLS]]
