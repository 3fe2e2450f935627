"""Crystals as AlphaCrystal-II sees and is judged by them: free coordinates, superpositions, distances between atoms."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from recryst import symmetry
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import lattices
from recryst.symmetry import Cell

MOST_ATOMS = 12
"""Atoms of the largest cells that the paper takes, and rows of its matrices."""
TOLERANCE = 0.1
"""Å by which atoms may be off their symmetric places; the Materials Project takes the same."""
ON_THE_EDGE = 1e-4
"""Fractional coordinates so little below a whole number are on the edge of the cell."""
IMAGES = np.array(list(product((-1, 0, 1), repeat=3)), dtype=np.float64)
HALVES = np.array(list(product((0.0, 0.5), repeat=3)))


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances between the atoms of many crystals, each pair of a cell once.

    Parameters
    ----------
    lengths : (pairs,) Å
    crystal : (pairs,) index of the crystal, from 0 on; each has at least one pair
    """

    lengths: FloatArray
    crystal: IntArray

    def of(self, chosen: IntArray) -> "Distances":
        """Those of some crystals, which are numbered anew in the order given."""
        number = np.full(int(self.crystal.max()) + 1, -1)
        number[chosen] = np.arange(len(chosen))
        kept = number[self.crystal] >= 0
        return Distances(self.lengths[kept], number[self.crystal][kept])

    def mean(self, values: FloatArray) -> FloatArray:
        """(crystals,) mean over each crystal's pairs of one value for each pair."""
        return np.bincount(self.crystal, values) / np.bincount(self.crystal)


def free_coordinates(cell: Cell, tolerance: float = TOLERANCE) -> tuple[int, int] | None:
    """Number of the space group, and coordinates that it leaves free, over all sites that no symmetry maps onto each other.

    None where no symmetry is found. In polar space groups up to three of the coordinates only place the origin.

    Notes
    -----
    The mean of the rotations that leave a site where it is projects on the directions in which it may move; its trace counts them.
    """
    found = symmetry.dataset(cell, tolerance)
    if found is None:
        return None
    lattice, places = np.array(cell[0]), np.array(cell[1])
    free = 0
    for site in places[np.unique(found.equivalent_atoms)]:
        moved = found.rotations @ site + found.translations - site
        still = np.linalg.norm((moved - np.rint(moved)) @ lattice, axis=1) < 1.5 * tolerance
        free += round(float(np.trace(found.rotations[still].mean(axis=0))))
    return int(found.number), free


def from_centre(positions: FloatArray) -> float:
    """Å; root mean square distance of points (n, 3) from their centre: what every superposition on n points in one place leaves."""
    return float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean()))


def superposed(positions: FloatArray, others: FloatArray) -> float:
    """Å; root mean square distance of two lists of points, in their order, after the best shift and turn of one of them (Kabsch).

    Parameters
    ----------
    positions, others : (n, 3) Å
    """
    one, other = (points - points.mean(axis=0) for points in (positions, others))
    left, sizes, right = np.linalg.svd(one.T @ other)
    sizes[-1] *= np.sign(np.linalg.det(left @ right))  # a turn, no reflection
    return float(np.sqrt(max((one**2).sum() + (other**2).sum() - 2 * sizes.sum(), 0.0) / len(one)))


def from_itself(lattice: FloatArray, places: FloatArray) -> float:
    """Å; how far a crystal is from itself, at most, once its origin has been moved by half a cell: the same crystal, written otherwise.

    Parameters
    ----------
    lattice : (3, 3) rows are the vectors, Å
    places : (n, 3) fractional coordinates; those of the moved crystal are put back into the cell, in the same order
    """
    moved = places + HALVES[:, None, :]
    moved -= np.floor(moved + ON_THE_EDGE)
    return max(superposed(moved[0] @ lattice, one @ lattice) for one in moved)


def distances(crystals: Crystals, periodic: bool) -> Distances:
    """Distances between the atoms of each cell.

    Parameters
    ----------
    crystals : of at least two atoms each
    periodic : from an atom to the nearest image of the other, or to the other as it stands in the stored cell
    """
    bases, transforms = lattices.reduced(np.asarray(crystals.lattices))
    values, owners = [], []
    for size in np.unique(crystals.n_atoms):
        members = np.flatnonzero(crystals.n_atoms == size)
        atoms = crystals.offsets[:-1][members, None] + np.arange(size)
        first, second = np.triu_indices(size, 1)
        apart = crystals.frac_coords[atoms]
        apart = apart[:, first] - apart[:, second]
        if periodic:
            apart = apart @ transforms[members]
            apart -= np.rint(apart)
            # a reduced cell has no nearer image beyond its neighbours
            squared = np.min([(((apart + image) @ bases[members]) ** 2).sum(axis=2) for image in IMAGES], axis=0)
        else:
            squared = ((apart @ crystals.lattices[members]) ** 2).sum(axis=2)
        values.append(np.sqrt(squared).ravel())
        owners.append(np.repeat(members, len(first)))
    return Distances(np.concatenate(values), np.concatenate(owners))


def constant(pairs: Distances) -> tuple[float, float, float]:
    """The one distance for all pairs that has the smallest MSE, that MSE (Å²) and the mean RMSE (Å), both means over crystals."""
    centre = float(pairs.mean(pairs.lengths).mean())
    squares = pairs.mean((pairs.lengths - centre) ** 2)
    return centre, float(squares.mean()), float(np.sqrt(squares).mean())


def rounded(pairs: Distances, width: float) -> float:
    """Å²; MSE, as a mean over crystals, of distances that are put into the middle of their group of a given width (Å)."""
    middles = (np.floor(pairs.lengths / width) + 0.5) * width
    return float(pairs.mean((pairs.lengths - middles) ** 2).mean())
