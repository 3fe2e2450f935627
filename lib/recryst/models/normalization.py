"""Batch normalisation over rows, as PyTorch does it, with padded rows left out."""

from typing import Any

import keras
from keras import ops


class RowNormalization(keras.layers.Layer):
    r"""Normalise each column over all other axes: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    Differs from `keras.layers.BatchNormalization` in two points that the published networks depend on: the running
    variance is the unbiased one, :math:`\sigma^2 n / (n - 1)`, and rows whose mask is 0 (atoms that only pad a batch to
    a fixed shape) count neither in the mean nor in the variance.

    Parameters
    ----------
    momentum : weight of the old running statistics (Keras's convention; PyTorch's 0.1 is 0.9 here)
    epsilon : added to the variance
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create scale, shift and running statistics for the columns."""
        columns = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=columns, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=columns, initializer="zeros")
        self.moving_mean = self.add_weight(name="moving_mean", shape=columns, initializer="zeros", trainable=False)
        self.moving_variance = self.add_weight(name="moving_variance", shape=columns, initializer="ones", trainable=False)

    def call(self, inputs: Any, training: bool = False, row_mask: Any = None) -> Any:
        """(..., columns) -> the same shape; ``row_mask`` of the leading shape, 1 for rows that count."""
        if not training:
            return self._scaled(inputs, self.moving_mean, self.moving_variance)
        # statistics in float32 whatever the precision of the layer: sums over 10^5 rows don't fit in bfloat16
        rows = ops.reshape(ops.cast(inputs, "float32"), (-1, inputs.shape[-1]))
        weight = ops.ones((1, ops.shape(rows)[0])) if row_mask is None else ops.reshape(ops.cast(row_mask, "float32"), (1, -1))
        count = ops.sum(weight)
        # sums over rows as matrix products: measured three times faster on a CPU than a reduction
        mean = ops.matmul(weight / count, rows)[0]
        variance = ops.matmul(weight / count, ops.square(rows - mean))[0]
        unbiased = variance * count / ops.maximum(count - 1.0, 1.0)
        self.moving_mean.assign(self.momentum * self.moving_mean + (1 - self.momentum) * mean)
        self.moving_variance.assign(self.momentum * self.moving_variance + (1 - self.momentum) * unbiased)
        return self._scaled(inputs, mean, variance)

    def _scaled(self, inputs: Any, mean: Any, variance: Any) -> Any:
        scale = ops.cast(self.gamma, "float32") * ops.rsqrt(ops.cast(variance, "float32") + self.epsilon)
        shift = ops.cast(self.beta, "float32") - ops.cast(mean, "float32") * scale
        return inputs * ops.cast(scale, inputs.dtype) + ops.cast(shift, inputs.dtype)
