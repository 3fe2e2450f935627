"""Plans: what a file says becomes runs, a budget stops them cleanly, and one run that fails stops no other."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import RECIPE, made_folder, weights

from recryst import datasets, storage
from recryst.errors import BadInputError
from recryst.storage import runs_root
from recryst.training import fit, plans
from recryst.training.run import Run

SMALL = "{convolutions: 1, units: 8, hidden_units: 8, epochs: 3, batch_size: 16, learning_rate: 0.01}"


@pytest.fixture
def write(tmp_path):
    def write(text, name="plan.yml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    return made_folder(tmp_path / "pairs")


def test_defaults_hold_where_a_run_says_nothing_and_lists_are_all_combinations(write):
    path = write("""
        defaults: {epochs: 200, units: 16}
        runs:
          - {task: a, seed: [0, 1], n_train: [100, 200]}
          - {task: b, epochs: 5}
    """)
    found = [(c.task, c.seed, c.n_train, c.epochs, c.units) for c in plans.read(path)]
    first = [("a", 0, 100, 200, 16), ("a", 0, 200, 200, 16), ("a", 1, 100, 200, 16), ("a", 1, 200, 200, 16)]
    assert found == [*first, ("b", 0, None, 5, 16)]


def test_defaults_may_be_lists_too_and_may_be_absent(write):
    assert [c.seed for c in plans.read(write("defaults: {seed: [3, 4]}\nruns: [{task: a}]"))] == [3, 4]
    assert plans.read(write("runs: [{task: a}]")) == plans.read(write("defaults:\nruns: [{task: a}]"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("runs: [{task: a}, {task: b, epoch: 3}]", r"^Run 2 of .*plan.yml: epoch of a training run: there is no such .*; got 3\.$"),
        ("runs: [{task: a, epochs: [3, 0]}]", r"^Run 1 of the plan .*: epochs of a training run: .* greater than or equal to 1; got 0\.$"),
        ("runs: [{task: a, train: half}]", r"^Run 1 of .*: train of a training run: Input should be .*; got 'half'\.$"),
        ("runs: [{epochs: 3}]", r"^Run 1 of the plan .*: task of a training run: this field is missing\.$"),
        ("runs: [{task: a, seed: []}]", r"^Run 1 of the plan .*: seed has an empty list of values\.$"),
        ("runs: [perovskites/formation-energy]", r"^Run 1 of the plan .*: it must be a mapping .*, not 'perovskites/formation-energy'\.$"),
        ("runs: [{1: 2}]", r"^Run 1 of the plan .*: it must be a mapping of the fields of a run"),
        ("defaults: [1]\nruns: [{task: a}]", r"^The `defaults` of the plan .*plan.yml must be a mapping"),
        ("run: [{task: a}]", r"^The plan .*plan.yml must have a list `runs`"),
        ("runs: {task: a}", r"^The plan .*plan.yml must have a list `runs`"),
        ("", r"^The plan .*plan.yml must have a list `runs`"),
        ("runs: []", r"^The plan .*plan.yml must have a list `runs`"),
        ("runs: [{task: a, epochs: 2020-13-45}]", r"plan.yml is not valid YAML: month must be in 1..12\.$"),
        ("runs: [{task: a, epochs: 1, epochs: 2}]", r"plan.yml is not valid YAML \(line 1\): the key 'epochs' occurs twice\.$"),
        ("runs: [{task: a, cls: 1}]", r"^Run 1 of the plan .*: cls of a training run"),
        ("runs:\n  - {task: a\n", r"plan.yml is not valid YAML \(line 3\): .+\.$"),
    ],
)
def test_a_wrong_plan_is_one_sentence_that_names_file_and_run(text, sentence, write):
    with pytest.raises(BadInputError, match=sentence) as raised:
        plans.read(write(text))
    assert "\n" not in str(raised.value)


def test_a_plan_that_is_no_text_or_not_there_is_one_sentence(tmp_path):
    (tmp_path / "plan.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInputError, match=r"plan.yml is not valid YAML: it is not written in UTF-8\.$"):
        plans.read(tmp_path / "plan.yml")
    with pytest.raises(BadInputError, match=r"other.yml can't be read: No such file or directory\.$"):
        plans.read(tmp_path / "other.yml")


def plan_of(folder, *runs):
    return f"defaults: {SMALL}\nruns:\n" + "".join(f"  - {{task: {folder}, {fields}}}\n" for fields in runs)


@pytest.fixture
def trained_batches(monkeypatch):
    """A list of the batches learned from under a budget; each seems to take ten seconds, and nothing else any, however busy the machine."""
    batches, watched, day, clock = [], fit._Watch.on_train_batch_end, time.time(), time.monotonic()
    monkeypatch.setattr(time, "time", lambda: day + 10 * len(batches))
    monkeypatch.setattr(time, "monotonic", lambda: clock + 10 * len(batches))
    monkeypatch.setattr(fit._Watch, "on_train_batch_end", lambda *of, **logs: (batches.append(1), watched(*of, **logs)))
    return batches


def test_a_plan_stops_before_its_budget_ends_and_goes_on_where_it_was(write, folder, trained_batches, monkeypatch):
    # 21 training crystals are two batches: the third epoch would end after 60 seconds, and so would the first of the second run
    path = write(plan_of(folder, "epochs: 4", "seed: 1"))
    first = plans.train(path, deadline=time.time() + 55)
    assert first["status"].tolist() == ["paused", "waiting"]
    assert first["run"].map(lambda key: (runs_root() / key / "checkpoint.npz").exists()).tolist() == [True, False]
    trained_batches.clear()
    second = plans.train(path, deadline=time.time() + 3600)
    assert second["status"].tolist() == ["finished", "finished"]
    # two epochs of the first run were left, and all three of the second
    assert len(trained_batches) == 2 * (2 + 3)
    assert second["run"].tolist() == first["run"].tolist()
    assert second[["network", "n_train", "seed", "message"]].to_numpy().tolist() == [["gated", None, 0, ""], ["gated", None, 1, ""]]
    monkeypatch.setattr("recryst.training.run.fit", lambda *_: pytest.fail("trained again"))
    assert plans.train(path, deadline=time.time() + 1)["status"].tolist() == ["finished", "finished"]


def test_an_epoch_that_would_end_too_late_is_given_up_once_a_batch_was_timed(write, folder, trained_batches):
    # eleven batches would take 110 seconds; the first, in which the network is compiled, is not taken for the measure
    assert plans.train(write(plan_of(folder, "batch_size: 2")), deadline=time.time() + 60)["status"].tolist() == ["waiting"]
    assert len(trained_batches) == 2


def test_which_of_ones_own_crystals_take_no_part_is_written_down(write, folder):
    (folder / "torn.vasp").write_text("no crystal")
    with (folder / "id_prop.csv").open("a") as table:
        table.write("torn,1.0\nabsent,2.0\n")
    row = plans.train(write(plan_of(folder, "epochs: 1"))).iloc[0]
    file = runs_root() / row["run"] / "rejected.csv"
    assert row["message"] == f"Crystals that take no part: 2, see {file}."
    reasons = pd.read_csv(file).set_index("id")["reason"]
    assert set(reasons.index) == {"torn", "absent"}
    assert reasons["absent"] == f"there is no file of this name in {folder}"


def test_what_takes_no_part_is_told_also_where_too_little_is_left(write, folder):
    rows = (folder / "id_prop.csv").read_text().splitlines()[:5]
    (folder / "id_prop.csv").write_text("\n".join(rows) + "\n")
    for row in rows[:3]:
        path = folder / f"{row.split(',')[0]}.vasp"
        path.write_text(path.read_text().replace("0.5 0.5 0.5", "0.01 0 0"))
    row = plans.train(write(plan_of(folder, "epochs: 1"))).iloc[0]
    file = runs_root() / row["run"] / "rejected.csv"
    assert row["status"] == "failed"
    assert row["message"].startswith("2 crystals can't be split into")
    assert row["message"].endswith(f" Crystals that take no part: 3, see {file}.")
    assert pd.read_csv(file)["reason"].str.contains("overlap").all()


def test_a_run_that_is_listed_twice_is_one_run_and_a_folder_is_named_by_where_it_is(write, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    path = write(
        f"defaults: {SMALL}\nruns: [{{task: {folder.name}, seed: [0, 0]}}, {{task: {folder}}}, {{task: ./{folder.name}, seed: 1}}]"
    )
    assert [(run.task, run.seed) for run in plans.read(path)] == [(str(folder), 0), (str(folder), 1)]


def test_a_run_that_fails_stops_no_other(write, folder):
    table = plans.train(
        write(plan_of(folder, "learning_rate: 1.0e+9, schedule: constant, epochs: 9", "epochs: 1") + "  - {task: nothing}\n")
    )
    assert table["status"].tolist() == ["failed", "finished", "failed"]
    assert table["message"][0].startswith("Training diverged in epoch")
    assert table["message"][1] == ""
    assert "nothing" in table["message"][2]


def test_a_run_that_another_process_trains_is_left_to_it_and_the_next_one_is_trained(write, folder):
    path = write(plan_of(folder, "seed: [0, 1], epochs: 1"))
    run = Run.of(**{**RECIPE, "task": str(folder), "epochs": 1})
    with storage.locked(run.folder):
        table = plans.train(path)
    assert table["status"].tolist() == ["busy", "finished"]
    assert table["message"].tolist() == ["", ""]


def test_side_by_side_is_the_same_to_the_bit_and_nothing_is_written_to_standard_error(write, folder, tmp_path, monkeypatch):
    path = write(plan_of(folder, "seed: [0, 1], epochs: 1"))
    command = [Path(sys.executable).with_name("recryst"), "train", path, "--jobs", "2", "--budget", "10m"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "0 of 2 runs are finished; the others take about" in ended.stdout
    assert [line.split()[-1] for line in ended.stdout.splitlines()[-3:] if line] == ["finished", "finished"]
    together = [weights(run_of(folder, seed)) for seed in (0, 1)]
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "alone"))
    assert plans.train(path)["status"].tolist() == ["finished", "finished"]
    for seed, expected in enumerate(together):
        run = run_of(folder, seed)
        assert run.folder.parent == runs_root() == tmp_path / "alone"
        for name, array in weights(run).items():
            np.testing.assert_array_equal(array, expected[name])


def run_of(folder, seed):
    return Run.of(**{**RECIPE, "task": str(folder), "epochs": 1, "seed": seed})


def test_predictions_of_a_folder_are_of_its_crystals(write, folder):
    path = write(plan_of(folder, "epochs: 1"))
    plans.train(path)
    (run,) = plans.finished(path)
    table = run.predictions()
    targets = pd.read_csv(folder / "id_prop.csv", header=None, index_col=0)[1]
    assert len(table) == 21 + 7 + 7
    assert table["target"].tolist() == targets[table["id"]].tolist()


@pytest.mark.parametrize("path", sorted((storage.PROJECT / "nbs" / "plans").glob("*.yml")), ids=lambda path: path.stem)
def test_every_plan_that_comes_with_the_project_can_be_read_and_names_data_sets_there_are(path):
    configurations = plans.read(path)
    assert {configuration.task for configuration in configurations} <= set(datasets.names())
    assert len({configuration.model_dump_json() for configuration in configurations}) == len(configurations)
