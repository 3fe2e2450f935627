"""What the voxel-CNN chapter rebuilds: images of crystals, and the network, whose numbers are read off the built model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from recryst import elements, parallel
from recryst.chapters.evidence import results
from recryst.chapters.voxel_cnn.evidence import Reanalysis
from recryst.crystals import Crystals
from recryst.datasets import mp_structures
from recryst.features import channels, images, rotations, voxels
from recryst.models.voxel_cnn import Block, VoxelNetwork
from recryst.notation import extents
from recryst.training import networks
from recryst.training.configuration import VOXEL_RECIPE, Configuration

JOINED = {"add": "added", "concatenate": "laid beside", "nothing": "none"}
"""How a skip connection joins, in words."""
ACCEPTED = "accepted"
KEPT, LEFT_OUT, EMBEDDED = "kept by the authors", "in none of their tables", "embedded crystals"
REASONS = {"can share a voxel": "two atoms can share a voxel", "more than the box": "its atoms span more than the box"}
"""Filters by what their sentences hold, and in words."""
WAYS: tuple[tuple[str, rotations.Kind], ...] = (("uniform (Haar)", "haar"), ("three uniform angles (released)", "released"))
"""Random rotations, by what readers call them."""
POLES = {"haar": "uniform-rotations", "released": "three-uniform-angles-as-released"}
"""The same in the ids of values."""


def build(name: str) -> VoxelNetwork:
    """A network of the paper's width: "deep", "plain" (without skip connections) or "shallow"."""
    return networks.build(Configuration.checked(task="", network=f"voxel-{name}"), classification=False)


def layers(network: VoxelNetwork) -> pd.DataFrame:
    """Rows name, shape, parameters, kind of a built network, in the order in which an image passes them (Fig. S11)."""
    steps = network.activations(np.zeros((1, voxels.BINS, voxels.BINS, voxels.BINS, 3), np.float32))
    rows: list[tuple[str, str, int, str]] = [("image", extents(*steps["image"].shape[1:]), 0, "image")]
    for layer in (*network.feature_layers, *network.hidden, network.final):
        words = layer.name.replace("_", " ")
        kind = words.split(" ")[0].replace("output", "hidden")
        if isinstance(layer, Block):
            segment, number = layer.name.split("_")[1:]
            words = f"residual block {segment}.{number}, {JOINED[layer.merge]}"
        rows.append((words, extents(*steps[layer.name].shape[1:]), int(layer.count_params()), kind))
    return pd.DataFrame(rows, columns=["name", "shape", "parameters", "kind"])


def network_results(deep: VoxelNetwork, shallow: VoxelNetwork) -> pd.DataFrame:
    """Figs. 1 and S11, Table I and Section IV: layers and parameters of the built networks."""
    walk = _walk(deep)
    (one, two, three), dense = walk["segments"], [*deep.hidden, deep.final]
    first = deep.feature_layers[0]
    found: dict[tuple[str, str], Any] = {
        ("text-network", "parameters"): int(deep.count_params()),
        ("text-network", "convolutions"): walk["convolutions"],
        ("text-network", "skip-connections"): walk["skips"],
        ("text-network", "pooling-layers"): len(walk["pooled after"]),
        ("text-network", "kernel"): int(first.kernel_size[0]),
        ("text-network", "stride"): int(first.strides[0]),
        ("figure-1", "residual-blocks"): walk["skips"],
        ("figure-1", "first-pooling"): walk["pooled after"][0],
        ("figure-1", "second-pooling"): walk["pooled after"][1],
        ("figure-1", "third-pooling"): walk["pooled after"][2],
        ("figure-s11", "first-convolution/channels"): tuple(str(size) for size in first.kernel.shape[-2:]),
        ("figure-s11", "flattened"): int(dense[0].kernel.shape[0]),
        ("figure-s11", "dense"): tuple(str(layer.units) for layer in dense),
        ("figure-s11", "convolutions-in-a-block"): walk["convolutions in a block"],
        ("table-1", "deep-cnn/convolutions"): walk["convolutions"],
        ("table-1", "shallow-cnn/convolutions"): _walk(shallow)["convolutions"],
    }
    for number, segment in enumerate((one, two, three), start=1):
        found |= {("figure-s11", f"segment-{number}/{name}"): value for name, value in segment.items()}
    return results(*((*key, value, None) for key, value in found.items()))


def representation_results() -> pd.DataFrame:
    """Section IV and Fig. S1: the box, its voxels and channels, and which crystals are kept."""
    table = channels.table()
    lanthanum = 57
    rows = results(
        ("text-representation", "box", voxels.EDGE, None),
        ("text-representation", "grid", voxels.BINS, None),
        ("text-representation", "channels", table.shape[1], None),
        ("text-representation", "diagonal", voxels.EDGE / voxels.BINS * np.sqrt(3), None),
        ("text-representation", "distance-kept", f"at least {voxels.CLOSEST} Å", None),
        ("text-representation", "distance-filtered", f"smaller than {voxels.CLOSEST} Å", None),
        ("text-representation", "lanthanide-and-actinide-group", round(float(table[lanthanum, 1] * 19), 4), None),
        ("figure-s1", "outer-box", f"a ball with the diagonal of the box, {2 * voxels.RADIUS:.2f} Å, for its diameter", None),
    )
    return rows.assign(unit=["angstrom" if name in ("box", "diagonal") else "" for name in rows["value_id"]])


def training_results() -> pd.DataFrame:
    """Section IV: what the recipe of the networks on images is by default."""
    configuration = Configuration.checked(task="", network="voxel-deep")
    adam = networks.optimiser(configuration, steps_per_epoch=1)
    return results(
        ("text-training", "epochs", VOXEL_RECIPE["epochs"], None),
        ("text-training", "batch", VOXEL_RECIPE["batch_size"], None),
        ("text-training", "learning-rate", VOXEL_RECIPE["learning_rate"], None),
        ("text-training", "first-decay", adam.beta_1, None),
        ("text-training", "second-decay", adam.beta_2, None),
        ("text-training", "epsilon", adam.epsilon, None),
        ("text-training", "loss", {"mse": "mean squared error"}[configuration.loss], None),
    )


def filtered(study: Reanalysis, jobs: int = 1) -> pd.DataFrame:
    """How many crystals the filters reject, and why: of those that the authors kept, and of those that are in none of their tables.

    The authors did not publish which crystals they left out; but today's snapshots of the database hold crystals that are in none
    of their tables, and most of these should be rejected. Of a stand-in, the embedded crystals.

    Returns
    -------
    crystals (`KEPT`, `LEFT_OUT` or `EMBEDDED`), reason ("accepted" or a filter), n, percent (of these crystals), example
    """
    crystals = mp_structures.load().crystals if study.is_released else study.predictions.crystals
    pieces = [crystals.take(part) for part in np.array_split(np.arange(len(crystals)), max(1, len(crystals) // 2000))]
    rejected = pd.concat(parallel.map(_rejections, pieces, jobs), ignore_index=True)
    reasons = rejected["reason"].map(lambda reason: next(words for words in REASONS if words in reason))
    table = pd.DataFrame({"id": crystals.ids.astype(object)})
    table["reason"] = table["id"].map(pd.Series(reasons.map(REASONS).to_numpy(), index=rejected["id"])).fillna(ACCEPTED)
    kept = table["id"].isin(study.predictions.table["id"])
    table["crystals"] = np.where(kept, KEPT, LEFT_OUT) if study.is_released else EMBEDDED
    counts = table.groupby(["crystals", "reason"])["id"].agg(n="size", example="first").reset_index()
    share = 100 * counts["n"] / counts.groupby("crystals")["n"].transform("sum")
    order = counts["crystals"].map([KEPT, LEFT_OUT, EMBEDDED].index)
    counts = counts.assign(percent=share.round(2), order=order).sort_values(["order", "n"], ascending=[True, False], ignore_index=True)
    return counts[["crystals", "reason", "n", "percent", "example"]]


def filter_results(counts: pd.DataFrame) -> list[tuple[str, float, int]]:
    """Value id, percent rejected and number of crystals, of those that the authors kept and of those in none of their tables.

    Of embedded crystals, of which the authors know nothing, there is none.
    """
    rows = []
    for name in (KEPT, LEFT_OUT):
        part = counts[counts["crystals"] == name]
        if len(part):
            rejected = part.loc[part["reason"] != ACCEPTED, "n"].sum()
            rows.append((f"{name.replace(' ', '-')}/rejected", 100 * float(rejected) / float(part["n"].sum()), int(part["n"].sum())))
    return rows


def _rejections(crystals: Crystals) -> pd.DataFrame:
    return voxels.rejections(crystals, "standard")


def pictures(crystal: Crystals, seed: int = 0) -> pd.DataFrame:
    """Voxels of a crystal that hold an atom: as it is given, after a quarter turn, and in a random orientation of each kind.

    Returns
    -------
    image, element, x, y, z
    """
    clouds, _ = voxels.compute(crystal, "standard")
    ways = [("as given", np.eye(3)), ("a quarter turn about z", rotations.about_axes(np.array([[0.0, 0.0, 90.0]]))[0])]
    ways += [(name, rotations.draw(kind, 1, np.random.default_rng(seed))[0]) for name, kind in WAYS]
    symbols = np.array(elements.symbols())
    parts = []
    for title, rotation in ways:
        places, numbers = images.occupied(clouds, 0, rotation)
        parts.append(pd.DataFrame(places, columns=list("xyz")).assign(image=title, element=symbols[numbers]))
    return pd.concat(parts, ignore_index=True)[["image", "element", "x", "y", "z"]]


def directions(count: int = 200_000, bins: int = 20, seed: int = 0) -> pd.DataFrame:
    """Where random rotations take the axis x: how often its new direction has which component along z, against a uniform sphere.

    On a sphere every band of one height has the same area (Archimedes), so of uniform directions each band gets as many, and
    the ratio is 1.

    Returns
    -------
    x (component along z), y (directions over those of a uniform sphere), label
    """
    edges = np.linspace(-1, 1, bins + 1)
    parts = []
    for name, kind in WAYS:
        heights = rotations.draw(kind, count, np.random.default_rng(seed))[:, 2, 0]
        counts, _ = np.histogram(heights, edges)
        parts.append(pd.DataFrame({"x": (edges[1:] + edges[:-1]) / 2, "y": counts * bins / count, "label": name}))
    return pd.concat(parts, ignore_index=True).round(4)


def direction_results(table: pd.DataFrame) -> Sequence[tuple[str, float]]:
    """Value id of each kind of rotations, and how often the poles, the outermost bands of `directions`, are met, over the uniform share."""
    ends = table["x"].abs() == table["x"].abs().max()
    return [(f"{POLES[kind]}/at-the-poles", float(table.loc[ends & (table["label"] == name), "y"].mean())) for name, kind in WAYS]


def _walk(network: VoxelNetwork) -> dict[str, Any]:
    """Convolutions, skip connections, and after how many convolutions images are pooled; for each segment blocks, channels and edge."""
    steps = network.activations(np.zeros((1, voxels.BINS, voxels.BINS, voxels.BINS, 3), np.float32))
    convolutions, skips, blocks, in_a_block = 0, 0, 0, 0
    pooled: list[int] = []
    segments: list[dict[str, int]] = []
    for layer in network.feature_layers:
        convolutions += len(layer.weights) // 2  # each has a kernel and a bias, and nothing else has weights
        if isinstance(layer, Block):
            blocks, skips, in_a_block = blocks + 1, skips + (layer.merge != "nothing"), len(layer.weights) // 2
        elif hasattr(layer, "pool_size"):
            shape = steps[layer.name].shape
            pooled.append(convolutions)
            segments.append({"blocks": blocks, "channels": int(shape[-1]), "image": int(shape[1])})
            blocks = 0
    return {
        "convolutions": convolutions,
        "convolutions in a block": in_a_block,
        "skips": skips,
        "pooled after": pooled,
        "segments": segments,
    }
