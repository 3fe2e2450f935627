"""How much the electronegativities of a crystal's atoms differ: the toy paper's only feature."""

import numpy as np

from recryst import elements
from recryst.crystals import Crystals, FloatArray


def spread(crystals: Crystals) -> FloatArray:
    """(crystals,) mean distance of the atoms' Pauling electronegativities from their mean over the cell.

    NaN where an element has none.
    """
    values = elements.properties()["electronegativity"].reindex(crystals.numbers).to_numpy()
    starts, n_atoms = crystals.offsets[:-1], crystals.n_atoms
    means = np.add.reduceat(values, starts) / n_atoms
    return np.add.reduceat(np.abs(values - np.repeat(means, n_atoms)), starts) / n_atoms
