"""Distance categories of Table III."""

import numpy as np

from recryst.features.bonds import distance_categories


def test_categories_by_hand() -> None:
    # ten parts of 0.45: the supplement's example is that 0.7 is the first; 2.6 is (2.6 - 0.7) / 0.45 = 4.2, the fifth
    lengths = np.array([[0.7, 1.14, 1.16, 2.6], [5.19, 6.0, 0.5, 0.0]])
    hot = distance_categories(lengths)
    assert hot.shape == (2, 4, 10)
    assert [[np.flatnonzero(bond).tolist() for bond in row] for row in hot] == [[[0], [0], [1], [4]], [[9], [9], [0], []]]
