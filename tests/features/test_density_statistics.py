"""A density in a few numbers: waves put in come out, and neither origin nor orientation matter."""

import numpy as np
import pytest

from recryst.datasets import charge_density
from recryst.errors import BadInputError
from recryst.features import density
from recryst.features import density_statistics as statistics

N = 16


def of(numbers, name):
    return numbers[statistics.names().index(name)]


@pytest.fixture(scope="module")
def computed():
    """Image of an Fm-3m crystal with four atoms in its primitive cell."""
    data = charge_density.load()
    index = int(np.flatnonzero(data.crystals.n_atoms == 4)[0])
    return density.conventional(data.stored_density(index))


@pytest.mark.parametrize("shell", statistics.SHELLS)
def test_a_wave_that_is_put_in_comes_out_at_its_shell_and_at_no_other(shell):
    """cos(2 pi m.x) has half its height at m and half at -m; its mean is 0, its deviation 1 / sqrt(2)."""
    phase = 2 * np.pi * np.tensordot(shell, np.indices((N, N, N)) / N, axes=1)
    numbers = statistics.describe(3 + 0.4 * np.cos(phase))
    waves = {name: value for name, value in zip(statistics.names(), numbers, strict=True) if name.startswith("wave")}
    assert waves.pop("wave " + "".join(map(str, shell))) == pytest.approx(0.2)
    assert max(waves.values()) == pytest.approx(0, abs=1e-12)
    assert of(numbers, "mean") == pytest.approx(3)
    assert of(numbers, "standard deviation") == pytest.approx(0.4 / np.sqrt(2))
    assert of(numbers, "quantile 1") == pytest.approx(3.4)
    assert of(numbers, "quantile 0.5") == pytest.approx(3, abs=0.16)


def test_shells_are_those_of_a_face_centred_cubic_lattice_from_the_longest_wave_on():
    """All of h, k, l even or all odd; |G|^2 = 3, 4, 8, 11, 12, 16, 19, 20 in units of (2 pi / a)^2."""
    assert [sum(index**2 for index in shell) for shell in statistics.SHELLS] == [3, 4, 8, 11, 12, 16, 19, 20]
    assert all(len({index % 2 for index in shell}) == 1 for shell in statistics.SHELLS)


def test_the_other_choice_of_origin_and_another_axis_give_the_same_numbers(computed):
    half = computed.shape[0] // 2
    numbers = statistics.describe(computed)
    np.testing.assert_allclose(statistics.describe(np.roll(computed, (half, half, half), axis=(0, 1, 2))), numbers, rtol=1e-6)
    # images of computed densities are cubic to some tenths of a percent
    np.testing.assert_allclose(statistics.describe(computed.transpose(2, 0, 1)), numbers, rtol=0.01, atol=1e-3)


def test_each_number_has_a_name():
    assert len(statistics.names()) == len(set(statistics.names())) == len(statistics.describe(np.ones((12, 12, 12))))


@pytest.mark.parametrize("shape", [(4, 4, 4), (12, 12, 13), (12, 12)])
def test_another_shape_is_refused(shape):
    with pytest.raises(BadInputError, match="n x n x n points, n at least 12"):
        statistics.describe(np.ones(shape))


def test_a_density_that_is_not_finite_is_refused():
    with pytest.raises(BadInputError, match="1 points that are not finite"):
        statistics.describe(np.where(np.arange(1728).reshape(12, 12, 12) == 5, np.nan, 1.0))
