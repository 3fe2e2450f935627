"""CGCNN's networks against equations worked in numpy, their invariances, and the published models' reference outputs."""

import json

import numpy as np
import pandas as pd
import pytest
import tensorflow
from keras import ops

from recryst.errors import BadInputError
from recryst.models.cgcnn import BondCategories, GatedNetwork, GaussianDistances, SummingConvolution, SummingNetwork, symbolic_batch
from recryst.models.cgcnn_published import published_network
from recryst.models.normalization import RowNormalization

PROPERTIES = (
    "formation-energy-per-atom",
    "final-energy-per-atom",
    "band-gap",
    "efermi",
    "bulk-moduli",
    "shear-moduli",
    "poisson-ratio",
    "semi-metal-classification",
)
TIES = {"CaTiO3_cubic", "SrTiO3", "CsPbI3_cubic"}


def random_batch(seed=0, atoms=(3, 5, 2), neighbours=12):
    rng = np.random.default_rng(seed)
    starts = np.r_[0, np.cumsum(atoms)]
    return {
        "atoms_per_crystal": np.array(atoms, np.float32),
        "numbers": rng.integers(1, 90, starts[-1]).astype(np.int32),
        "neighbours": np.concatenate([rng.integers(s, s + n, (n, neighbours)) for s, n in zip(starts, atoms, strict=False)]).astype(
            np.int32
        ),
        "distances": rng.uniform(1.5, 6.0, (starts[-1], neighbours)).astype(np.float32),
        "crystal": np.repeat(np.arange(len(atoms)), atoms).astype(np.int32),
    }


@pytest.fixture
def table():
    return np.random.default_rng(1).integers(0, 2, (101, 20)).astype(np.float32)


def numbers(tensor):
    return np.asarray(ops.convert_to_numpy(tensor))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def test_gated_convolution_is_equation_5_with_the_concatenation_written_out(table):
    network, batch = GatedNetwork(table, units=6, convolutions=1, hidden_units=4), random_batch()
    network(symbolic_batch())
    layer = network.convolutions[0]
    rng = np.random.default_rng(5)
    for variable in layer.variables:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    steps = {name: numbers(value) for name, value in network.activations(batch).items()}
    v, u = steps["embedding"], numbers(network.expansion(batch["distances"]))
    k = batch["neighbours"].shape[1]
    z = np.concatenate([np.repeat(v[:, None], k, 1), v[batch["neighbours"]], u], axis=-1)

    def linear(half):
        total = z @ np.concatenate([numbers(half.centre.kernel), numbers(half.neighbour.kernel), numbers(half.bond.kernel)])
        return normalised(total + numbers(half.centre.bias), half.normalise)

    def normalised(x, layer):
        scaled = (x - numbers(layer.moving_mean)) / np.sqrt(numbers(layer.moving_variance) + 1e-5)
        return numbers(layer.gamma) * scaled + numbers(layer.beta)

    update = normalised((sigmoid(linear(layer.gate)) * softplus(linear(layer.core))).sum(1), layer.normalise)
    np.testing.assert_allclose(steps["convolution_1"], softplus(v + update), rtol=1e-4, atol=1e-5)


def test_embedding_is_the_linear_map_of_the_atom_features(table):
    network, batch = GatedNetwork(table, units=6, convolutions=1), random_batch()
    embedded = numbers(network.activations(batch)["embedding"])
    by_hand = table[batch["numbers"]] @ numbers(network.embedding.kernel) + numbers(network.embedding.bias)
    np.testing.assert_allclose(embedded, by_hand, rtol=1e-5, atol=1e-6)


def test_gaussians_are_one_at_their_centre_and_1_over_e_one_step_away():
    expanded = numbers(GaussianDistances()(np.array([[1.0, 1.2, 9.0]], np.float32)))
    assert expanded.shape == (1, 3, 41)
    assert expanded[0, 0, 5] == pytest.approx(1.0)  # centre 5 is at 1.0 angstrom
    assert expanded[0, 1, 5] == pytest.approx(np.exp(-1), rel=1e-4)
    assert expanded[0, 2].max() == pytest.approx(np.exp(-25), rel=1e-3)  # 9 angstrom lies five steps beyond the last centre, 8.0


def test_summing_convolution_is_equation_4():
    layer, rng = SummingConvolution(4), np.random.default_rng(2)
    v, bonds = rng.normal(size=(3, 5)).astype(np.float32), rng.integers(0, 4, (3, 10)).astype(np.float32)
    neighbours, present = np.array([[1, 2], [0, 0], [1, 0]], np.int32), np.array([[1, 1], [1, 0], [1, 1]], np.float32)
    result = numbers(layer(v, bonds, neighbours, present))
    around = np.array([v[1] + v[2], v[0], v[1] + v[0]])  # the second neighbour of the second atom is missing
    expected = np.concatenate([around, bonds], 1) @ numbers(layer.convolve.kernel) + v @ numbers(layer.itself.kernel)
    np.testing.assert_allclose(result, softplus(expected + numbers(layer.convolve.bias)), rtol=1e-5, atol=1e-6)


def test_bond_categories_are_ten_equal_ranges_from_0_7_to_5_2_angstrom():
    # the supplement's own example: 0.7 angstrom is category 1; 2.6 is (2.6 - 0.7) / 0.45 = 4.2, the fifth; the last begins at 4.75
    distances = np.array([[0.7, 1.14, 1.16, 2.6, 4.7, 4.8, 7.0, 0.5, 0.0]], np.float32)
    histogram = numbers(BondCategories()(distances, (distances > 0).astype(np.float32)))[0]
    np.testing.assert_array_equal(histogram, [3, 1, 0, 0, 1, 0, 0, 0, 1, 2])


def test_row_normalisation_trains_with_batch_statistics_and_unbiased_running_variance():
    layer, rows = RowNormalization(), np.random.default_rng(3).normal(2.0, 3.0, (10, 4)).astype(np.float32)
    result = numbers(layer(rows, training=True))
    np.testing.assert_allclose(result, (rows - rows.mean(0)) / np.sqrt(rows.var(0) + 1e-5), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numbers(layer.moving_mean), 0.1 * rows.mean(0), rtol=1e-4)
    np.testing.assert_allclose(numbers(layer.moving_variance), 0.9 + 0.1 * rows.var(0, ddof=1), rtol=1e-4)


@pytest.mark.parametrize("mask", [None, np.array([1, 0, 1, 1, 0, 1, 1], np.float32)])
def test_gradient_of_row_normalisation_is_that_of_finite_differences(mask):
    rng = np.random.default_rng(4)
    rows, weight = rng.normal(1.0, 2.0, (7, 3)), rng.normal(size=(7, 3))
    if mask is not None:
        weight *= mask[:, None]
    layer = RowNormalization()
    layer.build((None, 3))
    layer.gamma.assign([1.5, 0.5, 2.0])

    def value(x):
        return float(np.sum(weight * numbers(layer(x.astype(np.float32), training=True, row_mask=mask)), dtype=np.float64))

    by_hand = np.zeros_like(rows)
    for place in np.ndindex(*rows.shape):
        step = np.zeros_like(rows)
        step[place] = 1e-2
        by_hand[place] = (value(rows + step) - value(rows - step)) / 2e-2
    x = tensorflow.constant(rows.astype(np.float32))
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        loss = tensorflow.reduce_sum(weight.astype(np.float32) * layer(x, training=True, row_mask=mask))
    gradient, dgamma, dbeta = tape.gradient(loss, [x, layer.gamma.value, layer.beta.value])
    np.testing.assert_allclose(numbers(gradient), by_hand, atol=3e-3)
    kept = rows if mask is None else rows[mask == 1]
    standard = (rows - kept.mean(0)) / np.sqrt(kept.var(0) + 1e-5)
    np.testing.assert_allclose(numbers(dgamma), (weight * standard).sum(0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numbers(dbeta), weight.sum(0), rtol=1e-4, atol=1e-5)


def test_masked_rows_change_nothing(table):
    rows = np.random.default_rng(3).normal(size=(6, 4)).astype(np.float32)
    mask = np.array([1, 1, 0, 1, 0, 1], np.float32)
    plain, masked = RowNormalization(), RowNormalization()
    expected = numbers(plain(rows[mask == 1], training=True))
    np.testing.assert_allclose(numbers(masked(rows, training=True, row_mask=mask))[mask == 1], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(numbers(masked.moving_variance), numbers(plain.moving_variance), rtol=1e-5)


@pytest.mark.parametrize("build", [GatedNetwork, SummingNetwork, lambda t, **k: SummingNetwork(t, pooling="linear", **k)])
def test_a_crystal_is_predicted_alike_alone_in_company_permuted_and_doubled(table, build):
    network = build(table, units=8, convolutions=2, hidden_units=8)
    batch = random_batch(atoms=(3, 5, 2))
    together = numbers(network(batch))
    alone = {
        "atoms_per_crystal": np.array([5], np.float32),
        "crystal": np.zeros(5, np.int32),
        **{name: batch[name][3:8] for name in ("numbers", "distances")},
        "neighbours": batch["neighbours"][3:8] - 3,
    }
    np.testing.assert_allclose(numbers(network(alone))[0], together[1], rtol=1e-5, atol=1e-6)

    order = np.array([4, 2, 0, 1, 3])
    permuted = {**alone, "numbers": alone["numbers"][order], "distances": alone["distances"][order]}
    permuted["neighbours"] = np.argsort(order)[alone["neighbours"][order]].astype(np.int32)
    np.testing.assert_allclose(numbers(network(permuted))[0], together[1], rtol=1e-5, atol=1e-6)

    doubled = {name: np.concatenate([alone[name]] * 2) for name in ("numbers", "distances", "crystal")}
    doubled |= {
        "atoms_per_crystal": np.array([10], np.float32),
        "neighbours": np.concatenate([alone["neighbours"], alone["neighbours"] + 5]),
    }
    np.testing.assert_allclose(numbers(network(doubled))[0], together[1], rtol=1e-5, atol=1e-6)


def test_linear_pooling_is_the_mean_of_the_site_values(table):
    network, batch = SummingNetwork(table, units=8, convolutions=2, hidden_units=8, pooling="linear"), random_batch()
    sites = numbers(network.site_values(batch))[:, 0]
    np.testing.assert_allclose(numbers(network(batch))[:, 0], [sites[:3].mean(), sites[3:8].mean(), sites[8:].mean()], rtol=1e-5)


def released_table(shared):
    rows = json.loads((shared / "data/cgcnn_pretrained/atom_init.json").read_text())
    table = np.zeros((101, 92), np.float32)
    for number, features in rows.items():
        table[int(number)] = features
    return table


def published(shared, name):
    return dict(np.load(shared / f"data/cgcnn_pretrained/{name}.npz"))


def saved_graph(graphs, table, identifier):
    features = graphs[f"{identifier}/atom_fea"]
    return {
        "atoms_per_crystal": np.array([len(features)], np.float32),
        "numbers": np.array([np.flatnonzero((table[1:] == row).all(1))[0] + 1 for row in features], np.int32),
        "neighbours": graphs[f"{identifier}/nbr_idx"].astype(np.int32),
        "distances": graphs[f"{identifier}/nbr_dist"].astype(np.float32),
        "crystal": np.zeros(len(features), np.int32),
    }


@pytest.fixture(scope="module")
def all_saved_graphs(shared):
    """The ids of the 46 crystals, and their saved graphs as one batch."""
    table = released_table(shared)
    with np.load(shared / "fixtures/cgcnn/graphs.npz") as graphs:
        ids = list(dict.fromkeys(file.split("/")[0] for file in graphs.files))
        parts = [saved_graph(graphs, table, identifier) for identifier in ids]
    counts = np.array([len(part["numbers"]) for part in parts])
    starts = np.cumsum(counts) - counts
    batch = {name: np.concatenate([part[name] for part in parts]) for name in ("atoms_per_crystal", "numbers", "distances")}
    batch["neighbours"] = np.concatenate([part["neighbours"] + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    batch["crystal"] = np.repeat(np.arange(len(ids)), counts).astype(np.int32)
    return ids, batch


@pytest.mark.shared
@pytest.mark.parametrize("name", PROPERTIES)
def test_published_model_gives_the_reference_predictions_on_the_saved_graphs(shared, all_saved_graphs, name):
    network = published_network(published(shared, name), released_table(shared))
    classifies = "classification" in name
    assert network.count_params() == (98_210 if classifies else 98_177)
    reference = pd.read_csv(shared / "fixtures/cgcnn/reference.csv", dtype={"id": str}).set_index("id")[f"{name}__float64"]
    normalizer = json.loads((shared / "data/cgcnn_pretrained/models.json").read_text())[name].get("normalizer")
    ids, batch = all_saved_graphs
    assert set(ids) == set(reference.index)
    assert len(ids) == 46
    output = numbers(network(batch))
    values = sigmoid(output[:, 1] - output[:, 0]) if classifies else output[:, 0] * normalizer["std"] + normalizer["mean"]
    np.testing.assert_allclose(values, reference[ids], rtol=0, atol=1e-4)


@pytest.mark.shared
def test_published_model_gives_the_saved_layer_outputs(shared):
    table = released_table(shared)
    network = published_network(published(shared, "formation-energy-per-atom"), table)
    names = {"embedding": "embedding", "pooled": "pooled", "output": "out_normalized"}
    names |= {f"convolution_{i + 1}": f"conv{i}" for i in range(4)}
    fixtures = shared / "fixtures/cgcnn"
    with np.load(fixtures / "graphs.npz") as graphs, np.load(fixtures / "activations_formation_energy.npz") as saved:
        crystals = {name.split("/")[0] for name in saved.files}
        assert len(crystals) == 5
        for identifier in crystals & {file.split("/")[0] for file in graphs.files}:
            batch = saved_graph(graphs, table, identifier)
            np.testing.assert_allclose(numbers(network.expansion(batch["distances"])), saved[f"{identifier}/nbr_fea"], atol=2e-6)
            for name, value in network.activations(batch).items():
                if name in names:
                    np.testing.assert_allclose(numbers(value), saved[f"{identifier}/{names[name]}"], rtol=1e-4, atol=1e-4, err_msg=name)


@pytest.mark.shared
def test_incomplete_published_weights_are_refused_by_name(shared):
    weights, table = published(shared, "band-gap"), released_table(shared)
    with pytest.raises(BadInputError, match=r"convs\.2\.bn1\.bias"):
        published_network({name: value for name, value in weights.items() if name != "convs.2.bn1.bias"}, table)
    for name in ("embedding.bias", "fc_out.bias", "convs.1.fc_full.weight"):
        with pytest.raises(BadInputError, match=f"lack the array {name}"):
            published_network({other: value for other, value in weights.items() if other != name}, table)
    with pytest.raises(BadInputError, match=r"convs\.1\.fc_full\.weight has shape \(128, 100\)"):
        published_network({**weights, "convs.1.fc_full.weight": np.zeros((128, 100))}, table)
    with pytest.raises(BadInputError, match="no place for: surplus"):
        published_network({**weights, "surplus": np.zeros(3)}, table)
    with pytest.raises(BadInputError, match=r"fc_out\.weight has shape \(1, 31\)"):
        published_network({**weights, "fc_out.weight": np.zeros((1, 31))}, table)
