"""Bulk modulus from energies and pressures at several volumes."""

from dataclasses import dataclass

import numpy as np
from ase.eos import EquationOfState
from ase.units import GPa
from scipy.optimize import least_squares

from recryst.crystals import FloatArray
from recryst.errors import CalculationError

ENERGY_ERROR = 2e-3
"""eV: by about so much energies jump as plane waves come and go with the volume."""
PRESSURE_ERROR = 0.03
"""GPa: scatter of pressures."""


@dataclass(frozen=True)
class Fit:
    """A Birch-Murnaghan equation of state.

    Parameters
    ----------
    volume : at the minimum of the energy, angstrom^3
    energy : there, eV
    bulk_modulus : there, GPa
    derivative : of the bulk modulus by the pressure
    bulk_modulus_from_energies : GPa, of a fit to energies alone (ase.eos)
    energy_residual, pressure_residual : the largest ones, eV and GPa
    """

    volume: float
    energy: float
    bulk_modulus: float
    derivative: float
    bulk_modulus_from_energies: float
    energy_residual: float
    pressure_residual: float


def birch_murnaghan(
    volumes: FloatArray, energy: float, volume: float, bulk_modulus: float, derivative: float
) -> tuple[FloatArray, FloatArray]:
    """Energies (eV) and pressures (eV / angstrom^3), of third order.

    Parameters
    ----------
    volumes : (n,) angstrom^3
    energy, volume, bulk_modulus, derivative : at the minimum; the bulk modulus in eV / angstrom^3

    Notes
    -----
    F. Birch, Phys. Rev. 71, 809 (1947): with x = (V0 / V)^(2/3), E = E0 + 9 V0 B / 16 ((x - 1)^3 B' + (x - 1)^2 (6 - 4 x)) and P = -dE/dV.
    """
    x = (volume / np.asarray(volumes)) ** (2 / 3)
    energies = energy + 9 * volume * bulk_modulus / 16 * ((x - 1) ** 3 * derivative + (x - 1) ** 2 * (6 - 4 * x))
    pressures = 1.5 * bulk_modulus * (x**3.5 - x**2.5) * (1 + 0.75 * (derivative - 4) * (x - 1))
    return energies, pressures


def fit(volumes: FloatArray, energies: FloatArray, pressures: FloatArray) -> Fit:
    """Fit energies (eV) and pressures (GPa) at volumes (angstrom^3, five at least) together.

    Raises
    ------
    CalculationError : the fit has no minimum within the volumes, or a bulk modulus that is not positive

    Notes
    -----
    At a constant cutoff of plane waves the energy is a little rough as waves come and go, and the pressure is smooth but off by a
    constant over the volume (Pulay). That constant is fitted too, so that the volume comes from energies and the curvature mainly
    from pressures.
    """
    volumes, energies, pressures = (np.asarray(values, dtype=np.float64) for values in (volumes, energies, pressures))
    try:
        first_volume, first_energy, first_modulus = EquationOfState(volumes, energies, eos="birchmurnaghan").fit(warn=False)
    except (ValueError, RuntimeError) as error:
        raise CalculationError(
            f"The energies at {len(volumes)} volumes have no minimum that an equation of state fits ({error})."
        ) from error

    def residuals(parameters: FloatArray) -> FloatArray:
        energy, volume, modulus, derivative, pulay = parameters
        expected, pressure = birch_murnaghan(volumes, energy + first_energy, volume * first_volume, modulus * GPa, derivative)
        return np.concatenate([(expected - energies) / ENERGY_ERROR, (pressure / GPa - pulay / volumes - pressures) / PRESSURE_ERROR])

    start = first_modulus / GPa
    found = least_squares(residuals, [0.0, 1.0, start, 4.5, 0.0], x_scale=[1e-3, 1e-2, abs(start), 1, 10])
    energy, volume, modulus, derivative, _ = (float(value) for value in found.x)
    volume *= first_volume
    if modulus <= 0:
        raise CalculationError(f"The equation of state that fits best has a bulk modulus of {modulus:.4g} GPa, which no crystal has.")
    if not volumes.min() <= volume <= volumes.max():
        raise CalculationError(f"The equation of state has its minimum at {volume:.4g} angstrom^3, outside the volumes that were computed.")
    count = len(volumes)
    return Fit(
        volume,
        energy + float(first_energy),
        modulus,
        derivative,
        start,
        float(np.abs(found.fun[:count]).max() * ENERGY_ERROR),
        float(np.abs(found.fun[count:]).max() * PRESSURE_ERROR),
    )
