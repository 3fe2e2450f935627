"""Equations of state and elastic constants from made energies, pressures and stresses whose answers are known."""

import numpy as np
import pytest
from ase.eos import birchmurnaghan
from ase.units import GPa

from recryst.datasets import embedded
from recryst.dft import elastic_constants, equation_of_state, gpaw_side
from recryst.errors import CalculationError

VOLUMES = 40 * np.linspace(0.95, 1.06, 7) ** 3


def test_energies_are_those_of_ase_and_pressures_their_derivative() -> None:
    energies, pressures = equation_of_state.birch_murnaghan(VOLUMES, -5.0, 40.0, 0.5, 4.6)
    assert energies == pytest.approx(birchmurnaghan(VOLUMES, -5.0, 0.5, 4.6, 40.0))
    step = 1e-4
    above, below = (equation_of_state.birch_murnaghan(VOLUMES + sign * step, -5.0, 40.0, 0.5, 4.6)[0] for sign in (1, -1))
    assert pressures == pytest.approx(-(above - below) / (2 * step), abs=1e-8)


def test_a_fit_finds_what_the_points_were_made_of_and_leaves_the_pulay_pressure_out() -> None:
    energies, pressures = equation_of_state.birch_murnaghan(VOLUMES, -5.0, 41.0, 80 * GPa, 4.6)
    found = equation_of_state.fit(VOLUMES, energies, pressures / GPa - 60.0 / VOLUMES)
    assert (found.volume, found.energy) == pytest.approx((41.0, -5.0), rel=1e-6)
    assert (found.bulk_modulus, found.derivative) == pytest.approx((80.0, 4.6), rel=1e-4)
    assert found.bulk_modulus_from_energies == pytest.approx(80.0, rel=1e-3)
    assert max(found.energy_residual, found.pressure_residual) < 1e-5


def test_rough_energies_move_the_modulus_less_than_a_fit_to_them_alone() -> None:
    energies, pressures = equation_of_state.birch_murnaghan(VOLUMES, -5.0, 41.0, 80 * GPa, 4.6)
    rough = energies + 3e-3 * np.array([1, -1, 1, -1, 1, -1, 1])
    found = equation_of_state.fit(VOLUMES, rough, pressures / GPa)
    assert abs(found.bulk_modulus - 80) < abs(found.bulk_modulus_from_energies - 80) / 3
    assert found.energy_residual == pytest.approx(3e-3, rel=0.5)


def test_energies_without_a_minimum_are_no_result() -> None:
    energies, pressures = equation_of_state.birch_murnaghan(VOLUMES, -5.0, 70.0, 0.5, 4.6)
    with pytest.raises(CalculationError, match="minimum"):
        equation_of_state.fit(VOLUMES, energies, pressures / GPa)


@pytest.mark.parametrize("start", [30.0, 40.0, 50.0])
def test_volumes_are_followed_to_the_minimum_with_two_on_either_side(start: float) -> None:
    asked: list[float] = []

    def at(volume: float) -> tuple[float, float]:
        asked.append(volume)
        return volume, float(equation_of_state.birch_murnaghan(np.array([volume]), -5.0, 40.0, 0.5, 4.6)[0][0])

    rows = gpaw_side.about_the_minimum(at, start, 1.015**3)
    assert len(set(asked)) == len(asked)
    assert (np.diff(rows[:, 0]) > 0).all()
    assert np.diff(np.log(rows[:, 0])) == pytest.approx(3 * np.log(1.015))
    lowest = int(rows[:, 1].argmin())
    assert 2 <= lowest <= len(rows) - 3
    assert rows[0, 0] < 40 < rows[-1, 0]


def test_an_equation_of_state_of_a_maximum_is_refused_for_what_it_is() -> None:
    volumes = np.linspace(90, 110, 7)
    energies, pressures = equation_of_state.birch_murnaghan(volumes, -5.0, 100.0, -0.5, 4.5)
    with pytest.raises(CalculationError, match=r"bulk modulus of -\d+.* GPa, which no crystal has"):
        equation_of_state.fit(volumes, energies, pressures / GPa)


def test_an_energy_that_only_falls_is_given_up() -> None:
    with pytest.raises(ValueError, match="no minimum near the given volume"):
        gpaw_side.about_the_minimum(lambda volume: (volume, -volume), 40.0, 1.05)


def stresses(c11: float, c12: float, c44: float, strain: float, pressure: float = 0.0) -> np.ndarray:
    """By Hooke's law in Voigt's notation, with a pressure that all cells share."""
    found = []
    for deformation in elastic_constants.deformations(strain):
        e = (deformation + deformation.T) / 2 - np.eye(3)
        stress = 2 * c44 * (e - np.diag(np.diag(e))) + np.diag((c11 - c12) * np.diag(e) + c12 * np.trace(e)) - pressure * np.eye(3)
        found.append(stress)
    return np.array(found)


def test_elastic_constants_come_out_of_the_stresses_that_they_make() -> None:
    """Of a metal like copper, under a pressure; averages by Voigt from stiffnesses and by Reuss from compliances, the inverse matrix."""
    c11, c12, c44 = 176.2, 124.9, 81.8
    relaxed, clamped = stresses(c11, c12, c44, 0.015, pressure=3.0), stresses(c11, c12, 90.0, 0.015)
    found = elastic_constants.elasticity((c11 + 2 * c12) / 3, relaxed, clamped, 0.015)
    assert (found.c11, found.c12, found.c44, found.c44_clamped) == pytest.approx((c11, c12, c44, 90.0))
    compliance = np.linalg.inv(np.diag([c11 - c12] * 3 + [c44] * 3) + np.pad(np.full((3, 3), c12), (0, 3)))
    s11, s12, s44 = compliance[0, 0], compliance[0, 1], compliance[3, 3]
    assert found.shear_modulus_voigt == pytest.approx((c11 - c12 + 3 * c44) / 5)
    assert found.shear_modulus_reuss == pytest.approx(5 / (4 * (s11 - s12) + 3 * s44))
    assert found.shear_modulus == pytest.approx((found.shear_modulus_voigt + found.shear_modulus_reuss) / 2)
    assert found.stable


def test_an_unstable_crystal_has_no_shear_modulus() -> None:
    soft = stresses(100.0, 120.0, 50.0, 0.015)
    found = elastic_constants.elasticity(340 / 3, soft, soft, 0.015)
    assert (found.stable, found.shear_modulus, found.c11) == (False, None, pytest.approx(100.0))


def test_averages_of_the_embedded_crystals_come_out_again() -> None:
    table = embedded.properties().dropna(subset=["c11", "c12", "c44", "shear_modulus"])
    assert len(table) > 50
    for row in table.itertuples():
        made = stresses(row.c11, row.c12, row.c44, 0.015)
        found = elastic_constants.elasticity(row.bulk_modulus, made, made, 0.015)
        assert found.shear_modulus == pytest.approx(row.shear_modulus, rel=0.01)
