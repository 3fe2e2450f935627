"""The weights of the eight published CGCNN models in this project's network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recryst.errors import BadInputError
from recryst.models.cgcnn import GatedNetwork, symbolic_batch

NORMALISATION = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def published_network(weights: Mapping[str, NDArray[np.floating]], atom_table: NDArray[np.floating]) -> GatedNetwork:
    """Build Eq. 5's network and load published weights into it.

    Parameters
    ----------
    weights : arrays under the names of the released PyTorch code (``embedding.weight``, ``convs.0.fc_full.weight`` …),
        matrices as (out, in)
    atom_table : (101, 92) the released atom features by atomic number

    Returns
    -------
    The network; its output is the standardised property, or the logits of semiconductor and metal.

    Raises
    ------
    BadInputError : an array is missing, left over, or of the wrong shape
    """
    for name in ("embedding.bias", "conv_to_fc.bias", "fc_out.bias"):
        if name not in weights:
            raise BadInputError(f"The published weights lack the array {name}.")
    units = len(weights["embedding.bias"])
    convolutions = len([name for name in weights if name.endswith("fc_full.bias")])
    extra = [name.removesuffix(".weight") for name in weights if name.startswith("fcs.") and name.endswith(".weight")]
    hidden = ["conv_to_fc", *sorted(extra)]
    outputs = len(weights["fc_out.bias"])
    network = GatedNetwork(atom_table, units, convolutions, len(weights["conv_to_fc.bias"]), len(hidden), outputs)
    network(symbolic_batch())
    used: set[str] = set()

    def linear(layer: Any, name: str) -> None:
        _assign(layer.kernel, weights, f"{name}.weight", used, transpose=True)
        _assign(layer.bias, weights, f"{name}.bias", used)

    def normalisation(layer: Any, name: str, columns: slice) -> None:
        for variable, suffix in NORMALISATION.items():
            _assign(getattr(layer, variable), weights, f"{name}.{suffix}", used, columns=columns)

    linear(network.embedding, "embedding")
    for i, layer in enumerate(network.convolutions):
        name = f"convs.{i}.fc_full"
        # columns: gate, core; rows: v_i, v_j, u of the concatenation
        for half, columns in ((layer.gate, slice(0, units)), (layer.core, slice(units, None))):
            parts = {half.centre: slice(units), half.neighbour: slice(units, 2 * units), half.bond: slice(2 * units, None)}
            for part, rows in parts.items():
                _assign(part.kernel, weights, f"{name}.weight", used, transpose=True, rows=rows, columns=columns)
            _assign(half.centre.bias, weights, f"{name}.bias", used, columns=columns)
            normalisation(half.normalise, f"convs.{i}.bn1", columns)
        normalisation(layer.normalise, f"convs.{i}.bn2", slice(None))
    for layer, name in zip(network.hidden, hidden, strict=True):
        linear(layer, name)
    linear(network.final, "fc_out")
    if left := sorted(set(weights) - used):
        raise BadInputError(f"The published weights hold arrays that this network has no place for: {', '.join(left[:3])}.")
    return network


def _assign(
    variable: Any,
    weights: Mapping[str, NDArray[np.floating]],
    name: str,
    used: set[str],
    transpose: bool = False,
    rows: slice = slice(None),
    columns: slice = slice(None),
) -> None:
    if name not in weights:
        raise BadInputError(f"The published weights lack the array {name}.")
    array = weights[name].T if transpose else weights[name]
    value = array[rows, columns] if array.ndim == 2 else array[columns]
    if tuple(variable.shape) != value.shape:
        raise BadInputError(f"The published array {name} has shape {weights[name].shape}, which does not fit {tuple(variable.shape)}.")
    variable.assign(value)
    used.add(name)
