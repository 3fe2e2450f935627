"""Densities of free atoms: how many electrons are at which distance from the nucleus.

The pack ``atomic_radial_density`` holds the all-electron densities of 95 free atoms that come with JARVIS-tools (K. Choudhary et al.,
Phys. Rev. Materials 2, 083801 (2018); NIST terms of use). Its grid of 0.05 bohr is too coarse for the innermost electrons of heavy atoms:
they integrate to less than the atomic number, iron to 25.7 and gold to 77.4.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from ase.units import Bohr
from numpy.typing import NDArray

from recryst.datasets import registry

PACK = "atomic_radial_density"


@dataclass(frozen=True, eq=False)
class RadialDensities:
    """Free atoms by symbol.

    Parameters
    ----------
    radii : (n,) float64, angstrom, from 0
    electrons : (n,) float64 for each element: 4 pi r^2 times the density, electrons / angstrom
    """

    radii: NDArray[np.float64]
    electrons: dict[str, NDArray[np.float64]]


def load() -> RadialDensities:
    """All free atoms.

    Raises
    ------
    MissingDataError : the pack is not on this machine
    DamagedFileError : it can't be read
    """
    with registry.opened(PACK, f"{PACK}.npz") as path:
        return _read(path)


@cache
def _read(path: Path) -> RadialDensities:
    with np.load(path) as packed:
        radii, values, names = packed["r"].astype(np.float64), packed["q"].astype(np.float64), packed["element"].astype(str)
    return RadialDensities(radii * Bohr, {name: row / Bohr for name, row in zip(names.tolist(), values, strict=True)})
