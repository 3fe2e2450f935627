"""Crystals of given formulas, for tests to which only the composition matters."""

import numpy as np
from pymatgen.core import Composition, Lattice, Structure

from recryst.crystals import Crystals


def of_formulas(*formulas: str) -> Crystals:
    """Crystals of these formulas, atoms anywhere; two of one formula have ids of their own."""
    structures = []
    for formula in formulas:
        symbols = [element.symbol for element, amount in Composition(formula).items() for _ in range(int(amount))]
        structures.append(Structure(Lattice.cubic(9), symbols, np.random.default_rng(0).random((len(symbols), 3))))
    return Crystals.from_structures([f"{formula}/{number}" for number, formula in enumerate(formulas)], structures)
