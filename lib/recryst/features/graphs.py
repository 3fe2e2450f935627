"""Crystal graphs: which atoms each atom is connected to, and how far they are; many graphs as one set of arrays."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst import elements
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.errors import BadInputError
from recryst.features import neighbours, store, validity, voronoi

RULES = ("nearest", "nearest-padded", "voronoi")

NEIGHBOURS = 12
"""Connections of each atom in the graphs of nearest neighbours."""

RADIUS = 8.0
"""The original code looks for neighbours within this distance, angstrom."""

VERSION = 2
"""To be raised when `compute` changes what it returns: stored graphs of an older version are then not used."""


@dataclass(frozen=True, eq=False)
class Graphs:
    """Packed crystal graphs.

    Parameters
    ----------
    ids : (graphs,) str
    numbers : (atoms,) uint8, atomic numbers of all graphs, one after the other
    neighbours : (atoms, k) int32, index of each neighbour among the atoms of its own graph; -1 for none (Voronoi only)
    distances : (atoms, k) float32, angstrom; 0 where there is no neighbour (Voronoi only)
    offsets : (graphs + 1,) int64; the atoms of graph i are ``offsets[i]:offsets[i + 1]``
    rule : see `compute`
    """

    ids: NDArray[np.str_]
    numbers: IntArray
    neighbours: IntArray
    distances: FloatArray
    offsets: IntArray
    rule: str

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_atoms(self) -> IntArray:
        """(graphs,) number of atoms in each graph."""
        return np.diff(self.offsets)

    @property
    def sparse_atoms(self) -> NDArray[np.bool_]:
        """(atoms,) which atoms the rule serves badly.

        Atoms with fewer than 12 neighbours within 8 angstrom for the two rules of nearest neighbours; atoms without any
        bond for the Voronoi rule.
        """
        if self.rule == "voronoi":
            return np.asarray(np.all(self.neighbours < 0, axis=1))
        return self.distances[:, -1] > np.float32(RADIUS)


def compute(crystals: Crystals, rule: str = "nearest") -> tuple[Graphs, pd.DataFrame]:
    """Make the graphs of some crystals, in memory.

    Parameters
    ----------
    crystals : any
    rule :
        ``nearest``
            The 12 nearest neighbours at whatever distance. Within 8 angstrom these are the neighbours of the original
            code; an atom with fewer is connected to farther ones until it has 12, if need be its own images.
        ``nearest-padded``
            The original code exactly: neighbours beyond 8 angstrom are replaced by atom 0 of the crystal at a distance of
            9 angstrom.
        ``voronoi``
            The rule of the paper's supplement: common Voronoi face, and shorter than the sum of the covalent radii plus
            0.25 angstrom; see `recryst.features.voronoi.bonded`.

    Returns
    -------
    graphs : of all crystals that could be used, in their order
    rejected : DataFrame(id, reason), the others

    Raises
    ------
    BadInputError : no such rule
    """
    _check(rule)
    unusable = [validity.malformed(crystals)]
    if rule == "voronoi":
        unusable.append(_without_radius(crystals))
    sound = validity.without(crystals, unusable)
    if rule == "voronoi":
        unusable.append(validity.overlapping(sound, *neighbours.nearest(sound, 1)))
        sound = validity.without(sound, unusable)
        near, distance = voronoi.bonded(sound)
    else:
        near, distance = neighbours.nearest(sound, NEIGHBOURS)
        unusable.append(validity.overlapping(sound, near, distance))
        kept = np.repeat(~np.isin(sound.ids, unusable[-1]["id"].to_numpy(str)), sound.n_atoms)
        near, distance, sound = near[kept], distance[kept], validity.without(sound, unusable)
    if rule == "nearest-padded":
        missing = distance > RADIUS + 1e-8
        near[missing], distance[missing] = 0, RADIUS + 1.0
    graphs = Graphs(sound.ids, sound.numbers, near, distance.astype(np.float32), sound.offsets, rule)
    return graphs, validity.in_order_of(crystals, pd.concat(unusable).drop_duplicates("id"))


def build(crystals: Crystals, rule: str = "nearest", jobs: int = 1, progress: bool = False) -> tuple[Graphs, pd.DataFrame]:
    """The graphs of `compute`, made once and kept: in parallel, in pieces that survive an interruption, memory-mapped.

    Parameters
    ----------
    crystals, rule : see `compute`
    jobs, progress : see `recryst.parallel.map`

    Returns
    -------
    graphs, rejected : see `compute`; the arrays are read-only

    Raises
    ------
    BadInputError : no such rule
    StorageError : the cache can't be written, for example because the disk is full; finished pieces are kept
    """
    _check(rule)
    parameters = {"rule": rule, "limit": validity.LIMIT, "version": VERSION}
    fill = {"neighbours": -1, "distances": 0}
    made = store.build("graphs", parameters, crystals, partial(_arrays, rule=rule), fill, jobs, progress)
    offsets = np.r_[0, np.cumsum(made["n_atoms"])].astype(np.int64)
    graphs = Graphs(made["ids"], made["numbers"], made["neighbours"], made["distances"], offsets, rule)
    return graphs, pd.DataFrame({"id": made["rejected"], "reason": made["reasons"]}, dtype=object)


def _arrays(crystals: Crystals, rule: str) -> dict[str, NDArray]:
    graphs, rejected = compute(crystals, rule)
    return {
        "ids": graphs.ids,
        "n_atoms": graphs.n_atoms,
        "numbers": graphs.numbers,
        "neighbours": graphs.neighbours,
        "distances": graphs.distances,
        "rejected": rejected["id"].to_numpy(str),
        "reasons": rejected["reason"].to_numpy(str),
    }


def _check(rule: str) -> None:
    if rule not in RULES:
        raise BadInputError(f"There is no rule {rule!r} for graphs; the rules are {', '.join(RULES)}.")


def _without_radius(crystals: Crystals) -> pd.DataFrame:
    unknown = np.flatnonzero(np.isnan(elements.covalent_radii()[np.minimum(crystals.numbers, 118)]))
    owners = np.searchsorted(crystals.offsets, unknown, side="right") - 1
    rows = {
        crystals.ids[owner]: f"{crystals.ids[owner]} contains {elements.symbols()[min(int(crystals.numbers[atom]), 118)]}, "
        "which has no covalent radius."
        for owner, atom in zip(owners[::-1], unknown[::-1], strict=True)
    }
    return pd.DataFrame({"id": list(rows), "reason": list(rows.values())}, dtype=object)
