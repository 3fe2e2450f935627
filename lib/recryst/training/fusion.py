"""Networks that join trained ones: which runs these are, and how their weights get into the joint network."""

import keras
import numpy as np

from recryst.models.charge_density import FusionNetwork
from recryst.training import checkpoint
from recryst.training.batches import Batches, Source
from recryst.training.configuration import Configuration
from recryst.training.density_batches import VectorSource

SHARED = ("task", "n_train", "n_validation", "n_test", "split_seed", "fold", "folds", "left_out", "validation", "precision", "seed")
"""Settings that the joined networks have from the joint one; the rest of their recipes are their defaults."""


def joined(configuration: Configuration) -> dict[str, Configuration]:
    """Runs that must be finished before the joint network is trained: those on the same crystals with the same split and seed.

    Returns
    -------
    by the attribute of the joint network that takes their weights; empty for networks that join nothing
    """
    if configuration.network != "density-fusion":
        return {}
    shared = {name: getattr(configuration, name) for name in SHARED}
    if configuration.fold is None and configuration.left_out is None:
        shared |= {"train": configuration.train, "test": configuration.test}
    composition = {"network": "composition-image", "structure": configuration.structure, "epochs": configuration.composition_epochs}
    density = {"density": configuration.density, "density_values": configuration.density_values, "epochs": configuration.density_epochs}
    return {
        "composition": Configuration.checked(**shared, **composition),
        "density": Configuration.checked(**shared, network="density-projection", **density),
    }


def adopt(network: keras.Model, trained: dict[str, keras.Model]) -> None:
    """Put the weights of trained networks into the joint one."""
    assert isinstance(network, FusionNetwork)  # the one that joins
    for part, source in trained.items():
        checkpoint.assign(getattr(network, part).weights, checkpoint.weights(source))


def asked(network: keras.Model, source: Source, batch_size: int) -> VectorSource:
    """Crystals as what the two networks of a joint one say of them: asked once, where they learn nothing more."""
    assert isinstance(network, FusionNetwork)  # the one that joins
    batches = Batches(source, np.arange(len(source)), None, batch_size)
    said = [keras.ops.convert_to_numpy(keras.ops.cast(network.joined(batches[i][0]), "float32")) for i in range(len(batches))]
    return VectorSource(source.ids, np.concatenate(said), "joined")
