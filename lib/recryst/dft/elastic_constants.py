"""The three elastic constants of a cubic crystal and the moduli of a polycrystal, from the stresses of two strained cells."""

from dataclasses import dataclass

import numpy as np

from recryst.crystals import FloatArray


@dataclass(frozen=True)
class Elasticity:
    """Of a cubic crystal, GPa.

    Parameters
    ----------
    c11, c12, c44 : elastic constants, atoms relaxed
    c44_clamped : with atoms that follow the cell and do not relax
    bulk_modulus : of the equation of state
    shear_modulus_voigt, shear_modulus_reuss : upper and lower bounds of a polycrystal; None where the crystal is unstable
    shear_modulus : their mean (Hill); None where the crystal is unstable
    stable : Born's criteria: c11 > c12, c44 > 0, c11 + 2 c12 > 0
    """

    c11: float
    c12: float
    c44: float
    c44_clamped: float
    bulk_modulus: float
    shear_modulus_voigt: float | None
    shear_modulus_reuss: float | None
    shear_modulus: float | None
    stable: bool


def deformations(strain: float) -> FloatArray:
    """(2, 3, 3) of a cubic crystal with axes along x, y and z: one stretched along x and pressed along y, and one sheared."""
    stretched = np.diag([1 + strain, 1 - strain, 1.0])
    sheared = np.eye(3)
    sheared[0, 1] = sheared[1, 0] = strain
    return np.array([stretched, sheared])


def elasticity(bulk_modulus: float, relaxed: FloatArray, clamped: FloatArray, strain: float) -> Elasticity:
    """From the stresses of `deformations`.

    Parameters
    ----------
    bulk_modulus : K, GPa
    relaxed, clamped : (2, 3, 3) stresses, GPa, with atoms relaxed and not
    strain : that the cells were deformed by

    Notes
    -----
    Differences of components of one stress, in which an error of the pressure cancels: s_xx - s_yy = 2 (c11 - c12) e of the first cell,
    s_xy = 2 c44 e of the second, and K = (c11 + 2 c12) / 3. Averages of Voigt, Reuss and Hill: R. Hill, Proc. Phys. Soc. A 65, 349 (1952).
    """
    difference = float(relaxed[0][0, 0] - relaxed[0][1, 1]) / (2 * strain)  # c11 - c12
    c44, c44_clamped = (float(stress[1][0, 1]) / (2 * strain) for stress in (relaxed, clamped))
    c12 = bulk_modulus - difference / 3
    stable = difference > 0 and c44 > 0 and bulk_modulus > 0
    voigt = (difference + 3 * c44) / 5 if stable else None
    reuss = 5 * difference * c44 / (4 * c44 + 3 * difference) if stable else None
    hill = (voigt + reuss) / 2 if voigt is not None and reuss is not None else None
    return Elasticity(c12 + difference, c12, c44, c44_clamped, bulk_modulus, voigt, reuss, hill, stable)
