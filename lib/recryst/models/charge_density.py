"""Networks on charge densities and compositions: Zhao et al., "Predicting elastic properties of materials from electronic charge
density using 3D deep convolutional neural networks".

`VolumeNetwork` is the paper's 3D CNN (Fig. 2), `ProjectionNetwork` its 2D CNN (Fig. 3), `CompositionNetwork` its CNN on Magpie's
statistics, and `FusionNetwork` joins the last two.

What the text leaves open, and what is taken here. Convolutions have no padding: only so do the printed kernels and strides end
in one voxel, with the pooling after both convolutions and not after each, as the caption of Fig. 3 has it. ReLU follows every layer
but the last. The second convolution of the 3D CNN has as many filters as the first; its seven fully connected layers are the
six of the 2D CNN and one more of 128. What networks are fed is standardised with the training crystals' mean and deviation: of each of
Magpie's statistics, and of all points of all densities. The fusion network leaves the two networks that it joins as they are,
or goes on training them: the text can be read both ways.

Densities of cubic crystals are the same along x, y and z, so that the 2D CNN's three branches see one image, twice transposed.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from recryst.crystals import FloatArray

GRID = 60
"""Points along each edge of a density."""
STATISTICS = 132
"""Magpie's statistics of a composition, see `recryst.features.magpie`."""
CHANNELS = 24
"""Channels that the squeeze-and-excitation block keeps of the 60 layers of a density."""


FARTHEST = 10.0
"""Standard deviations from the mean of the training crystals beyond which a statistic of the composition counts as no farther."""


class Standardised(keras.layers.Layer):
    """Subtract a mean and divide by a deviation, both kept with the weights and not trained.

    Parameters
    ----------
    columns : of the last axis, each with a mean and deviation of its own; 1 for one of all values
    """

    def __init__(self, columns: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean = self.add_weight(name="mean", shape=(columns,), initializer="zeros", trainable=False)
        self.deviation = self.add_weight(name="deviation", shape=(columns,), initializer="ones", trainable=False)

    def adapt(self, mean: FloatArray, deviation: FloatArray) -> None:
        """Take these, both (columns,); a deviation of 0 counts as 1."""
        self.mean.assign(np.asarray(mean, np.float32))
        self.deviation.assign(np.where(np.asarray(deviation) > 0, deviation, 1).astype(np.float32))

    def call(self, values: Any) -> Any:
        """(..., columns) -> the same shape."""
        return (values - ops.cast(self.mean, values.dtype)) / ops.cast(self.deviation, values.dtype)


class ElasticNetwork(keras.Model):
    """Features of a crystal, fully connected layers, one number.

    Parameters
    ----------
    widths : units of the fully connected layers
    outputs : 1 for regression, 2 for classification
    activation : of the fully connected layers
    """

    def __init__(self, widths: tuple[int, ...], outputs: int = 1, activation: str = "relu", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.hidden = [
            keras.layers.Dense(width, activation=activation, name=f"hidden_{i}", dtype=policy) for i, width in enumerate(widths, start=1)
        ]
        # the output stays in float32 under mixed precision
        self.final = keras.layers.Dense(outputs, name="output", dtype="float32")

    def features(self, inputs: dict[str, Any]) -> Any:
        """A batch -> (B, n), what the fully connected layers start from."""
        raise NotImplementedError

    def penultimate(self, inputs: dict[str, Any]) -> Any:
        """A batch -> (B, width of the last hidden layer), what fusion takes."""
        values = self.features(inputs)
        for layer in self.hidden:
            values = layer(values)
        return values

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """A batch -> (B, outputs)."""
        return self.final(self.penultimate(inputs))


class VolumeNetwork(ElasticNetwork):
    """The 3D CNN: two convolutions whose strides are their kernels, max pooling, seven fully connected layers.

    Takes ``density``, (B, 60, 60, 60).

    Parameters
    ----------
    filters : of both convolutions (200)
    """

    def __init__(self, filters: int = 200, widths: tuple[int, ...] = (4096, 4096, 128, 128, 128, 128, 32), **kwargs: Any) -> None:
        super().__init__(widths, **kwargs)
        policy = self.dtype_policy
        self.standard = Standardised(dtype="float32", name="standard")
        self.steps = [
            keras.layers.Conv3D(filters, 5, strides=5, activation="relu", name="convolution_1", dtype=policy),
            keras.layers.Conv3D(filters, 4, strides=4, activation="relu", name="convolution_2", dtype=policy),
            keras.layers.MaxPooling3D(2, name="pool", dtype=policy),
            keras.layers.Flatten(name="flatten", dtype=policy),
        ]

    def features(self, inputs: dict[str, Any]) -> Any:
        """(B, 60, 60, 60) -> (B, filters)."""
        values = self.standard(ops.expand_dims(inputs["density"], -1))
        for layer in self.steps:
            values = layer(values)
        return values


class SqueezeAndExcitation(keras.layers.Layer):
    """Channels of an image, each weighted by what all of them hold on average (Eq. 4 and Fig. 3, left)."""

    def __init__(self, channels: int = CHANNELS, squeezed: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.projection = keras.layers.Conv2D(channels, 1, activation="relu", name="projection", dtype=policy)
        self.squeeze = keras.layers.Dense(squeezed, activation="relu", name="squeeze", dtype=policy)
        self.excitation = keras.layers.Dense(channels, activation="sigmoid", name="excitation", dtype=policy)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Create the three layers."""
        self.projection.build(input_shape)
        self.squeeze.build((input_shape[0], self.projection.filters))
        self.excitation.build((input_shape[0], self.squeeze.units))

    def call(self, images: Any) -> Any:
        """(B, n, n, layers) -> (B, n, n, channels)."""
        projected = self.projection(images)
        weights = self.excitation(self.squeeze(ops.mean(projected, axis=(1, 2))))
        return projected * weights[:, None, None, :]

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The image's own, with as many channels as are kept."""
        return (*input_shape[:-1], self.projection.filters)


class Branch(keras.layers.Layer):
    """Squeeze and excitation, two convolutions and pooling: an image seen along one axis as a vector."""

    def __init__(self, filters: tuple[int, int] = (64, 128), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        policy = self.dtype_policy
        self.steps = [
            SqueezeAndExcitation(name="squeeze_and_excitation", dtype=policy),
            keras.layers.Conv2D(filters[0], 6, strides=6, activation="relu", name="convolution_1", dtype=policy),
            keras.layers.Conv2D(filters[1], 5, strides=2, activation="relu", name="convolution_2", dtype=policy),
            keras.layers.MaxPooling2D(2, name="pool", dtype=policy),
            keras.layers.Flatten(name="flatten", dtype=policy),
        ]

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Create all layers."""
        for layer in self.steps:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def call(self, images: Any) -> Any:
        """(B, 60, 60, 60), the last axis that of the view -> (B, 128)."""
        for layer in self.steps:
            images = layer(images)
        return images


class ProjectionNetwork(ElasticNetwork):
    """The 2D CNN: a branch along each axis, joined, and six fully connected layers.

    Takes ``density``, (B, 60, 60, 60).
    """

    def __init__(self, widths: tuple[int, ...] = (4096, 4096, 128, 128, 128, 32), **kwargs: Any) -> None:
        super().__init__(widths, **kwargs)
        self.standard = Standardised(dtype="float32", name="standard")
        self.branches = [Branch(name=f"along_{axis}", dtype=self.dtype_policy) for axis in "xyz"]

    def features(self, inputs: dict[str, Any]) -> Any:
        """(B, 60, 60, 60) -> (B, 384)."""
        density = self.standard(inputs["density"])
        views = ((0, 2, 3, 1), (0, 1, 3, 2), (0, 1, 2, 3))
        seen = [branch(ops.transpose(density, view)) for branch, view in zip(self.branches, views, strict=True)]
        return ops.concatenate(seen, axis=-1)


class CompositionNetwork(ElasticNetwork):
    """The CNN on Magpie's statistics, laid out as an image of 12 x 12 points of which the last are zero.

    Takes ``magpie``, (B, columns).

    Parameters
    ----------
    columns : 132, or up to 144 where more is known of the crystals than their composition
    """

    def __init__(self, columns: int = STATISTICS, widths: tuple[int, ...] = (48, 32), **kwargs: Any) -> None:
        super().__init__(widths, **kwargs)
        policy = self.dtype_policy
        self.empty = 144 - columns
        self.standard = Standardised(columns, dtype="float32", name="standard")
        self.steps = [
            keras.layers.Conv2D(32, 3, activation="relu", name="convolution_1", dtype=policy),
            keras.layers.Conv2D(48, 3, activation="relu", name="convolution_2", dtype=policy),
            keras.layers.AveragePooling2D(2, name="pool", dtype=policy),
            keras.layers.Conv2D(64, 3, activation="relu", name="convolution_3", dtype=policy),
            keras.layers.Flatten(name="flatten", dtype=policy),
        ]

    def features(self, inputs: dict[str, Any]) -> Any:
        """(B, columns) -> (B, 256)."""
        # a column that hardly varies among the training crystals, such as a magnetic moment, makes any other value enormous
        standard = ops.clip(self.standard(inputs["magpie"]), -FARTHEST, FARTHEST)
        values = ops.reshape(ops.pad(standard, ((0, 0), (0, self.empty))), (-1, 12, 12, 1))
        for layer in self.steps:
            values = layer(values)
        return values


class FusionNetwork(ElasticNetwork):
    """Two trained networks, joined by their last hidden layers, and three fully connected layers.

    Takes what the two networks take; or ``joined``, (B, 64), what they have said of each crystal, as long as they are left as they are.

    Parameters
    ----------
    composition, density : trained networks; their outputs are left out
    fixed : whether only the layers that join them learn
    """

    def __init__(
        self,
        composition: CompositionNetwork,
        density: ElasticNetwork,
        widths: tuple[int, ...] = (128, 64, 32),
        fixed: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(widths, **kwargs)
        self.composition, self.density = composition, density
        for joined in (composition, density):
            (joined if fixed else joined.final).trainable = False

    def joined(self, inputs: dict[str, Any]) -> Any:
        """A batch -> (B, 64), the last hidden layers of the two networks."""
        return ops.concatenate([self.composition.penultimate(inputs), self.density.penultimate(inputs)], axis=-1)

    def features(self, inputs: dict[str, Any]) -> Any:
        """A batch -> (B, 64)."""
        return inputs["joined"] if "joined" in inputs else self.joined(inputs)


def symbolic_batch(columns: int = STATISTICS) -> dict[str, Any]:
    """A batch of one crystal, of shapes and types alone: enough to create a network's variables, and no work."""
    return {
        "density": keras.Input(batch_shape=(1, GRID, GRID, GRID), dtype="float32"),
        "magpie": keras.Input(batch_shape=(1, columns), dtype="float32"),
    }
