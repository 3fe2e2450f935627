"""Speed of voxel images beside the usual libraries: the same crystals, in the same process, in processor seconds."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
from ase import Atoms
from ase.geometry import get_distances
from pymatgen.core import Structure
from scipy.spatial.transform import Rotation

from benchmarks import cells
from benchmarks.speeds import at_least, compare, each, ratio_at_least
from recryst.crystals import Crystals
from recryst.datasets import mp_structures
from recryst.errors import MissingDataError
from recryst.features import channels, images, rotations, voxels
from recryst.features.voxels import Clouds
from recryst.models.voxel_cnn import DeepNetwork

CRYSTALS = 1000
"""Clouds are made for so many crystals; the peers, who are slower, take the first `PEERS` of them."""

PEERS = 40

BATCH = 4
"""Images in a training step; a larger batch takes longer and is as fast."""


def measure(repeats: int = 3) -> pd.DataFrame:
    """Clouds, rotated images and training, ours and with the usual libraries, per processor second.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which all ways take turns
    """
    crystals = _crystals()
    clouds, _ = voxels.compute(crystals)
    structures = [crystals.structure(index) for index in range(PEERS)]
    random = np.random.default_rng(0)
    which = random.integers(0, len(clouds), 512)
    turns = rotations.uniform(len(which), random)
    network, plain = _trained(DeepNetwork, "mixed_bfloat16"), _trained(DeepNetwork, "float32")
    batch, targets = _batch(clouds)
    return pd.concat(
        [
            compare(
                f"voxel clouds a second, {len(crystals)} crystals of {crystals.n_atoms.mean():.0f} atoms on average",
                (len(crystals), lambda: voxels.compute(crystals)),
                {
                    "pymatgen get_sites_in_sphere": each(by_pymatgen, structures),
                    "ASE repeated cell": each(by_ase, structures),
                },
                at_least(2_500),
                repeats,
            ),
            compare(
                "rotated voxel images a second",
                (len(which), lambda: images.render(clouds, which, turns)),
                {"SciPy rotation, NumPy indexing": each(lambda pair: by_scipy(clouds, *pair), list(zip(which, turns, strict=True))[:64])},
                at_least(8_000),
                repeats,
            ),
            compare(
                "voxel CNN training, images a second, in bfloat16",
                (BATCH, lambda: network.train_on_batch(batch, targets)),
                {"the same network in float32": (BATCH, lambda: plain.train_on_batch(batch, targets))},
                ratio_at_least(1.5),
                repeats,
            ),
        ],
        ignore_index=True,
    )


def _crystals() -> Crystals:
    """Materials Project crystals where they are, else copies of a few known ones."""
    try:
        crystals = mp_structures.load().crystals
    except MissingDataError:
        few = cells.small()
        return cells.copies(few, -(-CRYSTALS // len(few)))
    chosen = np.random.default_rng(0).choice(len(crystals), CRYSTALS, replace=False)
    clouds, _ = voxels.compute(crystals.take(chosen))
    return crystals.select(clouds.ids.tolist())


def by_pymatgen(structure: Structure) -> tuple[np.ndarray, np.ndarray]:
    """The ball around the centre of the atoms' bounding box."""
    coords = structure.cart_coords
    centre = (coords.min(axis=0) + coords.max(axis=0)) / 2
    sites = structure.get_sites_in_sphere(centre, voxels.RADIUS)
    return np.array([site.coords - centre for site in sites]), np.array([site.specie.Z for site in sites])


def by_ase(structure: Structure) -> tuple[np.ndarray, np.ndarray]:
    """The same from a repeated cell, cut to the ball."""
    atoms = Atoms([site.specie.Z for site in structure], positions=structure.cart_coords, cell=structure.lattice.matrix, pbc=True)
    centre = (atoms.positions.min(axis=0) + atoms.positions.max(axis=0)) / 2
    # the ball reaches less far along each axis than so many lattice planes and the atoms' own extent
    planes = 1 / np.linalg.norm(np.linalg.inv(structure.lattice.matrix), axis=0)
    reach = np.linalg.norm(np.ptp(atoms.positions, axis=0)) + voxels.RADIUS
    repeats = np.ceil(reach / planes).astype(int)
    many = atoms.repeat(2 * repeats + 1)
    positions = many.positions - repeats @ structure.lattice.matrix
    _, distances = get_distances(centre[None], positions)
    near = distances[0] <= voxels.RADIUS
    return positions[near] - centre, many.numbers[near]


def by_scipy(clouds: Clouds, index: int, turn: np.ndarray) -> np.ndarray:
    """One image, as one would write it down."""
    points = slice(*clouds.offsets[index : index + 2])
    place = np.floor((Rotation.from_matrix(turn).apply(clouds.positions[points]) + voxels.EDGE / 2) / voxels.EDGE * voxels.BINS).astype(int)
    inside = ((place >= 0) & (place < voxels.BINS)).all(axis=1)
    image = np.zeros((voxels.BINS,) * 3 + (3,), np.float32)
    image[tuple(place[inside].T)] = channels.table()[clouds.numbers[points][inside]]
    return image


def _trained(kind: Callable[..., keras.Model], precision: str) -> keras.Model:
    network = kind(channels.table(), dtype=keras.dtype_policies.get(precision))
    network.compile(optimizer="adam", loss="mse", jit_compile=False)
    return network


def _batch(clouds: Clouds) -> tuple[dict[str, Any], np.ndarray]:
    width = int(clouds.n_points[:BATCH].max())
    points, numbers = np.zeros((BATCH, width, 3), np.float32), np.zeros((BATCH, width), np.int32)
    for index in range(BATCH):
        rows = slice(*clouds.offsets[index : index + 2])
        points[index, : rows.stop - rows.start] = images.in_voxels(clouds.positions[rows])
        numbers[index, : rows.stop - rows.start] = clouds.numbers[rows]
    turns = images.rounded(rotations.uniform(BATCH, np.random.default_rng(0)))
    return {"points": points, "numbers": numbers, "rotations": turns}, np.zeros((BATCH, 1), np.float32)
