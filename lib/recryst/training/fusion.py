"""Networks that join trained ones: which runs these are, and how their weights get into the joint network."""

import keras

from recryst.models.charge_density import FusionNetwork
from recryst.training import checkpoint
from recryst.training.configuration import Configuration

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
