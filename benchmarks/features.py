"""Speed of crystal graphs beside pymatgen and ASE: the same crystals, in the same process, in processor seconds."""

from functools import partial

import numpy as np
import pandas as pd
from ase.neighborlist import neighbor_list
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from benchmarks import cells
from benchmarks.speeds import at_least, compare, each
from recryst.crystals import Crystals
from recryst.features import graphs

COPIES = 250
"""Our graphs are made for that many copies of the small crystals at once, as for a data set; the peers take one by one."""

LARGE = 8
"""So many of the large crystals are for the peers, who would take minutes for all."""


def measure(repeats: int = 5) -> pd.DataFrame:
    """Graphs per processor second, ours (with all checks of the crystals) and three ways with the usual libraries.

    Every way gives the index and distance of the 12 nearest neighbours within 8 angstrom of every atom.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which all ways take turns
    """
    small = cells.small()
    kind, large = cells.large()
    return pd.concat(
        [
            _speeds(f"{len(small)} small cells", small, cells.copies(small, COPIES), 1, 10_000, repeats),
            _speeds(f"{len(large)} {kind}", large, large, max(1, len(large) // LARGE), 1_000, repeats),
        ],
        ignore_index=True,
    )


def _speeds(words: str, crystals: Crystals, ours: Crystals, step: int, goal: int, repeats: int) -> pd.DataFrame:
    """``ours`` are the crystals that we take at once, the peers take every ``step``-th of ``crystals``."""
    structures = [crystals.structure(index) for index in range(0, len(crystals), step)]
    return compare(
        f"crystal graphs a second, {words} of {crystals.n_atoms.min()}-{crystals.n_atoms.max()} atoms",
        (len(ours), partial(graphs.compute, ours)),
        {
            "pymatgen get_all_neighbors, as CGCNN": each(by_pymatgen, structures),
            "pymatgen get_neighbor_list": each(by_pymatgen_arrays, structures),
            "ASE neighbor_list": each(by_ase, structures),
        },
        at_least(goal),
        repeats,
    )


def by_pymatgen(structure: Structure) -> list[list[tuple[float, int]]]:
    """What the released code does."""
    neighbours = [sorted(others, key=lambda other: other.nn_distance)[:12] for others in structure.get_all_neighbors(8.0)]
    return [[(other.nn_distance, other.index) for other in others] for others in neighbours]


def by_pymatgen_arrays(structure: Structure) -> list[tuple[np.ndarray, np.ndarray]]:
    """Arrays in place of one object for each neighbour."""
    centres, others, _, distances = structure.get_neighbor_list(8.0)
    return _first_twelve(centres, others, distances)


def by_ase(structure: Structure) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same with ASE, which wants its own kind of crystal."""
    return _first_twelve(*neighbor_list("ijd", AseAtomsAdaptor.get_atoms(structure), 8.0))


def _first_twelve(centres: np.ndarray, others: np.ndarray, distances: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    order = np.lexsort((distances, centres))
    starts = np.searchsorted(centres[order], np.arange(centres.max() + 1))
    rows = [order[start : start + 12] for start in starts]
    return [(others[row], distances[row]) for row in rows]
