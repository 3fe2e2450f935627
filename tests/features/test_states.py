"""Densities of states: straight lines, moments beside pymatgen's and those of known curves, and what symmetry asks of nine orbitals."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.electronic_structure.core import Orbital, OrbitalType, Spin
from pymatgen.electronic_structure.dos import CompleteDos, Dos

from recryst.crystals import Crystals
from recryst.datasets import charge_density
from recryst.features import states
from recryst.features.states import ENERGIES, MOMENTS, ORBITALS, DensitiesOfStates


def of_curve(curve) -> dict[str, float]:
    """Moments of one curve, given as the s orbital of spin up."""
    curves = np.zeros((1, 2, len(ORBITALS), len(ENERGIES)), np.float32)
    curves[0, 0, 0] = curve
    found = states.moments(DensitiesOfStates(np.array(["one"]), curves))
    assert found.shape == (1, 90)
    assert not found[0, 5:].any(), "empty orbitals have no moments"
    return dict(zip(MOMENTS, found[0, :5], strict=True))


def test_moments_of_a_gaussian_are_those_of_a_gaussian():
    found = of_curve(3 * np.exp(-0.5 * ((ENERGIES + 1.5) / 1.5) ** 2))
    # of a normal distribution 84.13 % lie below one deviation above its mean
    assert found == pytest.approx({"filling": 0.8413, "center": -1.5, "width": 1.5, "skewness": 0, "kurtosis": 3}, abs=2e-3)


def test_moments_do_not_depend_on_how_many_states_there_are():
    curve = np.exp(-np.abs(ENERGIES - 1)) * (ENERGIES > -3)
    assert of_curve(7 * curve) == pytest.approx(of_curve(curve), rel=1e-5)


def test_moments_are_those_of_pymatgen():
    curve = np.exp(-0.5 * (ENERGIES + 6) ** 2) + 0.3 * np.exp(-0.5 * ((ENERGIES - 1) / 0.7) ** 2)
    structure = Structure(Lattice.cubic(3), ["Po"], [[0, 0, 0]])
    total = Dos(0.0, ENERGIES, {Spin.up: curve})
    reference = CompleteDos(structure, total, {structure[0]: {Orbital.s: {Spin.up: curve}}})
    band = {"band": OrbitalType.s}
    expected = {
        "filling": reference.get_band_filling(**band),
        "center": reference.get_band_center(**band),
        "width": reference.get_band_width(**band),
        "skewness": reference.get_band_skewness(**band),
        "kurtosis": reference.get_band_kurtosis(**band),
    }
    found = of_curve(curve)
    # it ends between two energies, of which pymatgen takes the upper one
    step = (ENERGIES[1] - ENERGIES[0]) * np.interp(0, ENERGIES, curve) / np.trapezoid(curve, ENERGIES)
    assert found.pop("filling") == pytest.approx(expected.pop("filling"), abs=step)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_curve_is_straight_between_what_is_given_and_zero_where_nothing_is():
    found = states.resampled(np.array([-10.0, 0.0, 5.0]), np.array([[2.0, 4.0, 1.0]]))[0]
    for energy, expected in ((-9.9, 2.02), (-5, 3), (2.5, 2.5), (4.9, 1.06)):
        assert np.interp(energy, ENERGIES, found) == pytest.approx(expected, abs=0.01)
    assert not found[(ENERGIES < -10) | (ENERGIES > 5)].any()


def test_a_curve_that_reaches_beyond_the_range_is_cut():
    energies = np.linspace(-25, 15, 41)
    np.testing.assert_allclose(states.resampled(energies, energies + 30), ENERGIES + 30)


def test_the_nine_orbitals_of_a_computed_crystal_add_up_to_its_four_groups():
    data = charge_density.load(chunks=1)
    index = int(np.flatnonzero(data.crystals.n_atoms > 1)[0])
    found, rejected = states.of_crystals(data.crystals.take([index]))
    assert rejected.empty
    assert found.curves.shape == (1, 2, 9, 1500)
    elements = len(np.unique(data.crystals.numbers[data.crystals.atoms(index)]))
    start = 0
    for group, size in zip(data.density_of_states(index)[0], (1, 3, 3, 2), strict=True):
        alike = found.curves[0, 0, start : start + size]
        assert (alike == alike[0]).all(), "orbitals of a group are alike in a cube"
        expected = np.interp(ENERGIES, charge_density.ENERGIES, group) / elements
        np.testing.assert_allclose(alike.sum(axis=0), expected, rtol=1e-4, atol=1e-5)
        start += size


def test_the_two_spins_of_a_magnet_are_kept_apart_and_a_single_one_stands_for_both():
    data = charge_density.load()
    names = ["mp-972", "mp-1265"]  # ferromagnetic MnSe, and MgO
    found, _ = states.of_crystals(data.crystals.take([data.index(name) for name in names]))
    magnet, other = found.curves
    assert (other[0] == other[1]).all()
    filled = np.trapezoid(magnet * (ENERGIES < 0), ENERGIES).sum(axis=1)
    # of two elements; projections on atoms miss a part of the states, or count it twice
    assert 2 * (filled[0] - filled[1]) == pytest.approx(data.properties["magnetic_moment"]["mp-972"], rel=0.12)


def test_every_crystal_has_filled_and_empty_states_between_the_ends_of_the_curves():
    """On a scale with another zero many crystals had all of theirs filled, or their filled ones cut off."""
    data = charge_density.load()
    found, _ = states.of_crystals(data.crystals)
    curves = found.curves.sum(axis=(1, 2))
    filled = np.trapezoid(curves * (ENERGIES < 0), ENERGIES) / np.trapezoid(curves, ENERGIES)
    assert (filled > 0.05).all()
    assert (filled < 0.96).all()
    tungsten = filled[data.crystals.formulas().index("W")]
    assert 0.4 < tungsten < 0.6, "its d bands are half filled"


def test_elements_are_listed_whatever_their_amounts():
    crystals = Crystals.from_structures(["a"], [Structure(Lattice.cubic(4), ["H", "Rg", "Rg"], [[0, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]])])
    listed = states.listed_elements(crystals)
    assert listed.shape == (1, 111)
    assert np.flatnonzero(listed[0]).tolist() == [0, 110]
    np.testing.assert_allclose(states.amounts(crystals)[0, [0, 110]], [1 / 3, 2 / 3])
    assert states.amounts(crystals).sum() == pytest.approx(1)


def test_a_crystal_without_a_density_of_states_is_rejected_with_the_reason():
    crystals = Crystals.from_structures(["mine"], [Structure(Lattice.cubic(3), ["Po"], [[0, 0, 0]])])
    found, rejected = states.of_crystals(crystals)
    assert len(found.ids) == 0
    assert states.moments(found).shape == (0, 90)
    assert rejected.to_dict("records") == [{"id": "mine", "reason": "no density of states was computed for it"}]
