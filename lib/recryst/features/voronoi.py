"""Bonds by Voronoi faces and covalent radii: the graphs of the simple convolution (supplement, construction of crystal graphs)."""

import numpy as np
from scipy.spatial import QhullError, Voronoi, cKDTree

from recryst import elements
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.features import lattices
from recryst.features.neighbours import TIE

TOLERANCE = 0.25
"""A bond is shorter than the sum of the covalent radii plus this, angstrom."""

SMALLEST_FACE = 0.01
"""Cells whose common face is smaller (square angstrom) touch in an edge or a corner but for rounding errors."""


def bonded(crystals: Crystals) -> tuple[IntArray, FloatArray]:
    """The atoms that each atom is bonded to.

    Two atoms are bonded when their Voronoi cells have a face in common and their distance is below the sum of their
    covalent radii (Cordero) plus `TOLERANCE`. The paper also asks for less than 6 angstrom, which follows: the largest
    sum, of two francium atoms, is 5.45.

    Parameters
    ----------
    crystals : sound ones (`recryst.features.validity`) of elements that have a covalent radius (up to curium)

    Returns
    -------
    neighbours : (atoms, k) int32, index among the atoms of the crystal, -1 beyond the bonds of an atom; k is the largest
        number of bonds of an atom in these crystals
    distances : (atoms, k) float64, angstrom, rising; 0 where there is no bond. Order at equal distance: see
        `recryst.features.neighbours.nearest`
    """
    bases, transforms = lattices.reduced(crystals.lattices)
    bonds = []
    for index, (start, stop) in enumerate(zip(crystals.offsets[:-1], crystals.offsets[1:], strict=True)):
        frac_coords = crystals.frac_coords[start:stop] @ transforms[index]
        found = _bonds_of_one(bases[index], frac_coords % 1.0, crystals.numbers[start:stop])
        bonds.append(found + np.array([start, 0, 0]))
    centre, neighbour, distance = np.concatenate(bonds or [np.zeros((0, 3))]).T
    centre = centre.astype(np.int64)
    count = np.bincount(centre, minlength=len(crystals.numbers))
    slot = np.arange(len(centre)) - np.repeat(np.cumsum(count) - count, count)
    neighbours = np.full((len(count), count.max(initial=0)), -1, dtype=np.int32)
    distances = np.zeros(neighbours.shape)
    neighbours[centre, slot] = neighbour
    distances[centre, slot] = distance
    return neighbours, distances


def faces(basis: FloatArray, frac_coords: FloatArray) -> FloatArray:
    """All faces of the Voronoi cells of one crystal.

    Parameters
    ----------
    basis : (3, 3) reduced lattice vectors, angstrom
    frac_coords : (atoms, 3) from 0 to 1

    Returns
    -------
    (faces, 4): index of the atom, index of the atom on the other side, distance in angstrom, area in square angstrom;
    every face once from each side

    Notes
    -----
    A Voronoi cell is right once all atoms within twice the distance of its farthest corner were there to cut it. As many
    images are added as that takes; the covering radius of the lattice bounds it.
    """
    home = frac_coords @ basis
    bound = np.linalg.norm(basis) * (1 + 1e-9)  # twice the covering radius is not above it
    reach = min(bound, 2.5 * np.cbrt(abs(np.linalg.det(basis)) / len(home)))
    while True:
        points, atoms = _points_within(basis, home, reach)
        try:
            cells = Voronoi(points)
            needed = 2 * _farthest_corner(cells, home)
        except QhullError:
            # atoms of one layer or chain alone, when the next is farther than the first reach
            needed = np.inf
        if needed <= reach or (reach >= bound and np.isfinite(needed)):
            return _faces_of_home(cells, atoms, len(home))
        reach = max(1.3 * reach, min(bound, needed) if np.isfinite(needed) else 0.0)


def _bonds_of_one(basis: FloatArray, frac_coords: FloatArray, numbers: IntArray) -> FloatArray:
    """(bonds, 3): atom, bonded atom, distance; sorted."""
    radii = elements.covalent_radii()[numbers]
    found = faces(basis, frac_coords)
    centre, neighbour = found[:, 0].astype(int), found[:, 1].astype(int)
    distance, area = found[:, 2], found[:, 3]
    bonded = (area >= SMALLEST_FACE) & (distance < radii[centre] + radii[neighbour] + TOLERANCE)
    found = found[bonded, :3]
    found = found[np.lexsort((found[:, 2], found[:, 0]))]
    tie = np.cumsum(np.diff(found[:, 2], prepend=0.0) > TIE)
    return found[np.lexsort((found[:, 1], -numbers[found[:, 1].astype(int)].astype(int), tie, found[:, 0]))]


def _points_within(basis: FloatArray, home: FloatArray, reach: float) -> tuple[FloatArray, IntArray]:
    """All atoms within ``reach`` of an atom of the home cell, those of the home cell first, and which atom each one is."""
    widths = np.floor(reach / lattices.plane_spacings(basis[None]) + 1).astype(np.int64)
    cells, _ = lattices.images(widths)
    points = (home[None] + (cells[0] @ basis)[:, None]).reshape(-1, 3)
    atoms = np.tile(np.arange(len(home)), len(cells[0]))
    distance, _ = cKDTree(home).query(points, distance_upper_bound=reach * (1 + 1e-9))
    near = np.isfinite(distance)
    return points[near], atoms[near]


def _farthest_corner(cells: Voronoi, home: FloatArray) -> float:
    """Largest distance of an atom of the home cell to a corner of its Voronoi cell; infinite for an open cell."""
    regions = [cells.regions[region] for region in cells.point_region[: len(home)]]
    sizes = [len(region) for region in regions]
    corners = np.concatenate(regions).astype(np.int64)
    if min(sizes) == 0 or corners.min() < 0:
        return np.inf
    return float(np.linalg.norm(cells.vertices[corners] - np.repeat(home, sizes, axis=0), axis=1).max())


def _faces_of_home(cells: Voronoi, atoms: IntArray, count: int) -> FloatArray:
    ours = np.flatnonzero(cells.ridge_points.min(axis=1) < count)
    pairs = cells.ridge_points[ours]
    distances = np.linalg.norm(cells.points[pairs[:, 0]] - cells.points[pairs[:, 1]], axis=1)
    areas = _areas([cells.vertices[cells.ridge_vertices[face]] for face in ours])
    both = np.concatenate([pairs, pairs[:, ::-1]])
    rows = np.column_stack([atoms[both], np.tile(distances, 2), np.tile(areas, 2)])
    return rows[both[:, 0] < count]


def _areas(polygons: list[FloatArray]) -> FloatArray:
    """(polygons,) areas of plane convex polygons whose corners are given in order: fans of triangles."""
    sizes = np.array([len(polygon) for polygon in polygons])
    starts = np.cumsum(sizes) - sizes
    corners = np.concatenate(polygons)
    spokes = corners - np.repeat(corners[starts], sizes, axis=0)
    # the spoke after a polygon's last one is another polygon's; the last one counts for nothing, its partner being zero
    following = np.roll(spokes, -1, axis=0)
    following[starts + sizes - 1] = 0.0
    return np.linalg.norm(np.add.reduceat(np.cross(spokes, following), starts, axis=0), axis=1) / 2
