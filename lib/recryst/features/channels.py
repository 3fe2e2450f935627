"""The colours of a voxel: what the three channels of an image say of the element that is in it."""

from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Element

from recryst.errors import BadInputError

Table = Literal["paper", "released"]

LAST = 118
"""Highest atomic number there is a colour for."""

F_BLOCK_GROUP: dict[Table, float] = {"paper": 3.5, "released": 3.0}


@cache
def table(name: Table = "paper") -> NDArray[np.float32]:
    """Channels of the elements by atomic number: atomic number / 119, group / 19, period / 8.

    Parameters
    ----------
    name :
        ``paper``
            Lanthanides (La to Lu) and actinides (Ac to Lr) have the group 3.5, as the paper says (Section IV).
        ``released``
            They have the group 3: the released code keeps groups as whole numbers, which cuts the 3.5.

    Returns
    -------
    (119, 3) float32, read-only; row 0, of no element, is zero: it is the colour of an empty voxel

    Raises
    ------
    BadInputError : no such table
    """
    if name not in F_BLOCK_GROUP:
        raise BadInputError(f"There is no channel table {name!r}; the tables are {', '.join(get_args(Table))}.")
    rows = np.zeros((LAST + 1, 3))
    for number in range(1, LAST + 1):
        element = Element.from_Z(number)
        group = F_BLOCK_GROUP[name] if element.is_lanthanoid or element.is_actinoid else element.group
        rows[number] = number / 119, group / 19, element.row / 8
    colours = rows.astype(np.float32)
    colours.setflags(write=False)
    return colours
