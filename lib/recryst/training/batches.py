"""Batches of crystals, in whatever form a network takes them; and packed batches of crystal graphs."""

from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from recryst.crystals import FloatArray, IntArray, rows_of
from recryst.errors import BadInputError
from recryst.features.graphs import Graphs

Batch = dict[str, NDArray[Any]]


class Source(Protocol):
    """Crystals in the form in which one kind of network takes them: all that training needs to know of it."""

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""

    def __len__(self) -> int: ...

    def turned(self, epoch: int, draw: int = 0) -> "Source":
        """The same crystals as they look in this epoch, counted from 1; epoch 0 is for predictions, of which there may be
        several draws. A form that does not depend on orientation returns itself.
        """

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """The network's inputs for the crystals at these positions; padded to ``slots`` crystals and to one of a few shapes
        where a number of slots is given.
        """


def pack(graphs: Graphs, crystals: IntArray, atoms: int | None = None, slots: int | None = None) -> Batch:
    """Pack the graphs at positions ``crystals`` into one batch (the inputs described in `recryst.models.cgcnn`).

    Parameters
    ----------
    crystals : (B,) positions in ``graphs``
    atoms, slots : pad the batch to so many atoms and crystals, so that every batch has one shape and a compiling backend
        compiles once; the padding is masked

    Raises
    ------
    BadInputError : the batch holds more atoms or crystals than it is to be padded to
    """
    rows, starts = rows_of(graphs.offsets, crystals)
    counts, total = np.diff(starts), len(rows)
    neighbours = np.asarray(graphs.neighbours[rows])
    batch = {
        "atoms_per_crystal": counts.astype(np.float32),
        "numbers": graphs.numbers[rows].astype(np.int32),
        # a missing neighbour (-1) points at some atom of the crystal; its distance of 0 tells the network to leave it out
        "neighbours": (np.maximum(neighbours, 0) + np.repeat(starts[:-1], counts)[:, None]).astype(np.int32),
        "distances": np.asarray(graphs.distances[rows], dtype=np.float32),
        "crystal": np.repeat(np.arange(len(counts)), counts).astype(np.int32),
    }
    if atoms is None and slots is None:
        return batch
    atoms, slots = atoms or total, slots or len(counts)
    if atoms < total or slots < len(counts):
        raise BadInputError(f"A batch of {len(counts)} crystals and {total} atoms does not fit into {slots} and {atoms}.")
    batch["atom_mask"] = np.ones(total, np.float32)
    fill = {"atoms_per_crystal": 1, "numbers": 0, "neighbours": 0, "distances": 1, "crystal": 0, "atom_mask": 0}
    return {
        name: np.pad(
            values,
            [(0, (slots if name == "atoms_per_crystal" else atoms) - len(values))] + [(0, 0)] * (values.ndim - 1),
            constant_values=fill[name],
        )
        for name, values in batch.items()
    }


@dataclass(frozen=True, eq=False)
class GraphSource:
    """Crystals as graphs, the same in every epoch."""

    graphs: Graphs

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,) ids of the crystals."""
        return self.graphs.ids

    def __len__(self) -> int:
        return len(self.graphs)

    def turned(self, epoch: int, draw: int = 0) -> "GraphSource":
        """Itself: distances between atoms know no orientation."""
        return self

    def batch(self, crystals: IntArray, slots: int | None = None) -> Batch:
        """See `pack`; the atoms are padded to a coarse grid of sizes, which makes some five shapes in a training instead of one
        a batch, for a few percent of padding.
        """
        if slots is None:
            return pack(self.graphs, crystals)
        step = 2 * slots
        atoms = int(np.diff(self.graphs.offsets)[crystals].sum())
        return pack(self.graphs, crystals, -(-atoms // step) * step, slots)


class Batches(keras.utils.PyDataset):
    """Batches of crystals in a given order, with targets where there are any.

    Parameters
    ----------
    source : all crystals
    order : (n,) positions of the crystals, in the order in which they are served
    targets : (n,) aligned with ``order``; None for predictions
    batch_size : crystals in a batch; the last batch may hold fewer
    fixed_shapes : pad every batch to one of a few shapes, for backends that compile for each shape (JAX)
    """

    def __init__(
        self, source: Source, order: IntArray, targets: FloatArray | IntArray | None, batch_size: int, fixed_shapes: bool = False
    ) -> None:
        super().__init__()
        self.source, self.order, self.targets, self.batch_size = source, np.asarray(order), targets, batch_size
        self.fixed_shapes = fixed_shapes

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        part = slice(index * self.batch_size, (index + 1) * self.batch_size)
        crystals = self.order[part]
        targets = None if self.targets is None else self.targets[part].reshape(-1, 1)
        inputs = self.source.batch(crystals, self.batch_size if self.fixed_shapes else None)
        if targets is None:
            return (inputs,)
        if not self.fixed_shapes:
            return inputs, targets
        empty = self.batch_size - len(crystals)
        return inputs, np.pad(targets, [(0, empty), (0, 0)]), np.r_[np.ones(len(crystals)), np.zeros(empty)].astype(np.float32)
