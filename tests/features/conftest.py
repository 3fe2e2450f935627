"""Crystals that several tests of features share."""

import json
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals


@pytest.fixture
def triclinic() -> Crystals:
    """Sixty random crystals of 1 to 9 atoms, with strongly skewed cells and atoms outside the cell."""
    random = np.random.default_rng(20)
    structures = []
    for _ in range(60):
        count = int(random.integers(1, 10))
        basis = random.normal(size=(3, 3))
        basis *= np.cbrt(random.uniform(8, 40) * count / abs(np.linalg.det(basis)))
        for _ in range(random.integers(0, 6)):
            first, second = random.choice(3, 2, replace=False)
            basis[first] += random.integers(-2, 3) * basis[second]
        structures.append(Structure(Lattice(basis), random.integers(1, 90, count).tolist(), random.uniform(-2, 3, (count, 3))))
    return Crystals.from_structures([f"random-{index}" for index in range(60)], structures)


@pytest.fixture
def perovskite() -> Crystals:
    """Cubic SrTiO3; each oxygen has 14 neighbours up to a / sqrt(2), 12 of which, 4 Sr and 8 O, are equally far."""
    coords = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Crystals.from_structures(["SrTiO3"], [Structure(Lattice.cubic(3.905), ["Sr", "Ti", "O", "O", "O"], coords)])


@pytest.fixture
def hydrogen_box() -> Crystals:
    """One H2 molecule (0.74 angstrom) in a cubic box of 15 angstrom."""
    return Crystals.from_structures(["H2"], [Structure(Lattice.cubic(15), ["H", "H"], [[0, 0, 0], [0.74 / 15, 0, 0]])])


@pytest.fixture
def reference_crystals(shared: Path) -> Crystals:
    """The 46 crystals of the reference outputs."""
    content = json.loads((shared / "fixtures" / "cgcnn" / "structures.json").read_text())
    return Crystals.from_structures(list(content), [Structure.from_dict(structure) for structure in content.values()])
