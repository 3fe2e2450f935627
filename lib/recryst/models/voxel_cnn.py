"""Convolutional networks on voxel images: Davariashtiyani and Kadkhodaei, Communications Materials 4 (2023).

`DeepNetwork` is the paper's network (Section IV, Fig. S11): 15 convolutions, seven skip connections, 2,678,641 parameters.

`PlainNetwork` is the same without skip connections (Fig. S5). The paper does not say what becomes of a block that ends in a
concatenation; here it ends in what its convolutions give, and the next segment's first convolution takes half as many
channels.

`ShallowNetwork` is "a 3-layer CNN without skip connections" of the authors' earlier work (Table I; Davariashtiyani et al.,
Communications Materials 2, 115 (2021)), which the paper describes no further. That work has three convolutions of 32 filters,
each followed by ReLU and max pooling; on its larger images it pools by 4, which images of 32 voxels can't be three times. So
here: pooling by 2, and the fully connected layers of the deep network.

As in the released code every convolution has a 3 x 3 x 3 kernel and is followed by ReLU, nothing follows the merging of a skip
connection, the fully connected layers are linear, and weights start as Keras's do. All take the batches of points
described in `recryst.models.rasterisation`.
"""

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from recryst.models.rasterisation import Rasterisation

HIDDEN_UNITS = 16
"""Width of the two fully connected layers before the output."""


def convolution(filters: int, name: str, dtype: Any) -> keras.layers.Conv3D:
    """3 x 3 x 3 voxels, stride 1, the image keeps its size; then ReLU."""
    return keras.layers.Conv3D(filters, 3, padding="same", activation="relu", name=name, dtype=dtype)


class Block(keras.layers.Layer):
    """Two convolutions, and what is done with what goes past them.

    Parameters
    ----------
    filters : of both convolutions
    merge : ``add``, ``concatenate`` (convolutions first, then what was skipped: twice the channels) or ``nothing``
    """

    def __init__(self, filters: int, merge: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.merge = merge
        self.first = convolution(filters, "first", self.dtype_policy)
        self.second = convolution(filters, "second", self.dtype_policy)

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Create both convolutions."""
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], self.first.filters))

    def call(self, images: Any) -> Any:
        """(B, n, n, n, channels) -> (B, n, n, n, filters, or twice as many)."""
        main = self.second(self.first(images))
        if self.merge == "add":
            return main + images
        return ops.concatenate([main, images], axis=-1) if self.merge == "concatenate" else main


class VoxelNetwork(keras.Model):
    """Layers for images, one after the other, then two linear layers and the output.

    Parameters
    ----------
    table : (119, 3) channels by atomic number
    feature_layers : from images to features
    outputs : 1 for regression, 2 for classification
    """

    def __init__(self, table: NDArray[np.floating], feature_layers: list[keras.layers.Layer], outputs: int = 1, **kwargs: Any) -> None:
        # positions must arrive as they are, see Rasterisation
        super().__init__(autocast=False, **kwargs)
        policy = self.dtype_policy
        self.rasterisation = Rasterisation(table, name="image", dtype=policy)
        self.feature_layers = feature_layers
        self.hidden = [keras.layers.Dense(HIDDEN_UNITS, name=f"hidden_{i + 1}", dtype=policy) for i in range(2)]
        # the output stays in float32 under mixed precision
        self.final = keras.layers.Dense(outputs, name="output", dtype="float32")

    def activations(self, images: Any) -> dict[str, Any]:
        """Every intermediate array of (B, 32, 32, 32, 3) images, by the name of its layer, in order."""
        steps = {"image": images}
        for layer in (*self.feature_layers, *self.hidden, self.final):
            images = steps[layer.name] = layer(images)
        return steps

    def call(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """A batch of points, numbers and rotations -> (B, outputs)."""
        return self.activations(self.rasterisation(inputs))["output"]


class DeepNetwork(VoxelNetwork):
    """The paper's network.

    Parameters
    ----------
    table, outputs : see `VoxelNetwork`
    filters : of the first segment; the second has twice as many and the third four times as many (32)
    """

    def __init__(self, table: NDArray[np.floating], filters: int = 32, outputs: int = 1, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(table, _segments(filters, ("add", "concatenate"), dtype), outputs, dtype=dtype, **kwargs)


class PlainNetwork(VoxelNetwork):
    """The deep network without skip connections; parameters as in `DeepNetwork`."""

    def __init__(self, table: NDArray[np.floating], filters: int = 32, outputs: int = 1, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(table, _segments(filters, ("nothing", "nothing"), dtype), outputs, dtype=dtype, **kwargs)


class ShallowNetwork(VoxelNetwork):
    """Three convolutions, each with max pooling; parameters as in `DeepNetwork`, all convolutions have as many filters."""

    def __init__(self, table: NDArray[np.floating], filters: int = 32, outputs: int = 1, dtype: Any = None, **kwargs: Any) -> None:
        layers: list[keras.layers.Layer] = []
        for number in (1, 2, 3):
            layers.append(convolution(filters, f"convolution_{number}", dtype))
            layers.append(keras.layers.MaxPooling3D(2, name=f"pool_{number}", dtype=dtype))
        super().__init__(table, [*layers, keras.layers.Flatten(name="flatten", dtype=dtype)], outputs, dtype=dtype, **kwargs)


def _segments(filters: int, merges: tuple[str, str], dtype: Any) -> list[keras.layers.Layer]:
    """Seven blocks in three segments, each of which ends with pooling; the last block of the first two doubles the channels."""
    add, double = merges
    layers: list[keras.layers.Layer] = [convolution(filters, "convolution", dtype)]
    for segment, blocks in enumerate(((add, double), (add, add, double), (add, add)), start=1):
        for number, merge in enumerate(blocks, start=1):
            layers.append(Block(filters * 2 ** (segment - 1), merge, name=f"block_{segment}_{number}", dtype=dtype))
        layers.append(keras.layers.AveragePooling3D(2, name=f"pool_{segment}", dtype=dtype))
    return [*layers, keras.layers.Flatten(name="flatten", dtype=dtype)]


def symbolic_batch() -> dict[str, Any]:
    """A batch of one image of one point, of shapes and types alone: enough to create a network's variables, and no work."""
    return {
        "points": keras.Input(batch_shape=(1, 1, 3), dtype="float32"),
        "numbers": keras.Input(batch_shape=(1, 1), dtype="int32"),
        "rotations": keras.Input(batch_shape=(1, 3, 3), dtype="float32"),
    }
