"""What the status page says of an execution, and reading provenance back."""

import json
from pathlib import Path

import pytest

from recryst.errors import DamagedFileError, MissingDataError
from recryst.report import provenance, status
from scoreboard_cases import ORIGIN


def test_a_row_says_code_libraries_machine_time_memory_and_data() -> None:
    locked = status.locked_versions("# a comment\nnumpy==2.4.6\n    # via pandas\nscipy==1.17.1 ; python_version < '3.12'\n")
    assert locked == {"numpy": "2.4.6", "scipy": "1.17.1"}
    row = status.table([status.Execution("cgcnn", "reduced", False, ORIGIN, expected=89, drifted=2)], locked).iloc[0]
    assert (row["version"], row["commit"], row["changed"]) == ("0.1.0", "0123456789", True)
    assert row["unlocked"] == ["numpy 2.4.5 (locked: 2.4.6)"]  # python is in no lock, scipy is as locked
    assert (row["seconds"], row["peak_memory"], row["device"]) == (26.3, 958_066_688, "a processor, 2 cores")
    assert row["data"] == {"embedded/metal": "aeb300"}
    assert (row["expected"], row["drifted"]) == (89, 2)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("0.1.0 (0123456789)", ("0.1.0", "0123456789", False)),
        ("0.1.0 (0123456789+changes)", ("0.1.0", "0123456789", True)),
        ("0.1.0", ("0.1.0", "", False)),  # no git repository
    ],
)
def test_the_code_version_is_taken_apart(code: str, parts: tuple[str, str, bool]) -> None:
    assert status.parts_of_version(code) == parts


def test_provenance_comes_back_as_it_was_written(tmp_path: Path) -> None:
    provenance.write(ORIGIN, tmp_path)
    assert provenance.read(tmp_path) == ORIGIN


def test_missing_and_damaged_provenance_are_one_sentence_each(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"has no provenance\.json; run the notebook first"):
        provenance.read(tmp_path)
    for damaged in ("{", json.dumps({"seconds": 3}), "[]"):
        (tmp_path / "provenance.json").write_text(damaged)
        with pytest.raises(DamagedFileError, match=r"provenance\.json is damaged .*; delete it and run the notebook again"):
            provenance.read(tmp_path)
