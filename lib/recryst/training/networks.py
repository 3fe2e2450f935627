"""The network, optimiser and loss that a configuration asks for."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from recryst.datasets import published_models, registry
from recryst.features import atoms, channels, density_descriptors
from recryst.models import cgcnn, charge_density, semilocal, voxel_cnn, without_native_messages
from recryst.training.configuration import Configuration
from recryst.training.density_batches import columns as columns_of

HALVED_AFTER = 10
"""Epochs after which the schedule ``halving`` has half the learning rate, and again half."""


def atom_table(configuration: Configuration) -> NDArray[np.float32]:
    """(101, features) atom features by atomic number."""
    if configuration.atom_features == "released":
        return released_atom_table()
    count = {"two": 2, "three": 3, "nine": 9}[configuration.atom_features]
    return atoms.first_properties(atoms.table(), count).astype(np.float32)


def released_atom_table() -> NDArray[np.float32]:
    """(101, 92) the atom features of the published CGCNN models, by atomic number.

    Raises
    ------
    MissingDataError : the published models are not on this machine
    """
    return atoms.released(registry.find(published_models.PACK) / atoms.RELEASED).astype(np.float32)


def build(configuration: Configuration, classification: bool) -> keras.Model:
    """The network with its variables created from the configuration's seed."""
    # which loads TensorFlow too where it is installed, whatever the backend
    with without_native_messages():
        keras.utils.set_random_seed(configuration.seed)
    options: dict[str, Any] = {
        "outputs": 2 if classification else 1,
        "name": configuration.network.replace("-", "_"),
        "dtype": keras.dtype_policies.get(configuration.precision),
    }
    if configuration.takes == "graphs":
        return _on_graphs(configuration, options)
    return _on_voxels(configuration, options) if configuration.takes == "voxels" else _on_densities(configuration, options)


def _on_densities(configuration: Configuration, options: dict[str, Any]) -> charge_density.ElasticNetwork:
    columns = len(columns_of(configuration.structure))
    if configuration.network == "semilocal-functional":
        descriptors = len(density_descriptors.NAMES)
        functional = semilocal.SemilocalNetwork(columns, descriptors, **options)
        functional(semilocal.symbolic_batch(columns, descriptors))
        return functional
    batch = charge_density.symbolic_batch(columns)
    if configuration.network == "density-volume":
        network: charge_density.ElasticNetwork = charge_density.VolumeNetwork(**options)
    elif configuration.network == "density-projection":
        network = charge_density.ProjectionNetwork(**options)
    elif configuration.network == "composition-image":
        network = charge_density.CompositionNetwork(columns, **options)
    else:
        joined = {"outputs": options["outputs"], "dtype": options["dtype"]}
        parts = (
            charge_density.CompositionNetwork(columns, name="composition", **joined),
            charge_density.ProjectionNetwork(name="density", **joined),
        )
        for part in parts:
            part(batch)
        network = charge_density.FusionNetwork(*parts, fixed=configuration.joined == "fixed", **options)
    network(batch)
    return network


def _on_voxels(configuration: Configuration, options: dict[str, Any]) -> voxel_cnn.VoxelNetwork:
    kinds = {"voxel-deep": voxel_cnn.DeepNetwork, "voxel-plain": voxel_cnn.PlainNetwork, "voxel-shallow": voxel_cnn.ShallowNetwork}
    network = kinds[configuration.network](channels.table(configuration.channels), filters=configuration.filters, **options)
    network(voxel_cnn.symbolic_batch())
    return network


def _on_graphs(configuration: Configuration, options: dict[str, Any]) -> keras.Model:
    options |= {
        "atom_table": atom_table(configuration),
        "units": configuration.units,
        "convolutions": configuration.convolutions,
        "hidden_units": configuration.hidden_units,
        "hidden_layers": configuration.hidden_layers,
    }
    if configuration.network == "gated":
        network = cgcnn.GatedNetwork(**options, dropout=configuration.dropout)
    else:
        network = cgcnn.SummingNetwork(**options, pooling="linear" if configuration.network == "summing-linear" else "full")
    network(cgcnn.symbolic_batch())
    return network


def forget() -> None:
    """Drop what Keras has traced: it piles up in a process that trains one network after another, until joblib ends that for leaking."""
    keras.backend.clear_session()


def optimiser(configuration: Configuration, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser with its schedule over all steps of the training."""
    rate = _schedule(configuration, steps_per_epoch)
    options: dict[str, Any] = {"clipnorm": configuration.clip_norm}
    if configuration.averaged_epochs:
        steps = configuration.averaged_epochs * steps_per_epoch
        options |= {"use_ema": True, "ema_momentum": max(0.0, 1 - 1 / steps)}
    if configuration.optimiser == "sgd":
        return keras.optimizers.SGD(rate, momentum=configuration.momentum, weight_decay=configuration.weight_decay or None, **options)
    if configuration.optimiser == "adam":
        return keras.optimizers.Adam(rate, weight_decay=configuration.weight_decay or None, **options)
    return keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, **options)


def loss(configuration: Configuration, classification: bool) -> keras.losses.Loss:
    """Cross entropy of logits, or the configuration's loss on standardised targets: the mean over the crystals of a batch."""
    # crystals that only pad a batch have no weight, and are not to be counted either
    reduction = "mean_with_sample_weight"
    if classification:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)
    if configuration.loss == "huber":
        return keras.losses.Huber(delta=configuration.huber_delta, reduction=reduction)
    losses = {"mse": keras.losses.MeanSquaredError, "mae": keras.losses.MeanAbsoluteError}
    return losses[configuration.loss](reduction=reduction)


def _schedule(configuration: Configuration, steps_per_epoch: int) -> Any:
    schedules, steps = keras.optimizers.schedules, steps_per_epoch * configuration.epochs
    if configuration.schedule == "step":
        return schedules.PiecewiseConstantDecay([int(0.8 * steps)], [configuration.learning_rate, 0.1 * configuration.learning_rate])
    if configuration.schedule == "halving":
        return schedules.ExponentialDecay(configuration.learning_rate, HALVED_AFTER * steps_per_epoch, 0.5, staircase=True)
    if configuration.schedule == "cosine":
        warm = max(1, int(configuration.warm_up * steps))
        start, peak = 0.1 * configuration.learning_rate, configuration.learning_rate
        return schedules.CosineDecay(start, max(1, steps - warm), warmup_target=peak, warmup_steps=warm)
    return configuration.learning_rate
