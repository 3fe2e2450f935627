"""Densities of states as the ESNet paper takes them: eighteen curves of spin and orbital, their moments, and a list of the elements.

A curve is given at 1,500 absolute energies from -20 to 10 eV, and divided by the number of different elements (Mok et al. 2023, Method:
Data Generation and Data Preprocessing, and the released code). Absolute means that zero is not the Fermi level but that of the
calculation: here the average electrostatic potential of GPAW.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray
from recryst.datasets import charge_density, embedded
from recryst.datasets.charge_density import ChargeDensities
from recryst.datasets.task import rejections

ENERGIES = np.linspace(-20, 10, 1500)
"""(1500,) eV.

:meta hide-value:
"""
ORBITALS = ("s", "px", "py", "pz", "dxy", "dyz", "dxz", "dx2-y2", "dz2")
MOMENTS = ("filling", "center", "width", "skewness", "kurtosis")
PLACES = 111
"""Elements that can be listed, from hydrogen to roentgenium."""
GROUPS = {"s": ("s",), "p": ("px", "py", "pz"), "t2g": ("dxy", "dyz", "dxz"), "eg": ("dx2-y2", "dz2")}
"""Orbitals that have equal shares of the states of a cubic crystal."""
EMPTY = 1e-3
"""States in all below which a curve has no moments but zeros: an orbital that no atom of the crystal has."""


@dataclass(frozen=True, eq=False)
class DensitiesOfStates:
    """Curves of crystals.

    Parameters
    ----------
    ids : (n,) of the crystals
    curves : (n, 2, 9, 1500) float32, states / eV of spin up and down by orbital, in the order of `ORBITALS`, at `ENERGIES`, divided by the
        number of different elements
    filled_to : (n,) eV, the Fermi level, or the valence-band maximum where a gap was found
    """

    ids: NDArray[np.str_]
    curves: NDArray[np.float32]
    filled_to: FloatArray


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
    filled_to = np.zeros(len(kept))
    of_computed = set(computed.crystals.ids.tolist())
    for index, identifier in enumerate(kept.ids.tolist()):
        found = _computed(computed, identifier) if identifier in of_computed else _embedded(identifier)
        elements = len(np.unique(kept.numbers[kept.atoms(index)]))
        # a single spin stands for both
        curves[index], filled_to[index] = resampled(found[0], found[1]) / elements, found[2]
    reasons = ((identifier, "no density of states was computed for it") for identifier in crystals.ids[~known].tolist())
    return DensitiesOfStates(kept.ids, curves, filled_to), rejections(reasons)


def resampled(energies: FloatArray, curves: FloatArray) -> FloatArray:
    """(..., 1500) curves at `ENERGIES`, on straight lines between what is given.

    From the first and the last given energy a straight line leads to zero at the end of the range, as in the released code.

    Parameters
    ----------
    energies : (m,) absolute energies in eV, ascending
    curves : (..., m) states / eV
    """
    missing = int(energies[0] > ENERGIES[0]), int(energies[-1] < ENERGIES[-1])
    places = np.r_[ENERGIES[: missing[0]], energies, ENERGIES[len(ENERGIES) - missing[1] :]]
    values = np.pad(curves, [(0, 0)] * (curves.ndim - 1) + [missing])
    before = np.clip(np.searchsorted(places, ENERGIES, side="right") - 1, 0, len(places) - 2)
    share = (ENERGIES - places[before]) / np.diff(places)[before]
    return np.asarray(values[..., before] * (1 - share) + values[..., before + 1] * share)


def moments(states: DensitiesOfStates) -> FloatArray:
    """(n, 90) `MOMENTS` of each curve: the five of spin up's s orbital, of its px orbital, ..., and then of spin down.

    Filling is the share of the states that are filled; center (eV), width (eV), skewness and kurtosis are the first moment, the root of
    the second central one, and the third and fourth central ones in units of the width. The paper names the five and leaves their
    definitions to a reference.
    """
    found = [_moments(curves.astype(np.float64), end) for curves, end in zip(states.curves, states.filled_to, strict=True)]
    return np.reshape(found, (len(states.ids), 2 * len(ORBITALS) * len(MOMENTS)))


def listed_elements(crystals: Crystals) -> FloatArray:
    """(n, 111) 1 for each element that a crystal holds, whatever its amount, and 0 for all others."""
    listed = np.zeros((len(crystals), PLACES))
    listed[np.repeat(np.arange(len(crystals)), crystals.n_atoms), crystals.numbers.astype(np.int64) - 1] = 1
    return listed


def _moments(curves: FloatArray, filled_to: float) -> FloatArray:
    """(2, 9, 5) of the curves (2, 9, 1500) of one crystal."""
    whole = np.asarray(np.trapezoid(curves, ENERGIES))[..., None]
    shares = np.divide(curves, whole, out=np.zeros_like(curves), where=whole > EMPTY)
    filled = np.trapezoid(shares * (filled_to > ENERGIES), ENERGIES)
    center = np.asarray(np.trapezoid(shares * ENERGIES, ENERGIES))
    apart = ENERGIES - center[..., None]
    second, third, fourth = (np.trapezoid(shares * apart**power, ENERGIES) for power in (2, 3, 4))
    width = np.sqrt(second)
    scale = np.where(width > 0, width, 1)
    return np.stack([filled, center, width, third / scale**3, fourth / scale**4], axis=-1)


def _computed(data: ChargeDensities, identifier: str) -> tuple[FloatArray, FloatArray, float]:
    """Absolute energies, (spins, 9, energies) states / eV, and up to where they are filled."""
    index = data.index(identifier)
    zero = float(data.properties["dos_zero"].iloc[index])
    alike = [len(names) for names in GROUPS.values()]
    states = data.density_of_states(index).astype(np.float64) / np.array(alike)[:, None]
    return charge_density.ENERGIES + zero, np.repeat(states, alike, axis=1), zero


def _embedded(identifier: str) -> tuple[FloatArray, FloatArray, float]:
    """The same of an embedded crystal; where it has a gap, the Fermi level stands for the valence-band maximum, which was not kept."""
    found, zero = embedded.electronic_structure(identifier), float(_fermi_levels()[identifier])
    order = [found.orbitals.tolist().index(name) for name in ORBITALS]
    return found.energies.astype(np.float64) + zero, found.states[:, order].astype(np.float64), zero


@cache
def _fermi_levels() -> "pd.Series[float]":
    return embedded.properties()["fermi_level"]
