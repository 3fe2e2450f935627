"""Charge densities as images: the valence density of a conventional cell on a regular grid.

Section "Charge density representation" of the charge-density paper: every crystal of space group Fm-3m is an image of
60 x 60 x 60 points of its conventional cubic cell. A density computed in the primitive cell gets there by Fourier
interpolation, which is exact as long as the grid resolves the density: the values at the points that it has are kept,
and so is the number of electrons.
"""

from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError

FACE_CENTRED = np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
"""Rows: the vectors of the cubic cell in those of the primitive one, a/2 (0,1,1), a/2 (1,0,1) and a/2 (1,1,0)."""
SIZE = 60
"""Points along each edge of the paper's images."""
LOWEST = 1e-3
"""Electrons / angstrom^3 that a logarithm is taken of at least; the emptiest point of a crystal has some 0.005."""


def interpolate(density: FloatArray, shape: tuple[int, int, int]) -> FloatArray:
    """A periodic density on another grid of the same cell.

    Parameters
    ----------
    density : (n1, n2, n3), any unit
    shape : points wanted along each vector; fewer than there are leave out the shorter waves

    Returns
    -------
    (m1, m2, m3) float64, of the same mean
    """
    density = np.asarray(density, dtype=np.float64)
    _refuse(density)
    waves = scipy.fft.rfftn(density, norm="forward")
    # each axis is transformed back before the next one is made longer, so that few transforms are of zeros
    for axis in (0, 1):
        waves = scipy.fft.ifft(_resized(waves, axis, density.shape[axis], shape[axis]), axis=axis, norm="forward")
    return np.asarray(scipy.fft.irfft(_resized(waves, 2, density.shape[2], shape[2]), shape[2], axis=2, norm="forward"))


def conventional(density: FloatArray, cell: IntArray = FACE_CENTRED, size: int = SIZE) -> FloatArray:
    """The density of a larger cell of the same crystal, from that of the cell it was computed in.

    Parameters
    ----------
    density : (n1, n2, n3) on a grid of the cell it was computed in, electrons / angstrom^3
    cell : (3, 3) integers: the vectors of the larger cell, one a row, in those of the smaller
    size : points along each vector of the larger cell

    Returns
    -------
    (size, size, size) float32, electrons / angstrom^3

    Raises
    ------
    BadInputError : ``cell`` holds what is no lattice vector, or is flat; ``density`` is no grid of finite numbers

    Notes
    -----
    The waves of a grid fill a box along the vectors of its own cell, which lacks the symmetry of a cubic crystal: images of
    computed densities are cubic to 0.1 % of their maximum in the median, and to 0.5 % beside nuclei of 4d and 5d elements.
    """
    whole = np.rint(cell).astype(np.int64)
    if whole.shape != (3, 3) or not np.allclose(whole, cell, atol=1e-6):
        raise BadInputError(f"The larger cell must be made of whole lattice vectors of the smaller one, not {np.asarray(cell).tolist()}.")
    if round(float(np.linalg.det(whole))) == 0:
        raise BadInputError(f"The three vectors of the larger cell lie in one plane: {whole.tolist()}.")
    fine = interpolate(density, (size, size, size))
    return fine.astype(np.float32).ravel()[_points(whole.tobytes(), size)]


def shifted(density: FloatArray, shift: FloatArray) -> FloatArray:
    """The density seen from another origin, on the same grid: at the point x that of the point x + ``shift`` before.

    Parameters
    ----------
    density : (n1, n2, n3), any unit
    shift : (3,) in units of the lattice vectors; need not be a point of the grid
    """
    waves = scipy.fft.fftn(density)
    for axis, points in enumerate(density.shape):
        numbers = scipy.fft.fftfreq(points, 1 / points)
        phases = np.exp(2j * np.pi * numbers * shift[axis])
        if points % 2 == 0:
            # the shortest wave of an even grid stands for both directions
            phases[points // 2] = phases[points // 2].real
        waves *= np.expand_dims(phases, [other for other in range(3) if other != axis])
    return np.asarray(scipy.fft.ifftn(waves).real)


def smoothed(density: FloatArray, lattice: FloatArray, width: float) -> FloatArray:
    """The density convolved with a Gaussian.

    Parameters
    ----------
    density : (n1, n2, n3), any unit
    lattice : (3, 3) rows are the lattice vectors, angstrom
    width : standard deviation of the Gaussian, angstrom
    """
    waves = scipy.fft.fftn(density)
    numbers = np.stack(np.meshgrid(*(scipy.fft.fftfreq(points, 1 / points) for points in density.shape), indexing="ij"), axis=-1)
    squares = ((2 * np.pi * numbers @ np.linalg.inv(lattice).T) ** 2).sum(axis=-1)
    return np.asarray(scipy.fft.ifftn(waves * np.exp(-0.5 * width**2 * squares)).real)


def _refuse(density: FloatArray) -> None:
    if density.ndim != 3 or min(density.shape) < 2:
        raise BadInputError(f"A density is a grid with three axes of two points at least, not of shape {density.shape}.")
    if not np.isfinite(density).all():
        raise BadInputError(f"The density has {int((~np.isfinite(density)).sum())} points that are not finite numbers.")


def _resized(waves: NDArray[np.complex128], axis: int, points: int, wanted: int) -> NDArray[np.complex128]:
    """Fourier coefficients along one axis of a grid with another number of points; the last axis holds half of them."""
    waves = np.moveaxis(waves, axis, 0)
    fewer, half = min(points, wanted), min(points, wanted) // 2
    last = axis == 2
    resized = np.zeros((wanted // 2 + 1 if last else wanted, *waves.shape[1:]), dtype=waves.dtype)
    resized[: half + 1] = waves[: half + 1]
    if not last:
        negative = (fewer - 1) // 2
        resized[wanted - negative :] = waves[points - negative : points] if negative else waves[:0]
    if fewer % 2 == 0 and points != wanted:
        # the shortest wave of an even grid stands for both directions
        if wanted > points:
            resized[half] /= 2
            if not last:
                resized[wanted - half] = resized[half]
        elif last:
            resized[half] *= 2
        else:
            resized[half] += waves[points - half]
    return np.moveaxis(resized, 0, axis)


@cache
def _points(cell: bytes, size: int) -> NDArray[np.int32]:
    """(size, size, size) which point of the fine grid of the smaller cell each point of the larger one is."""
    grid = np.indices((size, size, size)).reshape(3, -1)
    vectors = np.frombuffer(cell, dtype=np.int64).reshape(3, 3)
    flat = np.ravel_multi_index(tuple(vectors.T @ grid % size), (size, size, size))
    return np.asarray(flat.reshape(size, size, size).astype(np.int32))
