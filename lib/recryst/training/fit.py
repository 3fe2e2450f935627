"""Train a network epoch by epoch, keep the best weights by validation error, and say so when it goes wrong."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from recryst.crystals import FloatArray, IntArray
from recryst.errors import TrainingError
from recryst.models import without_native_messages
from recryst.parallel import progress_bar
from recryst.training import checkpoint, networks
from recryst.training.batches import Batches, Source
from recryst.training.checkpoint import Progress
from recryst.training.configuration import Configuration

ABSOLUTE_ERROR = "absolute_error"
"""Name of the metric with which the training errors of a regression are kept."""


@dataclass(frozen=True)
class Standardisation:
    """Targets are learned as (target - mean) / deviation; both come from the training crystals alone."""

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, targets: FloatArray) -> "Standardisation":
        """Mean and standard deviation of the targets; a deviation of 1 where all are equal."""
        # of equal numbers the deviation need not be exactly zero
        return cls(float(np.mean(targets)), float(np.std(targets)) if np.ptp(targets) > 0 else 1.0)

    def restored(self, outputs: FloatArray) -> FloatArray:
        """(n,) what a network's outputs mean: of (n, 1) numbers in the target's unit, of (n, 2) the probability of class 1."""
        if outputs.shape[1] == 2:
            return np.asarray(1 / (1 + np.exp(outputs[:, 0] - outputs[:, 1])))
        return np.asarray(outputs[:, 0] * self.deviation + self.mean)


@dataclass(frozen=True)
class TrainingData:
    """Crystals with targets in their own unit, and the positions of the training and validation crystals."""

    source: Source
    targets: FloatArray
    classification: bool
    train: IntArray
    validation: IntArray
    standardisation: Standardisation


def predict(
    network: keras.Model, source: Source, crystals: IntArray, standardisation: Standardisation, batch_size: int, draw: int = 0
) -> FloatArray:
    """(n,) predictions for the crystals at these positions: in the target's unit, or the probability of class 1.

    ``draw`` counts predictions of the same crystals by a network that sees them in random orientations.
    """
    fixed = keras.backend.backend() == "jax"
    batches = Batches(source.turned(0, draw), crystals, None, batch_size, fixed_shapes=fixed)
    counts = [min(batch_size, len(crystals) - i) for i in range(0, len(crystals), batch_size)]
    rows = [np.asarray(network.predict_on_batch(batches[i][0]))[:count] for i, count in enumerate(counts)]
    return standardisation.restored(np.concatenate(rows).astype(np.float64)) if rows else np.zeros(0)


def validation_error(data: TrainingData, predictions: FloatArray) -> float:
    """Mean absolute error on the validation crystals; for classification 1 - area under the ROC curve; NaN for NaN."""
    targets = data.targets[data.validation]
    if not np.isfinite(predictions).all():
        return float("nan")
    if not data.classification:
        return float(np.mean(np.abs(predictions - targets)))
    return 1 - float(roc_auc_score(targets, predictions))


def prepare(network: keras.Model, data: TrainingData, configuration: Configuration) -> None:
    """Compile a network with its optimiser and loss, as `fit` takes it."""
    steps = -(-len(data.train) // configuration.batch_size)
    network.compile(
        optimizer=networks.optimiser(configuration, steps),
        loss=networks.loss(configuration, data.classification),
        weighted_metrics=None if data.classification else [keras.metrics.MeanAbsoluteError(ABSOLUTE_ERROR)],
        # XLA pays only where shapes are fixed, which they are on JAX
        jit_compile=keras.backend.backend() == "jax",
    )
    network.optimizer.build(network.trainable_variables)


def fit(
    network: keras.Model,
    data: TrainingData,
    configuration: Configuration,
    progress: Progress,
    save: Callable[[Progress], None],
    deadline: float = float("inf"),
    show: bool = False,
) -> bool:
    """Train from where ``progress`` stands to the last epoch, to early stopping, or to the deadline.

    Parameters
    ----------
    network : as `prepare` leaves it
    progress : changed in place
    save : called after every epoch
    deadline : a `time.monotonic()`; no epoch is begun that would, at the speed of the last one, end after it, and one that
        turns out too slow is given up and not counted
    show : a progress bar over the epochs

    Returns
    -------
    True when training is complete and there is time left to predict; False when the deadline came first.

    Raises
    ------
    TrainingError : the loss is not finite
    """
    standardised = _standardised(data)
    epochs = range(len(progress.history) + 1, configuration.epochs + 1)
    for epoch in progress_bar(epochs, show, f"training on {len(data.train):,} crystals"):
        if _stops_early(progress, configuration):
            break
        if time.monotonic() + 1.1 * _last_seconds(progress) > deadline:
            return False
        began = time.monotonic()
        order = np.random.default_rng([configuration.seed, epoch]).permutation(len(data.train))
        source, fixed = data.source.turned(epoch), keras.backend.backend() == "jax"
        batches = Batches(source, data.train[order], standardised[order], configuration.batch_size, fixed_shapes=fixed)
        watch, unaveraged = _Watch(deadline, len(batches)), _Unaveraged()
        callbacks = ([watch] if np.isfinite(deadline) else []) + ([unaveraged] if configuration.averaged_epochs else [])
        with without_native_messages() if epoch == epochs.start else nullcontext():
            fitted = network.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=callbacks)
        if watch.too_late:
            return False
        loss = float(fitted.history["loss"][0])
        if configuration.averaged_epochs:
            # copies: Keras has put the optimiser's own arrays into the network, and on JAX a prediction frees what it was given
            checkpoint.assign(network.weights, checkpoint.weights(network))
        error = validation_error(data, predict(network, data.source, data.validation, data.standardisation, configuration.batch_size))
        if not (np.isfinite(loss) and np.isfinite(error)):
            raise TrainingError(
                f"Training diverged in epoch {epoch}: the loss is no longer a number; use a learning rate below "
                f"{configuration.learning_rate:g} or set clip_norm."
            )
        if error < progress.best_error:
            progress.best_error, progress.best_epoch, progress.best_weights = error, epoch, checkpoint.weights(network)
        if configuration.averaged_epochs:
            checkpoint.assign(network.weights, unaveraged.weights)
        rate = float(keras.ops.convert_to_numpy(network.optimizer.learning_rate))
        row = {"epoch": epoch, "loss": loss, "validation_error": error, "learning_rate": rate}
        if ABSOLUTE_ERROR in fitted.history:
            row["training_error"] = float(fitted.history[ABSOLUTE_ERROR][0]) * data.standardisation.deviation
        progress.history.append({**row, "seconds": time.monotonic() - began})
        save(progress)
    # to predict all crystals once takes about half as long as to learn from most of them
    return time.monotonic() + 0.5 * configuration.prediction_rotations * _last_seconds(progress) <= deadline


class _Watch(keras.callbacks.Callback):
    """Stop an epoch at the first batch from which it is seen that the epoch would end after the deadline."""

    def __init__(self, deadline: float, batches: int) -> None:
        super().__init__()
        self.deadline, self.batches, self.too_late = deadline, batches, False

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Called by Keras."""
        now = time.monotonic()
        # the first batch, in which the network is compiled, tells nothing of the others
        if batch == 0:
            self.began = now
        left = (now - self.began) / max(batch, 1) * (self.batches - 1 - batch)
        self.too_late = self.model.stop_training = now + left > self.deadline


class _Unaveraged(keras.callbacks.Callback):
    """The weights at the end of an epoch, from which the next one goes on: after it Keras puts their averages in their place."""

    weights: list[np.ndarray]

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Called by Keras."""
        self.weights = checkpoint.weights(self.model)


def _standardised(data: TrainingData) -> FloatArray | IntArray:
    targets = data.targets[data.train]
    if data.classification:
        return targets.astype(np.int32)
    return ((targets - data.standardisation.mean) / data.standardisation.deviation).astype(np.float32)


def _last_seconds(progress: Progress) -> float:
    return progress.history[-1]["seconds"] if progress.history else 0.0


def _stops_early(progress: Progress, configuration: Configuration) -> bool:
    waited = len(progress.history) - progress.best_epoch
    return configuration.patience is not None and waited >= configuration.patience
