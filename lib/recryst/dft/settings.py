"""What is computed and how well: the settings of each quantity in each profile, and the meshes that follow from them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from ase.units import Bohr, Hartree

from recryst.crystals import FloatArray
from recryst.datasets import charge_density
from recryst.errors import BadInputError

QUANTITIES = ("density", "eos", "elastic")
"""Valence charge density at the given volume; equation of state and bulk modulus; elastic constants of cubic crystals."""
PROFILES = ("quick", "standard")
SYMMETRY_TOLERANCE = 0.01
"""Angstrom, within which atoms count as equivalent; the cell that is computed is made exactly symmetric."""
MAGNETIC = {"Cr": 3.0, "Mn": 3.5, "Fe": 2.5, "Co": 1.8, "Ni": 0.8}
"""Bohr magneton of an atom at the start; crystals with one of these elements are spin-polarised, others are not."""
GAP = 0.3
"""eV; above it the meshes and the smearing of insulators do."""
FREE_ELECTRON_LIKE = frozenset(["Li", "Be", "Na", "Mg", "Al", "K", "Ca", "Ga", "Rb", "Sr", "In", "Sn", "Cs", "Ba", "Tl", "Pb"])
D_METALS = frozenset(
    ["Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt"]
)
NOBLE_METALS = frozenset(["Cu", "Ag", "Au"])
GRID_SIZES = np.array(
    [12, 14, 16, 18, 20, 24, 28, 30, 32, 36, 40, 42, 48, 54, 56, 60, 64, 70, 72, 80, 84, 90, 96, 100, 108, 112, 120, 128, 140, 144]
)
"""Points that a fast Fourier transform likes."""


@dataclass(frozen=True)
class Settings:
    """How one quantity is computed; all of it goes into the record of every calculation.

    Parameters
    ----------
    functional : exchange and correlation
    cutoff : of the plane waves, eV
    mesh_scale : factor on the number of k points along each reciprocal vector
    smearing : width of the cold (Marzari-Vanderbilt) smearing, eV
    energy, density : convergence, eV and electrons per valence electron
    smoothing : width (standard deviation) of the Gaussian that an all-electron density is convolved with, angstrom
    step : of the lattice parameter along the equation of state, relative
    strain : of the cell for the elastic constants
    """

    functional: str
    cutoff: float
    mesh_scale: float
    smearing: float
    energy: float
    density: float
    smoothing: float = charge_density.SMOOTHING
    step: float = 0.015
    strain: float = 0.015


DENSITY = {
    # as the densities in data/charge_density, but exact at the nuclei, so that nothing is left to subtract there
    "standard": Settings("PBE", cutoff=400.0, mesh_scale=1.0, smearing=0.2, energy=1e-3, density=3e-4),
    "quick": Settings("PBE", cutoff=300.0, mesh_scale=0.75, smearing=0.2, energy=1e-3, density=1e-3),
}
ENERGY = {
    # as the equations of state and elastic constants in data/embedded
    "standard": Settings("PBE", cutoff=500.0, mesh_scale=1.0, smearing=0.15, energy=5e-5, density=1e-5),
    "quick": Settings("PBE", cutoff=400.0, mesh_scale=0.75, smearing=0.15, energy=2e-4, density=1e-4),
}


def settings(quantity: str, profile: str) -> Settings:
    """Of one of `QUANTITIES` in one of `PROFILES`.

    Raises
    ------
    BadInputError : there is no such quantity or profile
    """
    if quantity not in QUANTITIES:
        raise BadInputError(f"recryst dft computes {', '.join(QUANTITIES)}, not {quantity!r}.")
    if profile not in PROFILES:
        raise BadInputError(f"--profile must be one of {', '.join(PROFILES)}, not {profile!r}.")
    return (DENSITY if quantity == "density" else ENERGY)[profile]


def as_record(quantity: str, chosen: Settings) -> dict[str, Any]:
    """The settings that bear on one quantity, by name."""
    of_others = {"density": ("step", "strain"), "eos": ("smoothing", "strain"), "elastic": ("smoothing",)}
    return {name: value for name, value in asdict(chosen).items() if name not in of_others[quantity]}


def k_points(lattice: FloatArray, density: float, fewest: int = 2) -> tuple[int, int, int]:
    """A Gamma-centred mesh with an even number of points along each reciprocal vector.

    Parameters
    ----------
    lattice : (3, 3) vectors in rows, angstrom
    density : points per 1/angstrom (with 2 pi)
    fewest : points along each vector at least
    """
    lengths = 2 * np.pi * np.linalg.norm(np.linalg.inv(lattice), axis=0)
    # rounded first: vectors that symmetry makes equal differ in the last digit, and their meshes must not differ
    first, second, third = np.maximum(fewest, 2 * np.ceil(np.round(density * lengths / 2 - 0.2, 6))).astype(int)
    return int(first), int(second), int(third)


def density_mesh(lattice: FloatArray, chosen: Settings) -> tuple[int, int, int]:
    """For a charge density: 2.2 points per 1/angstrom, four at least."""
    return k_points(lattice, 2.2 * chosen.mesh_scale, fewest=4)


def energy_meshes(lattice: FloatArray, symbols: list[str], chosen: Settings) -> dict[str, tuple[int, int, int]]:
    """For energies and stresses: of an insulator and of a metal, and for the probe that tells which of them the crystal is."""
    small = 4.8 if set(symbols) <= FREE_ELECTRON_LIKE else 4.2
    metal = small if len(symbols) == 1 else 3.6 if len(symbols) <= 3 else 3.2
    return {name: k_points(lattice, chosen.mesh_scale * per) for name, per in (("probe", 2.5), ("insulator", 2.4), ("metal", metal))}


def grid(lattice: FloatArray, cutoff: float) -> tuple[int, int, int]:
    """Points of an FFT grid that holds all but a rim of the products of two plane waves below the cutoff (eV).

    Raises
    ------
    BadInputError : the cell is too long for any grid
    """
    spacing = np.pi / np.sqrt(8 * cutoff / Hartree) * Bohr
    heights = 1 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    wanted = np.round(0.9 * heights / spacing, 6)
    if wanted.max() > GRID_SIZES[-1]:
        raise BadInputError(f"a cell of {heights.max():.0f} angstrom is too long to be computed here")
    first, second, third = GRID_SIZES[np.searchsorted(GRID_SIZES, wanted)]
    return int(first), int(second), int(third)


def strained_smearing(symbols: list[str], gap: float, chosen: Settings) -> float:
    """Smearing for strained cells, eV: metals whose levels lie 1 to 2 eV apart on any affordable mesh need far more than others.

    Aluminium's C' is 44 GPa with 0.15 eV and 27 GPa with 1 eV, on 16 k points along each vector.
    """
    found = set(symbols)
    if gap > GAP:
        return chosen.smearing
    if found & D_METALS:
        return 0.25
    return 0.5 if found & NOBLE_METALS or len(symbols) > 1 else 1.0
