"""Properties of the elements, from the libraries that keep them: one table, with a row for each element.

Electronegativity, ionization energy, electron affinity and molar volume are pymatgen's, covalent radii are those of
Cordero et al. (Dalton Trans. 2008, 2832) as ASE holds them.
"""

import warnings
from functools import cache

import ase.data
import numpy as np
import pandas as pd
from pymatgen.core import Element

from recryst.crystals import FloatArray

LAST = 100
"""Highest atomic number of the published atom features (fermium)."""


@cache
def symbols() -> tuple[str, ...]:
    """Symbols by atomic number, up to 118; the first, of atomic number 0, is "?"."""
    return ("?", *(Element.from_Z(number).symbol for number in range(1, 119)))


@cache
def covalent_radii() -> FloatArray:
    """(119,) covalent radii by atomic number, angstrom (Cordero et al. 2008); NaN where there is none, above curium."""
    radii = np.full(119, np.nan)
    radii[1:97] = ase.data.covalent_radii[1:97]
    radii.setflags(write=False)
    return radii


@cache
def properties() -> pd.DataFrame:
    """The nine properties of the supplement's Table II, for atomic numbers 1 to `LAST` (index).

    Returns
    -------
    DataFrame with the columns symbol; group (1 to 18; 0 for the f block); period; electronegativity (Pauling);
    covalent_radius (pm); valence_electrons; ionization_energy (first, eV); electron_affinity (eV); block;
    atomic_volume (molar volume, cm^3/mol). NaN: not known.

    Notes
    -----
    Valence electrons, as in the released feature table: the outer s and p electrons of the main groups, s and d
    electrons of the d block (so 12 for zinc), 2 for the f block. Lanthanides and actinides from La to Yb and from Ac to
    No are the f block.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns of each property that is not known
        rows = [_properties_of(Element.from_Z(number)) for number in range(1, LAST + 1)]
    return pd.DataFrame(rows, index=pd.RangeIndex(1, LAST + 1, name="atomic_number"))


def _properties_of(element: Element) -> dict[str, object]:
    return {
        "symbol": element.symbol,
        "group": 0 if _block(element) == "f" else element.group,
        "period": element.row,
        "electronegativity": float(element.X),
        "covalent_radius": 100 * covalent_radii()[element.Z],
        "valence_electrons": _valence_electrons(element),
        "ionization_energy": _number(element.ionization_energy),
        "electron_affinity": _number(element.electron_affinity),
        "block": _block(element),
        "atomic_volume": _number(element.molar_volume),
    }


def _block(element: Element) -> str:
    return "s" if element.Z == 2 else element.block  # pymatgen puts helium in the p block, where the noble gases stand


def _valence_electrons(element: Element) -> int:
    if element.block == "f":
        return 2
    shells = element.full_electronic_structure
    outer = max(principal for principal, _, _ in shells)
    counted = {(outer, "s"), (outer, "p")} if element.block in "sp" else {(outer, "s"), (outer - 1, "d")}
    if element.Z == 46:  # palladium alone has an empty outer s shell: 4d10
        counted = {(4, "d")}
    return sum(electrons for principal, orbital, electrons in shells if (principal, orbital) in counted)


def _number(value: object) -> float:
    return np.nan if value is None else float(value)  # type: ignore[arg-type]
