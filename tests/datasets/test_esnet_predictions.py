"""ESNet's released predictions: complete, of the paper's errors, and told apart from what is damaged or missing."""

import numpy as np
import pytest

from recryst.datasets import esnet_predictions as released
from recryst.errors import DamagedFileError, MissingDataError


@pytest.mark.shared
def test_the_table_is_the_authors(shared):
    found = released.load()
    assert len(found.table) == 7165
    assert found.table["id"].is_unique
    assert not found.table.isna().any(axis=None)
    assert (found.table["id"] == found.table["first"] + "_" + found.table["second"] + "_" + found.table["id"].str.split("_").str[2]).all()
    errors = {task: (found.of(task)["prediction"] - found.of(task)["target"]).to_numpy() for task in released.TASKS}
    assert {task: round(float(np.abs(error).mean()), 3) for task, error in errors.items()} == {"is2re": 0.265, "rs2re": 0.232}
    assert {task: round(float(np.sqrt((error**2).mean())), 3) for task, error in errors.items()} == {"is2re": 0.406, "rs2re": 0.374}
    assert found.label.startswith("esnet_2eorr@")


def test_damaged_and_missing_files_get_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("RECRYST_DATA", str(tmp_path))
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path / "nothing"))
    with pytest.raises(MissingDataError, match="recryst data get esnet_2eorr"):
        released.load()
    folder = tmp_path / "esnet_2eorr"
    folder.mkdir()
    (folder / "esnet_2eorr_predictions.csv.gz").write_bytes(b"no table")
    with pytest.raises(DamagedFileError, match=r"esnet_2eorr_predictions\.csv\.gz can't be read; remove it"):
        released.load()
