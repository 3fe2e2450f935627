"""Rows of many items of different lengths, one after the other in one array."""

import numpy as np

from recryst.crystals import IntArray


def rows_of(offsets: IntArray, items: IntArray) -> tuple[IntArray, IntArray]:
    """Where the rows of some items stand, and the offsets of these items when only their rows are kept.

    Parameters
    ----------
    offsets : (n + 1,) the rows of item i are ``offsets[i]:offsets[i + 1]``
    items : (m,) indices of items, in any order

    Returns
    -------
    rows : (rows of all these items,) int64, in the order of ``items``
    starts : (m + 1,) int64, offsets into ``rows``
    """
    counts = np.asarray(offsets[1:])[items] - np.asarray(offsets[:-1])[items]
    starts = np.r_[0, np.cumsum(counts)].astype(np.int64)
    return np.arange(starts[-1]) + np.repeat(np.asarray(offsets[:-1])[items] - starts[:-1], counts), starts
