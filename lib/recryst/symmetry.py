"""Symmetry of crystals, by spglib: None where it finds none, in whatever way its version says so."""

import os
import warnings
from collections.abc import Callable
from typing import Any

from recryst.crystals import Crystals

# spglib's C code writes to standard error where it finds nothing
os.environ.setdefault("SPGLIB_WARNING", "OFF")
import spglib

Cell = tuple[Any, Any, Any]
"""Lattice vectors in rows (angstrom), fractional coordinates, atomic numbers."""


def cell_of(crystals: Crystals, index: int) -> Cell:
    """One crystal as spglib takes it."""
    atoms = crystals.atoms(index)
    return crystals.lattices[index].tolist(), crystals.frac_coords[atoms].tolist(), crystals.numbers[atoms].tolist()


def dataset(cell: Cell, tolerance: float) -> spglib.SpglibDataset | None:
    """Space group, operations and transformation to the standard cell.

    Parameters
    ----------
    tolerance : angstrom by which atoms may be off their symmetric places
    """
    return _found(spglib.get_symmetry_dataset, cell, symprec=tolerance)


def standard_primitive(cell: Cell, tolerance: float) -> Cell | None:
    """The standard primitive cell, made exactly symmetric; ``tolerance`` as in `dataset`."""
    return _found(spglib.standardize_cell, cell, to_primitive=True, no_idealize=False, symprec=tolerance)


def _found(ask: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
    with warnings.catch_warnings():
        # it announces at each call that "none found" will be an exception one day
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return ask(*arguments, **settings)
        except Exception:  # which have no common base in all versions
            return None
