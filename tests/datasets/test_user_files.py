"""Reading users' own structure files: what can be used is read as it stands, the rest gets a reason and hinders nobody."""

import gzip
import lzma
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.datasets.files import read_file, read_files, stem

CIF = """data_{name}
_cell_length_a {a}
_cell_length_b {a}
_cell_length_c {a}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M '{group}'
_symmetry_Int_Tables_number {number}
loop_
_atom_site_type_symbol
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{sites}
"""


def cif(sites: str, name: str = "one", a: float = 5.64, group: str = "P 1", number: int = 1) -> str:
    return CIF.format(sites=sites, name=name, a=a, group=group, number=number)


SALT = "Na Na1 0 0 0 1\nCl Cl1 0.5 0.5 0.5 1"
POSCAR = "rock salt\n1.0\n0 2.82 2.82\n2.82 0 2.82\n2.82 2.82 0\nNa Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"
FRAME = '2\nLattice="4.1 0 0 0 4.1 0 0 0 4.1" Properties=species:S:1:pos:R:3 pbc="T T T"\n{0} 0 0 0\nCl 2.05 2.05 2.05\n'


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def reason(path: Path, **limits: int) -> str:
    (found,) = read_file(path, **limits)
    assert found.structure is None
    return found.reason


def test_a_cif_is_expanded_by_its_symmetry_but_not_reduced(tmp_path: Path) -> None:
    """Fm-3m with Na at 0 and Cl at 1/2: eight atoms in the cube of the file; the primitive cell would have two."""
    path = write(tmp_path, "salt.cif", cif(SALT, group="F m -3 m", number=225))
    (found,) = read_file(path)
    assert found.structure is not None
    assert found.structure.composition.formula == "Na4 Cl4"
    assert found.structure.lattice.abc == pytest.approx((5.64, 5.64, 5.64))


def test_every_block_of_a_cif_even_with_one_name(tmp_path: Path) -> None:
    text = cif(SALT, "a") + cif(SALT, "same", a=6) + cif(SALT, "same", a=7) + "data_publication\n_journal_year 2018\n"
    read = read_files([write(tmp_path, "many.cif", text)])
    assert read.crystals.ids.tolist() == ["many#a", "many#same-2", "many#same-3"]
    assert read.crystals.lattices[:, 0, 0] == pytest.approx([5.64, 6, 7])
    assert read.origin["structure"].tolist() == ["a", "same-2", "same-3"]


def test_a_block_begins_where_the_format_says(tmp_path: Path) -> None:
    """After a mark that Windows writes, with a keyword in any case, and not where prose in a text field looks like it."""
    prose = "_publ_section_comment\n;\nThe cells in\ndata_one and data_two\ndiffer.\n;\n"
    text = cif(SALT, "one").replace("loop_", f"{prose}loop_", 1) + cif(SALT, "two", a=6).replace("data_", "DATA_")
    path = tmp_path / "windows.cif"
    path.write_bytes(text.encode("utf-8-sig"))
    read = read_files([path])
    assert read.crystals.ids.tolist() == ["windows#one", "windows#two"]
    assert read.crystals.lattices[:, 0, 0] == pytest.approx([5.64, 6])
    assert read.rejected.empty


def test_a_bad_block_does_not_hide_the_good_ones(tmp_path: Path) -> None:
    text = cif(SALT, "good") + cif("Na Na1 0 0 zero 1", "bad") + cif("Na Na1 0 0 0 0.5\nK K1 0 0 0 0.5", "mixed")
    read = read_files([write(tmp_path, "three.cif", text)])
    assert read.crystals.ids.tolist() == ["three#good"]
    assert read.rejected["id"].tolist() == ["three#bad", "three#mixed"]
    assert "partly occupied sites" in read.rejected["reason"][1]


@pytest.mark.parametrize(
    ("sites", "says"),
    [
        ("X X1 0 0 0 1\nCl Cl1 0.5 0.5 0.5 1", "no chemical element"),
        ("Xx Xx1 0 0 0 1", "no chemical element"),
        ("OH OH1 0 0 0 1\nNa Na1 0.5 0.5 0.5 1", "site OH, which is no chemical element"),
        ("Wat Wat1 0 0 0 1\nNa Na1 0.5 0.5 0.5 1", "site Wat, which is no chemical element"),
        ("? ?1 0 0 0 1", "no chemical element"),
        ("Na Na1 0 0 0 1.5", "Occupancy 1.5"),
        ("Na Na1 0 0", "can't be read"),
        ("Na Na1 0 0 0 1\nCl Cl1 . .5 .5 1", "a site without coordinates"),
    ],
)
def test_what_a_cif_must_not_hold(sites: str, says: str, tmp_path: Path) -> None:
    assert says in reason(write(tmp_path, "x.cif", cif(sites)))


@pytest.mark.parametrize("item", ["_cell_length_a", "_atom_site_label", "_atom_site_fract_x"])
def test_what_a_cif_lacks_is_named(item: str, tmp_path: Path) -> None:
    assert reason(write(tmp_path, "x.cif", cif(SALT).replace(item, "_something_else"))) == f"can't be read (there is no {item} in it)"


@pytest.mark.parametrize("name", ["heavy.cif", "POSCAR_heavy", "heavy.extxyz"])
def test_deuterium_counts_as_hydrogen(name: str, tmp_path: Path) -> None:
    texts = {
        "heavy.cif": cif("D D1 0 0 0 1\nCl Cl1 0.5 0.5 0.5 1"),
        "POSCAR_heavy": POSCAR.replace("Na Cl", "D Cl"),
        "heavy.extxyz": FRAME.format("D"),
    }
    read = read_files([write(tmp_path, name, texts[name])])
    assert sorted(read.crystals.numbers.tolist()) == [1, 17]


@pytest.mark.parametrize("name", ["POSCAR", "CONTCAR", "CONTCAR.relaxed", "salt.vasp", "salt.POSCAR"])
def test_vasp_files_by_name(name: str, tmp_path: Path) -> None:
    (found,) = read_file(write(tmp_path, name, POSCAR))
    assert found.structure is not None
    assert found.structure.composition.formula == "Na1 Cl1"
    assert found.structure.volume == pytest.approx(2 * 2.82**3)


def test_a_poscar_without_symbols_is_not_guessed(tmp_path: Path) -> None:
    """pymatgen would make hydrogen and helium of it."""
    assert "does not name its elements" in reason(write(tmp_path, "POSCAR", POSCAR.replace("Na Cl\n", "")))
    assert "no chemical element" in reason(write(tmp_path, "POSCAR", POSCAR.replace("Na Cl", "Na Xx")))


def test_all_frames_of_an_extended_xyz(tmp_path: Path) -> None:
    text = FRAME.format("Cs") + FRAME.format("Rb") + FRAME.format("K").replace('"T T T"', '"T T F"')
    read = read_files([write(tmp_path, "run.xyz", text)])
    assert read.crystals.ids.tolist() == ["run#1", "run#2"]
    assert read.crystals.numbers.tolist() == [55, 17, 37, 17]
    np.testing.assert_allclose(read.crystals.frac_coords[1], [0.5, 0.5, 0.5])
    assert read.rejected[["id", "reason"]].to_numpy().tolist() == [
        ["run#3", "is not periodic in three directions, or has no cell; a crystal needs a lattice"]
    ]


def test_a_molecule_is_no_crystal(tmp_path: Path) -> None:
    assert "a crystal needs a lattice" in reason(write(tmp_path, "h2.xyz", "2\n\nH 0 0 0\nH 0 0 0.74\n"))


def test_formats_that_only_ase_or_only_pymatgen_reads(tmp_path: Path) -> None:
    from ase.build import bulk
    from ase.io import write as ase_write

    ase_write(tmp_path / "silicon.traj", bulk("Si"))
    Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5] * 3]).to(str(tmp_path / "salt.json"))
    read = read_files([tmp_path / "silicon.traj", tmp_path / "salt.json"])
    assert read.rejected.empty
    assert read.crystals.formulas() == ["Si", "CsCl"]


def test_compressed_files(tmp_path: Path) -> None:
    (tmp_path / "salt.cif.gz").write_bytes(gzip.compress(cif(SALT).encode()))
    (tmp_path / "bomb.cif.gz").write_bytes(gzip.compress(b"#" * 3_000_000))
    (tmp_path / "cut.cif.gz").write_bytes(gzip.compress(cif(SALT).encode())[:60])
    spoilt = bytearray(gzip.compress(cif(SALT).encode()))
    spoilt[40] ^= 0xFF
    (tmp_path / "spoilt.cif.gz").write_bytes(spoilt)
    spoilt = bytearray(lzma.compress(cif(SALT).encode()))
    spoilt[40] ^= 0xFF
    (tmp_path / "spoilt.cif.xz").write_bytes(spoilt)
    names = ("salt.cif.gz", "bomb.cif.gz", "cut.cif.gz", "spoilt.cif.gz", "spoilt.cif.xz")
    read = read_files([tmp_path / name for name in names], largest_file=1_000_000)
    assert read.crystals.ids.tolist() == ["salt"]
    assert "unpacks to more than 1 MB" in read.rejected["reason"][0]
    assert all("can't be read" in reason for reason in read.rejected["reason"][1:])
    assert len(read.rejected) == 4


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "folder.cif").mkdir()
    (tmp_path / "empty.cif").touch()
    (tmp_path / "noise.cif").write_bytes(np.random.default_rng(0).bytes(4000))
    (tmp_path / "noise.foo").write_bytes(np.random.default_rng(1).bytes(4000))
    (tmp_path / "noise.vasp").write_bytes(np.random.default_rng(2).bytes(4000))
    (tmp_path / "nul.cif").write_bytes(cif(SALT).encode() + b"\0")
    write(tmp_path, "prose.cif", "Dear reader, this is no crystal.")
    write(tmp_path, "prose.txt", "Dear reader, this is no crystal.")
    write(tmp_path, "broken.json", "{")
    os.mkfifo(tmp_path / "pipe.cif")
    expected = {
        "missing.cif": "there is no such file",
        "folder.cif": "is not a file",
        "pipe.cif": "is not a file",
        "empty.cif": "is empty",
        "noise.cif": "is not a text file",
        "noise.vasp": "is not a text file",
        "nul.cif": "is not a text file",
        "prose.cif": "holds no CIF block with atoms",
        "noise.foo": "can't be read",
        "prose.txt": "can't be read",
        "broken.json": "can't be read",
    }
    read = read_files([tmp_path / name for name in expected])
    assert len(read.crystals) == 0
    reasons = dict(zip([Path(file).name for file in read.rejected["file"]], read.rejected["reason"], strict=True))
    for name, says in expected.items():
        assert says in reasons[name], name
        assert "\n" not in reasons[name]


def test_limits_of_size(tmp_path: Path) -> None:
    path = write(tmp_path, "salt.cif", cif(SALT))
    assert reason(path, largest_cell=1) == "has 2 atoms in its cell, more than 1"
    assert reason(path, largest_file=100) == "is larger than 0.0001 MB"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (POSCAR.replace("0 2.82 2.82", "2.82 0 2.82"), "without volume"),
        (POSCAR.replace("0.5 0.5 0.5", "0.5 0.5 nan"), "not a number"),
    ],
)
def test_impossible_numbers(text: str, says: str, tmp_path: Path) -> None:
    assert says in reason(write(tmp_path, "POSCAR", text))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "salt.cif", cif(SALT))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "can't be read" in reason(path)


def test_notes_tell_what_was_changed_and_nothing_else(tmp_path: Path) -> None:
    """A third written with four digits is moved to 1/3 by pymatgen, which the user should know."""
    path = write(tmp_path, "third.cif", cif("Na Na1 0.3333 0.6667 0.25 1"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # third-party warnings don't get through
        read = read_files([path, write(tmp_path, "plain.cif", cif(SALT))])
    notes = dict(zip(read.origin["id"], read.origin["note"], strict=True))
    assert "rounded" in notes["third"]
    assert notes["plain"] == ""


def test_ids_are_unique_whatever_the_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [write(tmp_path / folder, "salt.cif", cif(SALT)) for folder in "ab"]
    read = read_files([*paths, paths[0]])
    assert read.crystals.ids.tolist() == [str(path) for path in paths]
    assert read.rejected["reason"].tolist() == ["was given twice"]


def test_only_suffixes_of_structure_files_are_cut() -> None:
    names = ["mp-149.cif", "mp-149.cif.gz", "run-1.5K.cif", "POSCAR", "CONTCAR.2", "a.b.vasp"]
    assert [stem(Path(name)) for name in names] == ["mp-149", "mp-149", "run-1.5K", "POSCAR", "CONTCAR.2", "a.b"]


@pytest.mark.slow
def test_several_processes_give_the_same(tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{i}.cif", cif(SALT, a=5 + i / 10) if i % 3 else "nothing") for i in range(12)]
    one, two = read_files(paths), read_files(paths, jobs=2)
    assert one.crystals.fingerprint == two.crystals.fingerprint
    assert one.rejected.equals(two.rejected)


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_crystals_of_the_reference_set_survive_a_file(shared: Path, tmp_path: Path) -> None:
    """All 46 structures, written as CIF, POSCAR and extended XYZ, are read with the same cell and sites."""
    import json

    from pymatgen.io.ase import AseAtomsAdaptor

    stored = json.loads((shared / "fixtures" / "cgcnn" / "structures.json").read_text())
    items = stored.items() if isinstance(stored, dict) else enumerate(stored)
    structures = {str(key): Structure.from_dict(value) for key, value in items}
    for key, structure in structures.items():
        structure.to(str(tmp_path / f"{key}.cif"))
        structure.to(str(tmp_path / f"{key}.vasp"))
        AseAtomsAdaptor.get_atoms(structure).write(tmp_path / f"{key}.extxyz")
    for suffix in ("cif", "vasp", "extxyz"):
        read = read_files([tmp_path / f"{key}.{suffix}" for key in structures])
        assert read.rejected.empty
        for index, structure in enumerate(structures.values()):
            again = read.crystals.structure(index)
            assert again.composition == structure.composition
            assert again.lattice.parameters == pytest.approx(structure.lattice.parameters, abs=1e-5)
            assert again.volume == pytest.approx(structure.volume, rel=1e-5)
