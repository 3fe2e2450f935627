"""Rotations of a crystal in space, as matrices that act on column vectors: uniform, the paper's, and those of the cube."""

from itertools import permutations, product
from typing import Literal, get_args

import numpy as np

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

Kind = Literal["haar", "released", "none"]


def draw(kind: Kind, count: int, generator: np.random.Generator) -> FloatArray:
    """``count`` random rotations of one kind.

    Parameters
    ----------
    kind :
        ``haar``
            Uniform on the rotation group: see `uniform`.
        ``released``
            The released code's: about x, then y, then z, by three angles that are uniform in 0 to 360 degrees. These are
            not uniform on the group: where the second angle is near 90 or 270 degrees, the x axis meets the z axis, and
            such orientations come up too often.
        ``none``
            No rotation (Fig. S4: training without augmentation).

    Returns
    -------
    (count, 3, 3) float64

    Raises
    ------
    BadInputError : no such kind
    """
    if kind == "haar":
        return uniform(count, generator)
    if kind == "released":
        return about_axes(generator.uniform(0.0, 360.0, (count, 3)))
    if kind == "none":
        return np.broadcast_to(np.eye(3), (count, 3, 3)).copy()
    raise BadInputError(f"There are no rotations of the kind {kind!r}; the kinds are {', '.join(get_args(Kind))}.")


def uniform(count: int, generator: np.random.Generator) -> FloatArray:
    """Rotations uniform on SO(3), by its Haar measure.

    Returns
    -------
    (count, 3, 3) float64

    Notes
    -----
    Four normal numbers point in a uniform direction in four dimensions; as a unit quaternion w + xi + yj + zk that is a
    uniform rotation.
    """
    quaternions = generator.normal(size=(count, 4))
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def about_axes(degrees: FloatArray) -> FloatArray:
    """Right-handed rotations about the fixed axes x, then y, then z.

    Parameters
    ----------
    degrees : (n, 3) angles about x, y and z

    Returns
    -------
    (n, 3, 3) float64, the product R_z R_y R_x
    """
    angles = np.radians(np.asarray(degrees, dtype=np.float64).reshape(-1, 3))
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles).T, np.sin(angles).T
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def of_the_cube() -> FloatArray:
    """The 24 rotations that map a cube, and so the grid of voxels, onto itself; the identity comes first.

    Returns
    -------
    (24, 3, 3) float64 of -1, 0 and 1
    """
    found = []
    for axes in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[np.arange(3), axes] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return np.array(found)
