"""Recipes beyond the paper's: what each setting does, averaged weights that survive interruption, and keys of older runs that stay."""

import keras
import numpy as np
import pytest
from made_runs import made_run, trained, weights

from recryst.storage import content_hash
from recryst.training import checkpoint, networks, sources
from recryst.training.batches import Batches
from recryst.training.configuration import ADDED_LATER, Configuration
from recryst.training.fit import predict, validation_error
from recryst.training.run import VERSION

BETTER = {
    "optimiser": "adamw",
    "weight_decay": 0.01,
    "schedule": "cosine",
    "loss": "huber",
    "huber_delta": 0.2,
    "averaged_epochs": 1.5,
    "clip_norm": 1.0,
}


def test_averages_are_those_of_every_step_and_the_network_goes_on_from_its_own_weights():
    # sgd: biases before a normalisation have no gradient but rounding errors, which Adam would blow up
    run = made_run(epochs=2, **{**BETTER, "optimiser": "sgd"})
    kept, errors = weights(run_trained(run)), run.history()["validation_error"].tolist()
    # the same training by hand: the averages are followed outside Keras, and statistics of normalisation are not averaged
    configuration, data = run.configuration, run.data
    network = networks.build(configuration, data.classification)
    network.compile(optimizer=networks.optimiser(configuration, 3), loss=networks.loss(configuration, False), jit_compile=False)
    standardised = ((data.targets[data.train] - data.standardisation.mean) / data.standardisation.deviation).astype(np.float32)
    trainable = {variable.path for variable in network.trainable_variables}
    average = None
    for epoch in (1, 2):
        order = np.random.default_rng([configuration.seed, epoch]).permutation(len(data.train))
        batches = Batches(data.source, data.train[order], standardised[order], configuration.batch_size)
        for index in range(len(batches)):
            network.train_on_batch(*batches[index])
            now = checkpoint.weights(network)
            # 36 training crystals in batches of 16 are 3 steps an epoch: averaged over 4.5 steps, from the first step on
            average = now if average is None else [new / 4.5 + (1 - 1 / 4.5) * old for old, new in zip(average, now, strict=True)]
        raw = checkpoint.weights(network)
        mixed = [a if v.path in trainable else r for v, a, r in zip(network.weights, average, raw, strict=True)]
        checkpoint.assign(network.weights, mixed)
        assert validation_error(data, predict(network, data.source, data.validation, data.standardisation, 16)) == pytest.approx(
            errors[epoch - 1], rel=1e-4
        )
        if run.record()["best_epoch"] == epoch:
            for (name, array), expected in zip(kept.items(), mixed, strict=True):
                np.testing.assert_allclose(array, expected, rtol=1e-4, atol=1e-5, err_msg=name)
        checkpoint.assign(network.weights, raw)


def run_trained(run):
    assert run.train()
    return run


def test_paused_and_resumed_with_averages_is_the_same_to_the_bit(monkeypatch, tmp_path):
    straight, told = weights(trained(epochs=5, **BETTER)), made_run(epochs=5, **BETTER).history()
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    save, calls = checkpoint.save, []

    def save_and_stop(*arguments):
        save(*arguments)
        calls.append(1)
        if len(calls) in (1, 3):
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            made_run(epochs=5, **BETTER).train()
    run = run_trained(made_run(epochs=5, **BETTER))
    assert len(calls) == 5
    for name, array in weights(run).items():
        np.testing.assert_array_equal(array, straight[name])
    assert run.history()["validation_error"].tolist() == told["validation_error"].tolist()


def test_a_cosine_climbs_to_the_learning_rate_in_its_share_of_the_steps_and_ends_at_nothing():
    configuration = Configuration.checked(task="made", epochs=10, schedule="cosine", warm_up=0.2, learning_rate=0.01)
    rate = networks.optimiser(configuration, 10)._learning_rate
    values = [float(rate(step)) for step in (0, 10, 20, 60, 100)]
    # from a tenth, half-way up, the top, half-way down, nothing
    np.testing.assert_allclose(values, [0.001, 0.0055, 0.01, 0.005, 0.0], atol=1e-6)


def test_huber_is_quadratic_up_to_its_delta_and_linear_from_there():
    loss = networks.loss(Configuration.checked(task="made", loss="huber", huber_delta=0.5), classification=False)
    values = [float(keras.ops.convert_to_numpy(loss(np.zeros((1, 1)), np.full((1, 1), error)))) for error in (0.2, 0.5, 2.0)]
    np.testing.assert_allclose(values, [0.02, 0.125, 0.5 * (2.0 - 0.25)], rtol=1e-5)


def test_settings_that_were_added_later_leave_the_keys_of_older_runs_alone():
    run = made_run()
    older = {name: value for name, value in run.configuration.model_dump().items() if name not in ADDED_LATER}
    settings = {name: older[name] for name in run.configuration.settings() if name != "task"}
    assert run.key == content_hash(VERSION, sources.version(run.configuration), settings, run.task.fingerprint)[:12]
    for change in ({"warm_up": 0.1}, {"huber_delta": 0.5}, {"averaged_epochs": 1.0}, {"fold": 0}, {"left_out": "Li"}):
        assert made_run(**change).key != run.key
