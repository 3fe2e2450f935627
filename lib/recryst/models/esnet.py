"""ESNet: Mok et al., "A chemically inspired convolutional neural network using electronic structure representation",
Journal of Materials Chemistry A 11, 10184 (2023).

`StatesNetwork` is the paper's network (Fig. 2): a branch of residual units with attention for each spin, a convolution over both
branches, and fully connected layers that see the elements too. With its defaults it has the printed 9,756,225 parameters.

What the text leaves out is as the authors' released code has it: the entry before the first block, convolutions that pad with zeros, and
poolings that take what is left at the end of a curve. So is the size of the embedded elements, which the text has wrong. The attention is
that of CBAM (Woo et al., European Conference on Computer Vision 2018), with energies in place of the points of an image.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from recryst.features.states import ENERGIES, ORBITALS, PLACES

EMBEDDED = 64
"""Length of what the list of elements is embedded into."""
WIDTHS = (64, 128, 256, 512)
"""Channels of the four blocks of a branch."""
UNITS = 2
"""Residual units of a block."""
REDUCTION = 8
"""The layers of the attention over channels have so many times fewer units in between."""

Shape = tuple[Any, ...]


class ChannelAttention(keras.layers.Layer):
    """Channels, each multiplied by a weight between zero and one.

    The weight comes from the channels' means and maxima over the energies, which pass the same two dense layers and are added.
    """

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        start = "he_normal"
        self.steps = [
            keras.layers.Dense(channels // REDUCTION, activation="relu", kernel_initializer=start, name="squeeze", dtype=policy),
            keras.layers.Dense(channels, kernel_initializer=start, name="excitation", dtype=policy),
        ]

    def build(self, input_shape: Shape) -> None:
        """Create both layers."""
        _build(self.steps, (input_shape[0], input_shape[-1]))

    def call(self, values: Any) -> Any:
        """(B, energies, channels) -> the same shape."""
        pooled = [ops.mean(values, axis=1), ops.max(values, axis=1)]
        weights = ops.sigmoid(sum(self.steps[1](self.steps[0](one)) for one in pooled))
        return values * weights[:, None]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """That of the input."""
        return input_shape


class EnergyAttention(keras.layers.Layer):
    """Energies, each multiplied by a weight between zero and one, from the largest and the mean channel at seven energies around it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.convolution = keras.layers.Conv1D(
            1, 7, padding="same", use_bias=False, activation="sigmoid", name="convolution", dtype=self.dtype_policy
        )

    def build(self, input_shape: Shape) -> None:
        """Create the convolution."""
        self.convolution.build((*input_shape[:-1], 2))

    def call(self, values: Any) -> Any:
        """(B, energies, channels) -> the same shape."""
        largest, mean = ops.max(values, axis=-1, keepdims=True), ops.mean(values, axis=-1, keepdims=True)
        return values * self.convolution(ops.concatenate([largest, mean], axis=-1))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """That of the input."""
        return input_shape


class Unit(keras.layers.Layer):
    """Two convolutions, attention over channels and over energies, and the input added to what they give (Fig. 2b).

    Parameters
    ----------
    channels : of both convolutions
    inputs : channels of the input; where there are fewer, it passes a convolution of length 1 before it is added
    """

    def __init__(self, channels: int, inputs: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.steps = [
            _convolution(channels, 3, "convolution_1", policy),
            keras.layers.BatchNormalization(name="batch_normalisation_1", dtype=policy),
            keras.layers.ReLU(name="ReLU_1", dtype=policy),
            _convolution(channels, 3, "convolution_2", policy),
            keras.layers.BatchNormalization(name="batch_normalisation_2", dtype=policy),
            ChannelAttention(channels, name="attention_over_channels", dtype=policy),
            EnergyAttention(name="attention_over_energies", dtype=policy),
        ]
        self.shortcut = []
        if inputs != channels:
            self.shortcut = [
                _convolution(channels, 1, "shortcut_convolution", policy),
                keras.layers.BatchNormalization(name="shortcut_batch_normalisation", dtype=policy),
            ]

    def build(self, input_shape: Shape) -> None:
        """Create all layers."""
        _build(self.steps, input_shape)
        _build(self.shortcut, input_shape)

    def call(self, values: Any) -> Any:
        """(B, energies, inputs) -> (B, energies, channels)."""
        return ops.relu(_passed(self.steps, values) + _passed(self.shortcut, values))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's, with the unit's channels."""
        return _shape(self.steps, input_shape)


class Branch(keras.layers.Layer):
    """The densities of states of one spin: an entry, and blocks of units that are joined by average pooling."""

    def __init__(self, widths: Sequence[int] = WIDTHS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.entry = [
            _convolution(widths[0], 20, "convolution", policy, strides=2),
            keras.layers.BatchNormalization(name="batch_normalisation", dtype=policy),
            keras.layers.ReLU(name="ReLU", dtype=policy),
        ]
        self.blocks = []
        inputs = widths[0]
        for number, width in enumerate(widths, start=1):
            self.blocks.append(
                [
                    keras.layers.AveragePooling1D(2, padding="same", name=f"pool_{number}", dtype=policy),
                    *(Unit(width, width if unit else inputs, name=f"unit_{number}_{unit + 1}", dtype=policy) for unit in range(UNITS)),
                ]
            )
            inputs = width

    @property
    def steps(self) -> list[Any]:
        """All layers, one after the other."""
        return [*self.entry, *(layer for block in self.blocks for layer in block)]

    def build(self, input_shape: Shape) -> None:
        """Create all layers."""
        _build(self.steps, input_shape)

    def call(self, states: Any) -> Any:
        """(B, energies, orbitals) -> (B, a 32nd of the energies, channels of the last block)."""
        return _passed(self.steps, states)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """After all blocks."""
        return _shape(self.steps, input_shape)


class StatesNetwork(keras.Model):
    """ESNet: a branch for each spin, both joined, and the elements.

    Takes ``up`` and ``down``, (B, 1500, 9), densities of states by orbital; and ``elements``, (B, 111), 1 for those that the crystal holds.

    Parameters
    ----------
    widths : channels of the blocks, of which the last is that of the convolution over both branches
    embedded : length of what the vector of elements is embedded into
    outputs : 1 for regression, 2 for classification
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, embedded: int = EMBEDDED, outputs: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.branches = {spin: Branch(widths, name=f"spin_{spin}", dtype=policy) for spin in ("up", "down")}
        self.join = [
            _convolution(widths[-1], 3, "join_convolution", policy),
            keras.layers.BatchNormalization(name="join_batch_normalisation", dtype=policy),
            keras.layers.ReLU(name="join_ReLU", dtype=policy),
            keras.layers.GlobalAveragePooling1D(name="mean_over_energies", dtype=policy),
        ]
        self.embedding = keras.layers.Dense(embedded, name="embedding", dtype=policy)
        self.hidden = [
            keras.layers.Dense(width, activation="relu", name=f"hidden_{number}", dtype=policy)
            for number, width in enumerate((128, 64), start=1)
        ]
        # the output stays in float32 under mixed precision
        self.final = keras.layers.Dense(outputs, name="output", dtype="float32")

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """A batch -> (B, outputs)."""
        seen = [branch(inputs[spin]) for spin, branch in self.branches.items()]
        states = _passed(self.join, ops.concatenate(seen, axis=-1))
        values = ops.concatenate([states, self.embedding(inputs["elements"])], axis=-1)
        return self.final(_passed(self.hidden, values))


def symbolic_batch(places: int = PLACES) -> dict[str, Any]:
    """A batch of one crystal, of shapes and types alone: enough to create a network's variables, and no work."""
    states = {spin: keras.Input(batch_shape=(1, len(ENERGIES), len(ORBITALS)), dtype="float32") for spin in ("up", "down")}
    return {**states, "elements": keras.Input(batch_shape=(1, places), dtype="float32")}


def _convolution(channels: int, length: int, name: str, policy: Any, strides: int = 1) -> keras.layers.Conv1D:
    return keras.layers.Conv1D(channels, length, strides=strides, padding="same", name=name, dtype=policy)


def _build(steps: Sequence[Any], shape: Shape) -> None:
    for layer in steps:
        layer.build(shape)
        shape = layer.compute_output_shape(shape)


def _passed(steps: Sequence[Any], values: Any) -> Any:
    for layer in steps:
        values = layer(values)
    return values


def _shape(steps: Sequence[Any], shape: Shape) -> Shape:
    for layer in steps:
        shape = layer.compute_output_shape(shape)
    return shape
