"""Finished runs found by their folders: the same network without the data, and none that is damaged, unfinished or elsewhere."""

import json
import shutil

import numpy as np
import pytest
from made_runs import made_run, made_task

from recryst.errors import BadInputError
from recryst.features import voxels
from recryst.storage import runs_root
from recryst.training import finished, orientations
from recryst.training.configuration import Configuration
from recryst.training.run import Run

SMALL = {"task": "made", "network": "voxel-shallow", "filters": 2, "epochs": 1, "batch_size": 8}


def voxel_run(**changes) -> Run:
    return Run(Configuration.checked(**{**SMALL, **changes}), made_task(count=20))


def test_new_crystals_are_predicted_as_the_run_predicts_its_own():
    run = voxel_run(rotation="none")
    run.train()
    found = finished.find(run.key)
    assert (found.classification, found.training_crystals) == (False, 12)
    clouds, rejected = voxels.compute(run.task.crystals, "standard")
    assert rejected.empty
    table = orientations.of_new_crystals(found.network(), found.configuration, found.standardisation, clouds)
    assert len(table) == 20, "one orientation alone, the only one that it knows"
    own = run.predictions().set_index("id")["prediction"]
    np.testing.assert_allclose(table["prediction"], own[table["id"]], rtol=1e-5)


def test_a_classifier_is_told_by_its_two_outputs():
    run = made_run(kind="classification", epochs=1)
    run.train()
    assert finished.find(run.key).classification


def test_the_largest_training_set_counts_then_the_validation_error():
    assert finished.largest("made", "voxel-shallow") is None
    small, one, other = (voxel_run(**changes) for changes in ({"n_train": 6}, {"n_train": 12}, {"n_train": 12, "seed": 1}))
    for run in (small, one, other):
        run.train()
    best = min((one, other), key=lambda run: run.record()["best_validation_error"])
    found = finished.largest("made", "voxel-shallow")
    assert found is not None
    assert found.key == best.key
    assert finished.largest("made", "voxel-deep") is None
    (best.folder / "weights.npz").write_bytes(b"damaged")
    again = finished.largest("made", "voxel-shallow")
    assert again is not None
    assert again.key == ({one.key, other.key} - {best.key}).pop()


def test_what_is_no_finished_run_gets_one_sentence():
    run = voxel_run()
    run.train()
    outside = runs_root().parent / "outside"
    run.folder.rename(outside)
    for key in ("", "0123456789ab", "../outside"):
        with pytest.raises(BadInputError, match="There is no finished run"):
            finished.find(key)
    outside.rename(run.folder)
    record = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").unlink()
    assert record["unit"] == "eV"
    with pytest.raises(BadInputError, match=f"There is no finished run '{run.key}'"):
        finished.find(run.key)


@pytest.mark.parametrize("name", ["run.json", "configuration.json"])
@pytest.mark.parametrize("text", ["null", "[]", '{"checksums": null}', "{"])
def test_a_folder_that_holds_something_else_is_no_finished_run_and_hides_no_other(name, text):
    run = voxel_run()
    run.train()
    other = runs_root() / "0123456789ab"
    shutil.copytree(run.folder, other)
    (other / name).write_text(text)
    with pytest.raises(BadInputError, match="There is no finished run '0123456789ab'"):
        finished.find(other.name)
    found = finished.largest("made", "voxel-shallow")
    assert found is not None
    assert found.key == run.key
