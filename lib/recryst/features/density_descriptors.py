"""What a semilocal density functional sees of a charge density at a point: its value, and how fast it changes there.

Density functional theory knows such functionals as (meta-)generalised gradient approximations: integrals over the cell of a function of
the density and its derivatives. Gradient and Laplacian are reduced, that is, without dimension: a density that is squeezed uniformly
keeps them (Perdew, Burke and Ernzerhof, Phys. Rev. Lett. 77, 3865, 1996). A mean over the cell of any function of them depends neither
on the origin nor on the orientation of a crystal, nor on which of its cells is taken.
"""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
import scipy.fft
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import density_images, store
from recryst.features.density import LOWEST
from recryst.features.density_images import DensityImages, Kind, equivalent
from recryst.storage import content_hash

VERSION = 1
"""Raised too when `recryst.features.density_images.VERSION` is, or Magpie's statistics change beside which networks see them."""
NAMES = ("logarithm of the density", "logarithm of 1 + reduced gradient", "inverse hyperbolic sine of the reduced Laplacian")
"""What the columns are: the two logarithms tame what is large at nuclei and in empty space, and the last does with both signs."""
STEP = 2
"""Points of an image from one that is described to the next, along each edge: 0.2 angstrom at most, the width of what smoothed it."""
FERMI = (3 * np.pi**2) ** (1 / 3)
"""Wave vector at the Fermi level of free electrons over the cube root of their density."""


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Crystals of space group Fm-3m by what is seen at their inequivalent points; which share of the cell each is, `shares` says.

    Parameters
    ----------
    ids : (n,) of the crystals
    points : (n, points, 3) float32, the columns in the order of `NAMES`
    """

    ids: NDArray[np.str_]
    points: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


def build(crystals: Crystals, kind: Kind = "computed", jobs: int = 1, progress: bool = False) -> tuple[Descriptors, pd.DataFrame]:
    """The descriptors of crystals at every other point of their images, made once and kept; takes what `density_images.build` takes.

    Returns
    -------
    descriptors : of all crystals that have an image, in their order
    rejected : DataFrame(id, reason), the others
    """
    images, rejected = density_images.build(crystals, kind, jobs, progress)
    kept = crystals.take(np.flatnonzero(np.isin(crystals.ids, images.ids)))
    parameters = {"version": VERSION, "images": content_hash(images.wedges)}
    arrays = store.build("density-descriptors", parameters, kept, partial(_arrays, images), {}, jobs, progress)
    return Descriptors(kept.ids, arrays["points"]), rejected


def describe(density: FloatArray, lattice: FloatArray) -> NDArray[np.float32]:
    """The descriptors of a density at each point of its grid, from derivatives that are exact for the waves that it has.

    Parameters
    ----------
    density : (n1, n2, n3) electrons / angstrom^3; below `recryst.features.density.LOWEST` it counts as that
    lattice : (3, 3) rows are the vectors of its cell, angstrom

    Returns
    -------
    (n1, n2, n3, 3) float32 : ln n, ln(1 + s) and arsinh q with s = |∇n| / (2 (3π²)^(1/3) n^(4/3)), q = ∇²n / (4 (3π²)^(2/3) n^(5/3))
    """
    waves = scipy.fft.rfftn(density, norm="forward")
    vectors = _wave_vectors(density.shape) @ (2 * np.pi * np.linalg.inv(lattice).T)

    def on_grid(coefficients: NDArray[np.complex128]) -> FloatArray:
        return np.asarray(scipy.fft.irfftn(coefficients, density.shape, norm="forward"))

    squared_gradient = sum(on_grid(1j * vectors[..., axis] * waves) ** 2 for axis in range(3))
    laplacian = on_grid(-(vectors**2).sum(axis=-1) * waves)
    values = np.maximum(np.asarray(density, dtype=np.float64), LOWEST)
    gradient = np.sqrt(squared_gradient) / (2 * FERMI * values ** (4 / 3))
    return np.stack(
        [np.log(values), np.log1p(gradient), np.arcsinh(laplacian / (4 * FERMI**2 * values ** (5 / 3)))], axis=-1, dtype=np.float32
    )


def of_image(image: FloatArray, lattice: FloatArray) -> NDArray[np.float32]:
    """(points, 3) the descriptors at every other point of an image (60, 60, 60) of a conventional cell, along each edge.

    Parameters
    ----------
    lattice : (3, 3) rows are the vectors of the conventional cell, angstrom
    """
    return describe(image, lattice)[::STEP, ::STEP, ::STEP].reshape(-1, len(NAMES))


@cache
def shares() -> NDArray[np.float32]:
    """(points,) share of the cell that each inequivalent point of a crystal of space group Fm-3m stands for."""
    counts: NDArray[np.float32] = (np.bincount(_labels()) / len(_labels())).astype(np.float32)
    counts.setflags(write=False)
    return counts


def _arrays(images: DensityImages, crystals: Crystals) -> store.Arrays:
    places, first = pd.Index(images.ids).get_indexer(pd.Index(crystals.ids)), np.unique(_labels(), return_index=True)[1]
    edges = 2 * crystals.lattices.max(axis=(1, 2), initial=0)
    points = [of_image(images.images(np.array([place]))[0], edge * np.eye(3))[first] for place, edge in zip(places, edges, strict=True)]
    return {"points": np.array(points, np.float32).reshape(-1, len(first), len(NAMES))}


def _labels() -> IntArray:
    """(points of an image that are described,) number of the inequivalent point that each is equivalent to."""
    # a label of the whole image has either all of its points among those that are described or none
    return np.unique(equivalent()[::STEP, ::STEP, ::STEP], return_inverse=True)[1].ravel()


@cache
def _wave_vectors(shape: tuple[int, ...]) -> FloatArray:
    """(n1, n2, n3 // 2 + 1, 3) waves along each vector, whole numbers; 0 for the shortest of an even grid, whose slope it can't tell."""
    numbers = [scipy.fft.fftfreq(points, 1 / points) for points in shape[:2]] + [scipy.fft.rfftfreq(shape[2], 1 / shape[2])]
    for along, points in zip(numbers, shape, strict=True):
        if points % 2 == 0:
            along[points // 2] = 0
    return np.stack(np.meshgrid(*numbers, indexing="ij"), axis=-1)
