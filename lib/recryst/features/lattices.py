"""Lattices as arrays: the short vectors of many lattices at once, and how far one has to look for periodic images."""

import numpy as np

from recryst.crystals import FloatArray, IntArray

_ROUNDS = 100  # of reduction; a lattice that is still not reduced then is used as it is, correctly but slowly
_STEPS = (  # the vector to be shortened, and how often each vector is in the step that it is shortened by
    (0, (0, 1, 0)),
    (0, (0, 0, 1)),
    (0, (0, 1, 1)),
    (0, (0, 1, -1)),
    (1, (1, 0, 0)),
    (1, (0, 0, 1)),
    (1, (1, 0, 1)),
    (1, (1, 0, -1)),
    (2, (1, 0, 0)),
    (2, (0, 1, 0)),
    (2, (1, 1, 0)),
    (2, (1, -1, 0)),
)


def reduced(lattices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Minkowski-reduced bases of the same lattices: the shortest vectors there are, however skewed the given ones.

    Parameters
    ----------
    lattices : (crystals, 3, 3), rows are the lattice vectors, angstrom

    Returns
    -------
    bases : (crystals, 3, 3), angstrom; no vector gets shorter by adding whole multiples of the other two
    transforms : (crystals, 3, 3) of whole numbers; ``frac_coords @ transform`` are the fractional coordinates of the
        same points in the new basis

    Notes
    -----
    Vectors are added to each other a whole number of times only, so lattice and volume stay the same. First each pair
    is reduced (Lagrange and Gauss), then each vector by the sum and the difference of the other two, until nothing
    changes.
    """
    bases = np.array(lattices, dtype=np.float64)
    transforms = np.broadcast_to(np.eye(3), bases.shape).copy()
    active = np.arange(len(bases))
    for _ in range(_ROUNDS):
        basis, transform = bases[active], transforms[active]
        changed = np.zeros(len(active), dtype=bool)
        for vector, others in _STEPS:
            step = np.array(others) @ basis
            multiple = _multiple(basis[:, vector], step)
            changed |= multiple != 0
            basis[:, vector] -= multiple[:, None] * step
            # the old vector is the new one plus so many steps: its coordinate is now a coordinate along the others, too
            transform += (multiple[:, None] * transform[:, :, vector])[:, :, None] * np.array(others)
        bases[active], transforms[active] = basis, transform
        active = active[changed]
        if not len(active):
            break
    return bases, transforms


def _multiple(vector: FloatArray, step: FloatArray) -> FloatArray:
    """(crystals,) how many times ``step`` has to be taken from ``vector`` to make it shortest."""
    share = np.einsum("ck,ck->c", vector, step) / np.einsum("ck,ck->c", step, step)
    # a hair more than a half, so that two equally short vectors don't alternate
    return np.where(np.abs(share) > 0.5 + 1e-9, np.rint(share), 0.0)


def standard_orientation(lattices: FloatArray) -> FloatArray:
    """The same lattices turned so that a lies along x, and b in the plane of x and y: as ASE orients cells given by angles.

    Parameters
    ----------
    lattices : (crystals, 3, 3), rows are the lattice vectors, angstrom

    Returns
    -------
    (crystals, 3, 3); lengths, angles and handedness are the same
    """
    # of the transposed lattice, whose columns are the vectors: rotation times upper triangle
    _, upper = np.linalg.qr(np.swapaxes(lattices, 1, 2))
    signs = np.where(np.diagonal(upper, axis1=1, axis2=2) < 0, -1.0, 1.0)
    signs[:, 2] *= np.sign(np.linalg.det(lattices)) * np.sign(np.linalg.det(upper * signs[:, :, None]))
    return np.ascontiguousarray(np.swapaxes(upper * signs[:, :, None], 1, 2))


def plane_spacings(lattices: FloatArray) -> FloatArray:
    """(crystals, 3) distances in angstrom between neighbouring lattice planes spanned by the other two vectors."""
    return 1.0 / np.linalg.norm(np.linalg.inv(lattices), axis=1)


def image_widths(spacings: FloatArray, radius: FloatArray) -> IntArray:
    """How many cells to go in both directions of each axis to meet every image within ``radius``.

    Parameters
    ----------
    spacings : (crystals, 3) from `plane_spacings`, angstrom
    radius : (crystals,) angstrom

    Returns
    -------
    (crystals, 3) int64, for pairs whose fractional coordinates differ by -1/2 to 1/2 along each axis
    """
    return np.floor(radius[:, None] / spacings + (0.5 + 1e-9)).astype(np.int64)


def images(widths: IntArray) -> tuple[FloatArray, IntArray]:
    """All cells within ``widths`` of the home cell, which comes first.

    Parameters
    ----------
    widths : (crystals, 3) from `image_widths`

    Returns
    -------
    cells : (crystals, images, 3) whole numbers of lattice vectors; rows beyond a crystal's own number are to be ignored
    counts : (crystals,) a crystal's own number of images
    """
    sizes = 2 * widths + 1
    counts = sizes.prod(axis=1)
    flat = np.broadcast_to(np.arange(counts.max(initial=1)), (len(widths), counts.max(initial=1)))
    first, rest = np.divmod(flat, (sizes[:, 1] * sizes[:, 2])[:, None])
    second, third = np.divmod(rest, sizes[:, 2][:, None])
    steps = np.stack([first, second, third], axis=-1)
    # 0, 1, 2, 3, 4 ... stand for 0, 1, -1, 2, -2 ...
    return np.where(steps % 2 == 1, (steps + 1) // 2, -(steps // 2)).astype(np.float64), counts
