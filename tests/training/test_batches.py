"""Packing graphs into batches: worked by hand, padded without any effect, in few shapes."""

import numpy as np
import pytest
from keras import ops

from recryst.errors import BadInputError
from recryst.features.graphs import Graphs
from recryst.models.cgcnn import GatedNetwork, SummingNetwork
from recryst.training.batches import Batches, GraphSource, pack


@pytest.fixture
def graphs():
    """Three crystals of 2, 1 and 3 atoms, two neighbours each; an atom of the last has one, another none."""
    return Graphs(
        ids=np.array(["a", "b", "c"]),
        numbers=np.array([11, 17, 26, 22, 8, 8], np.uint8),
        neighbours=np.array([[1, 1], [0, 0], [0, 0], [1, 2], [0, -1], [-1, -1]], np.int32),
        distances=np.array([[2.8, 2.9], [2.8, 2.9], [2.5, 2.5], [1.9, 2.0], [1.9, 0.0], [0.0, 0.0]], np.float32),
        offsets=np.array([0, 2, 3, 6]),
        rule="voronoi",
    )


def random_graphs(count=400, seed=0):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 40, count)
    offsets = np.r_[0, np.cumsum(sizes)]
    neighbours = random.integers(0, np.repeat(sizes, sizes)[:, None], (offsets[-1], 12)).astype(np.int32)
    distances = random.uniform(1.5, 6.0, neighbours.shape).astype(np.float32)
    numbers = random.integers(1, 90, offsets[-1]).astype(np.uint8)
    return Graphs(np.array([f"{i}" for i in range(count)]), numbers, neighbours, distances, offsets, "nearest")


def test_atoms_stand_one_after_the_other_and_neighbours_count_from_the_start_of_the_batch(graphs):
    batch = pack(graphs, np.array([2, 0]))
    assert batch["numbers"].tolist() == [22, 8, 8, 11, 17]
    assert batch["atoms_per_crystal"].tolist() == [3, 2]
    assert batch["crystal"].tolist() == [0, 0, 0, 1, 1]
    # crystal a begins at 3; a missing neighbour points at the crystal's first atom, and its distance of 0 says that it is none
    assert batch["neighbours"].tolist() == [[1, 2], [0, 0], [0, 0], [4, 4], [3, 3]]
    np.testing.assert_array_equal(batch["distances"], graphs.distances[[3, 4, 5, 0, 1]])
    assert "atom_mask" not in batch
    types = {"atoms_per_crystal": "f4", "numbers": "i4", "neighbours": "i4", "distances": "f4", "crystal": "i4"}
    assert {name: values.dtype.str[1:] for name, values in batch.items()} == types


def test_padding_is_masked_and_harmless_numbers_fill_it(graphs):
    batch = pack(graphs, np.array([1, 0]), atoms=5, slots=4)
    assert batch["numbers"].tolist() == [26, 11, 17, 0, 0]
    assert batch["atom_mask"].tolist() == [1, 1, 1, 0, 0]
    # a crystal that is only padding is not divided by zero atoms
    assert batch["atoms_per_crystal"].tolist() == [1, 2, 1, 1]
    assert batch["neighbours"].tolist() == [[0, 0], [2, 2], [1, 1], [0, 0], [0, 0]]
    assert batch["distances"].shape == (5, 2)


@pytest.mark.parametrize(("atoms", "slots"), [(2, 2), (5, 1)])
def test_a_batch_that_does_not_fit_is_refused(graphs, atoms, slots):
    with pytest.raises(BadInputError, match=f"A batch of 2 crystals and 3 atoms does not fit into {slots} and {atoms}"):
        pack(graphs, np.array([0, 1]), atoms, slots)


NETWORKS = {
    "gated": lambda table: GatedNetwork(table, units=6, convolutions=2, hidden_units=5),
    "full pooling": lambda table: SummingNetwork(table, units=6, convolutions=2, hidden_units=5),
    "linear pooling": lambda table: SummingNetwork(table, units=6, convolutions=2, hidden_units=5, pooling="linear"),
}


@pytest.mark.parametrize("training", [False, True], ids=["prediction", "training"])
@pytest.mark.parametrize("build", NETWORKS.values(), ids=NETWORKS)
def test_a_padded_batch_gives_what_the_batch_gives(graphs, build, training):
    network = build(np.random.default_rng(1).normal(size=(101, 7)).astype(np.float32))
    crystals = np.array([2, 0, 1])
    plain = network(pack(graphs, crystals), training=training)
    before = {variable.path: variable.numpy() for variable in network.non_trainable_variables}
    padded = network(pack(graphs, crystals, atoms=16, slots=8), training=training)
    np.testing.assert_allclose(ops.convert_to_numpy(padded)[:3], ops.convert_to_numpy(plain), rtol=1e-5, atol=1e-6)
    assert np.isfinite(ops.convert_to_numpy(padded)).all()
    means = [variable for variable in network.non_trainable_variables if training and "moving_mean" in variable.path]
    for mean in means:
        # the same statistics a second time: from 0 to 0.1 of the mean, then to 0.9 * 0.1 + 0.1 = 0.19 of it
        np.testing.assert_allclose(mean.numpy(), 1.9 * before[mean.path], rtol=1e-4, atol=1e-6)


def test_batches_serve_crystals_and_targets_in_the_given_order(graphs):
    batches = Batches(GraphSource(graphs), np.array([2, 1, 0]), np.array([0.2, 0.1, 0.0]), batch_size=2)
    assert len(batches) == 2
    served = [batches[i] for i in range(2)]
    assert [inputs["numbers"].tolist() for inputs, _ in served] == [[22, 8, 8, 26], [11, 17]]
    assert [targets.tolist() for _, targets in served] == [[[0.2], [0.1]], [[0.0]]]
    assert len(Batches(GraphSource(graphs), np.array([0]), None, batch_size=2)[0]) == 1


def test_in_batches_of_fixed_shape_padding_has_no_weight(graphs):
    batches = Batches(GraphSource(graphs), np.array([2, 1, 0]), np.array([0.2, 0.1, 0.0]), batch_size=2, fixed_shapes=True)
    shapes = [{name: values.shape for name, values in batches[i][0].items()} for i in range(2)]
    # 4 and 2 atoms, on a grid of twice the batch size
    assert shapes[0] == shapes[1]
    assert shapes[0]["numbers"] == (4,)
    _, targets, weights = batches[1]
    assert targets.tolist() == [[0.0], [0.0]]
    assert weights.tolist() == [1, 0]
    assert batches[0][2].tolist() == [1, 1]


def test_fixed_shapes_are_few_and_hold_all_atoms():
    graphs, size = random_graphs(), 32
    shapes, totals, padding = set(), set(), []
    for epoch in range(4):
        batches = Batches(GraphSource(graphs), np.random.default_rng(epoch).permutation(400), None, size, fixed_shapes=True)
        for index in range(len(batches)):
            inputs = batches[index][0]
            shapes.add(inputs["neighbours"].shape)
            totals.add(int(inputs["atom_mask"].sum()))
            padding.append(1 - inputs["atom_mask"].mean())
        assert sum(int(batches[index][0]["atom_mask"].sum()) for index in range(len(batches))) == graphs.offsets[-1]
    assert len(totals) > 40  # as many shapes would be compiled without padding
    assert len(shapes) <= 10
    assert np.mean(padding) < 0.07
