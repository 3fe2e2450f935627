"""Atom features: categories by hand, and the table made here beside the released one."""

import json
from pathlib import Path

import numpy as np
import pytest

from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.features import atoms


def categories(number: int) -> dict[str, list[int]]:
    """Property -> categories that are one in our table."""
    row, stop = atoms.table()[number], 0
    found = {}
    for name, size in atoms.COLUMNS.items():
        start, stop = stop, stop + size
        found[name] = np.flatnonzero(row[start:stop]).tolist()
    return found


def test_iron_by_hand() -> None:
    # group 8, period 4, Pauling 1.83: (1.83 - 0.5) / 0.35 = 3.8, Cordero 132 pm: (132 - 25) / 22.5 = 4.8, 3d6 4s2: 8,
    # ln 7.902 eV = 2.067: (2.067 - 1.3) / 0.2 = 3.8, affinity 0.153 eV: 3.153 / 0.67 = 4.7, d,
    # ln 7.09 cm^3/mol = 1.959: (1.959 - 1.5) / 0.28 = 1.6
    assert categories(26) == {
        "group": [8],
        "period": [3],
        "electronegativity": [3],
        "covalent_radius": [4],
        "valence_electrons": [7],
        "ionization_energy": [3],
        "electron_affinity": [4],
        "block": [2],
        "atomic_volume": [1],
    }


def test_unknown_properties_are_zeros_and_the_f_block_is_group_zero() -> None:
    assert categories(10)["electronegativity"] == []  # neon
    assert categories(100)["covalent_radius"] == []  # fermium
    assert categories(58)["group"] == [0]  # cerium
    assert categories(71)["group"] == [3]  # lutetium
    assert atoms.table().shape == (101, 92)
    assert not atoms.table()[0].any()


def test_values_beyond_the_range_fall_in_the_last_category() -> None:
    assert categories(87)["covalent_radius"] == [9]  # francium, 260 pm, where the range ends at 250
    assert categories(5)["atomic_volume"] == [0]  # boron, ln 4.39 = 1.479, where the range begins at 1.5


def test_number_of_properties() -> None:
    table = atoms.table()
    assert [atoms.first_properties(table, count).shape[1] for count in (2, 3, 9)] == [26, 36, 92]
    # hydrogen: group 1 and period 1
    assert np.flatnonzero(atoms.first_properties(table, 2)[1]).tolist() == [1, 19]
    for count in (0, 10):
        with pytest.raises(BadInputError, match=f"must be 1 to 9, not {count}"):
            atoms.first_properties(table, count)


@pytest.mark.shared
def test_released_table_is_read_as_it_is(shared: Path) -> None:
    path = shared / "data" / "cgcnn_pretrained" / "atom_init.json"
    released = atoms.released(path)
    content = json.loads(path.read_text())
    assert released.shape == (101, 92)
    assert released[79].tolist() == content["79"]
    assert not released[0].any()
    # hydrogen: group 1 is column 1, period 1 column 19; gold: group 11, period 6; gadolinium: column 0 is the f block
    assert released[1, 1] == released[1, 19] == released[79, 11] == released[79, 19 + 5] == released[64, 0] == 1
    assert released[1:, :19].sum(axis=1).tolist() == [1] * 100
    with np.load(shared / "fixtures" / "cgcnn" / "graphs.npz") as graphs:
        # aluminium
        assert np.array_equal(released[[13]], graphs["Al_prim/atom_fea"])


@pytest.mark.shared
def test_our_table_differs_from_the_released_one_only_where_it_is_said_to(shared: Path) -> None:
    ours, released = atoms.table(), atoms.released(shared / "data" / "cgcnn_pretrained" / "atom_init.json")
    stops = np.cumsum(list(atoms.COLUMNS.values()))
    blocks = zip(atoms.COLUMNS, np.split(ours[1:], stops, axis=1), np.split(released[1:], stops, axis=1), strict=False)
    differing = {name: np.flatnonzero((one != other).any(axis=1)) + 1 for name, one, other in blocks}
    assert (ours[1:] == released[1:]).mean() == pytest.approx(0.976, abs=0.001)
    for name in ("group", "period", "ionization_energy", "block"):
        assert differing[name].size == 0
    assert differing["valence_electrons"].tolist() == [46]
    counts = {name: len(numbers) for name, numbers in differing.items()}
    # the docstring's numbers; they change with pymatgen's data
    assert counts["covalent_radius"] == 57
    assert counts["electronegativity"] == pytest.approx(20, abs=3)
    assert counts["electron_affinity"] == pytest.approx(38, abs=3)
    assert counts["atomic_volume"] == pytest.approx(20, abs=3)


def test_a_table_that_is_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="recryst data get cgcnn_pretrained"):
        atoms.released(tmp_path / "atom_init.json")
    (tmp_path / "half.json").write_text('{"1": [0, 1')
    with pytest.raises(DamagedFileError, match="is not JSON"):
        atoms.released(tmp_path / "half.json")
    good = {str(number): atoms.table()[number].tolist() for number in range(1, 101)}
    path = tmp_path / "atom_init.json"
    path.write_text(json.dumps(good))
    assert np.array_equal(atoms.released(path), atoms.table())
    for bad in (good | {"50": [0] * 91}, good | {"50": [2] * 92}, {k: v for k, v in good.items() if k != "50"}, [1]):
        path.write_text(json.dumps(bad))
        with pytest.raises(DamagedFileError, match="92 zeros and ones for each atomic number from 1 to 100"):
            atoms.released(path)
