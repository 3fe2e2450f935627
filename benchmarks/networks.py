"""Training speed of CGCNN's convolution beside the original layer, which concatenates, in the same framework and run."""

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from benchmarks.speeds import compare, ratio_at_least
from recryst.models.cgcnn import GatedNetwork, dense, symbolic_batch

CRYSTALS, ATOMS, NEIGHBOURS = 256, 27, 12


class ConcatenatedConvolution(keras.layers.Layer):
    """Eq. 5 as the released code computes it: concatenate v_i, v_j and u, one linear map of double width, split."""

    def __init__(self, units: int, bond_features: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.linear = dense(2 * units, 2 * units + bond_features, "linear")
        self.normalise_bonds = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
        self.normalise_atoms = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)

    def call(self, atoms: Any, bonds: Any, neighbours: Any, training: bool = False, atom_mask: Any = None) -> Any:
        """(A, units), (A, k, bond features), (A, k) -> (A, units)."""
        shape = (ops.shape(atoms)[0], neighbours.shape[1], self.units)
        centre = ops.broadcast_to(ops.expand_dims(atoms, 1), shape)
        total = self.linear(ops.concatenate([centre, ops.take(atoms, neighbours, axis=0), bonds], axis=-1))
        gate, core = ops.split(self.normalise_bonds(total, training=training), 2, axis=-1)
        update = self.normalise_atoms(ops.sum(ops.sigmoid(gate) * ops.softplus(core), axis=1), training=training)
        return ops.softplus(atoms + update)


def measure(repeats: int = 5) -> pd.DataFrame:
    """Crystals of 27 atoms per processor second in training, batch 256: ours, and the original layer; the two take turns.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``
    """
    batch, targets = _batch()
    network, original = _network(), _network(ConcatenatedConvolution)
    return compare(
        "CGCNN training, crystals of 27 atoms a second",
        (CRYSTALS, lambda: network.train_on_batch(batch, targets)),
        {"original layer with concatenation, same framework": (CRYSTALS, lambda: original.train_on_batch(batch, targets))},
        ratio_at_least(1.7),
        repeats,
    )


def _network(convolution: Any = None) -> keras.Model:
    table = np.random.default_rng(0).integers(0, 2, (101, 92)).astype(np.float32)
    network = GatedNetwork(table, convolutions=0 if convolution else 4)
    if convolution is not None:
        network.convolutions = [convolution(64, 41, name=f"original_{i}") for i in range(4)]
    network(symbolic_batch())
    network.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss="mse", jit_compile=False)
    return network


def _batch() -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(0)
    atoms = CRYSTALS * ATOMS
    first = np.repeat(np.arange(CRYSTALS) * ATOMS, ATOMS)
    batch = {
        "atoms_per_crystal": np.full(CRYSTALS, ATOMS, np.float32),
        "numbers": rng.integers(1, 90, atoms).astype(np.int32),
        "neighbours": (rng.integers(0, ATOMS, (atoms, NEIGHBOURS)) + first[:, None]).astype(np.int32),
        "distances": rng.uniform(1.5, 5.0, (atoms, NEIGHBOURS)).astype(np.float32),
        "crystal": np.repeat(np.arange(CRYSTALS), ATOMS).astype(np.int32),
    }
    return batch, rng.normal(size=(CRYSTALS, 1)).astype(np.float32)
