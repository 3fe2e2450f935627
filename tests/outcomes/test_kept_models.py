"""Kept models: written from finished runs, asked on a machine that has neither runs nor data, and honest about their errors."""

import json

import numpy as np
import pandas as pd
import pytest
from made_runs import made_folder

from recryst import cli, outcomes, prediction, storage
from recryst.analysis import uncertainty
from recryst.datasets import perovskites
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.outcomes import models
from recryst.outcomes.cards import OF_UNCERTAINTY, TOO_SHORT, card
from recryst.training import finished, orientations, plans
from recryst.training.run import predictions

NETWORK = "convolutions: 1, units: 8, hidden_units: 8, batch_size: 8, optimiser: adamw, schedule: cosine, learning_rate: 0.03"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A plan on pairs of elements whose runs are finished: three seeds that learn, two that hardly do, and one on few crystals."""
    folder = tmp_path_factory.mktemp("kept")
    pairs, plan = made_folder(folder / "pairs"), folder / "plan.yml"
    plan.write_text(
        f"defaults: {{task: {pairs}, {NETWORK}, epochs: 12}}\n"
        "runs: [{seed: [0, 1, 2, 3], averaged_epochs: 1}, {seed: [0, 1], epochs: 1}, {n_train: 10, epochs: 30}]"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(folder / "runs"))
        patch.setenv("RECRYST_CACHE", str(folder / "cache"))
        assert set(plans.train(plan)["status"]) == {"finished"}
    return folder


@pytest.fixture
def kept(trained, tmp_path, monkeypatch):
    """The folder of the model, seen from a machine without the runs that it was made of."""
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    with monkeypatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(trained / "runs"))
        (folder,) = models.keep_best(trained / "plan.yml")
        runs = plans.finished(trained / "plan.yml")
        expected = {run.key: run.predictions() for run in runs}
    return folder, expected


def test_the_best_networks_on_all_training_crystals_are_kept_and_predict_as_they_did(kept, trained):
    folder, expected = kept
    assert outcomes.kept_models() == ["pairs"]
    facts = json.loads((folder / "model.json").read_text())
    assert [member["seed"] for member in facts["members"]] == [0, 1, 2]
    assert facts["configuration"]["averaged_epochs"] == 1
    table = prediction.predict(sorted((trained / "pairs").glob("*.vasp")), "recryst/pairs")
    assert (table["status"] == "ok").all()
    table["name"] = table["file"].map(lambda name: name.split("/")[-1].removesuffix(".vasp"))
    table = table[table["name"].isin(next(iter(expected.values()))["id"])]  # one of the 36 pairs is in no part
    assert len(table) == 35
    of_members = [expected[member["run"]].set_index("id")["prediction"] for member in facts["members"]]
    values = np.array([member[table["name"]] for member in of_members])
    np.testing.assert_allclose(table["prediction"], values.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(table["uncertainty"], facts["uncertainty"]["factor"] * values.std(axis=0, ddof=1), rtol=1e-3, atol=1e-6)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """A plan on embedded crystals whose runs are finished: two seeds of a network on images, one on fewer crystals, and one on graphs."""
    folder = tmp_path_factory.mktemp("turned")
    few = "n_validation: 8, n_test: 10, epochs: 2"
    (folder / "plan.yml").write_text(
        f"defaults: {{task: embedded/formation-energy, {few}}}\n"
        "runs:\n"
        "  - &images {network: voxel-shallow, filters: 2, batch_size: 8, n_train: 16, seed: [0, 1]}\n"
        "  - {<<: *images, n_train: 8, seed: 0, epochs: 4}\n"
        "  - {network: gated, convolutions: 1, units: 4, n_train: 16}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(folder / "runs"))
        patch.setenv("RECRYST_CACHE", str(folder / "cache"))
        assert set(plans.train(folder / "plan.yml")["status"]) == {"finished"}
    return folder


def test_a_network_on_images_answers_with_all_its_orientations(turned, tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    with monkeypatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(turned / "runs"))
        patch.setenv("RECRYST_CACHE", str(turned / "cache"))
        (folder,) = models.keep_best(turned / "plan.yml", "voxel-shallow")
        runs = [run for run in plans.finished(turned / "plan.yml") if run.configuration.takes == "voxels"][:2]
        answers = [orientations.predictions(run, "test").assign(seed=run.configuration.seed) for run in runs]
        own = [finished.find(run.key) for run in runs]
        asked = runs[0].task.crystals.select(["rocksalt-MgO", "rocksalt-LiF"])
        fresh = [orientations.of_new_crystals(run.network(), run.configuration, run.standardisation, asked)[0] for run in own]
    facts = json.loads((folder / "model.json").read_text())
    assert folder.name == "embedded-formation-energy"
    assert [member["run"] for member in facts["members"]] == [run.key for run in runs], "those on most crystals, and none on graphs"
    both = pd.concat(answers)
    assert len(both) == 2 * 50 * 10
    of_crystal = both.groupby("id")[["target", "prediction"]].mean()
    assert facts["test"]["ensemble"] == pytest.approx((of_crystal["prediction"] - of_crystal["target"]).abs().mean())
    assert facts["test"]["crystals"] == 10
    alone = answers[1].groupby("id")[["target", "prediction"]].mean()
    assert facts["test"]["members"][1] == pytest.approx((alone["prediction"] - alone["target"]).abs().mean())
    table = models.load(folder.name).predict(asked).set_index("id")
    values = pd.concat(fresh).groupby("id")["prediction"]
    np.testing.assert_allclose(table["prediction"], values.mean()[table.index], rtol=1e-5)
    np.testing.assert_allclose(table["uncertainty"], facts["uncertainty"]["factor"] * values.std()[table.index], rtol=1e-4)
    assert table["message"].iloc[0].startswith("mean of 2 networks on voxel images of 50 orientations, trained on 16 crystals")
    assert "voxel images, the mean over 50 random orientations" in (folder / "card.md").read_text()


def test_the_network_that_is_kept_can_be_named(turned, tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(turned / "runs"))
    (folder,) = models.keep_best(turned / "plan.yml", "gated")
    facts = json.loads((folder / "model.json").read_text())
    assert (facts["configuration"]["network"], facts["orientations"]) == ("gated", None)
    with pytest.raises(MissingDataError, match="with the network voxel-deep is finished"):
        models.keep_best(turned / "plan.yml", "voxel-deep")


def test_an_element_that_no_training_crystal_held_is_told(kept, trained, tmp_path):
    """The pairs hold light elements alone; gold is in none of them."""
    folder, _ = kept
    facts = json.loads((folder / "model.json").read_text())
    assert {"Li", "F"} <= set(facts["elements"].split())
    assert "Au" not in facts["elements"].split()
    for first, second in (("Li", "F"), ("Au", "F")):
        (tmp_path / f"{first}.vasp").write_text(f"x\n1\n3 0 0\n0 3 0\n0 0 3\n{first} {second}\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
    known, strange = prediction.predict([tmp_path / "Li.vasp", tmp_path / "Au.vasp"], "recryst/pairs")["message"]
    assert "no training crystal" not in known
    assert strange == f"{known}; no training crystal holds Au"


def test_what_is_said_of_its_errors_is_counted_on_test_crystals_and_its_factor_on_validation_crystals(kept, trained, monkeypatch):
    folder, _ = kept
    facts = json.loads((folder / "model.json").read_text())
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    runs = [run for run in plans.finished(trained / "plan.yml") if run.key in {member["run"] for member in facts["members"]}]
    table = uncertainty.ensemble(predictions(runs, "validation", "test"))
    validation, test = (table[table["split"] == part] for part in ("validation", "test"))
    error = (test["prediction"] - test["target"]).abs()
    assert facts["test"]["ensemble"] == pytest.approx(error.mean())
    assert facts["test"]["members"][1] == pytest.approx(
        (runs[1].predictions("test")["prediction"] - runs[1].predictions("test")["target"]).abs().mean()
    )
    assert facts["uncertainty"]["factor"] == pytest.approx(uncertainty.scale(validation))
    assert facts["uncertainty"]["inside_68"] == np.mean(error <= facts["uncertainty"]["factor"] * test["uncertainty"])
    card = (folder / "card.md").read_text()
    assert f"{facts['test']['ensemble']:.4g}" in card
    assert "miscalibration area" in card
    assert "test crystals lie within the uncertainty" in models.load("pairs").about


def test_a_model_is_small(kept):
    folder, _ = kept
    assert sum(path.stat().st_size for path in folder.glob("*.npz")) < 3 * 30_000


def test_the_command_line_keeps_and_asks(trained, kept, monkeypatch, capsys, tmp_path):
    file = str(next((trained / "pairs").glob("LiF.vasp")))
    monkeypatch.setattr("sys.argv", ["recryst", "predict", file, "--model", "recryst/pairs"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "file,id,prediction,uncertainty,unit,status,message"
    assert "mean of 3 networks, trained on 21 crystals; test error" in lines[1]


def test_what_can_not_be_predicted_is_one_sentence(kept, tmp_path):
    (tmp_path / "heavy.vasp").write_text("x\n1\n4 0 0\n0 4 0\n0 0 4\nLr\n1\nDirect\n0 0 0\n")
    table = prediction.predict([tmp_path / "heavy.vasp"], "recryst/pairs")
    assert table["status"].tolist() == ["rejected"]
    assert "103" in table["message"][0]
    with pytest.raises(BadInputError, match=r"There is no model 'recryst/gap'; there are .*recryst/pairs"):
        prediction.predict([tmp_path / "heavy.vasp"], "recryst/gap")


def test_damage_is_one_sentence(kept, trained):
    folder, _ = kept
    file = next((trained / "pairs").glob("LiF.vasp"))
    (folder / "seed-1.npz").write_bytes(b"nonsense")
    with pytest.raises(DamagedFileError, match=r"seed-1\.npz is missing or damaged; restore it"):
        prediction.predict([file], "recryst/pairs")
    (folder / "model.json").write_text("{")
    with pytest.raises(DamagedFileError, match=r"model\.json is damaged"):
        models.load("pairs")


def test_nothing_finished_is_nothing_kept(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    with pytest.raises(MissingDataError, match=r"No run of .* is finished; train them with"):
        models.keep_best(trained / "plan.yml")
    assert outcomes.kept_models() == []


def test_an_interruption_leaves_the_model_that_was_there(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    runs = plans.finished(trained / "plan.yml")
    folder = models.keep(runs[:3])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(models, "card", killed)
        with pytest.raises(KeyboardInterrupt):
            models.keep(runs[1:3])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # and members that no longer belong to it are gone
    assert sorted(path.name for path in models.keep(runs[1:3]).glob("*.npz")) == ["seed-1.npz", "seed-2.npz"]


def test_a_single_network_has_no_uncertainty(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    models.keep(plans.finished(trained / "plan.yml")[:1])
    table = prediction.predict([next((trained / "pairs").glob("LiF.vasp"))], "recryst/pairs")
    assert pd.isna(table["uncertainty"][0])
    assert table["message"][0].startswith("one network, trained on 21 crystals")
    assert table["message"][0].endswith("; no uncertainty, which takes several networks")
    told = (tmp_path / "models" / "pairs" / "card.md").read_text()
    assert "None: a classification, a single network, or members that agree" in told
    assert OF_UNCERTAINTY not in told


def test_committed_cards_say_what_the_facts_are():
    for name in outcomes.kept_models():
        folder = outcomes.models_folder() / name
        facts = json.loads((folder / "model.json").read_text())
        told = (folder / "card.md").read_text()
        assert told == card(name, facts)
        assert (OF_UNCERTAINTY in told) == (len(facts["members"]) > 1)
        assert (TOO_SHORT in told) == (len(facts["members"]) > 1 and facts["uncertainty"]["inside_95"] < 0.954)


def test_the_unit_in_question_is_told_with_every_prediction_for_perovskites():
    kept = outcomes.kept_models()
    assert {name for name in kept if perovskites.UNIT_QUESTION in models.load(name).about} == {"perovskites-formation-energy"}


def test_the_how_to_names_every_model_that_comes_with_the_project():
    page = (storage.PROJECT / "book" / "how-to" / "own-crystals.md").read_text()
    assert [name for name in outcomes.kept_models() if f"`recryst/{name}`" not in page] == []


@pytest.mark.parametrize(
    ("task", "name"),
    [("materials-project/band-gap", "band-gap"), ("perovskites/formation-energy", "perovskites-formation-energy")],
)
def test_a_model_is_named_by_its_data_set(task, name):
    assert models.name_of(task) == name
