"""Speed of images of charge densities beside the usual interpolation: the same densities, in the same process, in processor seconds."""

import numpy as np
import pandas as pd
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import VolumetricData
from scipy.ndimage import map_coordinates

from benchmarks.speeds import at_least, compare, each
from recryst.crystals import FloatArray
from recryst.datasets import charge_density
from recryst.datasets.charge_density import LATTICE, SMOOTHING, ChargeDensities
from recryst.features import density
from recryst.features.density import FACE_CENTRED, SIZE
from recryst.features.density_images import wedge

CRYSTALS = 100
"""Images are made of so many crystals, from all of the list; the peers, who are slower, take the first `PEERS` of them."""

PEERS = 10


def measure(repeats: int = 3) -> pd.DataFrame:
    """Images of 60 x 60 x 60 points with what symmetry leaves of them, from densities at hand and from stored ones, per processor second.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which all ways take turns
    """
    data = charge_density.load()
    chosen = np.linspace(0, len(data.crystals) - 1, CRYSTALS).astype(int).tolist()
    given = [data.density(index) for index in chosen]
    volumetric = [VolumetricData(_placeholder(), {"total": values}) for values in given[:PEERS]]

    return pd.concat(
        [
            compare(
                "density images a second, with their wedges",
                each(lambda values: wedge(density.conventional(values)), given),
                {
                    "SciPy map_coordinates, cubic splines": each(lambda values: wedge(by_scipy(values)), given[:PEERS]),
                    "pymatgen VolumetricData, linear": each(lambda values: wedge(by_pymatgen(values)), volumetric),
                },
                at_least(200),
                repeats,
            ),
            compare(
                "density images a second, from stored densities",
                each(lambda index: wedge(density.conventional(data.density(index))), chosen),
                {
                    "excess at nuclei by waves on twice the grid": each(
                        lambda index: wedge(density.conventional(by_waves(data, index))), chosen[:PEERS]
                    )
                },
                at_least(200),
                repeats,
            ),
        ],
        ignore_index=True,
    )


def by_scipy(values: FloatArray) -> FloatArray:
    """(60, 60, 60) the conventional cell by periodic cubic splines."""
    return np.asarray(map_coordinates(values, _places() * np.array(values.shape)[:, None], mode="grid-wrap").reshape(3 * (SIZE,)))


def by_pymatgen(values: VolumetricData) -> FloatArray:
    """(60, 60, 60) the conventional cell by what `VolumetricData.value_at` asks for a single point."""
    return np.asarray(values.interpolator(_places().T % 1).reshape(3 * (SIZE,)))


def by_waves(data: ChargeDensities, index: int) -> FloatArray:
    """(n, n, n) a density less its excess at the nuclei, as one would write it down: Gaussians by their Fourier coefficients."""
    n, edge = int(data.properties["grid"].iloc[index]), float(data.properties["a"].iloc[index])
    # on twice the grid, where the Gaussian has no components beyond the finest waves
    waves = np.array(np.meshgrid(*3 * [np.fft.fftfreq(2 * n, 1 / (2 * n))], indexing="ij"))
    squares = ((2 * np.pi / edge * np.tensordot(np.linalg.inv(LATTICE), waves, axes=1)) ** 2).sum(0)
    structure_factor = np.zeros(waves.shape[1:], dtype=complex)
    for electrons, position in zip(data.nuclear_excess(index), data.crystals.frac_coords[data.crystals.atoms(index)], strict=True):
        structure_factor += electrons * np.exp(-2j * np.pi * np.tensordot(position, waves, axes=1))
    excess = np.fft.ifftn(structure_factor * np.exp(-0.5 * SMOOTHING**2 * squares), norm="forward").real / (edge**3 / 4)
    return data.stored_density(index) - excess[::2, ::2, ::2]


def _places() -> FloatArray:
    """(3, 216000) points of the conventional cell in fractional coordinates of the primitive one."""
    return FACE_CENTRED.T @ np.indices(3 * (SIZE,)).reshape(3, -1) / SIZE


def _placeholder() -> Structure:
    """A crystal, which pymatgen wants beside a grid and interpolation does not ask for."""
    return Structure(Lattice.cubic(1), ["H"], [[0, 0, 0]])
