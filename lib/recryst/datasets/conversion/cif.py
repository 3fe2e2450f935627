"""P1 CIF files as pymatgen writes them, read back to the numbers they hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Element
from pymatgen.io.cif import CifFile

from recryst.errors import BadInputError

CELL = [f"_cell_{kind}" for kind in ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")]


@dataclass(frozen=True)
class PlainCrystal:
    """One crystal as its file states it: cell (6,) angstrom and degree, numbers (n,) uint8, fractions (n, 3)."""

    cell: NDArray[np.float64]
    numbers: NDArray[np.uint8]
    fractions: NDArray[np.float64]


def read_p1(text: str) -> PlainCrystal:
    """Read one CIF block with symmetry P1 and full occupancies, atoms in the order of the file.

    pymatgen's own structure reader is not used, because it moves fractions close to 1/3 and 2/3 and merges sites; its
    tokeniser is.

    Raises
    ------
    BadInputError : symmetry other than P1, partly occupied sites, an unknown element, or missing items
    """
    blocks = list(CifFile.from_str(text).data.values())
    if len(blocks) != 1:
        raise BadInputError(f"a CIF file holds {len(blocks)} blocks instead of one")
    items = blocks[0].data
    if items.get("_symmetry_Int_Tables_number") not in (None, "1") or len(items.get("_symmetry_equiv_pos_as_xyz", [""])) != 1:
        raise BadInputError(f"the CIF of {blocks[0].header} has symmetry other than P1")
    if any(float(occupancy) != 1 for occupancy in items.get("_atom_site_occupancy", [])):
        raise BadInputError(f"the CIF of {blocks[0].header} has partly occupied sites")
    # an oxidation state may follow the symbol, as in O2-
    symbols = ["".join(c for c in symbol if c.isalpha()) for symbol in items["_atom_site_type_symbol"]]
    return PlainCrystal(
        np.array([float(items[key]) for key in CELL]),
        np.array([Element(symbol).Z for symbol in symbols], dtype=np.uint8),
        np.array([items[f"_atom_site_fract_{axis}"] for axis in "xyz"], dtype=np.float64).T,
    )
