"""What the charge-density chapter rebuilds: the four networks, whose layers and numbers are read off the built models."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from recryst.chapters import benchmark
from recryst.chapters.charge_density.names import BEYOND
from recryst.chapters.evidence import results
from recryst.features import density, density_images, magpie
from recryst.models.charge_density import (
    FARTHEST,
    GRID,
    Branch,
    CompositionNetwork,
    ElasticNetwork,
    FusionNetwork,
    ProjectionNetwork,
    VolumeNetwork,
)
from recryst.notation import extents
from recryst.training import density_batches, networks
from recryst.training.configuration import Configuration

NETWORKS = {
    "density-volume": "3D CNN on densities",
    "density-projection": "2D CNN on densities",
    "composition-image": "CNN on Magpie",
    "density-fusion": "fusion",
}
"""Networks by the name that a configuration gives them, and by what readers call them."""
SIDE = 12
"""Points along each edge of the image that Magpie's statistics fill."""


def build(name: str) -> Any:
    """One of `NETWORKS`; the fusion with the networks that it joins counted among what is trained, as they are beforehand."""
    settings = {"joined": "trained"} if name == "density-fusion" else {}
    return networks.build(Configuration.checked(task="", network=name, **settings), classification=False)


def layers(network: ElasticNetwork) -> pd.DataFrame:
    """Rows name, shape, parameters, kind of a built network, in the order in which a crystal passes them (Figs. 2 and 3)."""
    if isinstance(network, FusionNetwork):
        return _fused(network)
    if isinstance(network, CompositionNetwork):
        rows = [("Magpie's statistics, as an image", extents(SIDE, SIDE), 0, "input")]
        rows += _walk(network.steps, (1, SIDE, SIDE, 1))
    elif isinstance(network, VolumeNetwork):
        rows = [("density", extents(GRID, GRID, GRID), 0, "input")]
        rows += _walk(network.steps, (1, GRID, GRID, GRID, 1))
    else:
        rows = _of_branches(network)
    return pd.DataFrame([*rows, *_dense(network)], columns=["name", "shape", "parameters", "kind"])


def parameters(built: dict[str, Any]) -> pd.DataFrame:
    """Rows network, parameters, of convolutions, of fully connected layers; the fusion with the two networks that it joins."""
    rows = []
    for name, network in built.items():
        dense = sum(layer.count_params() for layer in (*network.hidden, network.final))
        total = _count(network)
        rows.append((NETWORKS[name], total, total - dense, dense))
    return pd.DataFrame(rows, columns=["network", "parameters", "of all before the last layers", "of the last fully connected layers"])


def network_results(built: dict[str, Any]) -> pd.DataFrame:
    """Figs. 2 and 3, Section 2.3 and 3.1: kernels, strides, filters and neurons of the built networks."""
    volume, projection = built["density-volume"], built["density-projection"]
    composition, fusion = built["composition-image"], built["density-fusion"]
    first, second, pool = volume.steps[:3]
    squeeze, one, two, flat = projection.branches[0].steps[:4]
    small = [layer for layer in composition.steps if hasattr(layer, "filters")]
    mean = next(layer for layer in composition.steps if hasattr(layer, "pool_size"))
    found: dict[tuple[str, str], Any] = {
        ("figure-2", "convolutions"): sum(hasattr(layer, "filters") for layer in volume.steps),
        ("figure-2", "dense-layers"): len(volume.hidden),
        ("figure-2", "first-kernel"): _words(first.kernel_size),
        ("figure-2", "second-kernel"): _words(second.kernel_size),
        ("figure-2", "first-filters"): first.filters,
        ("figure-2", "pooling"): _words(pool.pool_size),
        ("figure-3", "branches"): len(projection.branches),
        ("figure-3", "squeeze/filters"): squeeze.projection.filters,
        ("figure-3", "squeeze/input"): _words((GRID,) * 3),
        ("figure-3", "squeeze/output"): _words(squeeze.compute_output_shape((GRID,) * 3)),
        ("figure-3", "squeeze/dense"): _words((squeeze.squeeze.units, squeeze.excitation.units)),
        ("figure-3", "first-convolution/filters"): one.filters,
        ("figure-3", "first-convolution/kernel"): _words(one.kernel_size),
        ("figure-3", "second-convolution/filters"): two.filters,
        ("figure-3", "second-convolution/kernel"): _words(two.kernel_size),
        ("figure-3", "second-convolution/stride"): _words(two.strides),
        ("figure-3", "pooling/size"): _words(flat.pool_size),
        ("figure-3", "concatenated"): int(projection.hidden[0].kernel.shape[0]),
        ("figure-3", "dense-layers"): len(projection.hidden),
        ("figure-3", "dense"): _words(layer.units for layer in projection.hidden),
        ("text-magpie", "elemental-properties"): len(magpie.PROPERTIES),
        ("text-magpie", "zeros"): SIDE**2 - len(magpie.names()),
        ("text-magpie", "matrix"): _words((SIDE, SIDE)),
        ("text-magpie", "pooling"): _words(mean.pool_size),
        ("text-magpie", "dense"): _words(layer.units for layer in composition.hidden),
        ("text-fusion", "latent"): int(fusion.hidden[0].kernel.shape[0]),
        ("text-fusion", "dense"): _words(layer.units for layer in fusion.hidden),
    }
    for place, layer in zip(("first", "second", "third"), small, strict=True):
        found |= {
            ("text-magpie", f"{place}-convolution/kernel"): _words(layer.kernel_size),
            ("text-magpie", f"{place}-convolution/stride"): _words(layer.strides),
            ("text-magpie", f"{place}-convolution/filters"): layer.filters,
        }
    return results(*((*key, value, None) for key, value in found.items()))


def training_results() -> pd.DataFrame:
    """Section 2.4: what the recipes of the networks are by default."""
    of = {name: Configuration.checked(task="", network=name) for name in NETWORKS}
    losses = {"mae": "mean absolute error", "mse": "mean squared error"}
    return results(
        ("text-training", "folds", of["density-projection"].folds, None),
        ("text-training", "grid", _words((density.SIZE,) * 3), None),
        ("text-training", "magpie-cnn/learning-rate", of["composition-image"].learning_rate, None),
        ("text-training", "magpie-cnn/batch", of["composition-image"].batch_size, None),
        ("text-training", "density-3d-cnn/learning-rate", of["density-volume"].learning_rate, None),
        ("text-training", "density-2d-cnn/learning-rate", of["density-projection"].learning_rate, None),
        (
            "text-training",
            "density-2d-cnn/drop",
            f"0.5^⌊epoch/{networks.HALVED_AFTER}⌋" if of["density-projection"].schedule == "halving" else "1",
            None,
        ),
        ("text-training", "loss", losses[of["density-volume"].loss], None),
        ("text-fusion", "learning-rate", of["density-fusion"].learning_rate, None),
    )


def recipes(planned: Sequence[Configuration]) -> pd.DataFrame:
    """How networks are trained, of which the text says a part for those of the paper's tables.

    Parameters
    ----------
    planned : runs of a plan; the first of each network says how it is trained
    """
    inputs = {
        "densities": f"logarithm of the density, of {density_batches.LOWEST:g} electrons/Å³ at least, standardised",
        "compositions": f"{len(magpie.names())} statistics, standardised, within {FARTHEST:g} deviations of the mean",
        "densities and compositions": "both",
        "points of densities and compositions": "logarithm, reduced gradient and reduced Laplacian of the density; statistics, structure",
        "graphs": "atoms and their nearest neighbours",
    }
    rows: dict[str, tuple[Any, ...]] = {}
    for one in planned:
        momentum = f", momentum {one.momentum:g}" if one.optimiser == "sgd" else ""
        rate, words = f"{one.learning_rate:g}, {one.schedule}", {"sgd": "stochastic gradient descent", "adam": "Adam", "adamw": "AdamW"}
        how = (inputs[one.takes], words[one.optimiser] + momentum, rate, one.epochs, one.batch_size, 100 * one.validation)
        rows.setdefault(one.network, how)
    columns = ["is given", "optimiser", "learning rate", "epochs", "crystals in a batch", "of training crystals validate, %"]
    table = pd.DataFrame(rows.values(), columns=columns)
    table.insert(0, "network", [{**NETWORKS, **BEYOND, "gated": "CGCNN"}[name] for name in rows])
    return table


def speeds() -> pd.DataFrame:
    """Speed of what makes images of densities and Magpie's statistics, on one core, beside that of other code.

    Returns
    -------
    what (is counted in a second), this project, other code, its speed, ratio (of the two speeds)
    """
    rows = benchmark.speeds("density images", "composition vectors")
    told = [(row["name"], round(row["ours"]), row["peer"], round(row["peer_speed"]), round(row["ratio"], 1)) for row in rows]
    return pd.DataFrame(told, columns=["what", "this project", "other code", "its speed", "ratio"])


def branch_difference(images: list[Any]) -> float:
    """Largest difference between what the three branches of the 2D CNN see of a density, in percent of its maximum, over some densities.

    Parameters
    ----------
    images : (60, 60, 60) each, as interpolated, before symmetry is used
    """
    views = [[np.transpose(image, order) for order in ((1, 2, 0), (0, 2, 1), (0, 1, 2))] for image in images]
    return 100 * max(float(np.abs(view - seen[2]).max() / seen[2].max()) for seen in views for view in seen[:2])


def stored_points() -> int:
    """How many of an image's points symmetry leaves to be stored."""
    return len(density_images.shares())


def _of_branches(network: ProjectionNetwork) -> list[tuple[str, str, int, str]]:
    branch: Branch = network.branches[0]
    steps = _walk(branch.steps, (1, GRID, GRID, GRID))
    rows = [("density, along x, y and z", f"3 × {extents(GRID, GRID, GRID)}", 0, "input")]
    rows += [(name, f"3 × {shape}", 3 * count, kind) for name, shape, count, kind in steps[:-1]]
    return [*rows, ("joined", str(network.hidden[0].kernel.shape[0]), 0, "flatten")]


def _fused(network: FusionNetwork) -> pd.DataFrame:
    rows: list[tuple[str, str, int, str, str]] = []
    for words, part in (("CNN on Magpie", network.composition), ("2D CNN on densities", network.density)):
        rows.append((f"{words} but its output", str(part.hidden[-1].units), _count(part), words, ""))
    rows.append(("joined", str(network.hidden[0].kernel.shape[0]), 0, "joined", ", ".join(name for name, *_ in rows)))
    for name, shape, count, kind in _dense(network):
        rows.append((name, shape, count, kind, rows[-1][0]))
    return pd.DataFrame(rows, columns=["name", "shape", "parameters", "kind", "inputs"])


def _count(network: ElasticNetwork) -> int:
    """Parameters that are trained: not what inputs are standardised with, nor outputs that fusion leaves out."""
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def _walk(steps: list[Any], shape: tuple[int, ...]) -> list[tuple[str, str, int, str]]:
    rows = []
    for layer in steps:
        shape = layer.compute_output_shape(shape)
        words = layer.name.replace("_", " ")
        rows.append((words, extents(*shape[1:]), int(layer.count_params()), words.split(" ")[0]))
    return rows


def _dense(network: ElasticNetwork) -> list[tuple[str, str, int, str]]:
    rows = [(layer.name.replace("_", " "), str(layer.units), int(layer.count_params()), "dense") for layer in network.hidden]
    return [*rows, ("output", str(network.final.units), int(network.final.count_params()), "dense")]


def _words(numbers: Any) -> tuple[str, ...]:
    return tuple(str(int(number)) for number in numbers)
