r"""Crystal graph convolutional neural networks: Xie and Grossman, Phys. Rev. Lett. 120, 145301 (2018).

Two networks, named by the equation of their convolution.

`GatedNetwork` (Eq. 5) is the network of the released code and of the eight published models: embedding, four
convolutions, mean over the atoms, softplus, one hidden layer, output.

`SummingNetwork` (Eq. 4) is the paper's first convolution with the supplement's own pooling (Eqs. S11-S13), or with the
linear pooling that gives each site an energy (Eqs. S14, S15). It has no public code; what the paper leaves open is
listed in `recryst.published`'s departures.

Batches are packed, not padded crystal by crystal: the atoms of all crystals of a batch stand one after the other, and
``crystal`` says which crystal each belongs to (see `recryst.training.batches`):

=================  ================  ===========================================================================
input              shape, type       meaning
=================  ================  ===========================================================================
atoms_per_crystal  (B,) float32      atoms in each crystal; 1 where a crystal only pads the batch
numbers            (A,) int32        atomic number
neighbours         (A, k) int32      position of each neighbour in the batch
distances          (A, k) float32    angstrom; 0 where there is no such neighbour (Voronoi graphs only)
crystal            (A,) int32        position of the atom's crystal in the batch
atom_mask          (A,) float32      optional: 0 for atoms that only pad the batch to a fixed shape
=================  ================  ===========================================================================
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from recryst.models.normalization import RowNormalization

Inputs = dict[str, Any]


def torch_uniform(fan_in: int) -> keras.initializers.Initializer:
    """Uniform in ±1/sqrt(fan_in), the initialisation of PyTorch's linear layers for weights and biases alike."""
    limit = 1.0 / np.sqrt(fan_in)
    return keras.initializers.RandomUniform(-limit, limit)


def dense(units: int, fan_in: int, name: str, **kwargs: Any) -> keras.layers.Dense:
    """A linear layer that starts as PyTorch's does."""
    return keras.layers.Dense(units, kernel_initializer=torch_uniform(fan_in), bias_initializer=torch_uniform(fan_in), name=name, **kwargs)


class AtomEmbedding(keras.layers.Layer):
    """Linear map of the atom features: row Z of ``table @ kernel + bias`` for an atom of atomic number Z.

    Multiplying the table once and looking rows up is the same as multiplying the features of each atom, and free.

    Parameters
    ----------
    table : (101 or more, features) atom features by atomic number; row 0 pads
    units : length of the embedded vector
    """

    def __init__(self, table: NDArray[np.floating], units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table = np.asarray(table, dtype=np.float32)
        self.units = units

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Create the linear map."""
        start = torch_uniform(self.table.shape[1])
        self.kernel = self.add_weight(name="kernel", shape=(self.table.shape[1], self.units), initializer=start)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=start)

    def call(self, numbers: Any) -> Any:
        """(A,) atomic numbers -> (A, units)."""
        rows = ops.matmul(ops.convert_to_tensor(self.table, dtype=self.compute_dtype), self.kernel) + self.bias
        return ops.take(rows, numbers, axis=0)


class GaussianDistances(keras.layers.Layer):
    r"""Distances on a basis of Gaussians, :math:`\exp(-(d - \mu)^2 / \sigma^2)`, :math:`\mu` = 0, 0.2 … 8.0 angstrom.

    The width :math:`\sigma` equals the spacing of the centres, as in the released code.
    """

    def __init__(self, stop: float = 8.0, step: float = 0.2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.step = step
        self.centres = np.arange(0.0, stop + step / 2, step).astype(np.float32)

    def call(self, distances: Any) -> Any:
        """(A, k) angstrom -> (A, k, 41)."""
        # float32 before the cast: bfloat16 tells 5.00 from 5.02 angstrom no more
        offsets = ops.expand_dims(ops.cast(distances, "float32"), -1) - self.centres
        return ops.cast(ops.exp(-ops.square(offsets / self.step)), self.compute_dtype)


class BondLinear(keras.layers.Layer):
    r"""The linear map :math:`z W + b` of :math:`z = v_i \oplus v_j \oplus u`, then batch normalisation.

    The concatenation is never made: ``z W = v_i W_centre + v_j W_neighbour + u W_bond``, where the first two products
    are taken once per atom instead of once per bond.
    """

    def __init__(self, units: int, fan_in: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.centre = dense(units, fan_in, "centre", dtype=policy)
        self.neighbour = dense(units, fan_in, "neighbour", dtype=policy, use_bias=False)
        self.bond = dense(units, fan_in, "bond", dtype=policy, use_bias=False)
        self.normalise = RowNormalization(name="normalise")

    def call(self, atoms: Any, bonds: Any, neighbours: Any, training: bool = False, bond_mask: Any = None) -> Any:
        """(A, n), (A, k, bond features), (A, k) -> (A, k, units); ``bond_mask`` (A, k)."""
        total = ops.take(self.neighbour(atoms), neighbours, axis=0) + self.bond(bonds) + ops.expand_dims(self.centre(atoms), 1)
        return self.normalise(total, training=training, row_mask=bond_mask)


class GatedConvolution(keras.layers.Layer):
    r"""Eq. 5: :math:`v_i' = v_i + \sum_{j,k} \sigma(z W_f + b_f) \odot g(z W_s + b_s)`, :math:`z = v_i \oplus v_j \oplus u`.

    As in the released code both linear maps and the sum are batch-normalised, g is softplus, and softplus is applied
    once more to the result. The two maps stay apart, where the released code splits one of double width in half: a split
    costs two passes over the largest array of the network.
    """

    def __init__(self, units: int, bond_features: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.gate = BondLinear(units, 2 * units + bond_features, name="gate", dtype=policy)
        self.core = BondLinear(units, 2 * units + bond_features, name="core", dtype=policy)
        self.normalise = RowNormalization(name="normalise")

    def call(self, atoms: Any, bonds: Any, neighbours: Any, training: bool = False, atom_mask: Any = None) -> Any:
        """(A, units), (A, k, bond features), (A, k) -> (A, units)."""
        bond_mask = None if atom_mask is None else ops.broadcast_to(ops.expand_dims(atom_mask, -1), ops.shape(neighbours))
        gate = ops.sigmoid(self.gate(atoms, bonds, neighbours, training=training, bond_mask=bond_mask))
        core = ops.softplus(self.core(atoms, bonds, neighbours, training=training, bond_mask=bond_mask))
        update = self.normalise(ops.sum(gate * core, axis=1), training=training, row_mask=atom_mask)
        return ops.softplus(atoms + update)


class SummingConvolution(keras.layers.Layer):
    r"""Eq. 4: :math:`v_i' = g[(\sum_{j,k} v_j \oplus u) W_c + v_i W_s + b]`, with softplus for g."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, atoms_shape: tuple[Any, ...], bonds_shape: tuple[Any, ...]) -> None:
        """Create the linear maps of neighbours with bonds (one matrix, W_c) and of the atom itself (W_s)."""
        self.convolve = dense(self.units, atoms_shape[-1] + bonds_shape[-1], "convolve", dtype=self.dtype_policy)
        self.itself = dense(self.units, atoms_shape[-1], "itself", dtype=self.dtype_policy, use_bias=False)
        self.convolve.build((None, atoms_shape[-1] + bonds_shape[-1]))
        self.itself.build(atoms_shape)

    def call(self, atoms: Any, bonds: Any, neighbours: Any, present: Any) -> Any:
        """(A, n), (A, bond features) summed over neighbours, (A, k), (A, k) 1 where the neighbour exists -> (A, units)."""
        around = ops.sum(ops.take(atoms, neighbours, axis=0) * ops.expand_dims(present, -1), axis=1)
        return ops.softplus(self.convolve(ops.concatenate([around, bonds], axis=-1)) + self.itself(atoms))


class BondCategories(keras.layers.Layer):
    """Supplement, Table III: how many neighbours lie in each of ten equal ranges of distance, 0.7 to 5.2 angstrom.

    Eq. 4 only sees the sum of the one-hot bond vectors, which is this histogram. Distances outside go to the end ranges.
    """

    def call(self, distances: Any, present: Any) -> Any:
        """(A, k) angstrom, (A, k) -> (A, 10)."""
        category = ops.clip(ops.floor((ops.cast(distances, "float32") - 0.7) / 0.45), 0, 9)
        one_hot = ops.one_hot(ops.cast(category, "int32"), 10, dtype=self.compute_dtype)
        return ops.sum(one_hot * ops.expand_dims(present, -1), axis=1)


def mean_over_atoms(values: Any, inputs: Inputs) -> Any:
    """(A, n) -> (B, n): the normalised sum over the atoms of each crystal (Eqs. S15, S16)."""
    if "atom_mask" in inputs:
        values = values * ops.cast(ops.expand_dims(inputs["atom_mask"], -1), values.dtype)
    sums = ops.segment_sum(values, inputs["crystal"], num_segments=ops.shape(inputs["atoms_per_crystal"])[0])
    return sums / ops.cast(ops.expand_dims(inputs["atoms_per_crystal"], -1), values.dtype)


class GatedNetwork(keras.Model):
    """Eq. 5's network, the one of the released code and of the eight published models.

    Parameters
    ----------
    atom_table : (101, features) atom features by atomic number
    units : length of the atom vectors (published models: 64)
    convolutions : number of convolutions (4)
    hidden_units, hidden_layers : width and number of the hidden layers after pooling (32, 1)
    outputs : 1 for regression, 2 (semiconductor, metal) for classification
    dropout : before the output layer; the released classifier uses 0.5, the regressions none
    """

    def __init__(
        self,
        atom_table: NDArray[np.floating],
        units: int = 64,
        convolutions: int = 4,
        hidden_units: int = 32,
        hidden_layers: int = 1,
        outputs: int = 1,
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.embedding = AtomEmbedding(atom_table, units, name="embedding", dtype=policy)
        self.expansion = GaussianDistances(name="distances", dtype=policy)
        self.convolutions = [
            GatedConvolution(units, len(self.expansion.centres), name=f"convolution_{i + 1}", dtype=policy) for i in range(convolutions)
        ]
        widths = [units] + [hidden_units] * hidden_layers
        self.hidden = [dense(hidden_units, widths[i], f"hidden_{i + 1}", dtype=policy) for i in range(hidden_layers)]
        self.dropout = keras.layers.Dropout(dropout, name="dropout") if dropout else None
        # the output stays in float32 under mixed precision
        self.final = dense(outputs, widths[-1], "output", dtype="float32")

    def activations(self, inputs: Inputs, training: bool = False) -> dict[str, Any]:
        """Every intermediate array, by name: embedding, convolution_1 …, pooled (B, units), output (B, outputs)."""
        mask = inputs.get("atom_mask")
        steps = {"embedding": self.embedding(inputs["numbers"])}
        bonds = self.expansion(inputs["distances"])
        atoms = steps["embedding"]
        for layer in self.convolutions:
            atoms = steps[layer.name] = layer(atoms, bonds, inputs["neighbours"], training=training, atom_mask=mask)
        crystal = steps["pooled"] = mean_over_atoms(atoms, inputs)
        crystal = ops.softplus(crystal)
        for layer in self.hidden:
            crystal = ops.softplus(layer(crystal))
        if self.dropout is not None:
            crystal = self.dropout(crystal, training=training)
        steps["output"] = self.final(crystal)
        return steps

    def call(self, inputs: Inputs, training: bool = False) -> Any:
        """A packed batch -> (B, outputs): the standardised property, or the logits of semiconductor and metal."""
        return self.activations(inputs, training)["output"]


class SummingNetwork(keras.Model):
    """Eq. 4's network, with the full pooling of the supplement or the linear pooling that gives site energies.

    Parameters
    ----------
    atom_table : (101, features) atom features by atomic number (Table II)
    units : length of the atom vectors
    convolutions : number R of convolutions
    hidden_units, hidden_layers : the hidden layers L2 after the full pooling, or L1 on each atom before the linear one
    pooling : "full" (Eqs. S11-S13) or "linear" (Eqs. S14, S15)
    outputs : 1 for regression, 2 for classification
    """

    def __init__(
        self,
        atom_table: NDArray[np.floating],
        units: int = 64,
        convolutions: int = 3,
        hidden_units: int = 64,
        hidden_layers: int = 1,
        pooling: str = "full",
        outputs: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.pooling = pooling
        self.embedding = AtomEmbedding(atom_table, units, name="embedding", dtype=policy)
        self.categories = BondCategories(name="bond_categories", dtype=policy)
        self.convolutions = [SummingConvolution(units, name=f"convolution_{i + 1}", dtype=policy) for i in range(convolutions)]
        maps = convolutions + 1 if pooling == "full" else 0
        self.pool_maps = [dense(units, units, f"pool_{i}", dtype=policy) for i in range(maps)]
        widths = [units] + [hidden_units] * hidden_layers
        self.hidden = [dense(hidden_units, widths[i], f"hidden_{i + 1}", dtype=policy) for i in range(hidden_layers)]
        self.final = dense(outputs, widths[-1], "output", dtype="float32")

    def atom_vectors(self, inputs: Inputs) -> list[Any]:
        """The atom vectors v^(0) … v^(R), each (A, units)."""
        present = ops.cast(inputs["distances"] > 0, self.compute_dtype)
        bonds = self.categories(inputs["distances"], present)
        vectors = [self.embedding(inputs["numbers"])]
        for layer in self.convolutions:
            vectors.append(layer(vectors[-1], bonds, inputs["neighbours"], present))
        return vectors

    def site_values(self, inputs: Inputs) -> Any:
        """(A, outputs): the contribution of each site, Eq. S14 (linear pooling only)."""
        atoms = self.atom_vectors(inputs)[-1]
        for layer in self.hidden:
            atoms = ops.softplus(layer(atoms))
        return self.final(atoms)

    def call(self, inputs: Inputs, training: bool = False) -> Any:
        """A packed batch -> (B, outputs)."""
        if self.pooling == "linear":
            return mean_over_atoms(self.site_values(inputs), inputs)
        vectors = zip(self.pool_maps, self.atom_vectors(inputs), strict=True)
        crystal = mean_over_atoms(sum(ops.softmax(layer(v), axis=-1) for layer, v in vectors), inputs)
        for layer in self.hidden:
            crystal = ops.softplus(layer(crystal))
        return self.final(crystal)


def symbolic_batch() -> dict[str, Any]:
    """A packed batch of one atom, of shapes and types alone: enough to create a network's variables, and no work."""
    return {
        "atoms_per_crystal": keras.Input(batch_shape=(1,), dtype="float32"),
        "numbers": keras.Input(batch_shape=(1,), dtype="int32"),
        "neighbours": keras.Input(batch_shape=(1, 12), dtype="int32"),
        "distances": keras.Input(batch_shape=(1, 12), dtype="float32"),
        "crystal": keras.Input(batch_shape=(1,), dtype="int32"),
    }
