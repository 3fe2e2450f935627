"""What the ESNet chapter rebuilds: the network as its released code has it. Layers and numbers are read off the built network."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from recryst.chapters.evidence import results
from recryst.features.states import ENERGIES, ORBITALS, PLACES
from recryst.models import esnet
from recryst.models.esnet import Branch, StatesNetwork, Unit
from recryst.notation import extents

COLUMNS = ["name", "shape", "parameters", "kind", "inputs"]
"""Of a layer that is drawn: its name, the shape of its output, its parameters, what shares its colour, and whose output it takes."""
DRAWN = 2
"""Block whose first unit is drawn: it has more channels than its input, so that no layer is missing."""

Row = tuple[str, str, int, str, str]


def build(places: int = PLACES, embedded: int = esnet.EMBEDDED) -> StatesNetwork:
    """The network with its variables created.

    Parameters
    ----------
    places, embedded : length of the vector of elements, and of what it is embedded into
    """
    network = StatesNetwork(embedded=embedded)
    network(esnet.symbolic_batch(places))
    return network


def layers(network: StatesNetwork) -> pd.DataFrame:
    """The network from the densities of states to the energy, in `COLUMNS` (Fig. 2a)."""
    of_spins = {spin: _of_branch(branch, spin) for spin, branch in network.branches.items()}
    ends = ", ".join(rows[-1][0] for rows in of_spins.values())
    filters, places = network.join[0].filters, int(network.embedding.kernel.shape[0])
    rows: list[Row] = [
        *(row for rows in of_spins.values() for row in rows),
        ("convolution over both spins", extents(_shapes(network.branches["up"])[-1][0], filters), _count(network.join), "join", ends),
        ("mean over energies", str(filters), 0, "join", "convolution over both spins"),
        ("elements", str(places), 0, "input", ""),
        ("embedded elements", str(network.embedding.units), _count([network.embedding]), "embedding", "elements"),
    ]
    before = "mean over energies, embedded elements"
    for number, layer in enumerate((*network.hidden, network.final), start=1):
        name = "formation energy" if layer is network.final else f"dense layer {number}"
        rows.append((name, str(layer.units), _count([layer]), "dense", before))
        before = name
    return pd.DataFrame(rows, columns=COLUMNS)


def unit_layers(network: StatesNetwork) -> pd.DataFrame:
    """A residual unit, the first of block `DRAWN`, in `COLUMNS` (Fig. 2b)."""
    branch = network.branches["up"]
    unit = branch.blocks[DRAWN - 1][1]
    before, after = (extents(*_shapes(branch)[branch.steps.index(unit) + place]) for place in (-1, 0))
    rows: list[Row] = [("input of the unit", before, 0, "input", "")]
    for steps in (unit.steps, unit.shortcut):
        above = rows[0][0]
        for layer in steps:
            rows.append((_words(layer), after, _count([layer]), _words(layer).split(" ")[0], above))
            above = rows[-1][0]
    ends = f"{_words(unit.steps[-1])}, {_words(unit.shortcut[-1])}"
    return pd.DataFrame([*rows, ("sum and ReLU", after, 0, "sum", ends)], columns=COLUMNS)


def attention_layers(network: StatesNetwork) -> pd.DataFrame:
    """The attention in that unit, over channels and then over energies, in `COLUMNS` (Fig. A2)."""
    branch = network.branches["up"]
    unit = branch.blocks[DRAWN - 1][1]
    over_channels, over_energies = unit.steps[-2:]
    energies, channels = _shapes(branch)[branch.steps.index(unit)]
    signal, squeezed = extents(energies, channels), over_channels.steps[0].units
    rows: list[Row] = [
        ("signal", signal, 0, "signal", ""),
        ("mean and maximum", extents(2, channels), 0, "pooling", "signal"),
        ("dense layer and ReLU", extents(2, squeezed), _count(over_channels.steps[:1]), "dense", "mean and maximum"),
        ("dense layer", extents(2, channels), _count(over_channels.steps[1:]), "dense", "dense layer and ReLU"),
        ("sigmoid of their sum", extents(channels), 0, "weights", "dense layer"),
        ("signal × weights of channels", signal, 0, "signal", "signal, sigmoid of their sum"),
        ("maximum and mean", extents(energies, 2), 0, "pooling", "signal × weights of channels"),
        ("convolution and sigmoid", extents(energies), _count([over_energies]), "weights", "maximum and mean"),
        ("signal × weights of energies", signal, 0, "signal", "signal × weights of channels, convolution and sigmoid"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def parts(network: StatesNetwork) -> pd.DataFrame:
    """The network, part by part.

    Returns
    -------
    part, parameters, of these trained (the others are means and variances of batch normalisations)
    """
    branches = list(network.branches.values())
    of_parts: dict[str, Sequence[Any]] = {
        "entries of both spins": [layer for branch in branches for layer in branch.entry],
        "blocks of both spins": [layer for branch in branches for block in branch.blocks for layer in block],
        "convolution over both spins": network.join,
        "embedding of the elements": [network.embedding],
        "dense layers": [*network.hidden, network.final],
    }
    rows = [(part, _count(steps), _trained(steps)) for part, steps in of_parts.items()]
    return pd.DataFrame(rows, columns=["part", "parameters", "of these trained"])


def network_results(network: StatesNetwork) -> pd.DataFrame:
    """Fig. 2 and the text on the network: what the built one has."""
    branches = list(network.branches.values())
    total = parts(network)
    blocks = branches[0].blocks
    units = [unit for block in blocks for unit in block[1:]]
    kernels = {layer.kernel_size[0] for unit in units for layer in unit.steps if hasattr(layer, "filters")}
    weights = [{variable.path for variable in branch.weights} for branch in branches]
    found: dict[tuple[str, str], Any] = {
        ("text-network", "parameters"): int(total["parameters"].sum()),
        ("text-network", "trainable-parameters"): int(total["of these trained"].sum()),
        ("text-network", "input-channels"): int(branches[0].entry[0].kernel.shape[1]),
        ("text-network", "blocks"): len(blocks),
        ("text-network", "units"): len(units) // len(blocks),
        ("text-network", "convolutions"): sum(hasattr(layer, "filters") for unit in units for layer in unit.steps) // len(units),
        ("text-network", "kernel"): kernels.pop() if len(kernels) == 1 else None,
        ("text-network", "widths"): tuple(str(block[-1].steps[0].filters) for block in blocks),
        ("text-network", "join/width"): network.join[0].filters,
        ("text-network", "join/kernel"): network.join[0].kernel_size[0],
        ("text-network", "composition/units"): network.embedding.units,
        ("text-network", "composition/activation"): _activation(network.embedding),
        ("text-features", "orbitals"): int(branches[0].entry[0].kernel.shape[1]),
        ("text-features", "channels"): sum(int(branch.entry[0].kernel.shape[1]) for branch in branches),
        ("text-features", "composition/length"): int(network.embedding.kernel.shape[0]),
        # one for each spin, and the convolution over both
        ("figure-2a", "featurizers"): len(branches) + 1,
        ("figure-2a", "spins-share-no-weights"): weights[0].isdisjoint(weights[1]),
        ("figure-2b", "attention-units"): sum(_attends(unit) for unit in units) // len(blocks),
        ("figure-2b", "blocks-joined-by-average-pooling"): all(type(block[0]).__name__ == "AveragePooling1D" for block in blocks),
    }
    return results(*((*key, value, None) for key, value in found.items()))


def _of_branch(branch: Branch, spin: str) -> list[Row]:
    shapes = dict(zip(branch.steps, _shapes(branch), strict=True))
    rows: list[Row] = [(f"states of spin {spin}", extents(len(ENERGIES), len(ORBITALS)), 0, "input", "")]
    steps: dict[str, Sequence[Any]] = {
        "entry": branch.entry,
        **{f"block {number}": block for number, block in enumerate(branch.blocks, start=1)},
    }
    for name, group in steps.items():
        rows.append((f"{name} of spin {spin}", extents(*shapes[group[-1]]), _count(group), name.split(" ")[0], rows[-1][0]))
    return rows


def _shapes(branch: Branch) -> list[tuple[int, ...]]:
    """Energies and channels that each step of a branch gives."""
    start: tuple[int, ...] = (1, len(ENERGIES), len(ORBITALS))
    after = accumulate(branch.steps, lambda shape, layer: layer.compute_output_shape(shape), initial=start)
    return [shape[1:] for shape in after][1:]


def _count(steps: Iterable[Any]) -> int:
    return sum(int(layer.count_params()) for layer in steps)


def _trained(steps: Iterable[Any]) -> int:
    return sum(int(np.prod(weight.shape)) for layer in steps for weight in layer.trainable_weights)


def _attends(unit: Unit) -> bool:
    """Whether a unit's signal is weighted over channels and then over energies, before it is added to the shortcut's."""
    return [type(layer) for layer in unit.steps[-2:]] == [esnet.ChannelAttention, esnet.EnergyAttention]


def _activation(layer: Any) -> str:
    name = str(layer.activation.__name__)
    return "without activation functions" if name == "linear" else name


def _words(layer: Any) -> str:
    return layer.name.replace("_", " ")
