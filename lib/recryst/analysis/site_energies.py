"""Mean site energy of each element on each kind of site: what linear pooling makes readable (Fig. 3(c, d), Eq. S14-S15).

A network with linear pooling predicts a crystal's energy as the mean of one number an atom. Averaged over all crystals
in which an element takes a site, these numbers say which elements that site favours.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst import elements
from recryst.crystals import Crystals, FloatArray
from recryst.errors import BadInputError

PEROVSKITE_ORDER = ("A", "B", "X", "X", "X")


def perovskite_sites(crystals: Crystals) -> NDArray[np.str_]:
    """Site of every atom of five-atom perovskites whose atoms stand in the order A, B, X, X, X (Castelli's order).

    Returns
    -------
    (atoms,) "A", "B" or "X"

    Raises
    ------
    BadInputError : a crystal doesn't have five atoms
    """
    odd = crystals.n_atoms != 5
    if odd.any():
        first = np.argmax(odd)
        raise BadInputError(f"Perovskites ABX3 have five atoms in the cell; {crystals.ids[first]} has {crystals.n_atoms[first]}.")
    return np.tile(PEROVSKITE_ORDER, len(crystals))


def cation_anion_sites(crystals: Crystals) -> NDArray[np.str_]:
    """Site of every atom of binary compounds: the element of the lower Pauling electronegativity is the cation.

    Returns
    -------
    (atoms,) "cation" or "anion"; empty for atoms of crystals that aren't binary, and where an electronegativity is
        unknown or the two are equal
    """
    electronegativity = elements.properties()["electronegativity"].reindex(range(119)).to_numpy(dtype=float)
    sites = np.full(len(crystals.numbers), "", dtype="<U6")
    for start, stop in zip(crystals.offsets[:-1], crystals.offsets[1:], strict=True):
        numbers = crystals.numbers[start:stop]
        values = electronegativity[np.unique(numbers)]
        if len(values) == 2 and np.all(np.isfinite(values)) and values[0] != values[1]:
            sites[start:stop] = np.where(electronegativity[numbers] == values.min(), "cation", "anion")
    return sites


def table(atom_energies: FloatArray, crystals: Crystals, sites: NDArray[np.str_]) -> pd.DataFrame:
    """Mean site energy for each element on each site.

    Parameters
    ----------
    atom_energies : (atoms,) site energies in the order of the crystals' atoms; their mean over a crystal's atoms is its
        predicted target, so they have its unit
    crystals : of which they are
    sites : (atoms,) name of each atom's site; atoms with an empty name are left out

    Returns
    -------
    site, element, number : in order of site name and atomic number
    site_energy : mean over atoms of this element on this site
    spread : standard deviation over these atoms, NaN for one atom
    n : atoms

    Raises
    ------
    BadInputError : lengths differ, an energy is not finite, or no atom has a site
    """
    energies = np.asarray(atom_energies, dtype=float)
    atoms = len(crystals.numbers)
    if energies.shape != (atoms,) or np.shape(sites) != (atoms,):
        raise BadInputError(f"{atoms} atoms need as many site energies and sites; there are {energies.shape} and {np.shape(sites)}.")
    if not np.all(np.isfinite(energies)):
        crystal = np.searchsorted(crystals.offsets, np.argmin(np.isfinite(energies)), side="right") - 1
        raise BadInputError(f"A site energy of {crystals.ids[crystal]} is not a finite number; the network that made it is broken.")
    rows = pd.DataFrame({"site": sites, "number": crystals.numbers.astype(int), "energy": energies})
    rows = rows[rows["site"] != ""]
    if rows.empty:
        raise BadInputError("No atom stands on a named site; site energies need perovskites or binary compounds.")
    means = rows.groupby(["site", "number"])["energy"].agg(site_energy="mean", spread="std", n="count").reset_index()
    means.insert(1, "element", [elements.symbols()[number] for number in means["number"]])
    return means
