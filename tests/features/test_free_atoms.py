"""Sums of densities of free atoms: a closed form, the number of electrons, and what is said when the atoms are not here."""

from pathlib import Path

import numpy as np
import pytest

from recryst.crystals import Crystals
from recryst.datasets import charge_density, radial_densities
from recryst.datasets.charge_density import LATTICE
from recryst.datasets.radial_densities import RadialDensities
from recryst.errors import DamagedFileError, MissingDataError
from recryst.features import density_images, free_atoms

WIDTH = 0.3  # angstrom


@pytest.fixture
def gaussian_atoms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Free atoms of sodium and chlorine that are Gaussians of 0.3 angstrom with one and two electrons; no others are known."""
    radii = np.linspace(0, 5, 2001)
    shape = 4 * np.pi * radii**2 * np.exp(-0.5 * (radii / WIDTH) ** 2) / (2 * np.pi * WIDTH**2) ** 1.5
    atoms = RadialDensities(radii, {"Na": shape, "Cl": 2 * shape})
    monkeypatch.setattr(radial_densities, "load", lambda: atoms)
    free_atoms._table.cache_clear()
    yield
    free_atoms._table.cache_clear()


def rocksalt(first: int, second: int, edge: float = 5.0) -> Crystals:
    positions = np.array([[0, 0, 0], [0.5, 0.5, 0.5]])
    return Crystals(np.array(["it"]), edge * LATTICE[None], np.array([first, second], np.uint8), positions, np.array([0, 2]))


@pytest.mark.usefixtures("gaussian_atoms")
def test_a_sum_of_gaussians_is_widened_by_the_smoothing() -> None:
    """Variances add, 0.3^2 + 0.2^2: at an atom the density is that of its own Gaussian and of all others, summed here in space."""
    crystal = rocksalt(11, 17)
    found = free_atoms.density(crystal)
    variance = WIDTH**2 + 0.2**2
    cells = np.array(np.meshgrid(*3 * [range(-3, 4)])).reshape(3, -1).T
    for point in ((0, 0, 0), (30, 30, 30), (7, 20, 41)):
        here = np.array(point) / 60
        expected = 0.0
        for electrons, position in zip((1, 2), crystal.frac_coords, strict=True):
            distances = np.linalg.norm((position + cells - here) @ crystal.lattices[0], axis=1)
            expected += electrons * np.exp(-(distances**2) / (2 * variance)).sum() / (2 * np.pi * variance) ** 1.5
        assert found[point] == pytest.approx(expected, rel=2e-4)
    assert found.mean() * 5.0**3 / 4 == pytest.approx(3, rel=1e-4)


@pytest.mark.usefixtures("gaussian_atoms")
def test_an_element_without_a_free_atom_rejects_the_crystal() -> None:
    assert free_atoms.absent(rocksalt(11, 19)) == {"it": "no density of a free atom of K is known"}
    images, rejected = density_images.build(rocksalt(11, 19), "free-atoms")
    assert len(images) == 0
    assert rejected["reason"].tolist() == ["no density of a free atom of K is known"]


@pytest.mark.shared
def test_real_atoms_keep_their_electrons_and_are_the_same_by_symmetry(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LiH, the first crystal, has 4 electrons; heavy atoms lack up to three in a hundred, within the first step of their radial grid."""
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    crystals = charge_density.load().crystals
    heavy = crystals.take([int(np.argmax(np.maximum.reduceat(crystals.numbers, crystals.offsets[:-1])))])
    electrons = free_atoms.density(heavy).mean() * abs(np.linalg.det(heavy.lattices[0]))
    assert 0.97 * heavy.numbers.sum() < electrons <= heavy.numbers.sum()
    crystal = crystals.take([0])
    assert free_atoms.density(crystal).mean() * abs(np.linalg.det(crystal.lattices[0])) == pytest.approx(4, rel=1e-3)
    image = density_images.build(crystal, "free-atoms")[0].images(np.array([0]))[0]
    assert image.min() > 0
    np.testing.assert_array_equal(image, image.transpose(2, 0, 1))


def test_missing_and_damaged_atoms_are_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_DATA", str(tmp_path))
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path / "nothing"))
    with pytest.raises(MissingDataError, match=r"atomic_radial_density .* is not on this machine; get it with `recryst data get"):
        radial_densities.load()
    (tmp_path / "atomic_radial_density").mkdir()
    (tmp_path / "atomic_radial_density" / "atomic_radial_density.npz").write_bytes(b"nonsense")
    with pytest.raises(DamagedFileError, match="can't be read; remove it and run `recryst data get"):
        radial_densities.load()
