"""Batch normalisation over rows, as PyTorch does it, with padded rows left out, and its gradient in closed form."""

from typing import Any

import keras
from keras import ops


class RowNormalization(keras.layers.Layer):
    r"""Normalise each column over all other axes: :math:`y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta`.

    Differs from `keras.layers.BatchNormalization` in two points that the published networks depend on: the running
    variance is the unbiased one, :math:`\sigma^2 n / (n - 1)`, and rows whose mask is 0 (atoms that only pad a batch to
    a fixed shape) count neither in the mean nor in the variance.

    Parameters
    ----------
    momentum : weight of the old running statistics (Keras's convention; PyTorch's 0.1 is 0.9 here)
    epsilon : added to the variance
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5, **kwargs: Any) -> None:
        # float32 whatever the precision of the network: sums over 10^5 rows don't fit in bfloat16
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape: tuple[Any, ...]) -> None:
        """Create scale, shift and running statistics for the columns."""
        columns = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=columns, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=columns, initializer="zeros")
        self.moving_mean = self.add_weight(name="moving_mean", shape=columns, initializer="zeros", trainable=False)
        self.moving_variance = self.add_weight(name="moving_variance", shape=columns, initializer="ones", trainable=False)

    def call(self, inputs: Any, training: bool = False, row_mask: Any = None) -> Any:
        """(..., columns) -> the same shape; ``row_mask`` of the leading shape, 1 for rows that count."""
        columns = inputs.shape[-1]
        rows = ops.reshape(ops.cast(inputs, "float32"), (-1, columns))
        if training:
            # a mask of one row stands for no mask
            mask = ops.ones((1, 1)) if row_mask is None else ops.reshape(ops.cast(row_mask, "float32"), (-1, 1))
            mean, variance, count = _statistics(ops.stop_gradient(rows), mask)
            self._remember(mean, variance * count / ops.maximum(count - 1.0, 1.0))
            # cast: TensorFlow's custom gradients take tensors, not variables
            normalised = _normalised(
                rows,
                ops.cast(self.gamma, "float32"),
                ops.cast(self.beta, "float32"),
                mask,
                mean,
                ops.rsqrt(variance + self.epsilon),
                count,
            )
        else:
            scale = self.gamma * ops.rsqrt(self.moving_variance + self.epsilon)
            normalised = rows * scale + (self.beta - self.moving_mean * scale)
        return ops.cast(ops.reshape(normalised, ops.shape(inputs)), inputs.dtype)

    def _remember(self, mean: Any, variance: Any) -> None:
        self.moving_mean.assign(self.momentum * self.moving_mean + (1 - self.momentum) * mean)
        self.moving_variance.assign(self.momentum * self.moving_variance + (1 - self.momentum) * variance)


def _statistics(rows: Any, mask: Any) -> tuple[Any, Any, Any]:
    """Mean and biased variance of each column over the rows that count, and their number.

    As matrix products, which a CPU does three times faster than reductions (measured).
    """
    mask = ops.broadcast_to(mask, (ops.shape(rows)[0], 1))
    count = ops.sum(mask)
    weight = ops.transpose(mask) / count
    mean = ops.matmul(weight, rows)[0]
    return mean, ops.matmul(weight, ops.square(rows - mean))[0], count


@ops.custom_gradient
def _normalised(rows: Any, gamma: Any, beta: Any, mask: Any, mean: Any, inverse_deviation: Any, count: Any) -> Any:
    r"""Scale and shift the rows; the gradient includes the way through mean and variance.

    With :math:`\hat x = (x - \mu) / \sigma`,
    :math:`\partial x = \gamma / \sigma \, (\partial y - \overline{\partial y} - \hat x \overline{\partial y \, \hat x})`:
    seven passes over the rows, where automatic differentiation takes fifteen (measured: a training step of the whole
    network is a tenth faster).
    """
    scale = gamma * inverse_deviation

    def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, ...]:
        change = arguments[0] if upstream is None else upstream
        ones = ops.ones((1, ops.shape(rows)[0]))
        total = ops.matmul(ones, change)[0]
        against_rows = inverse_deviation * (ops.matmul(ones, change * rows)[0] - mean * total)
        slope = -scale * inverse_deviation * against_rows / count
        rest = -scale * total / count - slope * mean
        through_statistics = slope * rows + rest
        if mask.shape[0] != 1:
            through_statistics = through_statistics * mask
        nothing = (ops.zeros_like(mask), ops.zeros_like(mean), ops.zeros_like(inverse_deviation), ops.zeros_like(count))
        return (scale * change + through_statistics, against_rows, total, *nothing)

    return rows * scale + (beta - mean * scale), gradient
