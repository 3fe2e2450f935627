"""Crystals to measure speeds on: real ones where they are, else ones that anybody can make."""

import json
import os
from pathlib import Path

import numpy as np
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals
from recryst.datasets import mp_structures
from recryst.errors import MissingDataError
from recryst.storage import PROJECT

SAMPLES = ["1000041", "1000050", "1101051", "7206075", "9000046", "9009743", "9011998", "9012304"]
"""The crystals of CGCNN's sample-regression set that are among the reference outputs: 2 to 12 atoms."""


def small() -> Crystals:
    """CGCNN's sample crystals where the reference outputs are, else the same kinds of crystals."""
    shared = Path(os.environ.get("RECRYST_SHARED", PROJECT.parent / "shared"))
    path = shared / "fixtures" / "cgcnn" / "structures.json"
    if path.exists():
        content = json.loads(path.read_text())
        return Crystals.from_structures(SAMPLES, [Structure.from_dict(content[name]) for name in SAMPLES])
    structures = [
        Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.62), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("Pm-3m", Lattice.cubic(3.63), ["K", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("P6_3mc", Lattice.hexagonal(3.82, 6.26), ["Zn", "S"], [[1 / 3, 2 / 3, 0], [1 / 3, 2 / 3, 0.375]]),
        Structure.from_spacegroup("I4_1/amd", Lattice.tetragonal(3.785, 9.514), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.208]]),
        Structure.from_spacegroup("P6_3/mmc", Lattice.hexagonal(2.46, 6.71), ["C", "C"], [[0, 0, 0.25], [1 / 3, 2 / 3, 0.25]]),
        Structure.from_spacegroup("Pm-3m", Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.43), ["Si"], [[0, 0, 0]]),
        Structure.from_spacegroup("Fd-3m", Lattice.cubic(3.567), ["C"], [[0, 0, 0]]),
    ]
    return Crystals.from_structures(["NaCl", "KCl", "ZnS", "TiO2", "graphite", "CsCl", "Si", "diamond"], structures)


def large() -> tuple[str, Crystals]:
    """400 Materials Project crystals of 100 to 160 atoms where they are, else disturbed supercells of that size."""
    try:
        crystals = mp_structures.load().crystals
    except MissingDataError:
        return "disturbed supercells", _supercells()
    sizes = crystals.n_atoms
    return "Materials Project cells", crystals.take(np.flatnonzero((sizes >= 100) & (sizes <= 160))[:400])


def _supercells() -> Crystals:
    cells = small()
    structures = []
    for copy in range(5):
        for index in range(len(cells)):
            structure = cells.structure(index)
            for axis in (0, 1, 2, 0, 1, 2):  # doubled along one axis after the other up to a size of more than 80
                if len(structure) <= 80:
                    structure.make_supercell([2 if axis == other else 1 for other in range(3)])
            structure.perturb(0.1, seed=copy)
            structures.append(structure)
    return Crystals.from_structures([f"supercell-{index}" for index in range(len(structures))], structures)


def copies(crystals: Crystals, count: int) -> Crystals:
    """All crystals so many times, with ids of their own."""
    structures = [crystals.structure(index) for index in range(len(crystals))]
    ids = [f"{identifier}-{copy}" for copy in range(count) for identifier in crystals.ids]
    return Crystals.from_structures(ids, structures * count)
