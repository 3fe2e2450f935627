"""The semilocal functional: parameters by hand, and a mean over the cell that knows neither order nor number of points."""

import keras
import numpy as np
import pytest

from recryst.models.semilocal import SemilocalNetwork, symbolic_batch

RANDOM = np.random.default_rng(0)


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    made = SemilocalNetwork(columns=5, descriptors=3, at_points=(8, 4), widths=(6,))
    made(symbolic_batch(5, 3))
    return made


def batch(points, shares, crystals=2):
    magpie = np.tile(np.linspace(-1, 1, 5), (crystals, 1))
    return {"points": points.astype(np.float32), "shares": shares.astype(np.float32), "magpie": magpie.astype(np.float32)}


def asked(network, inputs):
    return keras.ops.convert_to_numpy(network(inputs))


def test_it_has_the_parameters_that_its_layers_need(network):
    at_points = (3 * 8 + 8) + (8 * 4 + 4)
    joined = (4 + 5) * 6 + 6 + 6 + 1
    standard = 2 * (3 + 5)
    assert network.count_params() == at_points + joined + standard


def test_a_mean_over_the_cell_is_that_of_the_points_by_their_shares(network):
    points, shares = RANDOM.normal(size=(2, 7, 3)), RANDOM.uniform(size=(2, 7))
    shares /= shares.sum(axis=1, keepdims=True)
    found = asked(network, batch(points, shares))
    order = RANDOM.permutation(7)
    np.testing.assert_allclose(asked(network, batch(points[:, order], shares[:, order])), found, atol=1e-5)
    # each point as two of half its share, as in a cell of twice the size
    twice = batch(np.repeat(points, 2, axis=1), np.repeat(shares / 2, 2, axis=1))
    np.testing.assert_allclose(asked(network, twice), found, atol=1e-5)
    # and a point without a share is none
    more = batch(np.concatenate([points, 100 * points[:, :1]], axis=1), np.pad(shares, [(0, 0), (0, 1)]))
    np.testing.assert_allclose(asked(network, more), found, atol=1e-5)
    assert np.abs(asked(network, batch(points, shares[:, ::-1])) - found).max() > 1e-3


def test_it_is_no_function_of_the_mean_density_alone(network):
    """Two halves of a cell, one dense and one empty, are not a cell of their mean: f is not linear."""
    halves, mean = np.array([[[2.0, 0, 0], [-2.0, 0, 0]]] * 2), np.zeros((2, 2, 3))
    shares = np.full((2, 2), 0.5)
    assert np.abs(asked(network, batch(halves, shares)) - asked(network, batch(mean, shares))).max() > 1e-3


def test_what_it_is_fed_is_standardised(network):
    points, shares = RANDOM.normal(size=(2, 7, 3)), np.full((2, 7), 1 / 7)
    found = asked(network, batch(points, shares))
    network.standard_points.adapt(np.full(3, 5.0), np.full(3, 2.0))
    np.testing.assert_allclose(asked(network, batch(2 * points + 5, shares)), found, atol=1e-5)
