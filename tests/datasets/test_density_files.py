"""Densities from files: units, order of points, which electrons, and what is no density."""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from ase.units import Bohr
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import Chgcar

from recryst.datasets import density_files
from recryst.errors import BadInputError, DownloadError

# lithium in a cube of 2 angstrom, volume 8: 0.125 electrons / angstrom^3 in the mean; the file holds 8 times that, first vector fastest
CHGCAR = """Li
   1.0
     2.0 0.0 0.0
     0.0 2.0 0.0
     0.0 0.0 2.0
   Li
     1
Direct
  0.0 0.0 0.0

   2   2   2
 1.5 1.2 0.9 0.8 1.1
 0.9 0.8 0.8
"""
SPIN = """augmentation occupancies   1   2
  0.1 0.2
  0.5
   2   2   2
 0.5 0.2 0.1 0.1 0.1
 0.1 0.1 0.1
"""
# one electron in a cube of 4 bohr, volume 64, on 2 x 2 x 2 points: 1/64 in the mean; last vector fastest
CUBE = """made by hand
x outermost, z innermost
    1    0.0 0.0 0.0
    2    2.0 0.0 0.0
    2    0.0 2.0 0.0
    2    0.0 0.0 2.0
    3    3.0 0.0 0.0 2.0
 0.025 0.010
 0.015 0.015
 0.020 0.010
 0.015 0.015
"""


def put(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# --- VASP


def test_a_chgcar_is_divided_by_the_volume_and_read_first_vector_fastest(tmp_path: Path) -> None:
    file = density_files.read(put(tmp_path / "CHGCAR", CHGCAR))
    assert file.density == pytest.approx(np.array([[[1.5, 1.1], [0.9, 0.8]], [[1.2, 0.9], [0.8, 0.8]]]) / 8)
    assert file.electrons == pytest.approx(1.0)
    assert file.kind == "pseudo-valence"
    assert file.crystals.ids.tolist() == ["CHGCAR"]
    assert file.crystals.numbers.tolist() == [3]


def test_of_a_spin_polarised_chgcar_both_spins_together_are_the_density(tmp_path: Path) -> None:
    polarised = density_files.read(put(tmp_path / "CHGCAR.spin", CHGCAR + SPIN))
    assert np.array_equal(polarised.density, density_files.read(put(tmp_path / "CHGCAR", CHGCAR)).density)


def test_a_chgcar_that_pymatgen_wrote_holds_what_it_was_given(tmp_path: Path) -> None:
    """On a skewed cell, grid of three lengths, packed by gzip as the Materials Project keeps them."""
    structure = Structure(Lattice.from_parameters(3.1, 3.7, 4.2, 80, 95, 110), ["Na", "Cl"], [[0, 0, 0], [0.4, 0.5, 0.6]])
    density = np.random.default_rng(1).uniform(0.01, 0.4, (4, 5, 6))
    density *= 8 / (density.mean() * structure.volume)
    Chgcar(structure, {"total": density * structure.volume}).write_file(tmp_path / "CHGCAR")
    (tmp_path / "mp-1.CHGCAR.gz").write_bytes(gzip.compress((tmp_path / "CHGCAR").read_bytes()))
    file = density_files.read(tmp_path / "mp-1.CHGCAR.gz")
    assert file.density == pytest.approx(density, rel=1e-6)  # lengths are written with six decimals
    assert file.electrons == pytest.approx(8)
    assert file.volume == pytest.approx(structure.volume)
    assert file.crystals.lattices[0] == pytest.approx(structure.lattice.matrix, abs=1e-5)


def test_which_electrons_a_file_of_vasp_holds(tmp_path: Path) -> None:
    """AECCAR2 by its name; three electrons of lithium are all it has, in whatever file."""
    assert density_files.read(put(tmp_path / "AECCAR2", CHGCAR)).kind == "all-electron valence"
    whole = CHGCAR.replace(" 1.5 1.2 0.9 0.8 1.1\n 0.9 0.8 0.8", " 4.5 3.6 2.7 2.4 3.3\n 2.7 2.4 2.4")
    assert density_files.read(put(tmp_path / "CHGCAR_sum", whole)).kind == "all-electron"


@pytest.mark.parametrize(
    ("name", "what"), [("AECCAR0", "core electrons"), ("LOCPOT", "a potential"), ("ELFCAR", "a localisation function")]
)
def test_files_that_only_look_like_a_chgcar_are_refused(name: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=f"{name} holds {what}.* give a CHGCAR or AECCAR2"):
        density_files.read(put(tmp_path / name, CHGCAR))


# --- Gaussian cube


def test_a_cube_is_in_electrons_per_cubic_bohr_and_read_last_vector_fastest(tmp_path: Path) -> None:
    file = density_files.read(put(tmp_path / "li.cube", CUBE))
    assert file.density == pytest.approx(np.array([[[0.025, 0.010], [0.015, 0.015]], [[0.020, 0.010], [0.015, 0.015]]]) / Bohr**3)
    assert file.electrons == pytest.approx(0.125 / 8 * 64)
    assert file.volume == pytest.approx((4 * Bohr) ** 3)
    assert file.crystals.frac_coords == pytest.approx(np.array([[0, 0, 0.5]]))
    assert file.crystals.numbers.tolist() == [3]
    assert (file.kind, file.crystals.ids[0]) == ("valence", "li")


def test_atoms_of_a_cube_are_counted_from_its_origin(tmp_path: Path) -> None:
    moved = CUBE.replace("    1    0.0 0.0 0.0", "    1    1.0 0.0 -1.0")
    file = density_files.read(put(tmp_path / "li.cube", moved))
    assert file.crystals.frac_coords % 1 == pytest.approx(np.array([[0.75, 0, 0.75]]))


def test_points_that_a_cube_repeats_at_both_ends_count_once(tmp_path: Path) -> None:
    """Three points along each vector, the last a copy of the first, are two intervals of 2 bohr."""
    inner = np.array([[[0.025, 0.010], [0.015, 0.015]], [[0.020, 0.010], [0.015, 0.015]]])
    ends = np.pad(inner, (0, 1), mode="wrap")
    head = CUBE.splitlines()[:7]
    head[3:6] = [line.replace("    2    ", "    3    ") for line in head[3:6]]
    path = put(tmp_path / "li.cube", "\n".join([*head, *(" ".join(map(str, row)) for row in ends.reshape(9, 3))]))
    file, plain = density_files.read(path), density_files.read(put(tmp_path / "plain.cube", CUBE))
    assert file.density == pytest.approx(plain.density)
    assert file.crystals.lattices == pytest.approx(plain.crystals.lattices)
    assert file.crystals.frac_coords == pytest.approx(plain.crystals.frac_coords)


def test_a_uniform_density_repeats_nothing(tmp_path: Path) -> None:
    uniform = "\n".join(CUBE.splitlines()[:7]) + "\n" + "0.015625 " * 8
    assert density_files.read(put(tmp_path / "li.cube", uniform)).density.shape == (2, 2, 2)


def test_a_cube_is_known_by_what_it_holds(tmp_path: Path) -> None:
    assert density_files.read(put(tmp_path / "density.out", CUBE)).kind == "valence"
    assert density_files.read(put(tmp_path / "density.txt", CHGCAR)).kind == "pseudo-valence"


# --- bad input


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("CHGCAR", lambda text: text[:-8], "can't be read as a CHGCAR or cube file, or is cut off .Expected 8 values"),
        ("CHGCAR", lambda text: text[:60], "can't be read"),
        ("CHGCAR", lambda _: "\x89PNG\r\n\x1a\n", "can't be read"),
        ("CHGCAR", lambda text: text.replace("0.0 2.0 0.0", "2.0 0.0 0.0"), "cell without volume"),
        ("CHGCAR", lambda text: text.replace("   Li\n", ""), "does not name its elements"),
        ("CHGCAR", lambda text: text.replace(" 1.5", " NaN"), "not finite numbers"),
        ("CHGCAR", lambda text: text.replace(" 1.5", "-1.5"), "is negative in places"),
        ("CHGCAR", lambda text: text.replace(" 1.5", " 99."), "integrates to 13.19 electrons where its atoms have 3"),
        ("CHGCAR", lambda text: text.replace(" 0.", " 0.0").replace("1.5 1.2", "0 0").replace("1.1", "0"), "integrates to 0.0.* electrons"),
        ("x.cube", lambda text: text[:-8], "can't be read"),
        ("x.cube", lambda text: text.replace("0.025", "seven"), "can't be read"),
        ("x.cube", lambda text: text.replace("    1    0.0", "   -1    0.0"), "orbitals or several quantities"),
        ("x.cube", lambda text: text.replace("    1    0.0 0.0 0.0", "    1    0.0 0.0 0.0 2"), "orbitals or several quantities"),
        ("x.cube", lambda text: text.replace("    2    ", "   -2    "), "gives its grid in angstrom"),
        ("x.cube", lambda text: text.replace("    2    2.0", "    1    2.0"), "no density of a crystal"),
    ],
)
def test_what_is_no_density_gets_one_sentence(name: str, change: Callable[[str], str], reason: str, tmp_path: Path) -> None:
    path = put(tmp_path / name, change(CUBE if name.endswith(".cube") else CHGCAR))
    with pytest.raises(BadInputError, match=reason) as refused:
        density_files.read(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="There is no file"):
        density_files.read(tmp_path / "CHGCAR")


# --- what this project writes


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = density_files.read(put(tmp_path / "li.cube", CUBE))
    density_files.write(tmp_path / "li.density.npz", density_files.DensityFile(file.crystals, file.density, "smoothed valence"))
    again = density_files.read(tmp_path / "li.density.npz")
    assert again.density == pytest.approx(file.density, rel=1e-6)
    assert again.crystals.fingerprint == file.crystals.fingerprint
    assert again.kind == "smoothed valence"


def test_another_npz_and_a_truncated_one_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    file = density_files.read(put(tmp_path / "li.cube", CUBE))
    density_files.write(tmp_path / "li.npz", file)
    content = (tmp_path / "li.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with open(tmp_path / "array.npz", "wb") as opened:
        np.save(opened, np.ones(3))
    for name in ("other.npz", "cut.npz", "array.npz"):
        with pytest.raises(BadInputError, match="no density that recryst wrote, or is damaged"):
            density_files.read(tmp_path / name)


# --- Materials Project, without a network: what is asked, and what becomes of the answer


@pytest.fixture
def materials_project(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Densities by id; an exception is raised in place of an answer."""
    holdings: dict[str, Any] = {}

    class MPRester:
        def __init__(self, key: str) -> None:
            holdings["key"] = key

        def __enter__(self) -> "MPRester":
            return self

        def __exit__(self, *_: object) -> None: ...

        def get_charge_density_from_material_id(self, material_id: str) -> Any:
            found = holdings.get(material_id)
            if isinstance(found, Exception):
                raise found
            return found

    client = ModuleType("mp_api.client")
    vars(client)["MPRester"] = MPRester
    monkeypatch.setitem(sys.modules, "mp_api", ModuleType("mp_api"))
    monkeypatch.setitem(sys.modules, "mp_api.client", client)
    monkeypatch.setenv("MP_API_KEY", "secret")
    return holdings


def test_a_density_of_the_materials_project_is_the_chgcar_it_keeps(tmp_path: Path, materials_project: dict[str, Any]) -> None:
    materials_project["mp-135"] = Chgcar.from_file(str(put(tmp_path / "CHGCAR", CHGCAR)))
    file = density_files.fetch("mp-135")
    assert np.array_equal(file.density, density_files.read(tmp_path / "CHGCAR").density)
    assert (file.crystals.ids[0], file.kind, materials_project["key"]) == ("mp-135", "pseudo-valence", "secret")


def test_what_the_materials_project_does_not_give_is_told_without_the_key(materials_project: dict[str, Any]) -> None:
    materials_project["mp-2"] = RuntimeError("503: busy, api_key=secret\nlong page")
    with pytest.raises(DownloadError, match=r"did not give the density of mp-2 \(503: busy, api_key=\.\.\.\); try again later"):
        density_files.fetch("mp-2")
    with pytest.raises(DownloadError, match="has no density of mp-3"):
        density_files.fetch("mp-3")


def test_a_key_and_the_extra_are_asked_for(monkeypatch: pytest.MonkeyPatch, materials_project: dict[str, Any]) -> None:
    monkeypatch.delenv("MP_API_KEY")
    with pytest.raises(BadInputError, match="need a key"):
        density_files.fetch("mp-1")
    monkeypatch.setitem(sys.modules, "mp_api.client", None)
    with pytest.raises(BadInputError, match="need mp-api, an optional extra"):
        density_files.fetch("mp-1")
