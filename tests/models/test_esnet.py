"""ESNet: parameters counted by hand, layers worked out in NumPy, and what the two spins and the elements have to do with the energy."""

import numpy as np
import pytest

from recryst.models.esnet import REDUCTION, ChannelAttention, EnergyAttention, StatesNetwork, Unit, symbolic_batch

RANDOM = np.random.default_rng(0)


def built(layer, *shape: int):
    layer.build((1, *shape))
    return layer


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def convolved(layer, values):
    """A convolution of odd length over (energies, channels), with zeros beyond both ends."""
    kernel = layer.kernel.numpy()
    reach = len(kernel) // 2
    padded = np.pad(values, ((reach, reach), (0, 0)))
    found = np.stack([np.einsum("lc,lco->o", padded[start : start + len(kernel)], kernel) for start in range(len(values))])
    return found + (layer.bias.numpy() if layer.use_bias else 0)


def normalised(layer, values):
    scale, shift, mean, variance = (weight.numpy() for weight in (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance))
    return (values - mean) / np.sqrt(variance + layer.epsilon) * scale + shift


def weighted_by_channel(layer, values):
    squeeze, excitation = ([weight.numpy() for weight in step.weights] for step in layer.steps)
    told = [np.maximum(pooled @ squeeze[0] + squeeze[1], 0) @ excitation[0] + excitation[1] for pooled in (values.mean(0), values.max(0))]
    return values * sigmoid(told[0] + told[1])


def weighted_by_energy(layer, values):
    pooled = np.stack([values.max(1), values.mean(1)], axis=1)
    return values * sigmoid(convolved(layer.convolution, pooled))


def disturbed(layer):
    """The layer with all weights at random, so that no bias, scale or variance is left at 0 or 1."""
    for weight in layer.weights:
        weight.assign(RANDOM.uniform(0.2, 1, weight.shape) if "variance" in weight.path else RANDOM.normal(0, 0.4, weight.shape))
    return layer


def test_attention_over_channels_is_that_of_the_equations():
    layer, values = disturbed(built(ChannelAttention(16), 9, 16)), RANDOM.normal(size=(2, 9, 16))
    assert layer.steps[0].units == 16 // REDUCTION
    expected = np.stack([weighted_by_channel(layer, one) for one in values])
    np.testing.assert_allclose(layer(values.astype(np.float32)), expected, rtol=1e-4, atol=1e-6)


def test_attention_over_energies_is_that_of_the_equations():
    layer, values = disturbed(built(EnergyAttention(), 9, 16)), RANDOM.normal(size=(2, 9, 16))
    expected = np.stack([weighted_by_energy(layer, one) for one in values])
    np.testing.assert_allclose(layer(values.astype(np.float32)), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("inputs", [16, 8])
def test_a_unit_is_that_of_the_equations(inputs: int):
    unit, values = disturbed(built(Unit(16, inputs), 9, inputs)), RANDOM.normal(size=(9, inputs))
    one, norm_one, _, two, norm_two, channels, energies = unit.steps
    main = normalised(norm_two, convolved(two, np.maximum(normalised(norm_one, convolved(one, values)), 0)))
    main = weighted_by_energy(energies, weighted_by_channel(channels, main))
    past = normalised(unit.shortcut[1], convolved(unit.shortcut[0], values)) if inputs != 16 else values
    np.testing.assert_allclose(unit(values[None].astype(np.float32))[0], np.maximum(main + past, 0), rtol=1e-3, atol=1e-5)


def test_a_unit_has_the_parameters_that_one_counts_by_hand():
    attention = (64 * 8 + 8) + (8 * 64 + 64) + 7 * 2
    # scale, shift, mean and variance of two batch normalisations
    assert built(Unit(64, 64), 10, 64).count_params() == 2 * (3 * 64 * 64 + 64) + 2 * 4 * 64 + attention
    attention = (128 * 16 + 16) + (16 * 128 + 128) + 7 * 2
    shortcut = (64 * 128 + 128) + 4 * 128
    assert built(Unit(128, 64), 10, 64).count_params() == 3 * 64 * 128 + 128 + 3 * 128 * 128 + 128 + 2 * 4 * 128 + attention + shortcut


@pytest.fixture(scope="module")
def network():
    network = StatesNetwork()
    network(symbolic_batch())
    return network


def test_the_network_has_the_printed_number_of_parameters(network):
    assert network.count_params() == 9_756_225
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == 9_736_001
    up, down = (branch.count_params() for branch in network.branches.values())
    join = 3 * 1024 * 512 + 512 + 4 * 512
    last = (111 * 64 + 64) + (576 * 128 + 128) + (128 * 64 + 64) + (64 + 1)
    assert up == down == (9_756_225 - join - last) / 2
    # twenty energies of nine orbitals, and the batch normalisation
    assert sum(layer.count_params() for layer in network.branches["up"].entry) == 20 * 9 * 64 + 64 + 4 * 64


def test_what_a_branch_sees_shrinks_to_a_thirty_second(network):
    assert network.branches["up"].compute_output_shape((1, 1500, 9)) == (1, 47, 512)


def test_spins_and_elements_all_change_the_prediction(network):
    states = {spin: RANDOM.random((1, 1500, 9)).astype(np.float32) for spin in ("up", "down")}
    batch = {**states, "elements": np.eye(111, dtype=np.float32)[[10]]}
    others = [
        {**batch, "up": states["down"], "down": states["up"]},
        {**batch, "up": states["up"][:, ::-1]},
        {**batch, "down": states["down"][:, :, ::-1]},
        {**batch, "elements": np.eye(111, dtype=np.float32)[[11]]},
    ]
    found = float(network(batch)[0, 0])
    assert all(abs(float(network(other)[0, 0]) - found) > 1e-6 for other in others)


def test_every_weight_has_a_gradient_and_normalisations_learn_from_the_batch():
    import keras

    network = StatesNetwork(widths=(8, 8, 16, 16))
    batch = {spin: RANDOM.random((4, 1500, 9)).astype(np.float32) for spin in ("up", "down")}
    batch["elements"] = np.eye(111, dtype=np.float32)[:4]
    network(batch)
    before = [weight.numpy() for weight in network.weights]
    network.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=False, run_eagerly=True)
    network.train_on_batch(batch, np.arange(4.0))
    still = [weight.path for weight, old in zip(network.weights, before, strict=True) if np.array_equal(weight.numpy(), old)]
    # a bias before a batch normalisation has no effect, and no gradient but rounding
    assert [path for path in still if "bias" not in path] == []
