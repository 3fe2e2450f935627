"""Does a network put the structures of one composition in the right order of energy? (voxel-CNN paper, II.D, Tables S3-S8)

The paper's sentences and its numbers are about different distances between the calculated and the predicted order, so
both pairs are here. For the orders 1 2 3 and 2 1 3 its text says positional 2, adjacency 1. For the seven structures of
molybdenum its text says 8 and 4, which the sentences can't give (no more than seven can be out of place), but the two
distances of these names in sympy's permutations do; so they do for nitrogen, 8 and 10.

=============  =========================================================  =====================================================
               in the sentences                                           in the numbers
=============  =========================================================  =====================================================
positional     structures out of place                                    sum over the structures of how far each is out of place
adjacency      exchanges of neighbours needed (pairs in wrong order)      neighbours in one order that are none, in this order,
                                                                          in the other
=============  =========================================================  =====================================================
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from recryst.analysis.predictions import require, require_finite
from recryst.crystals import IntArray
from recryst.errors import BadInputError


def out_of_place(first: Sequence[object] | ArrayLike, second: Sequence[object] | ArrayLike) -> int:
    """Positional distance by the paper's sentence: members that must move to turn one order into the other."""
    return int(np.count_nonzero(_positions(first, second) - np.arange(len(_listed(first)))))


def exchanges(first: Sequence[object] | ArrayLike, second: Sequence[object] | ArrayLike) -> int:
    """Adjacency distance by the paper's sentence: least number of exchanges of neighbours, which is the number of inversions."""
    order = _positions(first, second)
    return int(np.count_nonzero(np.triu(order[:, None] > order[None, :], 1)))


def displacement(first: Sequence[object] | ArrayLike, second: Sequence[object] | ArrayLike) -> int:
    """Positional distance of the paper's numbers: sum of |position in one order - position in the other|."""
    order = _positions(first, second)
    return int(np.abs(order - np.arange(len(order))).sum())


def broken_neighbours(first: Sequence[object] | ArrayLike, second: Sequence[object] | ArrayLike) -> int:
    """Adjacency distance of the paper's numbers: pairs that follow each other in one order but not in the other, n - 1 - shared."""
    order = _positions(first, second)
    return int(np.count_nonzero(np.diff(order) != 1))


def by_composition(entries: pd.DataFrame) -> pd.DataFrame:
    """Order, error and ground state at every composition of every system (Tables S3-S8).

    Parameters
    ----------
    entries : system, first, second, id, fraction, target, prediction (eV/atom); equal energies keep the order of the table

    Returns
    -------
    system, fraction (of the second element)
    element : its symbol where there is one alone, else ""
    samples : crystals of this composition
    mae : eV/atom
    out_of_place, exchanges, displacement, broken_neighbours : the four distances
    same_ground_state : whether the crystal of lowest energy is the same by calculation and by prediction

    Raises
    ------
    BadInputError : a column is missing, the table is empty, or an energy is not finite
    """
    require(entries, ["system", "first", "second", "fraction", "id", "target", "prediction"], "entries")
    require_finite(entries, ["fraction", "target", "prediction"], "entries")
    # 1/3 and 1 - 2/3 are one composition
    table = entries.assign(composition=entries["fraction"].round(9), error=(entries["prediction"] - entries["target"]).abs())
    rows = []
    for (system, fraction), group in table.groupby(["system", "composition"], sort=False):
        calculated, predicted = (np.argsort(group[column].to_numpy(), kind="stable") for column in ("target", "prediction"))
        distances = {distance.__name__: distance(calculated, predicted) for distance in DISTANCES}
        element = {0.0: "first", 1.0: "second"}.get(group["composition"].iloc[0])
        rows.append(
            {
                "system": system,
                "fraction": fraction,
                "element": group[element].iloc[0] if element else "",
                "samples": len(group),
                "mae": group["error"].mean(),
                **distances,
                "same_ground_state": bool(calculated[0] == predicted[0]),
            }
        )
    return pd.DataFrame(rows)


DISTANCES = (out_of_place, exchanges, displacement, broken_neighbours)


def by_samples(compositions: pd.DataFrame, largest: int) -> pd.DataFrame:
    """How often the ground state is found among so many structures, beside a guess.

    Parameters
    ----------
    compositions : from `by_composition`; an element's, which are in many systems, count once
    largest : that many structures and more are one row

    Returns
    -------
    samples, n (compositions), found (percent with the same ground state), guess (percent that picking any structure would find),
    out_of_place, exchanges (means)
    """
    require(compositions, ["element", "samples", "same_ground_state", "out_of_place", "exchanges"], "compositions")
    once = (compositions["element"] == "") | ~compositions["element"].duplicated()
    table = compositions[once & (compositions["samples"] > 1)]
    groups = table.assign(guess=100 / table["samples"], found=100.0 * table["same_ground_state"]).groupby(
        table["samples"].clip(upper=largest)
    )
    means = groups[["found", "guess", "out_of_place", "exchanges"]].mean()
    return means.assign(n=groups.size()).reset_index()[["samples", "n", "found", "guess", "out_of_place", "exchanges"]]


def _positions(first: Sequence[object] | ArrayLike, second: Sequence[object] | ArrayLike) -> IntArray:
    """Position in ``first`` of each member of ``second``."""
    one, other = _listed(first), _listed(second)
    place = {member: position for position, member in enumerate(one)}
    if len(place) != len(one) or len(other) != len(one) or set(other) != set(place):
        raise BadInputError("Two orders can only be compared when both hold the same members, each once.")
    return np.array([place[member] for member in other], dtype=np.int64)


def _listed(order: Sequence[object] | ArrayLike) -> list[object]:
    return list(np.asarray(order, dtype=object).ravel().tolist())
