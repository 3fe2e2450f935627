"""What a set of crystals is made of: elements, sizes of cells, symmetry (Fig. 2(a), S2 and the numbers in the text)."""

from functools import partial

import numpy as np
import pandas as pd
from scipy import sparse

from recryst import parallel
from recryst.crystals import Crystals, IntArray
from recryst.errors import BadInputError
from recryst.symmetry import cell_of, dataset

# trigonal space groups with a rhombohedral lattice; the other trigonal ones have a hexagonal lattice
# (International Tables for Crystallography A, section 2.1.1)
RHOMBOHEDRAL = frozenset({146, 148, 155, 160, 161, 166, 167})
CHUNK = 200  # crystals that one process takes at a time: tenths of a second
NOTHING = "There are no crystals to describe."
LAST_NUMBER = {"triclinic": 2, "monoclinic": 15, "orthorhombic": 74, "tetragonal": 142, "hexagonal": 194, "cubic": 230}


def elements(crystals: Crystals) -> pd.DataFrame:
    """Histogram of the number of different elements in a crystal, Fig. 2(a).

    Returns
    -------
    value : number of elements, from 1 to the largest met
    width : of a bar, 1
    count, share : crystals, and their share of all

    Raises
    ------
    BadInputError : there are no crystals
    """
    counts = np.bincount(elements_in_each(crystals))[1:]
    return _histogram(np.arange(1, len(counts) + 1), 1, counts)


def atoms(symmetry: pd.DataFrame, width: int = 10) -> pd.DataFrame:
    """Histogram of the number of atoms in the primitive cell, Fig. S2.

    Parameters
    ----------
    symmetry : from `symmetry`
    width : of a bar, atoms; the first bar holds 1 … width atoms

    Returns
    -------
    value : centre of a bar, atoms
    width, count, share : as in `elements`

    Raises
    ------
    BadInputError : there are no crystals, or the width is below 1
    """
    if symmetry.empty:
        raise BadInputError(NOTHING)
    if width < 1:
        raise BadInputError(f"A bar of the atoms histogram must be at least 1 atom wide, not {width}.")
    counts = np.bincount((symmetry["primitive_atoms"].to_numpy() - 1) // width)
    return _histogram(np.arange(len(counts)) * width + (width + 1) / 2, width, counts)


def symmetry(crystals: Crystals, symprec: float = 0.1, jobs: int = 1, progress: bool = False) -> pd.DataFrame:
    """Space group, lattice system and atoms in the primitive cell of every crystal, by spglib.

    Parameters
    ----------
    symprec : tolerance, angstrom; the Materials Project uses 0.1
    jobs, progress : processes, and whether to show a bar; see `recryst.parallel.map`

    Returns
    -------
    id
    space_group : number, 1 … 230; 0 where spglib finds none
    lattice_system : see `lattice_system`; empty where there is no space group
    primitive_atoms : fewer than in the cell as given where that one is larger; as given where there is no space group
    """
    if len(crystals) == 0:
        raise BadInputError(NOTHING)
    chunks = [crystals.take(chunk) for chunk in np.array_split(np.arange(len(crystals)), len(crystals) // CHUNK + 1)]
    found = parallel.map(partial(_by_spglib, symprec=symprec), chunks, jobs, progress, "space groups")
    numbers, primitive = np.concatenate(found).T
    systems = [lattice_system(number) for number in numbers]
    return pd.DataFrame({"id": crystals.ids, "space_group": numbers, "lattice_system": systems, "primitive_atoms": primitive})


def lattice_system(space_group: int) -> str:
    """The lattice system of a space-group number, one of seven (rhombohedral, not trigonal); empty for 0.

    Raises
    ------
    BadInputError : the number is not 0 … 230
    """
    if space_group == 0:
        return ""
    if space_group in RHOMBOHEDRAL:
        return "rhombohedral"
    for system, last in LAST_NUMBER.items():
        if 1 <= space_group <= last:
            return system
    raise BadInputError(f"Space groups are numbered 1 to 230; {space_group} is none.")


def summary(crystals: Crystals, symmetry: pd.DataFrame) -> pd.DataFrame:
    """The numbers with which the paper's text describes its set of crystals.

    Parameters
    ----------
    symmetry : from `symmetry`, of these crystals in any order

    Returns
    -------
    quantity, value : "crystals", "elements covered", "most elements in a crystal", "share of binary, ternary and
        quaternary crystals", "fewest atoms in a cell", "most atoms in a cell", "share of crystals with less than 60 atoms",
        "lattice systems", "space groups"; cells are primitive ones

    Raises
    ------
    BadInputError : there are no crystals, or the symmetry of one is missing
    """
    n_elements = elements_in_each(crystals)
    of_crystals = symmetry.set_index("id").reindex(crystals.ids)
    missing = of_crystals["space_group"].isna()
    if missing.any():
        raise BadInputError(f"The symmetry of {missing.sum()} crystals is missing, the first is {missing.idxmax()}.")
    found, n_atoms = of_crystals[of_crystals["space_group"] > 0], of_crystals["primitive_atoms"]
    numbers: dict[str, float] = {
        "crystals": len(crystals),
        "elements covered": len(np.unique(crystals.numbers)),
        "most elements in a crystal": int(n_elements.max()),
        "share of binary, ternary and quaternary crystals": float(np.mean((n_elements >= 2) & (n_elements <= 4))),
        "fewest atoms in a cell": n_atoms.min(),
        "most atoms in a cell": n_atoms.max(),
        "share of crystals with less than 60 atoms": float(np.mean(n_atoms < 60)),
        "lattice systems": found["lattice_system"].nunique(),
        "space groups": found["space_group"].nunique(),
    }
    return pd.DataFrame({"quantity": list(numbers), "value": np.array(list(numbers.values()), dtype=float)})


def element_membership(crystals: Crystals) -> sparse.csr_array:
    """(crystals, 119) whether a crystal contains the element of an atomic number, as 1 or 0; column 0 is empty."""
    amounts = crystals.amounts()
    amounts.data[:] = 1
    return amounts


def elements_in_each(crystals: Crystals) -> IntArray:
    """(crystals,) number of different elements in each.

    Raises
    ------
    BadInputError : there are no crystals
    """
    if len(crystals) == 0:
        raise BadInputError(NOTHING)
    return np.asarray(element_membership(crystals).sum(axis=1)).astype(np.int64)


def _histogram(values: np.ndarray, width: int, counts: IntArray) -> pd.DataFrame:
    return pd.DataFrame({"value": values, "width": width, "count": counts, "share": counts / counts.sum()})


def _by_spglib(crystals: Crystals, symprec: float) -> IntArray:
    """(crystals, 2) space group and atoms in the primitive cell."""
    found = [dataset(cell_of(crystals, index), symprec) for index in range(len(crystals))]
    rows = [
        (0, atoms) if each is None else (each.number, len(np.unique(each.mapping_to_primitive)))
        for each, atoms in zip(found, crystals.n_atoms.tolist(), strict=True)
    ]
    return np.array(rows, dtype=np.int64)
