"""Small crystals for the tests of the analysis."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals

FCC = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])


@pytest.fixture
def salts() -> Crystals:
    """Rock salt NaCl with 2 and 8 atoms, CsCl, a perovskite (A, B, X3) and copper."""
    rock_salt = Structure(Lattice.cubic(5.64), ["Na"] * 4 + ["Cl"] * 4, [*FCC, *(0.5 - FCC)])
    faces = [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Crystals.from_structures(
        ["nacl-2", "nacl-8", "cscl", "srtio3", "cu"],
        [
            rock_salt.get_primitive_structure(),
            rock_salt,
            Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
            Structure(Lattice.cubic(3.905), ["Sr", "Ti", "O", "O", "O"], [[0, 0, 0], [0.5, 0.5, 0.5], *faces]),
            Structure(Lattice(3.61 * np.array([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])), ["Cu"], [[0, 0, 0]]),
        ],
    )
