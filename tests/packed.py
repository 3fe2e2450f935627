"""Sets of packed arrays, crystals, graphs and clouds, as tests join and compare them."""

from dataclasses import fields
from typing import Any

import numpy as np

from recryst.crystals import Crystals
from recryst.storage import content_hash


def joined(*parts: Crystals) -> Crystals:
    """All crystals of ``parts``, one after the other."""
    counts = np.concatenate([part.n_atoms for part in parts])
    arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "lattices", "numbers", "frac_coords"))
    return Crystals(*arrays, np.r_[0, np.cumsum(counts)])


def digest(packed: Any) -> str:
    """The same for sets of which every array is the same, and for no others."""
    values = [getattr(packed, field.name) for field in fields(packed)]
    return content_hash(*(value.tolist() if getattr(value, "dtype", np.dtype(int)).kind == "U" else value for value in values))
