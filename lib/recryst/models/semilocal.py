"""A learned semilocal functional of the charge density, beside the composition; not from a paper.

The charge-density paper's networks look at images: they have to learn that neither origin nor orientation matters, with some
twenty million numbers. Density functional theory writes an energy as an integral over the cell of a function of the density and its
derivatives at each point, E = ∫ f(n, s, q) d³r, in which both hold by construction. Elastic moduli are energies per volume: here f is a
small network, the same at all points, its mean over the cell a vector, and fully connected layers join this with what is known of the
composition and of the structure.
"""

from typing import Any

import keras
from keras import ops

from recryst.models.charge_density import FARTHEST, ElasticNetwork, Standardised

ACTIVATION = "gelu"
"""Of all layers but the last: a functional has derivatives, which one with kinks would lack."""


class SemilocalNetwork(ElasticNetwork):
    """A function of the density at each point, its mean over the cell, and fully connected layers.

    Takes ``points``, (B, points, descriptors), ``shares`` of the cell, (B, points), that they stand for, and ``magpie``, (B, columns).

    Parameters
    ----------
    columns : statistics of the composition, and of the structure
    descriptors : of the density at a point, see `recryst.features.density_descriptors`
    at_points : units of the layers of the function of the density
    """

    def __init__(
        self, columns: int, descriptors: int, at_points: tuple[int, ...] = (32, 32), widths: tuple[int, ...] = (128, 64), **kwargs: Any
    ) -> None:
        super().__init__(widths, activation=ACTIVATION, **kwargs)
        self.standard = Standardised(columns, dtype="float32", name="standard")
        self.standard_points = Standardised(descriptors, dtype="float32", name="standard_points")
        self.at_points = [
            keras.layers.Dense(width, activation=ACTIVATION, name=f"at_points_{i}", dtype=self.dtype_policy)
            for i, width in enumerate(at_points, start=1)
        ]

    def features(self, inputs: dict[str, Any]) -> Any:
        """A batch -> (B, width at points + columns)."""
        values = self.standard_points(inputs["points"])
        for layer in self.at_points:
            values = layer(values)
        integral = ops.einsum("bp,bpw->bw", ops.cast(inputs["shares"], values.dtype), values)
        composition = ops.clip(self.standard(inputs["magpie"]), -FARTHEST, FARTHEST)
        return ops.concatenate([integral, ops.cast(composition, values.dtype)], axis=-1)


def symbolic_batch(columns: int, descriptors: int) -> dict[str, Any]:
    """A batch of one crystal and one point, of shapes and types alone: enough to create a network's variables, and no work."""
    return {
        "points": keras.Input(batch_shape=(1, 1, descriptors), dtype="float32"),
        "shares": keras.Input(batch_shape=(1, 1), dtype="float32"),
        "magpie": keras.Input(batch_shape=(1, columns), dtype="float32"),
    }
