"""Densities of crystals as sums of densities of free atoms: what the positions of the elements say, and no bond.

Such a density is the control for computed ones: whatever a network learns from it needs no electronic structure. It is of all
electrons, core electrons too, while the computed densities are of valence electrons alone; heavy atoms lack up to three percent, the
innermost electrons, which lie within the first steps of the radial grid.
"""

from functools import cache

import numpy as np
import scipy.fft

from recryst.crystals import Crystals, FloatArray
from recryst.datasets import charge_density, radial_densities
from recryst.elements import symbols
from recryst.features.density import SIZE
from recryst.storage import content_hash

BEYOND = 1e-9
"""Share of a wave that is left after smoothing, below which it is left out."""


def density(crystal: Crystals) -> FloatArray:
    r"""(60, 60, 60) electrons / angstrom^3 of one crystal, on a grid along the vectors of its cell.

    Notes
    -----
    The sum is taken over waves: the atom at :math:`r_j` contributes :math:`f_j(q) e^{-\sigma^2 q^2 / 2} e^{-i q r_j} / V` to the wave
    q, where f is its form factor and :math:`\sigma` = 0.2 angstrom, with which computed densities are smoothed too.
    """
    lattice = crystal.lattices[0]
    whole = np.fft.fftfreq(SIZE, 1 / SIZE)
    waves = np.stack(np.meshgrid(whole, whole, np.arange(SIZE // 2 + 1), indexing="ij"), axis=-1)
    # lattice vectors are rows, so that columns of the inverse are reciprocal vectors
    lengths = np.linalg.norm(2 * np.pi * waves @ np.linalg.inv(lattice).T, axis=-1)
    damping = np.exp(-0.5 * charge_density.SMOOTHING**2 * lengths**2)
    near = damping > BEYOND
    total = np.zeros(near.shape, dtype=complex)
    for number in np.unique(crystal.numbers):
        positions = crystal.frac_coords[crystal.numbers == number]
        factor = np.exp(-2j * np.pi * waves[near] @ positions.T).sum(-1)
        total[near] += _form_factor(int(number), lengths[near]) * factor
    return np.asarray(scipy.fft.irfftn(total * damping, (SIZE,) * 3, norm="forward") / abs(np.linalg.det(lattice)))


def absent(crystals: Crystals) -> dict[str, str]:
    """Reasons by id why a crystal has no such density: an element whose free atom is not known."""
    known = radial_densities.load().electrons
    reasons = {}
    for index, identifier in enumerate(crystals.ids.tolist()):
        numbers = crystals.numbers[crystals.atoms(index)]
        unknown = sorted({symbols()[number] for number in numbers} - set(known))
        if unknown:
            reasons[identifier] = f"no density of a free atom of {unknown[0]} is known"
    return reasons


def fingerprint() -> str:
    """Of the densities of free atoms."""
    radial = radial_densities.load()
    return content_hash(radial.radii, *(radial.electrons[symbol] for symbol in sorted(radial.electrons)))


def _form_factor(number: int, lengths: FloatArray) -> FloatArray:
    """Electrons that an atom contributes to waves of these lengths (1 / angstrom), by interpolation between finely spaced ones."""
    fine, values = _table(number)
    return np.interp(lengths, fine, values)


@cache
def _table(number: int) -> tuple[FloatArray, FloatArray]:
    radial = radial_densities.load()
    electrons, radii = radial.electrons[symbols()[number]], radial.radii
    fine = np.linspace(0, 40, 4001)
    # np.sinc(x) is sin(pi x) / (pi x)
    return fine, np.asarray(np.trapezoid(electrons * np.sinc(np.outer(fine, radii) / np.pi), radii, axis=1))
