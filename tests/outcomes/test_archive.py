"""Archived runs: read as if they had been trained here, without weights and without anybody's targets."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from made_runs import RECIPE, made_run, made_task, trained, weights

from recryst import datasets, environment, storage
from recryst.outcomes import archive
from recryst.training import costs, finished, plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run

ARCHIVED = sorted(path.parent for path in (storage.PROJECT / "data" / "runs").glob("*/run.json"))


@pytest.fixture(autouse=True)
def _public(monkeypatch):
    """The data set that runs are made of is a public one, and the code is committed."""
    monkeypatch.setattr(datasets, "names", lambda: ["made", "embedded/made", "made-embedded"])
    monkeypatch.setattr(environment, "loaded_code", lambda: "0.1.0 (0123456789)")


@pytest.fixture
def archived():
    """A run that is finished in the archive alone, and what it said where it was trained."""
    run, later = trained(), made_task(count=20)
    said = run.predictions(), run.history(), run.record(), run.predict(later), weights(run)
    table = archive.archive()
    assert table[["run", "message"]].to_numpy().tolist() == [[run.key, ""]]
    shutil.rmtree(storage.runs_root())
    return made_run(), said


def test_an_archived_run_says_what_it_said_and_is_not_trained_again(archived, monkeypatch):
    run, (predictions, history, record, new, _) = archived
    monkeypatch.setattr(Run, "_train", lambda *_: pytest.fail("trained again"))
    assert run.is_finished()
    assert run.train()
    pd.testing.assert_frame_equal(run.predictions(), predictions)
    pd.testing.assert_frame_equal(run.history(), history)
    pd.testing.assert_frame_equal(run.predict(made_task(count=20)), new)
    assert run.record() | {"checksums": record["checksums"]} == record
    assert not storage.runs_root().exists()


def test_a_plan_trains_what_came_without_weights_where_it_is_asked_to(archived, monkeypatch, tmp_path):
    run, (predictions, *_, arrays) = archived
    monkeypatch.setattr(Run, "from_configuration", lambda configuration: Run(configuration, made_task()))
    monkeypatch.setattr("recryst.datasets.load", lambda name: made_task())
    plan = tmp_path / "plan.yml"
    plan.write_text(f"runs: [{json.dumps(RECIPE)}]")
    configurations = plans.read(plan)
    assert plans.train(plan)["status"].tolist() == ["finished"]
    assert not run.is_finished(weights=True)
    assert costs.estimate(configurations)["finished"].tolist() == [True]
    monkeypatch.setattr(costs, "_seconds_per_unit", lambda configuration: 1.0)
    assert costs.estimate(configurations, weights=True)["finished"].tolist() == [False]
    assert plans.train(plan, weights=True)["status"].tolist() == ["finished"]
    assert run.is_finished(weights=True)
    pd.testing.assert_frame_equal(run.predictions(), predictions)
    for name, array in weights(run).items():
        np.testing.assert_array_equal(array, arrays[name])


def test_nothing_of_others_is_archived_and_no_weights(archived):
    folder = storage.archive_root() / archived[0].key
    files = {path.name: path for path in folder.iterdir()}
    answers = [name for name in files if name.startswith("predictions-")]
    assert len(answers) == 1
    assert sorted(files) == sorted(["configuration.json", "history.csv", "predictions.parquet", "run.json", *answers])
    assert list(pd.read_parquet(files["predictions.parquet"])) == ["id", "split", "prediction", "seed"]
    assert list(pd.read_parquet(files[answers[0]])) == ["id", "prediction"]


def test_asked_for_its_network_an_archived_run_is_trained_here_and_reads_that_from_then_on(archived):
    run, (*_, arrays) = archived
    assert finished.folder_of(run.key) == storage.archive_root() / run.key
    network = run.network()
    for variable, array in zip(network.weights, arrays.values(), strict=True):
        np.testing.assert_array_equal(variable.numpy(), array)
    assert finished.folder_of(run.key) == storage.runs_root() / run.key
    shutil.rmtree(storage.archive_root())
    assert run.is_finished()


def test_targets_are_those_of_the_task(archived):
    run, _ = archived
    table = run.predictions()
    targets = dict(zip(run.task.crystals.ids.tolist(), run.task.targets.tolist(), strict=True))
    assert table["target"].tolist() == [targets[identifier] for identifier in table["id"]]


@pytest.mark.parametrize("name", ["configuration.json", "history.csv", "predictions.parquet"])
def test_a_damaged_copy_is_no_finished_run(archived, name):
    run, _ = archived
    (storage.archive_root() / run.key / name).write_bytes(b"damaged")
    assert not run.is_finished()


def test_targets_that_an_older_version_wrote_are_left_out():
    run = trained()
    path = run.folder / "predictions.parquet"
    pd.read_parquet(path).assign(target=1e9).to_parquet(path)
    record = json.loads((run.folder / "run.json").read_text())
    record["checksums"][path.name] = storage.file_hash(path)
    (run.folder / "run.json").write_text(json.dumps(record))
    assert run.predictions()["target"].max() < 2
    archive.archive()
    assert "target" not in pd.read_parquet(storage.archive_root() / run.key / path.name)


def test_a_second_time_nothing_changes():
    run = trained()
    archive.archive()
    folder = storage.archive_root() / run.key
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    archive.archive()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_code_that_is_in_no_commit_is_refused(monkeypatch):
    monkeypatch.setattr(environment, "loaded_code", lambda: "0.1.0 (0123456789+changes)")
    trained()
    assert archive.archive()["message"].tolist() == [archive.UNCOMMITTED]
    assert not storage.archive_root().exists()


@pytest.mark.parametrize("task", ["embedded/made", "made-embedded", "somebody's own"])
def test_crystals_that_are_embedded_or_of_somebody_s_own_are_passed_over(task):
    trained(task=task)
    assert archive.archive().empty


@pytest.mark.parametrize("folder", ARCHIVED, ids=lambda path: path.name)
def test_every_archived_run_is_sound_of_committed_code_and_holds_no_targets(folder):
    assert finished.is_sound(folder)
    assert not (folder / finished.WEIGHTS).exists()
    record = json.loads((folder / "run.json").read_text())
    assert "changes" not in record["environment"]["code"]
    assert record["key"] == folder.name
    for path in folder.glob("*.parquet"):
        assert "target" not in pd.read_parquet(path)


def test_every_archived_run_is_found_on_this_machine(shared):
    """Its key follows the data as they are here; were they others in the last digit, it would be trained again."""
    recorded = {folder.name: Configuration.of_settings(json.loads((folder / "configuration.json").read_text())) for folder in ARCHIVED}
    tasks = {name: datasets.load(name) for name in {configuration.task for configuration in recorded.values()}}
    assert {key: Run(configuration, tasks[configuration.task]).key for key, configuration in recorded.items()} == {
        key: key for key in recorded
    }
