"""Voxel networks: the paper's number of parameters and shapes, layers worked out by another library, images made on the device."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.ndimage import correlate

from recryst.datasets import embedded
from recryst.features import channels, images, rotations, voxels
from recryst.models.rasterisation import Rasterisation
from recryst.models.voxel_cnn import Block, DeepNetwork, PlainNetwork, ShallowNetwork, symbolic_batch

NETWORKS = {"deep": DeepNetwork, "plain": PlainNetwork, "shallow": ShallowNetwork}
COUNT = 6


def some_clouds(count=COUNT):
    crystals = embedded.crystals()
    made, _ = voxels.compute(crystals.take(range(0, len(crystals), len(crystals) // COUNT)[:count]))
    assert len(made) == count
    return made


def points_of(made, turns, padding=0):
    """The batch of all clouds of a set, each turned once."""
    width = int(made.n_points.max()) + padding
    points, numbers = np.zeros((len(made), width, 3), np.float32), np.zeros((len(made), width), np.int32)
    for index, (start, stop) in enumerate(zip(made.offsets[:-1], made.offsets[1:], strict=True)):
        points[index, : stop - start] = images.in_voxels(made.positions[start:stop])
        numbers[index, : stop - start] = made.numbers[start:stop]
    return {"points": points, "numbers": numbers, "rotations": images.rounded(turns)}


@pytest.fixture(scope="module")
def clouds():
    return some_clouds()


@pytest.fixture(scope="module")
def turns():
    return rotations.uniform(COUNT, np.random.default_rng(8))


def small(name, **options):
    """A narrow network with weights of some size, so that an output tells its inputs apart."""
    network = NETWORKS[name](channels.table(), filters=4, **options)
    network(symbolic_batch())
    random = np.random.default_rng(1)
    for variable in network.weights:
        variable.assign(random.normal(scale=0.3 if variable.ndim > 1 else 0.05, size=variable.shape))
    return network


def test_the_deep_network_has_the_papers_number_of_parameters():
    network = DeepNetwork(channels.table())
    network(symbolic_batch())
    # counted by hand, 27 * in * out + out a convolution: 2,624 + 4 * 27,680 + 6 * 110,656 + 4 * 442,496 + 131,088 + 272 + 17
    assert network.count_params() == 2_678_641
    assert sum(layer.count_params() for layer in network.feature_layers) == 2_547_264
    convolutions = [name for name in (v.path for v in network.weights) if name.endswith("kernel") and "hidden" not in name]
    assert len(convolutions) - 1 == 15  # and the output's


def test_the_other_networks_have_as_many_as_their_shapes_say():
    plain, shallow = PlainNetwork(channels.table()), ShallowNetwork(channels.table())
    for network in (plain, shallow):
        network(symbolic_batch())
    # without concatenation the first convolutions of the second and third segment take 32 and 64 channels: half as many weights
    assert plain.count_params() == 2_678_641 - 27 * 32 * 64 - 27 * 64 * 128
    # 27 * 3 * 32 + 32, 2 * (27 * 32 * 32 + 32); 4^3 * 32 = 2,048 features
    assert shallow.count_params() == 2_624 + 2 * 27_680 + 2_048 * 16 + 16 + 272 + 17


def test_shapes_of_the_deep_network_are_the_papers_layer_by_layer():
    steps = DeepNetwork(channels.table()).activations(np.zeros((2, 32, 32, 32, 3), np.float32))
    assert {name: tuple(array.shape) for name, array in steps.items()} == {
        "image": (2, 32, 32, 32, 3),
        "convolution": (2, 32, 32, 32, 32),
        "block_1_1": (2, 32, 32, 32, 32),
        "block_1_2": (2, 32, 32, 32, 64),
        "pool_1": (2, 16, 16, 16, 64),
        "block_2_1": (2, 16, 16, 16, 64),
        "block_2_2": (2, 16, 16, 16, 64),
        "block_2_3": (2, 16, 16, 16, 128),
        "pool_2": (2, 8, 8, 8, 128),
        "block_3_1": (2, 8, 8, 8, 128),
        "block_3_2": (2, 8, 8, 8, 128),
        "pool_3": (2, 4, 4, 4, 128),
        "flatten": (2, 8192),
        "hidden_1": (2, 16),
        "hidden_2": (2, 16),
        "output": (2, 1),
    }


@pytest.mark.parametrize("merge", ["add", "concatenate", "nothing"])
def test_a_block_is_what_another_library_makes_of_its_equation(merge):
    random = np.random.default_rng(4)
    block = Block(2, merge)
    image = random.normal(size=(1, 5, 5, 5, 2)).astype(np.float32)
    block(image)
    for variable in block.weights:
        variable.assign(random.normal(size=variable.shape))
    kernels = [np.asarray(keras.ops.convert_to_numpy(v)) for v in block.weights]

    def convolved(channels_first, kernel, bias):
        filters = range(kernel.shape[-1])
        sums = [sum(correlate(c, kernel[..., i, f], mode="constant") for i, c in enumerate(channels_first)) + bias[f] for f in filters]
        return [np.maximum(total, 0) for total in sums]

    went_past = list(np.moveaxis(image[0].astype(np.float64), -1, 0))
    main = convolved(convolved(went_past, *kernels[:2]), *kernels[2:])
    expected = {"add": [m + x for m, x in zip(main, went_past, strict=True)], "concatenate": [*main, *went_past], "nothing": main}[merge]
    found = np.moveaxis(keras.ops.convert_to_numpy(block(image))[0], -1, 0)
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-4, atol=1e-4)
    # the sum of a skip connection is not cut off at 0
    assert (found < 0).any() == (merge != "nothing")


def test_fully_connected_layers_are_linear(clouds, turns):
    steps = small("deep").activations(images.render(clouds, np.arange(COUNT), turns))
    network = small("deep")
    values = keras.ops.convert_to_numpy(steps["flatten"]).astype(np.float64)
    for layer in (*network.hidden, network.final):
        kernel, bias = (keras.ops.convert_to_numpy(v) for v in layer.weights)
        values = values @ kernel + bias
    np.testing.assert_allclose(keras.ops.convert_to_numpy(steps["output"]), values, rtol=1e-4)


def test_images_made_on_the_device_are_those_made_before_in_every_voxel(clouds, turns):
    layer = Rasterisation(channels.table())
    expected = images.render(clouds, np.arange(COUNT), turns)
    assert expected.any(axis=-1).sum() > 1000
    for padding in (0, 77):
        found = keras.ops.convert_to_numpy(layer(points_of(clouds, turns, padding)))
        np.testing.assert_array_equal(found, expected)


def test_under_mixed_precision_positions_are_not_rounded(clouds, turns):
    mixed = Rasterisation(channels.table(), dtype=keras.dtype_policies.get("mixed_bfloat16"))
    found = keras.ops.cast(mixed(points_of(clouds, turns)), "float32")
    np.testing.assert_allclose(found, images.render(clouds, np.arange(COUNT), turns), rtol=2**-8)
    network = small("deep", dtype=keras.dtype_policies.get("mixed_bfloat16"))
    output = network(points_of(clouds, turns))
    assert keras.backend.standardize_dtype(output.dtype) == "float32"
    # each of some forty operations in a row rounds to 2^-8, or its sums too, on processors that have no such arithmetic
    np.testing.assert_allclose(output, small("deep")(points_of(clouds, turns)), rtol=40 * 2**-8)


def test_points_and_images_give_the_same_output(clouds, turns):
    for name in NETWORKS:
        network = small(name)
        by_image = network.activations(images.render(clouds, np.arange(COUNT), turns))["output"]
        np.testing.assert_array_equal(network(points_of(clouds, turns)), by_image)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_order_of_atoms_changes_nothing_and_padding_neither(clouds, turns, name):
    network, batch = small(name), points_of(clouds, turns)
    order = np.random.default_rng(0).permutation(batch["numbers"].shape[1])
    mixed = {**batch, "points": batch["points"][:, order], "numbers": batch["numbers"][:, order]}
    expected = np.asarray(network(batch))
    np.testing.assert_array_equal(network(mixed), expected)
    np.testing.assert_array_equal(network(points_of(clouds, turns, 100)), expected)
    assert np.ptp(expected) > 1e-3


@pytest.mark.parametrize("name", NETWORKS)
def test_a_rotation_of_the_cube_changes_the_output(clouds, turns, name):
    # the networks are not invariant, not even under the rotations that map the grid onto itself
    network = small(name)
    one = some_clouds(1)
    outputs = [np.asarray(network(points_of(one, (turn @ turns[0])[None])))[0, 0] for turn in rotations.of_the_cube()[:6]]
    assert len({round(float(value), 5) for value in outputs}) == 6


def outputs(compiled, *names):
    """Images, and outputs of networks with made weights, each by a compiled function."""
    batch = points_of(some_clouds(2), rotations.uniform(2, np.random.default_rng(8)))
    made = {"images": compiled(Rasterisation(channels.table()).call)(batch)}
    made |= {name: compiled(small(name).call)(batch) for name in names}
    return {name: np.asarray(array) for name, array in made.items()}


PROGRAM = """
import sys
sys.modules["tensorflow"] = None  # as where it is not installed
sys.path.insert(0, {tests!r})
import test_voxel_cnn as tests
import jax, keras, numpy as np
assert keras.backend.backend() == "jax"
np.savez({path!r}, **tests.outputs(jax.jit, *{names}))
"""


@pytest.mark.parametrize(
    ("names", "optimised"),
    [(("deep",), False), pytest.param(tuple(NETWORKS), True, marks=pytest.mark.slow)],
    ids=["deep", "all, optimised"],
)
def test_jax_makes_the_same_images_and_outputs(tmp_path, names, optimised):
    pytest.importorskip("jax", reason="needs JAX, an optional extra: pip install 'recryst[jax]'")
    program = PROGRAM.format(tests=str(Path(__file__).parent), path=str(tmp_path / "found.npz"), names=names)
    # to compile random initial weights takes half a minute with optimisation
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_DISABLE_MOST_OPTIMIZATIONS": str(int(not optimised))}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    expected = outputs(lambda call: call, *names)
    with np.load(tmp_path / "found.npz") as found:
        # to the voxel, though an optimising compiler fuses multiplications with additions
        np.testing.assert_array_equal(found["images"], expected["images"])
        for name in names:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-5, err_msg=name)
