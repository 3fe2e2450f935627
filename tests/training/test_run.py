"""Runs: they learn, they repeat to the bit, they survive being killed, and they say what is wrong."""

import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pandas as pd
import pytest
from made_runs import RECIPE, made_folder, made_run, made_task, trained, weights
from sklearn.metrics import roc_auc_score

from recryst.errors import BadInputError, StorageError, TrainingError
from recryst.storage import runs_root
from recryst.training import checkpoint, inspection
from recryst.training.configuration import Configuration
from recryst.training.finished import FILES, REJECTED
from recryst.training.fit import Standardisation
from recryst.training.run import Run


@pytest.fixture(scope="module")
def folder_of_a_finished_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(folder / "runs"))
        patch.setenv("RECRYST_CACHE", str(folder / "cache"))
        trained()
    return folder / "runs"


@pytest.fixture
def finished(folder_of_a_finished_run):
    """A finished run of one's own, to look at or to damage."""
    shutil.copytree(folder_of_a_finished_run, runs_root())
    run = made_run()
    assert run.is_finished()
    return run


def interrupt_before_predictions(run: Run) -> None:
    """Train to the last epoch, and no further."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run.train()


def test_a_network_learns_a_property_of_the_elements():
    run = made_run(epochs=20, optimiser="adam", units=16, batch_size=8, learning_rate=0.03)
    test = run.predictions("test")
    mean_error = np.abs(test["target"] - run.predictions("train")["target"].mean()).mean()
    assert np.abs(test["prediction"] - test["target"]).mean() < 0.1 * mean_error
    assert set(test["id"]).isdisjoint(run.predictions("train")["id"])


def test_a_classifier_learns_and_its_predictions_are_probabilities():
    run = made_run(epochs=15, optimiser="adam", units=16, batch_size=8, kind="classification", dropout=0.2, learning_rate=0.03)
    table = run.predictions()
    assert table["prediction"].between(0, 1).all()
    train = run.predictions("train")
    assert roc_auc_score(train["target"], train["prediction"]) > 0.9


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(finished, monkeypatch, tmp_path):
    first = weights(finished)
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "again"))
    second, other = weights(trained()), weights(trained(seed=1))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert any(np.any(array != other[name]) for name, array in first.items())


@pytest.mark.parametrize("network", ["summing", "summing-linear"])
def test_equation_4_trains_and_its_linear_pooling_gives_each_atom_a_value(network):
    run = trained(network=network, graph="voronoi")
    if network == "summing":
        with pytest.raises(BadInputError, match="linear pooling"):
            inspection.site_values(run)
        return
    graphs, values = inspection.site_values(run)
    assert values.shape == graphs.numbers.shape
    means = pd.Series(values.reshape(-1, 2).mean(1), index=graphs.ids)
    table = run.predictions().set_index("id")["prediction"]
    np.testing.assert_allclose(means[table.index], table, atol=1e-5)


def test_paused_and_resumed_is_the_same_to_the_bit_as_never_paused(monkeypatch, tmp_path):
    straight = weights(trained(epochs=4, optimiser="adam", schedule="cosine", kind="classification", dropout=0.3))
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    run = made_run(epochs=4, optimiser="adam", schedule="cosine", kind="classification", dropout=0.3)
    real, calls = time.monotonic, []
    # the clock jumps past the deadline after two epochs
    monkeypatch.setattr(time, "monotonic", lambda: real() + 1e6 * (len(calls) >= 2))
    save = checkpoint.save
    monkeypatch.setattr(checkpoint, "save", lambda *arguments: (save(*arguments), calls.append(1)))
    assert not run.train(deadline=real() + 1000)
    assert len(calls) == 2
    monkeypatch.undo()
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    monkeypatch.setenv("RECRYST_CACHE", str(tmp_path / "cache"))
    assert run.train()
    for name, array in weights(run).items():
        np.testing.assert_array_equal(array, straight[name])
    assert run.history()["epoch"].tolist() == [1, 2, 3, 4]


def test_interrupted_before_it_predicts_it_predicts_the_same_bits(monkeypatch, tmp_path):
    straight = trained(epochs=2).predictions()
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "interrupted"))
    run = made_run(epochs=2)
    interrupt_before_predictions(run)
    assert epochs_in(run.folder / "checkpoint.npz") == 2
    pd.testing.assert_frame_equal(made_run(epochs=2).predictions(), straight, check_exact=True)


@pytest.mark.slow
def test_killed_at_any_moment_it_loses_at_most_one_epoch(tmp_path):
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
        from made_runs import made_run
        made_run(epochs=400).train()
    """)
    environment = {**os.environ, "RECRYST_RUNS": str(tmp_path / "runs"), "RECRYST_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    path = tmp_path / "runs" / made_run(epochs=400).key / "checkpoint.npz"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.exists() and epochs_in(path) >= 5):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = epochs_in(path)
    assert 5 <= done < 400
    run = made_run(epochs=400)
    run.train(deadline=time.monotonic() + 5)
    history = json.loads(str(np.load(path)["progress"]))["history"]
    assert len(history) > done
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))


def epochs_in(path):
    with np.load(path) as stored:
        return len(json.loads(str(stored["progress"]))["history"])


def test_a_finished_run_is_read_not_trained_again(finished, monkeypatch):
    monkeypatch.setattr("recryst.training.run.fit", lambda *_: pytest.fail("trained again"))
    assert made_run().train()
    table = made_run().predictions()
    assert table.groupby("split")["id"].count().to_dict() == {"train": 36, "validation": 12, "test": 12}
    targets = dict(zip(finished.task.crystals.ids, finished.task.targets, strict=True))
    assert table["target"].tolist() == [targets[identifier] for identifier in table["id"]]
    network = made_run().network()
    for variable, array in zip(network.weights, weights(finished).values(), strict=True):
        np.testing.assert_array_equal(variable.numpy(), array)


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
@pytest.mark.parametrize("name", [*FILES, "run.json"])
def test_a_run_with_a_file_cut_off_replaced_or_missing_is_not_finished(name, damage, finished):
    path = finished.folder / name
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    assert not made_run().is_finished()


def test_a_damaged_run_is_done_again_with_a_warning_and_nothing_stays_of_it(finished):
    before = weights(finished)
    (finished.folder / "weights.npz").write_bytes(b"nonsense")
    (finished.folder / "orientations-test-2-12.parquet").write_bytes(b"of the lost network")
    (finished.folder / ".checkpoint.npz.abc.part").write_bytes(b"of a process that was killed")
    with pytest.warns(UserWarning, match="is damaged and is done again"):
        finished.train()
    assert sorted(path.name for path in finished.folder.iterdir()) == sorted([*FILES, REJECTED, "run.json"])
    for name, array in weights(finished).items():
        np.testing.assert_array_equal(array, before[name])


def test_a_damaged_checkpoint_starts_the_run_again_with_a_warning():
    run = made_run()
    run.folder.mkdir(parents=True)
    (run.folder / "checkpoint.npz").write_bytes(b"PK\x03\x04 half a file")
    with pytest.warns(UserWarning, match="checkpoint.npz is damaged"):
        assert run.train()


def test_a_checkpoint_of_another_optimiser_changes_nothing_before_the_run_starts_again(monkeypatch, tmp_path):
    straight = weights(trained(epochs=2))
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "other"))
    run = made_run(epochs=2)
    interrupt_before_predictions(run)
    path = run.folder / "checkpoint.npz"
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays.pop(max(name for name in arrays if name.startswith("optimiser")))
    np.savez(path, **arrays)
    with pytest.warns(UserWarning, match=r"is damaged \(its arrays are not those of this optimiser\)"):
        assert made_run(epochs=2).train()
    for name, array in weights(made_run(epochs=2)).items():
        np.testing.assert_array_equal(array, straight[name])


def test_a_full_disk_loses_no_more_than_the_epoch_that_could_not_be_saved(monkeypatch):
    run, replace, count = made_run(epochs=4), os.replace, []

    def full(source, target):
        if str(target).endswith("checkpoint.npz"):
            count.append(1)
            if len(count) == 3:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(StorageError, match=r"Can't write .*checkpoint.npz: No space left on device; free some space"):
        run.train()
    assert epochs_in(run.folder / "checkpoint.npz") == 2
    assert [path.name for path in run.folder.glob(".*")] == []
    assert made_run(epochs=4).train()
    # the third and fourth epoch, and no other, were trained by the second call
    assert len(count) == 3 + 2


def test_what_a_run_can_not_use_is_listed_with_its_reason_and_the_rest_is_used(tmp_path):
    folder = made_folder(tmp_path / "own")
    text = (folder / "LiF.vasp").read_text()
    (folder / "overlapping.vasp").write_text(text.replace("0.5 0.5 0.5", "0.05 0 0"))
    (folder / "heavy.vasp").write_text(text.replace("Li F", "Li Lr"))
    (folder / "alone.vasp").write_text(text.replace("4 0 0", "30 0 0").replace("0 4 0", "0 30 0").replace("0 0 4", "0 0 30"))
    (folder / "malformed.vasp").write_text("nothing")
    with open(folder / "id_prop.csv", "a") as table:
        table.write("overlapping,0.1\nheavy,0.1\nalone,0.1\nmalformed,0.1\nmissing,0.1\n")
    rows = (folder / "id_prop.csv").read_text().replace("LiNa,-0.8", "LiNa,nan")
    (folder / "id_prop.csv").write_text(rows)
    run = Run.of(**{**RECIPE, "task": str(folder), "epochs": 1, "train": 22, "validation": 7, "test": 7})
    used = set(run.predictions()["id"])
    reasons = run.rejected.set_index("id")["reason"]
    assert set(reasons.index) == {"LiNa", "overlapping", "heavy", "malformed", "missing"}
    assert "is not a finite number" in reasons["LiNa"]
    assert "overlap" in reasons["overlapping"]
    assert "atomic number 103" in reasons["heavy"]
    # 36 pairs but for one, and the atom that stands alone
    assert len(used) == 36
    assert "alone" in used
    assert used.isdisjoint(reasons.index)
    assert run.record()["rejected"] == 5


def test_two_processes_that_ask_for_one_run_train_it_once(tmp_path):
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
        from made_runs import made_run
        from recryst.training import run
        fit = run.fit
        run.fit = lambda *arguments: (print("trained"), fit(*arguments))[1]
        assert made_run().train()
    """)
    environment = {**os.environ, "RECRYST_RUNS": str(runs_root())}
    both = [subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=90)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(printed) == ["", "trained\n"]


def test_crystals_of_one_class_alone_are_refused():
    """There is no area under a curve, by which the best epoch could be chosen."""
    task = made_task(kind="classification")
    for part in ("training", "validation"):
        run = made_run(kind="classification")
        targets = task.targets.copy()
        targets[getattr(run.split, "train" if part == "training" else part)] = 1.0
        with pytest.raises(BadInputError, match=rf"All \d+ {part} crystals of made are of one class; give more, or another split_seed"):
            Run(run.configuration, dataclasses.replace(task, targets=targets)).train()


@pytest.mark.parametrize("kind", ["regression", "classification"])
def test_divergence_is_one_sentence_that_names_the_learning_rate(kind):
    with pytest.raises(TrainingError, match=r"diverged in epoch \d+: .* learning rate below 1e\+30 or set clip_norm"):
        made_run(learning_rate=1e30, epochs=20, schedule="constant", kind=kind).train()


def test_early_stopping_and_selection_look_at_validation_crystals_only():
    run = made_run(epochs=200, patience=3, learning_rate=0.05)
    history, record = run.history(), run.record()
    assert len(history) < 200
    assert len(history) - record["best_epoch"] == 3
    best = history.set_index("epoch")["validation_error"]
    assert record["best_epoch"] == best.idxmin()
    validation = run.predictions("validation")
    assert np.abs(validation["prediction"] - validation["target"]).mean() == pytest.approx(best.min(), abs=1e-6)


def test_mixed_precision_trains_and_predicts_in_float32_at_the_output():
    run = trained(precision="mixed_bfloat16", epochs=2)
    assert np.isfinite(run.predictions()["prediction"]).all()
    assert run.network().final.compute_dtype == "float32"


def test_the_key_changes_with_configuration_and_data_and_with_nothing_else():
    run = made_run()
    assert run.key == made_run().key
    assert run.key != made_run(seed=1).key
    assert run.key != Run(run.configuration, made_task(count=59)).key


def test_gradient_clipping_bounds_the_first_step():
    # sgd without momentum moves an array by at most learning_rate * clip_norm
    start = made_run(epochs=1, learning_rate=1e-12)
    moved = made_run(epochs=1, learning_rate=1.0, momentum=0.0, clip_norm=1e-3, batch_size=60, schedule="constant")
    for (name, before), after in zip(weights_of(start).items(), weights_of(moved).values(), strict=True):
        if "moving" not in name:
            assert np.linalg.norm(after - before) <= 1.01e-3, name


def weights_of(run):
    run.train()
    return weights(run)


def test_wrong_configurations_are_one_sentence():
    with pytest.raises(BadInputError, match=r"epochs of a training run: .* greater than or equal to 1; got 0"):
        Configuration.checked(task="made", epochs=0)
    with pytest.raises(BadInputError, match=r"seed of a training run: .* less than 4294967296"):
        Configuration.checked(task="made", seed=2**32)
    with pytest.raises(BadInputError, match=r"epoch of a training run: there is no such field; got 3"):
        Configuration.checked(task="made", epoch=3)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 / 3])
def test_equal_targets_are_not_divided_by_a_rounding_error(value):
    assert Standardisation.of(np.full(3, value)) == Standardisation(pytest.approx(value), 1.0)
