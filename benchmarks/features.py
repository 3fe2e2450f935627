"""Speed of crystal graphs beside pymatgen and ASE: the same crystals, in the same process, in processor seconds."""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from ase.neighborlist import neighbor_list
from pymatgen.core import Lattice, Structure
from pymatgen.io.ase import AseAtomsAdaptor

from recryst.crystals import Crystals
from recryst.datasets import mp_structures
from recryst.errors import MissingDataError
from recryst.features import graphs
from recryst.storage import PROJECT

SAMPLES = ["1000041", "1000050", "1101051", "7206075", "9000046", "9009743", "9011998", "9012304"]
"""The crystals of CGCNN's sample-regression set that are among the reference outputs: 2 to 12 atoms."""

COPIES = 250
"""Our graphs are made for that many copies of the small crystals at once, as for a data set; the peers take one by one."""


def measure(repeats: int = 5) -> pd.DataFrame:
    """Graphs per processor second, ours (with all checks of the crystals) and three ways with the usual libraries.

    Every way gives the index and distance of the 12 nearest neighbours within 8 angstrom of every atom.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which all ways take turns
    """
    peers = {
        "pymatgen get_all_neighbors, as CGCNN": _by_pymatgen,
        "pymatgen get_neighbor_list": _by_pymatgen_arrays,
        "ASE neighbor_list": _by_ase,
    }
    rows = []
    for name, crystals, copies, structures, goal in _sets():
        many = _copies(crystals, copies)
        graphs.compute(many.take(range(len(structures))))  # first calls load libraries
        speeds: dict[str, list[float]] = {peer: [] for peer in ("ours", *peers)}
        for _ in range(repeats):
            speeds["ours"].append(len(many) / _seconds(partial(graphs.compute, many)))
            for peer, neighbours_of in peers.items():
                speeds[peer].append(len(structures) / _seconds(partial(_each, neighbours_of, structures)))
        ours = float(np.median(speeds["ours"]))
        for peer in peers:
            theirs = float(np.median(speeds[peer]))
            rows.append((name, ours, peer, theirs, ours / theirs, f"ours at least {goal:,}", ours >= goal))
    return pd.DataFrame(rows, columns=["name", "ours", "peer", "peer_speed", "ratio", "goal", "met"])


def _each(neighbours_of: Callable[[Structure], object], structures: list[Structure]) -> None:
    for structure in structures:
        neighbours_of(structure)


def _sets() -> list[tuple[str, Crystals, int, list[Structure], int]]:
    """Name, crystals, copies of them for us, structures for the peers (who would take minutes for all large ones), our goal."""
    small = _small_cells()
    name, large = _large_cells()
    small_structures = [small.structure(index) for index in range(len(small))]
    large_structures = [large.structure(index) for index in range(0, len(large), max(1, len(large) // 8))]
    return [
        (f"crystal graphs a second, {len(small)} small cells of {_range(small)} atoms", small, COPIES, small_structures, 10_000),
        (f"crystal graphs a second, {len(large)} {name} of {_range(large)} atoms", large, 1, large_structures, 1_000),
    ]


def _small_cells() -> Crystals:
    """CGCNN's sample crystals where the reference outputs are, else the same kinds of crystals."""
    shared = Path(os.environ.get("RECRYST_SHARED", PROJECT.parent / "shared"))
    path = shared / "fixtures" / "cgcnn" / "structures.json"
    if path.exists():
        content = json.loads(path.read_text())
        return Crystals.from_structures(SAMPLES, [Structure.from_dict(content[name]) for name in SAMPLES])
    structures = [
        Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.62), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("Pm-3m", Lattice.cubic(3.63), ["K", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("P6_3mc", Lattice.hexagonal(3.82, 6.26), ["Zn", "S"], [[1 / 3, 2 / 3, 0], [1 / 3, 2 / 3, 0.375]]),
        Structure.from_spacegroup("I4_1/amd", Lattice.tetragonal(3.785, 9.514), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.208]]),
        Structure.from_spacegroup("P6_3/mmc", Lattice.hexagonal(2.46, 6.71), ["C", "C"], [[0, 0, 0.25], [1 / 3, 2 / 3, 0.25]]),
        Structure.from_spacegroup("Pm-3m", Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.43), ["Si"], [[0, 0, 0]]),
        Structure.from_spacegroup("Fd-3m", Lattice.cubic(3.567), ["C"], [[0, 0, 0]]),
    ]
    return Crystals.from_structures(["NaCl", "KCl", "ZnS", "TiO2", "graphite", "CsCl", "Si", "diamond"], structures)


def _large_cells() -> tuple[str, Crystals]:
    """400 Materials Project crystals of 100 to 160 atoms where they are, else disturbed supercells of that size."""
    try:
        crystals = mp_structures.load().crystals
    except MissingDataError:
        return "disturbed supercells", _supercells()
    sizes = crystals.n_atoms
    return "Materials Project cells", crystals.take(np.flatnonzero((sizes >= 100) & (sizes <= 160))[:400])


def _supercells() -> Crystals:
    cells = _small_cells()
    structures = []
    for copy in range(5):
        for index in range(len(cells)):
            structure = cells.structure(index)
            for axis in (0, 1, 2, 0, 1, 2):  # doubled along one axis after the other up to a size of more than 80
                if len(structure) <= 80:
                    structure.make_supercell([2 if axis == other else 1 for other in range(3)])
            structure.perturb(0.1, seed=copy)
            structures.append(structure)
    return Crystals.from_structures([f"supercell-{index}" for index in range(len(structures))], structures)


def _copies(crystals: Crystals, count: int) -> Crystals:
    structures = [crystals.structure(index) for index in range(len(crystals))]
    ids = [f"{identifier}-{copy}" for copy in range(count) for identifier in crystals.ids]
    return Crystals.from_structures(ids, structures * count)


def _range(crystals: Crystals) -> str:
    return f"{crystals.n_atoms.min()}-{crystals.n_atoms.max()}"


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _by_pymatgen(structure: Structure) -> list[list[tuple[float, int]]]:
    """What the released code does."""
    neighbours = [sorted(others, key=lambda other: other.nn_distance)[:12] for others in structure.get_all_neighbors(8.0)]
    return [[(other.nn_distance, other.index) for other in others] for others in neighbours]


def _by_pymatgen_arrays(structure: Structure) -> list[tuple[np.ndarray, np.ndarray]]:
    centres, others, _, distances = structure.get_neighbor_list(8.0)
    return _first_twelve(centres, others, distances)


def _by_ase(structure: Structure) -> list[tuple[np.ndarray, np.ndarray]]:
    return _first_twelve(*neighbor_list("ijd", AseAtomsAdaptor.get_atoms(structure), 8.0))


def _first_twelve(centres: np.ndarray, others: np.ndarray, distances: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    order = np.lexsort((distances, centres))
    starts = np.searchsorted(centres[order], np.arange(centres.max() + 1))
    rows = [order[start : start + 12] for start in starts]
    return [(others[row], distances[row]) for row in rows]
