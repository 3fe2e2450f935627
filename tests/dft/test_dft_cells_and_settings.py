"""Cells made symmetric, meshes and grids, against cases worked by hand and the data that are computed the same way."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals
from recryst.datasets import charge_density
from recryst.dft import cells, settings
from recryst.errors import BadCrystalError, BadInputError


def cell(structure: Structure) -> cells.Cell:
    return cells.standard(Crystals.from_structures(["it"], [structure]), 0)


def test_a_conventional_cell_becomes_the_primitive_one_of_the_stored_densities(nacl: Path) -> None:
    found = cell(Structure.from_file(nacl))
    assert (found.space_group, found.space_group_symbol, found.is_cubic) == (225, "Fm-3m", True)
    assert found.lattice == pytest.approx(5.64 * charge_density.LATTICE, abs=1e-8)
    assert sorted(found.symbols) == ["Cl", "Na"]
    assert len(found.rotations) == 48
    assert found.moments == [0.0, 0.0]


def test_a_cell_that_is_nearly_symmetric_becomes_exactly_so() -> None:
    bent = Structure(Lattice.from_parameters(4.2, 4.2002, 4.1997, 90.01, 90, 89.99), ["Cs", "Cl"], [[0, 0, 0.0005], [0.5, 0.4996, 0.5]])
    found = cell(bent)
    assert found.space_group == 221
    assert found.lattice == pytest.approx(np.eye(3) * found.lattice[0, 0], abs=1e-10)
    assert np.linalg.det(found.lattice) == pytest.approx(bent.volume, rel=1e-3)


def test_atoms_that_overlap_are_refused() -> None:
    with pytest.raises(BadCrystalError, match="spglib finds no symmetry in it"):
        cell(Structure(Lattice.cubic(4), ["Na", "Na"], [[0, 0, 0], [0, 0, 0.00001]]))


def test_magnetic_elements_begin_with_a_moment() -> None:
    assert cell(Structure(Lattice.cubic(2.9), ["Fe", "Al"], [[0, 0, 0], [0.5, 0.5, 0.5]])).moments in ([2.5, 0.0], [0.0, 2.5])


def test_meshes_grids_and_electrons_are_those_of_the_stored_densities() -> None:
    """The profile standard is to repeat them: every stored crystal has the mesh and the grid that would be chosen here."""
    data = charge_density.load()
    chosen = settings.settings("density", "standard")
    stored = data.properties[["grid", "k_points"]].to_numpy()
    for lattice, (grid, k_points) in zip(data.crystals.lattices, stored, strict=True):
        assert settings.grid(lattice, chosen.cutoff) == (grid, grid, grid)
        assert settings.density_mesh(lattice, chosen) == (k_points, k_points, k_points)
    with np.load(charge_density.FOLDER / "densities-000.npz") as chunk:
        protocol = json.loads(str(chunk["protocol"]))
    assert chosen.cutoff == protocol["plane_wave_cutoff_eV"]
    assert ["marzari-vanderbilt", chosen.smearing] == protocol["smearing"]
    limits = protocol["convergence"]
    assert (chosen.energy, chosen.density) == (limits["energy_eV_per_electron"], limits["density_electrons"])
    assert chosen.smoothing == protocol["density_gaussian_sigma_angstrom"] == charge_density.SMOOTHING


def test_a_mesh_follows_the_lengths_of_the_reciprocal_vectors() -> None:
    """2 pi / 4 and 2 pi / 8 per angstrom, times 5 points: 7.9 and 3.9, even numbers not below (less a fifth)."""
    assert settings.k_points(np.diag([4.0, 4.0, 8.0]), 5.0) == (8, 8, 4)
    assert settings.k_points(np.diag([40.0, 40.0, 40.0]), 5.0, fewest=4) == (4, 4, 4)


def test_vectors_that_differ_in_the_last_digit_get_one_grid() -> None:
    for length in np.linspace(3, 12, 300):
        nearly = np.diag([length, length * (1 + 1e-12), length * (1 - 1e-12)])
        assert len(set(settings.grid(nearly, 400.0))) == 1
        assert len(set(settings.k_points(nearly, 2.2))) == 1


def test_a_cell_too_long_and_what_is_not_computed_are_refused() -> None:
    with pytest.raises(BadInputError, match="a cell of 90 angstrom is too long"):
        settings.grid(np.diag([4.0, 4.0, 90.0]), 400.0)
    with pytest.raises(BadInputError, match="computes density, eos, elastic, not 'phonons'"):
        settings.settings("phonons", "quick")
    with pytest.raises(BadInputError, match="--profile must be one of quick, standard, not 'best'"):
        settings.settings("density", "best")


def test_irreducible_points_of_a_cube() -> None:
    """Of 4 x 4 x 4 points about Gamma, coordinates are 0, 1/4 or 1/2 but for the sign: 27 of them, ten where order does not count."""
    cube = cell(Structure(Lattice.cubic(3), ["Po"], [[0, 0, 0]]))
    assert cells.irreducible_k_points(cube, (4, 4, 4)) == 10
    brick = cell(Structure(Lattice.orthorhombic(3, 4, 5), ["Po"], [[0, 0, 0]]))
    assert cells.irreducible_k_points(brick, (4, 4, 4)) == 27


def test_screw_axes_leave_more_points_to_compute_than_rotations() -> None:
    """Of rutile's sixteen operations eight have no translation: x and y may change places or signs together, z its own."""
    rutile = Structure.from_spacegroup("P4_2/mnm", Lattice.tetragonal(4.6, 2.96), ["Ti", "O"], [[0, 0, 0], [0.305, 0.305, 0]])
    found = cell(rutile)
    assert found.space_group == 136
    pairs = {min((x % 4, y % 4), (y % 4, x % 4), (-x % 4, -y % 4), (-y % 4, -x % 4)) for x in range(4) for y in range(4)}
    assert cells.irreducible_k_points(found, (4, 4, 4)) == 3 * len(pairs)


def test_averaging_over_the_symmetry_keeps_what_has_it_and_tells_what_has_not(nacl: Path) -> None:
    crystal = cell(Structure.from_file(nacl))
    n = 12
    wedge = np.random.default_rng(0).uniform(1, 2, charge_density.orbits(n).max() + 1)
    symmetric = charge_density.expand(wedge, n)
    mean, change = cells.symmetrised(symmetric, crystal)
    assert mean == pytest.approx(symmetric)
    assert change < 1e-12
    broken = symmetric.copy()
    broken[1, 2, 3] += 0.48
    mean, change = cells.symmetrised(broken, crystal)
    members = int((charge_density.orbits(n) == charge_density.orbits(n)[1, 2, 3]).sum())
    assert mean[1, 2, 3] == pytest.approx(symmetric[1, 2, 3] + 0.48 / members)
    assert mean.sum() == pytest.approx(broken.sum())
    assert change == pytest.approx(0.48 * (1 - 1 / members) / broken.max())


def test_screw_axes_are_averaged_over_where_the_grid_has_them() -> None:
    """Silicon's glide planes shift by a quarter: on 12 points they are operations of the grid, on 10 they are left out."""
    silicon = cell(Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.43), ["Si"], [[0, 0, 0]]))
    values = np.random.default_rng(1).uniform(1, 2, (12, 12, 12))
    mean, _ = cells.symmetrised(values, silicon)
    again, change = cells.symmetrised(mean, silicon)
    assert change < 1e-12
    assert len(pd.unique(mean.round(9).ravel())) == len(pd.unique(again.round(9).ravel())) < 12**3 / 48 * 3
    assert cells.symmetrised(values[:10, :10, :10], silicon)[0].mean() == pytest.approx(values[:10, :10, :10].mean())
