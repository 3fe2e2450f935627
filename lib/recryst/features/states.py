"""Densities of states as the ESNet paper takes them: eighteen curves of spin and orbital, their moments, and a list of the elements.

A curve is given at 1,500 energies from -20 to 10 eV, and divided by the number of different elements (Mok et al. 2023, Method: Data
Generation and Data Preprocessing, and the released code). The paper's energies are absolute, on the scale of VASP. GPAW's scale has
another zero, from crystal to crystal at another distance, so that the same window would cut occupied states off: here zero is up to
where states are filled, the Fermi level, or the valence-band maximum where a gap was found.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import interp1d

from recryst.crystals import Crystals, FloatArray
from recryst.datasets import charge_density, embedded
from recryst.datasets.charge_density import ChargeDensities
from recryst.datasets.task import rejections

ENERGIES = np.linspace(-20, 10, 1500)
"""(1500,) eV, filled up to zero.

:meta hide-value:
"""
ORBITALS = ("s", "px", "py", "pz", "dxy", "dyz", "dxz", "dx2-y2", "dz2")
MOMENTS = ("filling", "center", "width", "skewness", "kurtosis")
PLACES = 111
"""Elements that can be listed, from hydrogen to roentgenium."""
GROUPS = {"s": ("s",), "p": ("px", "py", "pz"), "t2g": ("dxy", "dyz", "dxz"), "eg": ("dx2-y2", "dz2")}
"""Orbitals that have equal shares of the states of a cubic crystal."""
EMPTY = 0.05
"""States in all below which a curve has no moments but zeros: an orbital that no atom of the crystal has, or tails of its neighbours."""


@dataclass(frozen=True, eq=False)
class DensitiesOfStates:
    """Curves of crystals.

    Parameters
    ----------
    ids : (n,) of the crystals
    curves : (n, 2, 9, 1500) float32, states / eV of spin up and down by orbital, in the order of `ORBITALS`, at `ENERGIES`, divided by the
        number of different elements
    """

    ids: NDArray[np.str_]
    curves: NDArray[np.float32]


def of_crystals(crystals: Crystals) -> tuple[DensitiesOfStates, pd.DataFrame]:
    """The densities of states that come with the project, by the crystals' ids.

    Returns
    -------
    states : of all crystals that have one, in their order
    rejected : DataFrame(id, reason), the others
    """
    computed = charge_density.load()
    known = np.isin(crystals.ids, np.r_[computed.crystals.ids, embedded.crystals().ids])
    kept = crystals.take(np.flatnonzero(known))
    curves = np.zeros((len(kept), 2, len(ORBITALS), len(ENERGIES)), np.float32)
    of_computed = set(computed.crystals.ids.tolist())
    for index, identifier in enumerate(kept.ids.tolist()):
        energies, found = _computed(computed, identifier) if identifier in of_computed else _embedded(identifier)
        elements = len(np.unique(kept.numbers[kept.atoms(index)]))
        # a single spin stands for both
        curves[index] = resampled(energies, found) / elements
    reasons = ((identifier, "no density of states was computed for it") for identifier in crystals.ids[~known].tolist())
    return DensitiesOfStates(kept.ids, curves), rejections(reasons)


def resampled(energies: FloatArray, curves: FloatArray) -> FloatArray:
    """(..., 1500) curves at `ENERGIES`, on straight lines between what is given, and zero where nothing is.

    Parameters
    ----------
    energies : (m,) eV, ascending, filled up to zero
    curves : (..., m) states / eV
    """
    return np.asarray(interp1d(energies, curves, bounds_error=False, fill_value=0.0)(ENERGIES))


def moments(states: DensitiesOfStates) -> FloatArray:
    """(n, 90) `MOMENTS` of each curve: the five of spin up's s orbital, of its px orbital, ..., and then of spin down.

    Filling is the share of the states that are filled; center (eV), width (eV), skewness and kurtosis are the first moment, the root of
    the second central one, and the third and fourth central ones in units of the width, all of the states between `ENERGIES`' ends. The
    paper names the five and leaves their definitions to a reference.
    """
    found = [_moments(curves.astype(np.float64)) for curves in states.curves]
    return np.reshape(found, (len(states.ids), 2 * len(ORBITALS) * len(MOMENTS)))


def listed_elements(crystals: Crystals) -> FloatArray:
    """(n, 111) 1 for each element that a crystal holds, whatever its amount, and 0 for all others; hydrogen comes first."""
    return (amounts(crystals) > 0).astype(np.float64)


def amounts(crystals: Crystals) -> FloatArray:
    """(n, 111) share of the atoms of a crystal that each element has; hydrogen comes first."""
    return crystals.amounts()[:, 1 : PLACES + 1].toarray() / crystals.n_atoms[:, None]


def _moments(curves: FloatArray) -> FloatArray:
    """(2, 9, 5) of the curves (2, 9, 1500) of one crystal."""
    whole = np.asarray(np.trapezoid(curves, ENERGIES))[..., None]
    shares = np.divide(curves, whole, out=np.zeros_like(curves), where=whole > EMPTY)
    filled = np.trapezoid(shares * (ENERGIES < 0), ENERGIES)
    center = np.asarray(np.trapezoid(shares * ENERGIES, ENERGIES))
    apart = ENERGIES - center[..., None]
    second, third, fourth = (np.trapezoid(shares * apart**power, ENERGIES) for power in (2, 3, 4))
    width = np.sqrt(second)
    scale = np.where(width > 0, width, 1)
    return np.stack([filled, center, width, third / scale**3, fourth / scale**4], axis=-1)


def _computed(data: ChargeDensities, identifier: str) -> tuple[FloatArray, FloatArray]:
    """Energies and (spins, 9, energies) states / eV."""
    alike = [len(names) for names in GROUPS.values()]
    states = data.density_of_states(data.index(identifier)).astype(np.float64) / np.array(alike)[:, None]
    return charge_density.ENERGIES, np.repeat(states, alike, axis=1)


def _embedded(identifier: str) -> tuple[FloatArray, FloatArray]:
    """The same of an embedded crystal."""
    found = embedded.electronic_structure(identifier)
    order = [found.orbitals.tolist().index(name) for name in ORBITALS]
    return found.energies.astype(np.float64), found.states[:, order].astype(np.float64)
