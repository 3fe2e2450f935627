"""Training data of one's own: a folder of structure files and a csv."""

from pathlib import Path

import pytest

from recryst import datasets
from recryst.errors import BadInputError

POSCAR = "salt\n1.0\n{a} 0 0\n0 {a} 0\n0 0 {a}\n{element} Cl\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, element in (("cs", "Cs"), ("rb", "Rb"), ("k", "K")):
        (tmp_path / f"{name}.vasp").write_text(POSCAR.format(a=4, element=element))
    return tmp_path


def test_a_table_without_header_as_cgcnn_takes_it(folder: Path) -> None:
    (folder / "id_prop.csv").write_text("rb,1.5\ncs,0.5\n")
    task = datasets.from_folder(folder)
    assert task.crystals.ids.tolist() == ["rb", "cs"]
    assert task.crystals.numbers.tolist() == [37, 17, 55, 17]
    assert task.targets.tolist() == [1.5, 0.5]
    assert (task.unit, task.kind, task.name) == ("", "regression", f"own/{folder.name}")
    assert task.rejected.empty


def test_a_table_with_header_in_any_order(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    table = tmp_path_factory.mktemp("tables") / "gaps.csv"
    table.write_text("\ufeffTarget, note ,ID\n1.5,good,rb\n0.5,,cs.vasp\n", encoding="utf-8")
    task = datasets.from_folder(folder, table)
    assert task.crystals.ids.tolist() == ["rb", "cs.vasp"]
    assert task.targets.tolist() == [1.5, 0.5]


@pytest.mark.parametrize(
    ("heading", "unit", "kind"),
    [("target (eV/atom)", "eV/atom", "regression"), ("Target(log10(GPa))", "log10(GPa)", "regression"), ("class", "", "classification")],
)
def test_the_header_says_what_the_targets_are_wherever_the_folder_is_named(folder: Path, heading: str, unit: str, kind: str) -> None:
    (folder / "id_prop.csv").write_text(f"id,{heading}\ncs,0\nrb,1\n")
    task = datasets.load(str(folder))
    assert (task.unit, task.kind, task.targets.tolist()) == (unit, kind, [0, 1])


def test_every_row_that_can_not_be_used_has_a_reason(folder: Path) -> None:
    (folder / "k.cif").write_text("data_k\n")  # beside k.vasp
    (folder / "bad.vasp").write_text("nothing")
    (folder / "na.vasp").write_text(POSCAR.format(a=4, element="Na"))
    frame = '1\nLattice="3 0 0 0 3 0 0 0 3" pbc="T T T"\nNa 0 0 0\n'
    (folder / "two.xyz").write_text(frame * 2)
    rows = [
        "cs,0.5",
        "rb,nan",
        "k,1",
        "bad,1",
        "two,1",
        "gone,1",
        "twice,1",
        "twice,2",
        "text,high",
        "blank,",
        "endless,inf",
        "na,1",
        "na.vasp,2",
    ]
    (folder / "id_prop.csv").write_text("id,target\n" + "\n".join(rows) + "\n")
    task = datasets.from_folder(folder)
    assert task.crystals.ids.tolist() == ["cs"]
    reasons = dict(zip(task.rejected["id"], task.rejected["reason"], strict=True))
    assert reasons.pop("bad").startswith("can't be read")
    assert reasons == {
        "rb": "its target 'nan' is not a finite number",
        "k": "2 files have this name",
        "two": "holds several structures, not one",
        "gone": f"there is no file of this name in {folder}",
        "twice": "is in the table more than once",
        "text": "its target 'high' is not a finite number",
        "blank": "it has no target",
        "endless": "its target 'inf' is not a finite number",
        "na": "names the same file as na.vasp",
        "na.vasp": "names the same file as na",
    }


def test_classes_must_be_zero_or_one(folder: Path) -> None:
    (folder / "id_prop.csv").write_text("id,class\ncs,0\nrb,1\nk,2\n")
    task = datasets.from_folder(folder)
    assert task.targets.tolist() == [0, 1]
    assert task.rejected["reason"].tolist() == ["its target 2 is neither 0 nor 1"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (None, "There is no table .*id_prop.csv"),
        ("", "can't be read as csv"),
        ("cs\nrb\n", "needs a header with the columns id and target"),
        ("name,value\ncs,1\n", "needs a header with the columns id and target"),
        ("cs,1\nrb,2,3\n", "can't be read as csv"),
        ("gone,1\n", "Nothing in .* can be used; the first of 1 reasons is: gone: there is no file"),
    ],
)
def test_tables_that_can_not_be_used(table: str | None, says: str, folder: Path) -> None:
    if table is not None:
        (folder / "id_prop.csv").write_text(table)
    with pytest.raises(BadInputError, match=says) as caught:
        datasets.from_folder(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="There is no folder"):
        datasets.from_folder(tmp_path / "gone")


def test_spaces_around_an_id_are_nothing(folder: Path) -> None:
    (folder / "id_prop.csv").write_text("id,target\ncs ,0.5\n rb,1.5\n")
    task = datasets.load(str(folder))
    assert task.crystals.ids.tolist() == ["cs", "rb"]
    assert task.rejected.empty


def test_numbers_and_classes_are_other_data_though_they_are_written_alike(folder: Path) -> None:
    """Networks learn something else from them, so that a run of the one must not be taken for one of the other."""
    fingerprints = set()
    for heading in ("target", "class"):
        (folder / "id_prop.csv").write_text(f"id,{heading}\ncs,0\nrb,1\n")
        fingerprints.add(datasets.load(str(folder)).fingerprint)
    assert len(fingerprints) == 2


def test_a_folder_that_is_not_there_is_told_with_the_place_where_it_was_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "id_prop.csv").write_text("id,target\ncs,0.5\nrb,1.5\n")
    monkeypatch.chdir(folder.parent)
    assert datasets.load(folder.name).name == datasets.load(f"{folder.name}/.").name == f"own/{folder.name}"
    monkeypatch.chdir(folder)
    assert datasets.load(".").name == f"own/{folder.name}"
    with pytest.raises(BadInputError, match=f"no task '{folder.name}'.*; nor is there a folder of this name in .*{folder.name}\\.$"):
        datasets.load(folder.name)
