"""How far layers look, against what changes when a voxel does; and responses of filters, against kernels by hand."""

import numpy as np
import pytest

from recryst.chapters.voxel_cnn import kernels
from recryst.features import channels
from recryst.models.voxel_cnn import DeepNetwork, ShallowNetwork


def seen(network, name: str) -> tuple[int, int]:
    """First and last voxel along x whose colour changes the output of a layer that lies in the middle of the image."""
    rng = np.random.default_rng(0)
    image = rng.random((1, 32, 32, 32, 3), dtype=np.float32)
    output = np.asarray(network.activations(image)[name])
    place = tuple(size // 2 for size in output.shape[1:4])
    changed = []
    for x in range(32):
        other = image.copy()
        other[0, x] += 1.0
        if not np.array_equal(np.asarray(network.activations(other)[name])[0][place], output[0][place]):
            changed.append(x)
    return changed[0], changed[-1]


@pytest.mark.parametrize(
    ("kind", "names"), [(DeepNetwork, ("convolution", "block_1_1", "pool_1")), (ShallowNetwork, ("convolution_2", "pool_2"))]
)
def test_a_layer_sees_as_far_as_voxels_change_it(kind, names):
    network = kind(channels.table(), filters=2)
    network.activations(np.zeros((1, 32, 32, 32, 3), np.float32))
    # with weights above zero no ReLU cuts anything off
    for layer in network.feature_layers:
        layer.set_weights([np.full_like(array, 0.01) for array in layer.get_weights()])
    fields = kernels.receptive_fields(network).set_index("layer")["voxels"]
    for name in names:
        first, last = seen(network, name)
        assert last - first + 1 == fields[name.replace("_", " ")]


def test_the_deep_network_sees_more_than_the_box_in_the_end():
    """By hand: 1 + 2, + 4, + 4, pooled + 1; blocks of 8 each at step 2, pooled + 2; blocks of 16 at step 4, pooled + 4."""
    fields = kernels.receptive_fields(DeepNetwork(channels.table(), filters=2))
    assert fields["voxels"].tolist() == [3, 7, 11, 12, 20, 28, 36, 38, 54, 70, 74]
    assert fields["angstrom"].iloc[0] == pytest.approx(3 * 17 / 32)


def test_a_filter_answers_to_an_atom_by_its_strongest_weights():
    network = ShallowNetwork(channels.table(), filters=2)
    kernel = np.zeros((3, 3, 3, 3, 2), np.float32)
    kernel[0, 1, 2, :, 0] = 1.0, 0.0, 2.0  # atomic number, and period twice
    kernel[..., :, 1] = -1.0  # never answers
    layer = network.feature_layers[0]
    layer.build((None, 5, 5, 5, 3))
    layer.set_weights([kernel, np.array([0.1, 0.5], np.float32)])
    found = kernels.responses(network)
    table = channels.table()
    np.testing.assert_allclose(found[:, 0], table[1:95, 0] + 2 * table[1:95, 2], rtol=1e-6)
    # of some places around an atom none is empty but those out of reach of the kernel
    assert (found[:, 1] <= 0).all()
