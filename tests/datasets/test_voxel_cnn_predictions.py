"""The released predictions: complete, of the paper's errors, and told apart from what is damaged or missing."""

import gzip

import numpy as np
import pandas as pd
import pytest

from recryst import datasets
from recryst.datasets import voxel_cnn_predictions as released
from recryst.errors import DamagedFileError, MissingDataError


@pytest.mark.shared
def test_the_table_is_the_papers(shared):
    found = released.load()
    assert found.table["split"].value_counts().to_dict() == {"train": 74445, "test": 24853, "validation": 24724}
    errors = (found.table["prediction"] - found.table["target"]).abs().groupby(found.table["split"]).mean()
    assert errors.round(4).to_dict() == {"test": 0.0464, "train": 0.0421, "validation": 0.0462}
    assert found.table["id"].is_unique
    assert found.table["target"].dtype == np.float64
    assert len(found.crystals) == 116_436
    assert found.with_structure["id"].tolist() == found.crystals.ids.tolist()
    assert found.label.startswith("xie_spp@")


@pytest.mark.shared
def test_the_task_has_the_authors_energies_and_their_split(shared):
    task, table = datasets.load("voxel-cnn/formation-energy"), released.load().table.set_index("id")
    assert pd.Series(task.parts).value_counts().to_dict() == {"train": 69847, "validation": 23312, "test": 23277}
    assert len(task) + len(task.rejected) == len(table)
    rows = table.loc[task.crystals.ids.tolist()]
    assert rows["target"].tolist() == task.targets.tolist()
    assert rows["split"].tolist() == task.parts.tolist()
    assert task.rejected["reason"].unique().tolist() == ["no structure in mp_structures"]


@pytest.mark.shared
def test_the_learning_curve_ends_after_500_epochs(shared):
    history = released.training_history()
    assert history["epoch"].tolist() == list(range(1, 501))
    assert history[["loss", "mae", "validation_loss", "validation_mae"]].gt(0).all(axis=None)
    # the released weights are those of epoch 467, chosen by the validation error
    assert history.loc[history["validation_mae"].idxmin(), "epoch"] == 467


def test_damaged_and_missing_files_get_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("RECRYST_DATA", str(tmp_path))
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path / "nothing"))
    with pytest.raises(MissingDataError, match="recryst data get xie_spp"):
        released.training_history()
    folder = tmp_path / "xie_spp"
    folder.mkdir()
    (folder / "xie_predictions.parquet").write_bytes(b"no table")
    (folder / "training_history.csv.gz").write_bytes(gzip.compress(pd.DataFrame({"epoch": [1]}).to_csv().encode()))
    with pytest.raises(DamagedFileError, match=r"xie_predictions\.parquet can't be read; remove it"):
        released.load()
    with pytest.raises(DamagedFileError, match=r"training_history\.csv\.gz can't be read; remove it"):
        released.training_history()
