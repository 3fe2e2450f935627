"""Voxel images made where the network runs: points and rotations travel, images never leave the device.

A batch of images takes 12.6 MB as such, and about 1 MB as points; so a job on a graphics card ships points:

=========  ===================  ======================================================================================
input      shape, type          meaning
=========  ===================  ======================================================================================
points     (B, P, 3) float32    positions from the centre of the box, `recryst.features.images.in_voxels`
numbers    (B, P) int32         atomic number; 0 where there is no point
rotations  (B, 3, 3) float32    applied about the centre, `recryst.features.images.rounded`
=========  ===================  ======================================================================================
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from recryst.features.images import COARSE_POSITION, COARSE_ROTATION
from recryst.features.voxels import BINS


class Rasterisation(keras.layers.Layer):
    """Images of rotated points, equal to those of `recryst.features.images.render` in every voxel, on every backend.

    As there, sums are exact, so that it does not matter in which order a compiler takes them, or whether it fuses
    multiplications and additions. Two points in one voxel, which no accepted crystal has, would add up.

    Parameters
    ----------
    table : (119, 3) channels by atomic number, see `recryst.features.channels`
    """

    def __init__(self, table: NDArray[np.floating], **kwargs: Any) -> None:
        # positions stay float32 under mixed precision: bfloat16 knows no more than eight bits of them
        super().__init__(autocast=False, **kwargs)
        self.table = np.asarray(table, dtype=np.float32)

    def call(self, inputs: dict[str, Any]) -> Any:
        """A batch of points -> (B, 32, 32, 32, 3) in the layer's compute type."""
        place = ops.cast(ops.floor(_rotated(inputs["points"], inputs["rotations"])), "int32")
        numbers = ops.cast(inputs["numbers"], "int32")
        inside = ops.all(ops.logical_and(place >= 0, place < BINS), axis=-1)
        # what is outside adds nothing, wherever it is put
        colours = ops.take(ops.convert_to_tensor(self.table), ops.where(inside, numbers, 0), axis=0)
        images = ops.shape(numbers)[0]
        voxel = (place[..., 0] * BINS + place[..., 1]) * BINS + place[..., 2]
        voxel = ops.where(inside, voxel, 0) + ops.expand_dims(ops.arange(images, dtype="int32"), 1) * BINS**3
        flat = ops.segment_sum(ops.reshape(colours, (-1, 3)), ops.reshape(voxel, (-1,)), num_segments=images * BINS**3)
        return ops.cast(ops.reshape(flat, (-1, BINS, BINS, BINS, 3)), self.compute_dtype)


def _rotated(points: Any, rotations: Any) -> Any:
    """(B, P, 3) places in voxels from the corner of the box."""
    points, rotations = ops.cast(points, "float32"), ops.cast(rotations, "float32")
    coarse = ops.round(points * COARSE_POSITION) / COARSE_POSITION
    coarse_rotations = ops.round(rotations * COARSE_ROTATION) / COARSE_ROTATION
    ones = ops.ones_like(points[..., :1])
    middle = ops.full_like(rotations[..., :1], BINS / 2)
    whole = _sums(ops.concatenate([coarse, ones], axis=-1), ops.concatenate([coarse_rotations, middle], axis=-1))
    rest = _sums(
        ops.concatenate([points - coarse, coarse], axis=-1),
        ops.concatenate([coarse_rotations, rotations - coarse_rotations], axis=-1),
    )
    return whole + rest


def _sums(points: Any, rows: Any) -> Any:
    """(B, P, n), (B, 3, n) -> (B, P, 3). Not `matmul`: it may round its factors to TF32 on the way."""
    return ops.sum(ops.expand_dims(points, 2) * ops.expand_dims(rows, 1), axis=-1)
