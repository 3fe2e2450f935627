"""Networks on densities and compositions: parameters counted by hand, layers worked out without Keras."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from recryst.models.charge_density import (
    FARTHEST,
    CompositionNetwork,
    FusionNetwork,
    ProjectionNetwork,
    SqueezeAndExcitation,
    VolumeNetwork,
    symbolic_batch,
)

RANDOM = np.random.default_rng(0)
NARROW = (8, 5)


def dense(*widths: int) -> int:
    """Parameters of fully connected layers between so many units."""
    return sum(before * after + after for before, after in itertools.pairwise(widths))


def learned(network):
    """Trainable parameters, those of outputs that fusion leaves out among them."""
    return sum(int(np.prod(variable.shape)) for variable in network.weights if not fed(variable))


def fed(variable):
    """Whether it is a mean or a deviation of what is fed."""
    return "standard" in variable.path


def built(network):
    network(symbolic_batch())
    return network


def test_the_3d_network_has_the_parameters_that_its_layers_need():
    convolutions = 200 * 5**3 + 200 + 200 * 200 * 4**3 + 200
    assert learned(built(VolumeNetwork())) == convolutions + dense(200, 4096, 4096, 128, 128, 128, 128, 32, 1)


def test_the_2d_network_has_the_parameters_that_its_layers_need():
    excitation = 60 * 24 + 24 + dense(24, 4, 24)
    convolutions = 24 * 64 * 6**2 + 64 + 64 * 128 * 5**2 + 128
    network = built(ProjectionNetwork())
    assert learned(network) == 3 * (excitation + convolutions) + dense(384, 4096, 4096, 128, 128, 128, 32, 1)


def test_the_composition_network_has_the_parameters_that_its_layers_need():
    convolutions = 9 * 32 + 32 + 9 * 32 * 48 + 48 + 9 * 48 * 64 + 64
    assert learned(built(CompositionNetwork())) == convolutions + dense(256, 48, 32, 1)


def test_fusion_takes_the_last_hidden_layers_of_both():
    network = built(FusionNetwork(built(CompositionNetwork()), built(ProjectionNetwork(widths=(16, 32)))))
    own = learned(network) - learned(network.composition) - learned(network.density)
    assert own == dense(64, 128, 64, 32, 1)
    # the two outputs are of no use any more
    assert len(network.trainable_weights) == sum(not fed(variable) for variable in network.weights) - 4
    fixed = built(FusionNetwork(built(CompositionNetwork()), built(ProjectionNetwork(widths=(16, 32))), fixed=True))
    assert sum(int(np.prod(variable.shape)) for variable in fixed.trainable_weights) == own
    batch = {"density": RANDOM.random((2, 60, 60, 60), dtype=np.float32), "magpie": RANDOM.random((2, 132), dtype=np.float32)}
    features = ops.convert_to_numpy(network.features(batch))
    np.testing.assert_array_equal(features[:, :32], ops.convert_to_numpy(network.composition.penultimate(batch)))
    np.testing.assert_array_equal(features[:, 32:], ops.convert_to_numpy(network.density.penultimate(batch)))


def test_squeeze_and_excitation_by_hand():
    layer = SqueezeAndExcitation(channels=3, squeezed=2)
    images = RANDOM.random((2, 4, 5, 6), dtype=np.float32)
    layer.build(images.shape)
    for variable in layer.weights:
        variable.assign(RANDOM.normal(size=variable.shape))
    kernel, bias, squeeze, squeeze_bias, excite, excite_bias = (ops.convert_to_numpy(variable) for variable in layer.weights)
    projected = np.maximum(images @ kernel[0, 0] + bias, 0)
    squeezed = np.maximum(projected.mean((1, 2)) @ squeeze + squeeze_bias, 0)
    weights = 1 / (1 + np.exp(-(squeezed @ excite + excite_bias)))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(images)), projected * weights[:, None, None, :], rtol=1e-5, atol=1e-6)


def test_each_branch_of_the_2d_network_looks_along_its_own_axis():
    network = built(ProjectionNetwork(widths=NARROW))
    for branch in network.branches[1:]:
        for variable, first in zip(branch.weights, network.branches[0].weights, strict=True):
            variable.assign(first)
    density = RANDOM.random((1, 60, 60, 60), dtype=np.float32)
    seen = ops.convert_to_numpy(network.features({"density": density})).reshape(3, 128)
    assert not np.allclose(seen[0], seen[1])
    assert not np.allclose(seen[1], seen[2])
    # turned so that what was along x, or y, is along z
    for before, turn in ((0, (0, 2, 3, 1)), (1, (0, 1, 3, 2))):
        turned = ops.convert_to_numpy(network.features({"density": density.transpose(turn)})).reshape(3, 128)
        np.testing.assert_allclose(turned[2], seen[before], rtol=1e-5, atol=1e-6)


def test_all_branches_see_one_image_of_a_cubic_crystal():
    network = built(ProjectionNetwork(widths=NARROW))
    for branch in network.branches[1:]:
        for variable, first in zip(branch.weights, network.branches[0].weights, strict=True):
            variable.assign(first)
    points = RANDOM.random((60, 60, 60), dtype=np.float32)
    cubic = sum(points.transpose(order) for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)))
    along_x, along_y, along_z = ops.convert_to_numpy(network.features({"density": cubic[None]})).reshape(3, 128)
    np.testing.assert_allclose(along_y, along_x, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(along_z, along_x, rtol=1e-5, atol=1e-5)


def test_networks_standardise_what_they_are_fed():
    mean, deviation = RANDOM.random(132), RANDOM.random(132) + 0.5
    deviation[7] = 0
    standard = RANDOM.normal(size=(3, 132)).astype(np.float32)
    one, other = built(CompositionNetwork()), built(CompositionNetwork())
    for variable, known in zip(other.weights, one.weights, strict=True):
        variable.assign(known)
    one.standard.adapt(mean, deviation)
    raw = standard * np.where(deviation > 0, deviation, 1) + mean
    expected = ops.convert_to_numpy(other({"magpie": standard}))
    np.testing.assert_allclose(ops.convert_to_numpy(one({"magpie": raw.astype(np.float32)})), expected, rtol=1e-3, atol=1e-4)


def test_a_statistic_that_hardly_varied_in_training_makes_no_enormous_number():
    """Magnetic moments: of the training crystals one has 2e-5 Bohr magnetons; a magnetic metal would be 10^5 deviations off."""
    network, deviation = built(CompositionNetwork()), np.ones(132)
    deviation[131] = 1e-6
    network.standard.adapt(np.zeros(132), deviation)
    moments = np.zeros((3, 132), np.float32)
    moments[:, 131] = [FARTHEST * 1e-6, 0.6, 5e-6]
    farthest, magnetic, near = ops.convert_to_numpy(network({"magpie": moments}))[:, 0]
    assert farthest == magnetic != near


def test_mean_and_deviation_are_kept_with_the_weights_and_not_trained():
    network = built(ProjectionNetwork(widths=NARROW))
    density = RANDOM.random((1, 60, 60, 60), dtype=np.float32)
    before = ops.convert_to_numpy(network({"density": density}))
    network.standard.adapt(np.array([2.0]), np.array([3.0]))
    np.testing.assert_allclose(ops.convert_to_numpy(network({"density": 3 * density + 2})), before, rtol=1e-4, atol=1e-5)
    assert [variable.trainable for variable in network.weights if fed(variable)] == [False, False]


def test_a_composition_with_more_known_of_it_takes_the_empty_points():
    network = CompositionNetwork(135)
    network(symbolic_batch(135))
    assert learned(network) == learned(built(CompositionNetwork()))
    first = np.zeros((1, 135), np.float32)
    second = first.copy()
    second[0, 134] = 1
    assert not np.allclose(ops.convert_to_numpy(network({"magpie": first})), ops.convert_to_numpy(network({"magpie": second})), atol=0)


@pytest.mark.parametrize("kind", [VolumeNetwork, ProjectionNetwork])
def test_outputs_stay_in_single_precision(kind):
    network = kind(widths=NARROW, dtype="mixed_bfloat16")
    result = network({"density": np.ones((1, 60, 60, 60), np.float32)})
    assert keras.backend.standardize_dtype(result.dtype) == "float32"
