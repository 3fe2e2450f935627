"""Crystals as sparse voxel images: which atoms can come to lie in the box of the image, whatever its orientation.

The image of a crystal is a cubic box of 17 Å full of atoms, digitised into 32 voxels along each edge (Section IV). The
box is cut out of a larger piece of the crystal, which is rotated before. Of that piece only a ball is ever needed, with the
diagonal of the box for its diameter; these atoms are the crystal's cloud, made once and kept. `recryst.features.images`
makes images of clouds.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.errors import BadInputError
from recryst.features import channels, lattices, neighbours, store, validity

EDGE = 17.0
"""Edge of the box of an image, angstrom: 70 // 4 in the released code."""

Orientation = Literal["given", "standard"]

BINS = 32
"""Voxels along an edge."""

CLOSEST = 0.9202
"""Atoms nearer than this (angstrom) can share a voxel: its diagonal, 17 / 32 * sqrt(3), rounded up to four digits."""

RADIUS = EDGE * np.sqrt(3) / 2
"""Half the diagonal of the box, angstrom: atoms farther from the centre are in no orientation in the box."""

VERSION = 1
"""To be raised when `compute` changes what it returns: stored clouds of an older version are then not used."""

_MARGIN = 1e-3  # angstrom; no rounding can leave out an atom that a corner of the box just reaches


@dataclass(frozen=True, eq=False)
class Clouds:
    """Packed clouds of atoms around the centre of the box.

    Parameters
    ----------
    ids : (clouds,) str
    numbers : (points,) uint8, atomic numbers of all clouds, one after the other
    positions : (points, 3) float32, angstrom, from the centre of the box
    offsets : (clouds + 1,) int64; the points of cloud i are ``offsets[i]:offsets[i + 1]``
    """

    ids: NDArray[np.str_]
    numbers: IntArray
    positions: FloatArray
    offsets: IntArray

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_points(self) -> IntArray:
        """(clouds,) number of points of each cloud."""
        return np.diff(self.offsets)


def compute(crystals: Crystals, orientation: Orientation = "given") -> tuple[Clouds, pd.DataFrame]:
    """Make the clouds of some crystals, in memory.

    Parameters
    ----------
    crystals : any
    orientation :
        ``given``
            As the lattice vectors say.
        ``standard``
            Turned first so that a lies along x and b in the plane of x and y. That is how the authors' reader of CIFs (ASE)
            puts cells, and it decides which crystals are too wide: of 116,436 crystals that they used and that are known
            today, 863 are too wide in this orientation and 2,276 in that of pymatgen.

    Returns
    -------
    clouds : of all crystals that could be used, in their order
    rejected : DataFrame(id, reason), the others; the reason is the first one found, a full sentence

    Raises
    ------
    BadInputError : no such orientation

    Notes
    -----
    The centre of the box is the centre of the bounding box of the atoms of the cell, as they are given: neither the
    centre of the cell nor a place that the symmetry singles out. The same crystal in another cell has another centre, and
    so another image.

    Rejected are, as in the released code, crystals with two atoms nearer than `CLOSEST`, periodic images included, and
    crystals whose atoms span more than `EDGE` along x, y or z; besides, all that `recryst.features.validity` finds.
    """
    _check(orientation)
    sound, centred, unusable = _filtered(crystals, orientation)
    kept = np.flatnonzero(~np.isin(sound.ids, unusable["id"].to_numpy(str)))
    clouds = _clouds(sound.take(kept), centred[kept])
    return clouds, validity.in_order_of(crystals, unusable)


def rejections(crystals: Crystals, orientation: Orientation = "given") -> pd.DataFrame:
    """DataFrame(id, reason) of the crystals that `compute` rejects, without making the clouds of the others.

    Raises
    ------
    BadInputError : no such orientation
    """
    _check(orientation)
    return validity.in_order_of(crystals, _filtered(crystals, orientation)[2])


def _filtered(crystals: Crystals, orientation: Orientation) -> tuple[Crystals, FloatArray, pd.DataFrame]:
    """Well-formed crystals in their orientation, the centre of each one's atoms, and DataFrame(id, reason) of all that are rejected."""
    unusable = [validity.malformed(crystals, channels.LAST)]
    sound = validity.without(crystals, unusable)
    if orientation == "standard":
        sound = replace(sound, lattices=lattices.standard_orientation(sound.lattices))
    centred, lowest, highest = _bounding_boxes(sound)
    unusable.append(_too_wide(sound, highest - lowest))
    near, distance = neighbours.nearest(sound, 1)
    unusable.append(validity.overlapping(sound, near, distance, CLOSEST, "can share a voxel of 0.53 Å"))
    return sound, centred, pd.concat(unusable).drop_duplicates("id")


def build(crystals: Crystals, orientation: Orientation = "given", jobs: int = 1, progress: bool = False) -> tuple[Clouds, pd.DataFrame]:
    """The clouds of `compute`, made once and kept: in parallel, in pieces that survive an interruption, memory-mapped.

    Parameters
    ----------
    crystals, orientation : see `compute`
    jobs, progress : see `recryst.parallel.map`

    Returns
    -------
    clouds, rejected : see `compute`; the arrays are read-only

    Raises
    ------
    BadInputError : no such orientation
    StorageError : the cache can't be written, for example because the disk is full; finished pieces are kept
    """
    _check(orientation)
    parameters = {"orientation": orientation, "limit": validity.LIMIT, "version": VERSION, "edge": EDGE, "closest": CLOSEST}
    made = store.build("voxels", parameters, crystals, partial(_arrays, orientation=orientation), {}, jobs, progress)
    offsets = np.r_[0, np.cumsum(made["n_points"])].astype(np.int64)
    clouds = Clouds(made["ids"], made["numbers"], made["positions"], offsets)
    return clouds, pd.DataFrame({"id": made["rejected"], "reason": made["reasons"]}, dtype=object)


def _arrays(crystals: Crystals, orientation: Orientation) -> store.Arrays:
    clouds, rejected = compute(crystals, orientation)
    return {
        "ids": clouds.ids,
        "n_points": clouds.n_points,
        "numbers": clouds.numbers,
        "positions": clouds.positions,
        "rejected": rejected["id"].to_numpy(str),
        "reasons": rejected["reason"].to_numpy(str),
    }


def _check(orientation: Orientation) -> None:
    if orientation not in get_args(Orientation):
        known = ", ".join(get_args(Orientation))
        raise BadInputError(f"There is no orientation {orientation!r} for voxel clouds; the orientations are {known}.")


def _bounding_boxes(crystals: Crystals) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(crystals, 3) the centre of the atoms' bounding box, and its lowest and highest corner, angstrom."""
    if not len(crystals):
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3))
    positions = np.einsum("ai,aij->aj", crystals.frac_coords, np.repeat(crystals.lattices, crystals.n_atoms, axis=0))
    lowest = np.minimum.reduceat(positions, crystals.offsets[:-1], axis=0)
    highest = np.maximum.reduceat(positions, crystals.offsets[:-1], axis=0)
    return (lowest + highest) / 2, lowest, highest


def _too_wide(crystals: Crystals, spans: FloatArray) -> pd.DataFrame:
    rows = []
    for index in np.flatnonzero((spans > EDGE).any(axis=1)):
        axis = int(np.argmax(spans[index]))
        reason = f"{crystals.ids[index]}: its atoms span {spans[index, axis]:.2f} Å along {'xyz'[axis]}, more than the box of {EDGE:g} Å."
        rows.append({"id": crystals.ids[index], "reason": reason})
    return pd.DataFrame(rows, columns=["id", "reason"], dtype=object)


def _clouds(crystals: Crystals, centres: FloatArray) -> Clouds:
    bases, transforms = lattices.reduced(crystals.lattices)
    counts = crystals.n_atoms
    # the atoms in the reduced cell around the centre of the box
    frac = np.einsum("ai,aij->aj", crystals.frac_coords, np.repeat(transforms, counts, axis=0))
    if len(crystals):
        frac -= np.repeat(np.einsum("ci,cij->cj", centres, np.linalg.inv(bases)), counts, axis=0)
    frac -= np.rint(frac)
    atoms = np.einsum("ai,aij->aj", frac, np.repeat(bases, counts, axis=0))
    widths = lattices.image_widths(lattices.plane_spacings(bases), np.full(len(crystals), RADIUS + _MARGIN))
    points: list[FloatArray] = [np.zeros((0, 3), np.float32)]
    numbers: list[IntArray] = [np.zeros(0, np.uint8)]
    for index, (start, stop) in enumerate(zip(crystals.offsets[:-1], crystals.offsets[1:], strict=True)):
        positions, which = _ball(atoms[start:stop], bases[index], tuple(widths[index].tolist()))
        points.append(positions)
        numbers.append(crystals.numbers[start:stop][which])
    offsets = np.cumsum([len(part) for part in numbers]).astype(np.int64)
    return Clouds(crystals.ids, np.concatenate(numbers), np.concatenate(points), offsets)


def _ball(atoms: FloatArray, basis: FloatArray, widths: tuple[int, int, int]) -> tuple[NDArray[np.float32], IntArray]:
    """Positions of all images of ``atoms`` (n, 3) in the ball around the origin, and which atom each is an image of."""
    radius = RADIUS + _MARGIN
    squares = np.einsum("ak,ak->a", atoms, atoms)
    shifts = _cells(widths) @ basis
    lengths = np.einsum("sk,sk->s", shifts, shifts)
    near = lengths <= (radius + np.sqrt(squares.max())) ** 2
    shifts, lengths = shifts[near], lengths[near]
    # |a + t|^2 = 2a.t + |a|^2 + |t|^2
    distances = (2.0 * atoms) @ shifts.T
    distances += squares[:, None]
    distances += lengths
    found = np.flatnonzero(distances <= radius**2)
    which = found // len(shifts)
    positions = shifts[found - which * len(shifts)]
    positions += atoms[which]
    return positions.astype(np.float32), which


@lru_cache(maxsize=4096)
def _cells(widths: tuple[int, int, int]) -> FloatArray:
    cells, _ = lattices.images(np.array([widths]))
    return np.asarray(cells[0])
