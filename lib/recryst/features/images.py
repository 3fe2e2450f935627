r"""Voxel images of rotated clouds, the same to the voxel on every machine.

A position on the edge between two voxels has to fall on one side, and whether it does must not hang on the order in which
a processor adds three products. So positions and rotation matrices are rounded to grids and split in two,

.. math:: u = u_1 + u_2, \quad R = R_1 + R_2, \quad
    R u + 16 \approx (R_1 u_1 + 16) + (R_1 u_2 + R_2 u_1),

where u is a position in units of the voxel's edge, from the centre of the box, and where each of the two sums is a number that
float32 holds exactly, so that NumPy here and `recryst.models.rasterisation` on a graphics card find the same one. The grids
are 2\ :sup:`-18` voxels and 2\ :sup:`-23`; all that is left out moves an atom by less than 1e-5 Å, about as far as float32 does in
the released code. An atom on the face between two voxels belongs to the upper one.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray, rows_of
from recryst.errors import BadCrystalError, BadInputError
from recryst.features import channels
from recryst.features.voxels import BINS, EDGE, Clouds

COARSE_POSITION, FINE_POSITION = 2.0**6, 2.0**18
"""Reciprocal steps of the grids of positions, in voxels."""

COARSE_ROTATION, FINE_ROTATION = 2.0**11, 2.0**23
"""Reciprocal steps of the grids of rotation matrices."""

_AT_ONCE = 64  # images whose points are rotated together; their arrays stay in the processor's second cache


def in_voxels(positions: FloatArray) -> NDArray[np.float32]:
    """Positions in angstrom as whole multiples of `FINE_POSITION`'s step, in units of a voxel's edge, float32."""
    scaled = np.rint(np.asarray(positions, np.float32) * np.float32(BINS / EDGE * FINE_POSITION))
    scaled *= np.float32(1 / FINE_POSITION)
    return np.asarray(scaled)


def rounded(rotations: FloatArray) -> NDArray[np.float32]:
    """Rotation matrices as whole multiples of `FINE_ROTATION`'s step, float32."""
    return np.asarray(np.rint(np.asarray(rotations, np.float64) * FINE_ROTATION) / FINE_ROTATION, np.float32)


def render(clouds: Clouds, which: IntArray, rotations: FloatArray, table: FloatArray | None = None) -> NDArray[np.float32]:
    """Images of clouds, each in an orientation of its own.

    Parameters
    ----------
    clouds : all clouds
    which : (n,) positions of the clouds to draw; the same cloud may be drawn many times
    rotations : (n, 3, 3) applied about the centre of the box, see `recryst.features.rotations`
    table : (119, 3) channels by atomic number; `recryst.features.channels.table` by default

    Returns
    -------
    (n, 32, 32, 32, 3) float32, axes x, y, z and channel; empty voxels are 0

    Raises
    ------
    BadInputError : there is not one rotation for each image
    BadCrystalError : two atoms fall into one voxel, which no crystal that `recryst.features.voxels` accepts can do
    """
    which = np.asarray(which, dtype=np.int64)
    if np.shape(rotations) != (len(which), 3, 3):
        raise BadInputError(f"{len(which)} images need as many rotation matrices, not an array of the shape {np.shape(rotations)}.")
    colours = channels.table() if table is None else table
    images = np.zeros((len(which), BINS, BINS, BINS, 3), np.float32)
    for start in range(0, len(which), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        rows, starts = rows_of(clouds.offsets, which[part])
        voxels, found = _voxels(clouds.positions[rows], starts, rotations[part])
        _refuse_shared(voxels, found, starts, clouds.ids[which[part]])
        images[part].reshape(-1, 3)[voxels] = colours[clouds.numbers[rows[found]]]
    return images


def occupied(clouds: Clouds, cloud: int, rotation: FloatArray) -> tuple[IntArray, IntArray]:
    """What `render` draws of one cloud, as a list: the voxels that hold an atom.

    Parameters
    ----------
    clouds, cloud : all clouds, and the position of the one in question
    rotation : (3, 3) applied about the centre of the box

    Returns
    -------
    voxels : (n, 3) places along x, y and z, from 0
    numbers : (n,) atomic number in each
    """
    rows, starts = rows_of(clouds.offsets, np.array([cloud]))
    flat, found = _voxels(clouds.positions[rows], starts, np.asarray(rotation)[None])
    return np.column_stack(np.unravel_index(flat, (BINS, BINS, BINS))), clouds.numbers[rows[found]]


def _voxels(positions: FloatArray, starts: IntArray, rotations: FloatArray) -> tuple[IntArray, IntArray]:
    """Voxels, counted through all images, of those points that are in the box, and which points these are."""
    # (7, points): coarse parts, fine parts and ones; the products and their sums are exact
    split = np.empty((7, len(positions)), np.float32)
    coarse, fine = split[:3], split[3:6]
    np.copyto(fine, in_voxels(positions).T)
    np.rint(fine * np.float32(COARSE_POSITION), out=coarse)
    coarse *= np.float32(1 / COARSE_POSITION)
    fine -= coarse
    split[6] = BINS / 2
    matrices = _split_rotations(rotations)
    sums = np.empty((6, len(positions)), np.float32)
    for image, (first, last) in enumerate(pairwise(starts)):
        np.matmul(matrices[image], split[:, first:last], out=sums[:, first:last])
    places = sums[:3]
    places += sums[3:]
    x, y, z = np.floor(places, out=places).astype(np.int32)
    found = np.flatnonzero((x | y | z).view(np.uint32) < BINS)  # BINS is a power of two, and negative numbers are large ones
    flat = (x[found] * BINS + y[found]) * BINS + z[found]
    return flat + np.repeat(np.arange(len(starts) - 1), np.diff(np.searchsorted(found, starts))) * BINS**3, found


def _split_rotations(rotations: FloatArray) -> NDArray[np.float32]:
    """(n, 6, 7) that make of `_voxels`' columns R1 u1 + 16 and R1 u2 + R2 u1."""
    whole = rounded(rotations)
    coarse = np.rint(whole * np.float32(COARSE_ROTATION)) / np.float32(COARSE_ROTATION)
    matrices = np.zeros((len(whole), 6, 7), np.float32)
    matrices[:, :3, :3] = coarse
    matrices[:, :3, 6] = 1
    matrices[:, 3:, :3] = whole - coarse
    matrices[:, 3:, 3:6] = coarse
    return matrices


def _refuse_shared(voxels: IntArray, found: IntArray, starts: IntArray, ids: NDArray[np.str_]) -> None:
    owner = np.empty((len(starts) - 1) * BINS**3, np.int32)
    order = np.arange(len(voxels), dtype=np.int32)
    owner[voxels] = order
    shared = np.flatnonzero(owner[voxels] != order)
    if len(shared):
        image = int(np.searchsorted(starts, found[shared[0]], side="right")) - 1
        raise BadCrystalError(f"Two atoms of {ids[image]} fall into one voxel; its atoms are too close for an image of {BINS} voxels.")
