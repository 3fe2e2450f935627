"""Batches of charge densities, of compositions, and of both."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import magpie, simple_structure
from recryst.features.density_images import DensityImages, shares
from recryst.training.batches import Batch

LOWEST = 1e-3
"""Electrons / angstrom^3 that a logarithm is taken of at least; the emptiest point of a crystal has some 0.005."""


def columns(structure: bool) -> list[str]:
    """What each column of `vectors` is: Magpie's statistics and, if asked for, those of `simple_structure`, as forests have them."""
    return [*magpie.names(), *(simple_structure.NAMES if structure else ())]


def vectors(crystals: Crystals, structure: bool) -> NDArray[np.float32]:
    """(crystals, columns) what a network on compositions is fed."""
    composition = magpie.of_crystals(crystals)
    if structure:
        composition = np.column_stack([composition, simple_structure.of_crystals(crystals)])
    return composition.astype(np.float32)


def logarithms(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural logarithms of densities of `LOWEST` at least."""
    return np.asarray(np.log(np.maximum(values, np.float32(LOWEST))))


@dataclass(frozen=True, eq=False)
class VectorSource:
    """Crystals as vectors, the same in every epoch and in every orientation.

    Parameters
    ----------
    ids : (n,)
    vectors : (n, columns) float32
    name : of the network's input
    """

    ids: NDArray[np.str_]
    vectors: NDArray[np.float32]
    name: Literal["magpie", "joined"] = "magpie"

    def __len__(self) -> int:
        return len(self.ids)

    def turned(self, epoch: int, draw: int = 0) -> "VectorSource":
        """Itself."""
        return self

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """(B, columns) by the name of the input; slots without a crystal hold zeros."""
        return {self.name: _padded(self.vectors[crystals], slots)}

    def statistics(self, crystals: IntArray) -> tuple[FloatArray, FloatArray]:
        """(columns,) mean and standard deviation of each column over these crystals."""
        values = self.vectors[crystals].astype(np.float64)
        return values.mean(axis=0), values.std(axis=0)


@dataclass(frozen=True, eq=False)
class DensitySource:
    """Crystals as images of their densities; they are turned by nothing, as a cubic crystal looks the same along all axes.

    Parameters
    ----------
    densities : of all crystals
    values : "linear" for electrons / angstrom^3, "logarithm" for the natural logarithm, of `LOWEST` at least
    """

    densities: DensityImages
    values: Literal["linear", "logarithm"] = "logarithm"

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""
        return self.densities.ids

    def __len__(self) -> int:
        return len(self.densities)

    def turned(self, epoch: int, draw: int = 0) -> "DensitySource":
        """Itself."""
        return self

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """``density``, (B, 60, 60, 60); slots without a crystal hold zeros."""
        return {"density": _padded(self._values.images(crystals), slots)}

    def statistics(self, crystals: IntArray) -> tuple[FloatArray, FloatArray]:
        """(1,) mean and standard deviation over all points of the images of these crystals."""
        values = self._values.wedges[crystals].astype(np.float64)
        mean = (values @ shares()).mean()
        return np.array([mean]), np.array([np.sqrt(((values - mean) ** 2 @ shares()).mean())])

    @cached_property
    def _values(self) -> DensityImages:
        if self.values == "linear":
            return self.densities
        return DensityImages(self.ids, logarithms(self.densities.wedges))


@dataclass(frozen=True, eq=False)
class JointSource:
    """The same crystals as densities and as compositions."""

    density: DensitySource
    composition: VectorSource

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""
        return self.density.ids

    def __len__(self) -> int:
        return len(self.density)

    def turned(self, epoch: int, draw: int = 0) -> "JointSource":
        """Itself."""
        return self

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """``density`` and ``magpie``."""
        return {**self.density.batch(crystals, slots), **self.composition.batch(crystals, slots)}


def _padded(values: NDArray[np.float32], slots: int | None) -> NDArray[np.float32]:
    empty = max(0, (slots or 0) - len(values))
    return np.pad(values, [(0, empty)] + [(0, 0)] * (values.ndim - 1)) if empty else values
