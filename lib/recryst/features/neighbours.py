"""The nearest neighbours of every atom of many periodic crystals, exactly and fast.

Crystals with equally many atoms are computed together as one array: for every pair of atoms the shortest difference in
fractional coordinates, and from it all periodic images that can lie within a radius. The radius is guessed from the
density, and grows only for those atoms that have too few neighbours within it. Nothing is approximated: the images are
bounded by the spacing of the lattice planes, and the radius by the shortest lattice vector, whose multiples alone give
every atom enough neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.errors import BadInputError
from recryst.features import lattices

TIE = 1e-8
"""Distances that differ by less (angstrom) count as equal: far above rounding errors, far below the digits of any file.

So the nearer neighbour goes first where the data say which it is, as in the original code, and never rounding errors.
"""

_DISTANCES_AT_ONCE = 1 << 16  # half a megabyte: they stay in the processor's second cache
_EXPECTED = 1.8  # the first sphere would hold this many times the wanted neighbours if atoms were spread evenly
_GROWTH = 1.26  # of the radius: twice the volume
_MARGIN = 1e-4  # angstrom; neighbours tied with the last one are looked for this far beyond the radius
_NOWHERE = 1e30  # squared distance of an image that is to be ignored


def nearest(crystals: Crystals, count: int = 12) -> tuple[IntArray, FloatArray]:
    """The ``count`` nearest neighbours of every atom; its periodic images are neighbours, the atom itself is not.

    Parameters
    ----------
    crystals : with finite coordinates and volumes above zero, see `recryst.features.validity`
    count : neighbours of each atom

    Returns
    -------
    neighbours : (atoms, count) int32, index of the neighbour among the atoms of its crystal
    distances : (atoms, count) float64, angstrom, rising along each row (to within `TIE`)

    Raises
    ------
    BadInputError : a lattice or a coordinate is not finite

    Notes
    -----
    Every atom has ``count`` neighbours, an isolated one has its own images.

    Neighbours at equal distance come in the order of falling atomic number, then of rising index. Where such a tie is
    cut at ``count``, the elements and distances in the graph so depend neither on rounding errors (rotation of the
    lattice) nor on the order of the atoms nor on the choice of the cell. The original code keeps the order of
    pymatgen's list, which depends on all of them.
    """
    if not (np.isfinite(crystals.lattices).all() and np.isfinite(crystals.frac_coords).all()):
        raise BadInputError("Lattices and coordinates must be finite to look for neighbours; see recryst.features.validity.reasons.")
    search = _Search.prepare(crystals, count)
    cell_of_atom = np.repeat(np.arange(len(crystals)), crystals.n_atoms)
    neighbours = np.empty((len(cell_of_atom), count), dtype=np.int32)
    distances = np.empty((len(cell_of_atom), count))

    # first every crystal as a whole, large ones atom by atom; then, atom by atom, what needs a larger radius
    radius = search.first_radius()
    small = search.sizes**2 * search.n_images(np.arange(len(crystals)), radius) <= _DISTANCES_AT_ONCE
    pending: list[IntArray] = [np.flatnonzero(~small[cell_of_atom])]
    cells = np.flatnonzero(small & (search.sizes > 0))
    for batch in search.batches(cells, radius[cells], search.sizes[cells]):
        atoms = search.offsets[cells[batch], None] + np.arange(search.sizes[cells[batch[0]]])
        near, far, complete = search.within(cells[batch], atoms, radius[cells[batch]])
        neighbours[atoms], distances[atoms] = near, far
        pending.append(atoms[~complete])

    atoms, growth = np.sort(np.concatenate(pending)), 1.0
    while len(atoms):
        cells = cell_of_atom[atoms]
        grown = search.bounded(cells, radius[cells] * growth)
        complete = np.empty(len(atoms), dtype=bool)
        for batch in search.batches(cells, grown, np.ones_like(cells)):
            near, far, done = search.within(cells[batch], atoms[batch, None], grown[batch])
            neighbours[atoms[batch]], distances[atoms[batch]], complete[batch] = near[:, 0], far[:, 0], done[:, 0]
        atoms, growth = atoms[~complete], growth * _GROWTH
    return neighbours, distances


@dataclass(frozen=True)
class _Search:
    """What is the same in every round: bases with short vectors and the coordinates in them."""

    count: int
    bases: FloatArray
    spacings: FloatArray
    frac_coords: FloatArray
    numbers: IntArray
    offsets: IntArray
    sizes: IntArray

    @classmethod
    def prepare(cls, crystals: Crystals, count: int) -> "_Search":
        bases, transforms = lattices.reduced(crystals.lattices)
        frac_coords = np.einsum("ai,aij->ja", crystals.frac_coords, np.repeat(transforms, crystals.n_atoms, axis=0))
        spacings = lattices.plane_spacings(bases)
        numbers = crystals.numbers.astype(np.int64)
        return cls(count, bases, spacings, np.ascontiguousarray(frac_coords), numbers, crystals.offsets, crystals.n_atoms)

    def first_radius(self) -> FloatArray:
        """(crystals,) angstrom, from the density."""
        volume_per_atom = np.abs(np.linalg.det(self.bases)) / np.maximum(self.sizes, 1)
        return self.bounded(np.arange(len(self.sizes)), np.cbrt(3 / (4 * np.pi) * _EXPECTED * self.count * volume_per_atom))

    def bounded(self, cells: IntArray, radius: FloatArray) -> FloatArray:
        """No more than the radius within which an atom's own images along the shortest vector are enough."""
        shortest = np.linalg.norm(self.bases[cells], axis=2).min(axis=1)
        # two ties farther: the tie's order may name any of the images that are equally far within `TIE`
        return np.minimum(radius, (self.count + 1) // 2 * shortest + 2 * TIE)

    def n_images(self, cells: IntArray, radius: FloatArray) -> IntArray:
        return (2 * lattices.image_widths(self.spacings[cells], radius) + 1).prod(axis=1)

    def batches(self, cells: IntArray, radius: FloatArray, centres: IntArray) -> Iterator[IntArray]:
        """Positions in ``cells`` of equally large crystals with about as many images, in groups of a bearable size.

        ``centres`` is the number of atoms of each cell whose neighbours are wanted.
        """
        n_images = self.n_images(cells, radius)
        order = np.lexsort((-n_images, self.sizes[cells]))
        sizes = self.sizes[cells[order]]
        start = 0
        while start < len(order):
            first = order[start]
            alike = int(np.searchsorted(sizes, sizes[start], side="right"))
            stop = min(alike, start + max(1, int(_DISTANCES_AT_ONCE // (centres[first] * sizes[start] * n_images[first]))))
            yield order[start:stop]
            start = stop

    def within(self, cells: IntArray, centres: IntArray, radius: FloatArray) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
        """The nearest neighbours of some atoms of each cell, as far as they lie within the radius.

        Parameters
        ----------
        cells : (cells,) crystals with equally many atoms
        centres : (cells, centres) atoms, counted over all crystals
        radius : (cells,) angstrom

        Returns
        -------
        neighbours, distances : (cells, centres, count); complete : (cells, centres) bool, whether that many were found
        """
        squares, n_images = self._squared_distances(cells, centres, radius)
        within = squares <= np.repeat((radius + _MARGIN) ** 2, centres.shape[1])[:, None]
        found = np.count_nonzero(within, axis=1)
        flat = np.flatnonzero(within)
        row = np.repeat(np.arange(len(found)), found)
        slot = np.arange(len(flat)) - np.repeat(np.cumsum(found) - found, found)

        width = max(int(found.max()), self.count)
        square = np.full((len(found), width), _NOWHERE)
        square[row, slot] = np.maximum(squares.ravel()[flat], 0.0)  # of atoms in one place, rounding may leave less than 0
        atom = np.zeros((len(found), width), dtype=np.int64)
        atom[row, slot] = (flat - row * squares.shape[1]) // n_images
        order = self._order(square, self.numbers[atom + np.repeat(self.offsets[cells], centres.shape[1])[:, None]], atom)
        distance = np.sqrt(np.take_along_axis(square, order, axis=1))
        complete = distance[:, -1] <= np.repeat(radius, centres.shape[1])
        shape = (*centres.shape, self.count)
        return np.take_along_axis(atom, order, axis=1).reshape(shape), distance.reshape(shape), complete.reshape(centres.shape)

    def _squared_distances(self, cells: IntArray, centres: IntArray, radius: FloatArray) -> tuple[FloatArray, int]:
        """(cells * centres, atoms * images) from each centre to every image of every atom, and the number of images."""
        size, group, middles = self.sizes[cells[0]], len(cells), centres.shape[1]
        shift, counts = lattices.images(lattices.image_widths(self.spacings[cells], radius))
        shift = shift @ self.bases[cells]
        # |d + t|^2 = d.2t + |d|^2 + |t|^2 as one product of matrices
        moves = np.empty((group, 5, shift.shape[1]))
        moves[:, :3] = 2.0 * shift.transpose(0, 2, 1)
        moves[:, 3] = 1.0
        moves[:, 4] = np.where(np.arange(shift.shape[1]) < counts[:, None], np.einsum("gmk,gmk->gm", shift, shift), _NOWHERE)
        squares = (self._pairs(cells, centres).transpose(0, 2, 1) @ moves).reshape(group, middles, size, -1)
        own = centres - self.offsets[cells, None]
        squares[np.arange(group)[:, None], np.arange(middles), own, 0] = _NOWHERE
        return squares.reshape(group * middles, -1), shift.shape[1]

    def _pairs(self, cells: IntArray, centres: IntArray) -> FloatArray:
        """(cells, 5, centres * atoms): for every pair the shortest difference along each axis as x, y, z; its square; 1."""
        size, group = self.sizes[cells[0]], len(cells)
        frac = self.frac_coords[:, self.offsets[cells, None] + np.arange(size)]
        difference = frac[:, :, None, :] - self.frac_coords[:, centres][:, :, :, None]
        difference = difference.reshape(3, group, -1).transpose(1, 0, 2)
        pairs = np.empty((group, 5, difference.shape[2]))
        vectors = pairs[:, :3]
        difference -= np.rint(difference, out=vectors)
        np.matmul(self.bases[cells].transpose(0, 2, 1), difference, out=vectors)
        np.einsum("gkp,gkp->gp", vectors, vectors, out=pairs[:, 3])
        pairs[:, 4] = 1.0
        return pairs

    def _order(self, square: FloatArray, numbers: IntArray, atom: IntArray) -> IntArray:
        """(rows, count) positions of the nearest in each row: by distance, among equal ones by element and index."""
        bits = max(1, int(square.shape[1] - 1).bit_length())
        slots = (1 << bits) - 1
        # the position within the row takes the place of the last bits of the distance: one fast sort gives both
        packed = (square.view(np.int64) & ~slots) | np.arange(square.shape[1])
        packed.sort(axis=1)
        position = packed & slots
        distance = np.sqrt((packed & ~slots).view(np.float64))
        tie = np.zeros_like(position)
        np.cumsum(np.diff(distance, axis=1) > TIE, axis=1, out=tie[:, 1:])
        last = int(np.count_nonzero(tie <= tie[:, self.count - 1, None], axis=1).max())
        position, tie = position[:, :last], tie[:, :last]
        key = (tie << 8) | (255 - np.take_along_axis(numbers, position, axis=1))
        key = (key << 24 | np.take_along_axis(atom, position, axis=1)) << bits | position
        key.sort(axis=1)
        return key[:, : self.count] & slots
