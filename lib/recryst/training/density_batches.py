"""Batches of charge densities, of compositions, and of both."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import keras
import numpy as np
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import density_descriptors, density_images, magpie, simple_structure
from recryst.features.density import LOWEST
from recryst.features.density_descriptors import Descriptors
from recryst.features.density_images import DensityImages
from recryst.training.batches import Batch, Source


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
        mean = (values @ density_images.shares()).mean()
        return np.array([mean]), np.array([np.sqrt(((values - mean) ** 2 @ density_images.shares()).mean())])

    @cached_property
    def _values(self) -> DensityImages:
        if self.values == "linear":
            return self.densities
        return DensityImages(self.ids, logarithms(self.densities.wedges))


@dataclass(frozen=True, eq=False)
class PointSource:
    """Crystals as descriptors of their densities at the points of a grid; no orientation changes them."""

    descriptors: Descriptors

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""
        return self.descriptors.ids

    def __len__(self) -> int:
        return len(self.descriptors)

    def turned(self, epoch: int, draw: int = 0) -> "PointSource":
        """Itself."""
        return self

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """``points``, (B, points, descriptors), and the ``shares`` of the cell, (B, points); slots without a crystal hold zeros."""
        shares = np.broadcast_to(density_descriptors.shares(), (len(crystals), len(density_descriptors.shares())))
        return {"points": _padded(self.descriptors.points[crystals], slots), "shares": _padded(shares, slots)}

    def statistics(self, crystals: IntArray) -> tuple[FloatArray, FloatArray]:
        """(descriptors,) mean and standard deviation of each over the cells of these crystals."""
        values, shares = self.descriptors.points[crystals].astype(np.float64), density_descriptors.shares()
        mean = np.einsum("npd,p->nd", values, shares).mean(axis=0)
        return mean, np.sqrt(np.einsum("npd,p->nd", (values - mean) ** 2, shares).mean(axis=0))


@dataclass(frozen=True, eq=False)
class JointSource:
    """The same crystals as densities and as compositions."""

    density: DensitySource | PointSource
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
        """What both give."""
        return {**self.density.batch(crystals, slots), **self.composition.batch(crystals, slots)}


def standardise(network: keras.Model, source: Source, crystals: IntArray) -> None:
    """Tell a network mean and deviation of what these crystals feed it; one on graphs or voxels, or that joins trained ones, needs none."""
    if isinstance(source, DensitySource | VectorSource):
        network.standard.adapt(*source.statistics(crystals))
    elif isinstance(source, JointSource) and isinstance(source.density, PointSource):
        network.standard_points.adapt(*source.density.statistics(crystals))
        network.standard.adapt(*source.composition.statistics(crystals))


def _padded(values: NDArray[np.float32], slots: int | None) -> NDArray[np.float32]:
    empty = max(0, (slots or 0) - len(values))
    return np.pad(values, [(0, empty)] + [(0, 0)] * (values.ndim - 1)) if empty else values
