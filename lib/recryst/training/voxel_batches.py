"""Batches of voxel clouds, every crystal in a new random orientation in every epoch."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray, rows_of
from recryst.features import images, rotations
from recryst.features.voxels import Clouds
from recryst.training.batches import Batch

_STEP = 64  # points; batches are padded to a multiple of it


@dataclass(frozen=True, eq=False)
class VoxelSource:
    """Crystals as clouds of points, from which the network makes images; see `recryst.models.rasterisation`.

    The orientation of a crystal depends on the seed, the epoch and its position here, not on the order in which crystals
    are served; so a training that goes on after an interruption sees what it would have seen.

    Parameters
    ----------
    clouds : all clouds
    kind : of rotations, see `recryst.features.rotations.draw`
    seed : of the rotations
    epoch, draw : see `turned`
    fixed : (3, 3) one rotation for all crystals, in place of drawn ones
    """

    clouds: Clouds
    kind: rotations.Kind = "haar"
    seed: int = 0
    epoch: int = 0
    draw: int = 0
    fixed: FloatArray | None = None

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""
        return self.clouds.ids

    def __len__(self) -> int:
        return len(self.clouds)

    def turned(self, epoch: int, draw: int = 0) -> "VoxelSource":
        """The same crystals in the orientations of this epoch; epoch 0 has orientations for predictions, in many draws."""
        return replace(self, epoch=epoch, draw=draw)

    def facing(self, rotation: FloatArray) -> "VoxelSource":
        """The same crystals, all turned by this rotation (3, 3)."""
        return replace(self, fixed=rotation)

    @cached_property
    def rotations(self) -> NDArray[np.float32]:
        """(n, 3, 3) rotation of each crystal."""
        if self.fixed is not None:
            return images.rounded(np.broadcast_to(self.fixed, (len(self), 3, 3)))
        # a number more than the seed of the order of crystals has: another stream of random numbers
        generator = np.random.default_rng([self.seed, self.epoch, self.draw + 1])
        return images.rounded(rotations.draw(self.kind, len(self), generator))

    @cached_property
    def width(self) -> int:
        """Points that every cloud is padded to. One width for all: a new shape costs more to compile than padding to carry."""
        return -(-int(self.clouds.n_points.max(initial=1)) // _STEP) * _STEP

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """Points, numbers and rotations of the crystals at these positions; slots without a crystal hold no points."""
        crystals = np.asarray(crystals, dtype=np.int64)
        slots = slots or len(crystals)
        rows, starts = rows_of(self.clouds.offsets, crystals)
        counts = np.diff(starts)
        places = np.arange(len(rows)) - np.repeat(starts[:-1], counts)
        owners = np.repeat(np.arange(len(crystals)), counts)
        batch = {
            "points": np.zeros((slots, self.width, 3), np.float32),
            "numbers": np.zeros((slots, self.width), np.int32),
            "rotations": np.zeros((slots, 3, 3), np.float32),
        }
        batch["points"][owners, places] = images.in_voxels(self.clouds.positions[rows])
        batch["numbers"][owners, places] = self.clouds.numbers[rows]
        batch["rotations"][: len(crystals)] = self.rotations[crystals]
        return batch
