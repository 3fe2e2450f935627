"""Images of densities of face-centred cubic crystals, of which what symmetry repeats is left out.

An image of a crystal of space group Fm-3m is the same after each of the 48 operations of the cube about its origin, and after a
shift by half of two edges. Of its 216,000 points 1,496 are left: some 6 kB a crystal, so that the images of all crystals
stay in memory, and a batch of images is made by looking up the value of each point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.datasets import charge_density, embedded
from recryst.datasets.task import rejections
from recryst.features import density, free_atoms, store
from recryst.features.density import SIZE
from recryst.storage import content_hash

VERSION = 1
Kind = Literal["computed", "free-atoms"]
SAME_EDGE = 1e-4
"""Largest relative difference of two cells that count as one: single precision, in which some are stored."""

SAME_PLACE = 0.01
"""Fractional coordinates by which atoms may be off a symmetric place."""


@dataclass(frozen=True, eq=False)
class DensityImages:
    """Images by the values at their inequivalent points.

    Parameters
    ----------
    ids : (n,) of the crystals
    wedges : (n, 1496) float32, electrons / angstrom^3; which points they are of, `equivalent` says
    """

    ids: NDArray[np.str_]
    wedges: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def images(self, crystals: IntArray) -> NDArray[np.float32]:
        """(b, 60, 60, 60) images of the crystals at these positions."""
        return np.take(self.wedges[crystals], equivalent(), axis=1)


def build(crystals: Crystals, kind: Kind = "computed", jobs: int = 1, progress: bool = False) -> tuple[DensityImages, pd.DataFrame]:
    """The images of crystals, made once and kept, see `recryst.features.store`.

    Parameters
    ----------
    crystals : in primitive cells a/2 (0,1,1), (1,0,1), (1,1,0) with the origin on the m-3m site
    kind : "computed", from ``data/charge_density`` and ``data/embedded`` by id; or "free-atoms", see `recryst.features.free_atoms`

    Returns
    -------
    images : of all crystals that have one, in their order
    rejected : DataFrame(id, reason), the others
    """
    rejected = _rejected(crystals, kind)
    kept = crystals.take(np.flatnonzero(~np.isin(crystals.ids, rejected["id"].to_numpy(str))))
    source = _fingerprint() if kind == "computed" else free_atoms.fingerprint()
    arrays = store.build(
        "density-images", {"version": VERSION, "kind": kind, "source": source}, kept, partial(_arrays, kind), {}, jobs, progress
    )
    return DensityImages(kept.ids, arrays["wedges"]), rejected


def wedge(image: FloatArray) -> NDArray[np.float32]:
    """(1496,) an image (60, 60, 60) by the means over its equivalent points.

    To take means removes what computing on a grid without the symmetry of the cube has left: at most some 0.2 % of the maximum.
    """
    labels = equivalent().ravel()
    return np.asarray(np.bincount(labels, weights=image.ravel()) / np.bincount(labels), dtype=np.float32)


@cache
def equivalent() -> NDArray[np.int32]:
    """(60, 60, 60) number of the inequivalent point that each point of an image is equivalent to."""
    grid = np.indices((SIZE, SIZE, SIZE)).reshape(3, -1).T
    lowest = np.full(len(grid), SIZE**3)
    for shift in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
        shifted = (grid + np.array(shift) * (SIZE // 2)) % SIZE
        # mirrors, then permutations of the axes
        folded = np.sort(np.minimum(shifted, SIZE - shifted), axis=1)
        lowest = np.minimum(lowest, np.ravel_multi_index(tuple(folded.T), (SIZE, SIZE, SIZE)))
    labels = np.unique(lowest, return_inverse=True)[1].reshape(SIZE, SIZE, SIZE).astype(np.int32)
    labels.setflags(write=False)
    return labels


@cache
def shares() -> FloatArray:
    """(1496,) share of the cell that each inequivalent point stands for."""
    counts = np.bincount(equivalent().ravel()) / equivalent().size
    counts.setflags(write=False)
    return counts


def computed() -> Callable[[Crystals], FloatArray]:
    """What gives the computed density of one crystal, by its id, on a grid of its primitive cell, electrons / angstrom^3."""
    data = charge_density.load()
    known = set(data.crystals.ids.tolist())

    def of_crystal(crystal: Crystals) -> FloatArray:
        identifier = str(crystal.ids[0])
        return data.density(data.index(identifier)) if identifier in known else embedded.electronic_structure(identifier).density

    return of_crystal


def _arrays(kind: Kind, crystals: Crystals) -> store.Arrays:
    of_crystal = computed() if kind == "computed" else free_atoms.density
    images = (density.conventional(of_crystal(crystals.take([index]))) for index in range(len(crystals)))
    return {"wedges": np.array([wedge(image) for image in images], np.float32).reshape(len(crystals), len(shares()))}


def _rejected(crystals: Crystals, kind: Kind) -> pd.DataFrame:
    edges = crystals.lattices.max(axis=(1, 2), initial=0)[:, None, None] * 2
    off = np.abs(crystals.lattices - edges * charge_density.LATTICE).max(axis=(1, 2), initial=0) > SAME_EDGE * edges[:, 0, 0]
    lower = [not wrong and not _is_symmetric(crystals, index) for index, wrong in enumerate(off)]
    reasons = dict.fromkeys(crystals.ids[lower].tolist(), "has not the symmetry of space group Fm-3m about its origin")
    reasons |= dict.fromkeys(crystals.ids[off].tolist(), "is not given in the primitive cell a/2 (0,1,1), (1,0,1), (1,1,0)")
    return rejections((reasons | (_without_density(crystals) if kind == "computed" else free_atoms.absent(crystals))).items())


def _is_symmetric(crystals: Crystals, index: int) -> bool:
    """Whether each of the 48 operations of the cube carries each atom to one of its kind."""
    atoms = crystals.atoms(index)
    numbers, positions = crystals.numbers[atoms], crystals.frac_coords[atoms]
    apart = (positions @ charge_density.point_group().transpose(0, 2, 1))[:, :, None] - positions
    near = np.abs(apart - np.rint(apart)).max(axis=-1) < SAME_PLACE
    return bool((near & (numbers[:, None] == numbers)).any(axis=-1).all())


def _without_density(crystals: Crystals) -> dict[str, str]:
    """Reasons by id: no density was computed, or one of another crystal under this id."""
    own = [charge_density.load().crystals, embedded.crystals()]
    known = {str(identifier): (computed, place) for computed in own for place, identifier in enumerate(computed.ids)}
    reasons = {}
    for index, identifier in enumerate(crystals.ids.tolist()):
        if identifier not in known:
            reasons[identifier] = "no density was computed for it"
        elif not _same(crystals, index, *known[identifier]):
            reasons[identifier] = "is not the crystal of this id whose density was computed"
    return reasons


def _same(crystals: Crystals, index: int, others: Crystals, other: int) -> bool:
    atoms, theirs = crystals.atoms(index), others.atoms(other)
    if not np.array_equal(crystals.numbers[atoms], others.numbers[theirs]):
        return False
    apart = crystals.frac_coords[atoms] - others.frac_coords[theirs]
    placed_alike = np.abs(apart - np.rint(apart)).max(initial=0) < SAME_PLACE
    return bool(placed_alike and np.allclose(crystals.lattices[index], others.lattices[other], rtol=SAME_EDGE))


def _fingerprint() -> str:
    """Of all computed densities: images are made again when there are others."""
    data = charge_density.load()
    own = embedded.crystals()
    return content_hash(
        data.crystals.fingerprint, data.wedges, own.fingerprint, *(embedded.electronic_structure(i).density for i in own.ids)
    )
