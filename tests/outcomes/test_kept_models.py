"""Kept models: written from finished runs, asked on a machine that has neither runs nor data, and honest about their errors."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_runs import made_folder

from recryst import cli, outcomes, prediction, storage
from recryst.analysis import uncertainty
from recryst.datasets import density_files, embedded, perovskites
from recryst.datasets.density_files import DensityFile
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.features import voxels
from recryst.outcomes import keeping, models
from recryst.outcomes.cards import OF_UNCERTAINTY, TOO_SHORT, card
from recryst.training import finished, orientations, plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run
from recryst.training.runs import predictions

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


def coming_with_the_project():
    """Names of the kept models that were not made on this machine of somebody's own crystals."""
    return [name for name in outcomes.kept_models() if models.load(name).facts["licence"] is not None]


@pytest.fixture
def kept(trained, tmp_path, monkeypatch):
    """The folder of the model, seen from a machine without the runs that it was made of."""
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    with monkeypatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(trained / "runs"))
        (folder,) = keeping.keep_best(trained / "plan.yml")["folder"]
        runs = plans.finished(trained / "plan.yml")
        expected = {run.key: run.predictions() for run in runs}
    return folder, expected


def test_the_best_networks_on_all_training_crystals_are_kept_and_predict_as_they_did(kept, trained):
    folder, expected = kept
    assert outcomes.kept_models() == ["pairs"]
    facts = json.loads((folder / "model.json").read_text())
    assert [member["seed"] for member in facts["members"]] == [0, 1, 2]
    assert facts["configuration"]["averaged_epochs"] == 1
    # nobody but the owner of the crystals can say what may be done with what was learned from them
    assert facts["licence"] is None
    assert "follows from the data, which are one's own" in (folder / "card.md").read_text()
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


@pytest.fixture
def of_images(turned, tmp_path, monkeypatch):
    """Where models are kept, and what makes them: the runs on images and what they need."""
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(turned / "runs"))
    monkeypatch.setenv("RECRYST_CACHE", str(turned / "cache"))
    return [run for run in plans.finished(turned / "plan.yml") if run.configuration.takes == "voxels"]


def test_a_network_on_images_answers_with_all_its_orientations(of_images, turned, monkeypatch):
    monkeypatch.setattr(keeping, "TURNED", 6)
    (folder,) = keeping.keep_best(turned / "plan.yml", "voxel-shallow")["folder"]
    facts, runs = json.loads((folder / "model.json").read_text()), of_images[:2]
    assert folder.name == "embedded-formation-energy"
    assert [member["run"] for member in facts["members"]] == [run.key for run in runs], "those on most crystals, and none on graphs"
    tables = {part: [orientations.predictions(run, part, n=6) for run in runs] for part in ("validation", "test")}
    assert len(tables["test"][0]) == 50 * 6

    def spread(part: str) -> pd.DataFrame:
        grouped = pd.concat(tables[part]).groupby("id")
        return pd.DataFrame(
            {"target": grouped["target"].first(), "prediction": grouped["prediction"].mean(), "uncertainty": grouped["prediction"].std()}
        )

    validation, test = spread("validation"), spread("test")
    error = (test["prediction"] - test["target"]).abs()
    assert facts["test"]["ensemble"] == pytest.approx(error.mean())
    assert facts["test"]["crystals"] == 6
    alone = tables["test"][1].groupby("id")[["target", "prediction"]].mean()
    assert facts["test"]["members"][1] == pytest.approx((alone["prediction"] - alone["target"]).abs().mean())
    assert facts["uncertainty"]["factor"] == pytest.approx(uncertainty.scale(validation))
    assert facts["uncertainty"]["inside_68"] == np.mean(error <= facts["uncertainty"]["factor"] * test["uncertainty"])
    told = (folder / "card.md").read_text()
    assert "voxel images, the mean over 50 orientations" in told
    assert "on 6 test crystals" in told
    assert "the first by the hash of their ids" in told
    assert "up to Og" in told


@pytest.fixture(scope="module")
def functionals(tmp_path_factory):
    """A plan on embedded densities whose two runs, of two seeds, are finished."""
    folder = tmp_path_factory.mktemp("functionals")
    task = "charge-density/bulk-modulus-embedded"
    sizes = "n_train: 12, n_validation: 4, n_test: 6, epochs: 2, batch_size: 4"
    (folder / "plan.yml").write_text(f"runs: [{{task: {task}, network: semilocal-functional, {sizes}, seed: [0, 1]}}]")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(folder / "runs"))
        assert set(plans.train(folder / "plan.yml")["status"]) == {"finished"}
    return folder


def test_a_functional_of_densities_answers_for_files_of_densities(functionals, tmp_path, monkeypatch):
    """As its members did for a test crystal, read from a file in which the same density is given in the primitive cell."""
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    with monkeypatch.context() as patch:
        patch.setenv("RECRYST_RUNS", str(functionals / "runs"))
        (folder,) = keeping.keep_best(functionals / "plan.yml")["folder"]
        tables = [run.predictions("test").set_index("id")["prediction"] for run in plans.finished(functionals / "plan.yml")]
    name, facts = folder.name, json.loads((folder / "model.json").read_text())
    assert name == "charge-density-bulk-modulus-embedded"
    known = tables[0].index[0]
    crystal = embedded.crystals().select([known])
    path = tmp_path / "known.npz"
    density_files.write(path, DensityFile(crystal, embedded.electronic_structure(known).density.astype(float), "smoothed valence"))
    (tmp_path / "CHGCAR").write_text("nonsense")
    monkeypatch.setitem(prediction.KEPT_AS, "density/bulk-modulus", name)
    table = prediction.predict([tmp_path / "CHGCAR", path], "density/bulk-modulus")
    assert table.equals(prediction.predict([tmp_path / "CHGCAR", path], f"recryst/{name}"))
    assert table["status"].tolist() == ["rejected", "ok"]
    assert table["unit"].unique().tolist() == ["GPa"]
    values = np.array([one[known] for one in tables])
    assert table["prediction"][1] == pytest.approx(values.mean(), rel=2e-3)
    assert table["uncertainty"][1] == pytest.approx(facts["uncertainty"]["factor"] * values.std(ddof=1), rel=0.1)
    assert table["message"][1].startswith("mean of 2 networks on charge densities and compositions, trained on 12 crystals; test error")
    volumes = facts["learned"]["volumes"]
    assert 0 < volumes[0] < volumes[1] < 100
    told = (folder / "card.md").read_text()
    assert "recryst predict CHGCAR --model recryst/charge-density-bulk-modulus-embedded" in told
    assert "semilocal-functional on charge densities and compositions" in told
    assert "up to Cm" in told


def test_what_it_says_of_a_crystal_does_not_depend_on_what_else_is_asked(of_images):
    folder = keeping.keep(of_images[:2])
    model, crystals = models.load(folder.name), of_images[0].task.crystals
    together = model.predict(crystals.select(["rocksalt-MgO", "rocksalt-LiF", "fcc-Cu"])).set_index("id")
    alone = model.predict(crystals.select(["rocksalt-LiF"])).set_index("id")
    for column in ("prediction", "uncertainty"):
        assert alone.loc["rocksalt-LiF", column] == pytest.approx(together.loc["rocksalt-LiF", column], rel=1e-4)
    values = []
    for run in map(finished.find, [run.key for run in of_images[:2]]):
        clouds, _ = voxels.compute(crystals.select(["rocksalt-LiF"]), "standard")
        values.append(orientations.of_new_crystals(run.network(), run.configuration, run.standardisation, clouds)["prediction"])
    everything = pd.concat(values)
    assert len(everything) == 100
    assert alone.loc["rocksalt-LiF", "prediction"] == pytest.approx(everything.mean(), rel=1e-5)
    assert alone.loc["rocksalt-LiF", "uncertainty"] == pytest.approx(model.facts["uncertainty"]["factor"] * everything.std(), rel=1e-4)
    assert alone["message"].iloc[0].startswith("mean of 2 networks on voxel images, the mean over 50 orientations, trained on 16 crystals")


def test_what_an_image_can_not_hold_is_refused_and_the_rest_answered(of_images, tmp_path):
    name = keeping.keep(of_images[:1]).name
    cell = "x\n1\n4 0 0\n0 4 0\n0 0 4\nCs Cl\n1 1\nDirect\n0 0 0\n{place} {place} {place}\n"
    for file, place in (("salt", 0.5), ("near", 0.05)):
        (tmp_path / f"{file}.vasp").write_text(cell.format(place=place))
    both = prediction.predict([tmp_path / "near.vasp", tmp_path / "salt.vasp"], f"recryst/{name}")
    assert both["status"].tolist() == ["rejected", "ok"]
    assert both["uncertainty"][1] > 0, "one network has many answers"
    assert both["message"][1].startswith("one network on voxel images, the mean over 50 orientations")
    assert prediction.predict([tmp_path / "near.vasp"], f"recryst/{name}")["status"].tolist() == ["rejected"]


def test_a_network_that_saw_no_turned_crystal_is_asked_once(of_images):
    run = Run(of_images[0].configuration.model_copy(update={"rotation": "none"}), of_images[0].task)
    run.train()
    folder = keeping.keep([run])
    facts = json.loads((folder / "model.json").read_text())
    assert (facts["orientations"], facts["uncertainty"]) == (1, None)
    assert "voxel images in the standard orientation" in (folder / "card.md").read_text()
    table = models.load(folder.name).predict(run.task.crystals.select(["rocksalt-MgO"]))
    assert table["message"][0].startswith("one network on voxel images in the standard orientation, trained on 16 crystals")
    assert np.isnan(table["uncertainty"][0])


def test_networks_on_graphs_and_on_images_of_one_data_set_share_a_name_and_one_has_to_be_named(of_images, turned, monkeypatch):
    for wrong in (None, "voxel-deep"):
        with pytest.raises(BadInputError, match=r"Name one network .* with --network; it trains gated, voxel-shallow"):
            keeping.keep_best(turned / "plan.yml", wrong)
    monkeypatch.setattr("sys.argv", ["recryst", "keep", str(turned / "plan.yml"), "--network", "gated"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    facts = models.load("embedded-formation-energy").facts
    assert (facts["configuration"]["network"], facts["orientations"]) == ("gated", None)


def test_runs_without_weights_are_refused_before_anything_is_trained(of_images, monkeypatch, tmp_path):
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "none"))
    with pytest.raises(BadInputError, match=r"There is no finished run .* with its weights"):
        keeping.keep(of_images[:2])
    assert not (tmp_path / "none").exists()


def test_weights_made_of_data_that_are_to_be_shared_alike_are():
    licences = {name: models.load(name).facts["licence"] for name in coming_with_the_project()}
    assert licences.pop("voxel-cnn-formation-energy") == "CC BY-NC-SA 4.0"
    assert set(licences.values()) == {"CC BY 4.0"}


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
        keeping.keep_best(trained / "plan.yml")
    assert outcomes.kept_models() == []


def test_a_model_of_another_plan_stays_where_it_is_better(kept, trained, tmp_path, monkeypatch):
    folder, _ = kept
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    before, plan = {path.name: path.read_bytes() for path in folder.iterdir()}, tmp_path / "worse.yml"
    settings = f"task: {trained / 'pairs'}, {NETWORK}"
    errors = [member["validation_error"] for member in json.loads(before["model.json"])["members"]]
    # two networks that hardly learned, and one alone that learned as well as any
    for runs in ("{seed: [0, 1], epochs: 1}", "{seed: 0, averaged_epochs: 1, epochs: 12}"):
        plan.write_text(f"defaults: {{{settings}}}\nruns: [{runs}]")
        (row,) = keeping.keep_best(plan).itertuples()
        assert row.message.startswith("stays as it was: that of this plan would have")
        assert (row.model, row.networks, row.folder) == ("pairs", 3, folder)
        assert row.validation_error == pytest.approx(np.mean(errors))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # it says nothing of a model of other crystals
    (folder / "model.json").write_bytes(before["model.json"].replace(b'"train": 21', b'"train": 20'))
    (row,) = keeping.keep_best(plan).itertuples()
    assert (row.networks, row.message) == (1, "")


def test_no_model_takes_the_place_of_one_of_other_data(kept, trained, tmp_path, monkeypatch):
    folder, _ = kept
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    facts = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(facts | {"data": "materials-project/pairs@012345"}))
    with pytest.raises(BadInputError, match=r"pairs holds the model of materials-project/pairs; give own/pairs another name, or remove"):
        keeping.keep_best(trained / "plan.yml")
    # and nothing else of such a plan is kept
    made_folder(tmp_path / "others")
    (tmp_path / "two.yml").write_text(
        f"defaults: {{{NETWORK}, epochs: 1, n_train: 6}}\nruns: [{{task: {tmp_path / 'others'}}}, {{task: {trained / 'pairs'}}}]"
    )
    plans.train(tmp_path / "two.yml")
    with pytest.raises(BadInputError, match="pairs holds the model of materials-project/pairs"):
        keeping.keep_best(tmp_path / "two.yml")
    assert "others" not in outcomes.kept_models()
    # models of other validation crystals can't be compared
    split = {"configuration": facts["configuration"] | {"split_seed": 1}, "members": facts["members"] * 2}
    (folder / "model.json").write_text(json.dumps(facts | split))
    assert keeping.keep_best(trained / "plan.yml")["message"].tolist() == [""]
    # two folders of one name
    made_folder(tmp_path / "pairs")
    (tmp_path / "two.yml").write_text(
        f"defaults: {{{NETWORK}, epochs: 1, n_train: 6}}\nruns: [{{task: {trained / 'pairs'}}}, {{task: {tmp_path / 'pairs'}}}]"
    )
    plans.train(tmp_path / "two.yml")
    with pytest.raises(BadInputError, match=r"Two data sets of .*two\.yml are called pairs; rename the folder of one"):
        keeping.keep_best(tmp_path / "two.yml")


def test_what_is_said_of_a_classifier_is_its_accuracy_and_of_ones_own_data_nothing_that_may_be_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    folder = made_folder(tmp_path / "our metals")
    rows = [line.split(",") for line in (folder / "id_prop.csv").read_text().splitlines()]
    (folder / "id_prop.csv").write_text("id,class\n" + "".join(f"{name},{int(float(value) > 0)}\n" for name, value in rows))
    run = Run.of(task=str(folder), convolutions=1, units=8, hidden_units=8, batch_size=8, epochs=2)
    run.train()
    card = (keeping.keep([run]) / "card.md").read_text()
    (row,) = prediction.predict([folder / "LiF.vasp"], "recryst/our metals").itertuples()
    assert row.unit == "probability of class 1"
    accuracy = float(np.mean((run.predictions("test")["prediction"] > 0.5) == run.predictions("test")["target"]))
    assert f"test accuracy {accuracy:.3g}" in row.message
    assert "--model 'recryst/our metals'" in card
    assert "DFT" not in card


def test_an_interruption_leaves_the_model_that_was_there(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    runs = plans.finished(trained / "plan.yml")
    folder = keeping.keep(runs[:3])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "card", killed)
        with pytest.raises(KeyboardInterrupt):
            keeping.keep(runs[1:3])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # and members that no longer belong to it are gone
    assert sorted(path.name for path in keeping.keep(runs[1:3]).glob("*.npz")) == ["seed-1.npz", "seed-2.npz"]


def test_groups_of_runs_are_ranked_by_the_networks_that_would_be_kept(monkeypatch, tmp_path):
    """Of four seeds three are kept: those that err by 1 go before those that err by 2, whatever the fourth one does."""
    errors = {0.001: [1.0, 1.0, 1.0, 9.0], 0.002: [2.0] * 4}
    runs = [
        SimpleNamespace(
            key=f"{rate}-{seed}",
            task=SimpleNamespace(name="embedded/band-gap"),
            configuration=Configuration.checked(task="embedded/band-gap", learning_rate=rate, seed=seed),
            record=lambda error=error: {"best_validation_error": error},
        )
        for rate, of_seeds in errors.items()
        for seed, error in enumerate(of_seeds)
    ]
    monkeypatch.setattr(plans, "read", lambda plan: [run.configuration for run in runs])
    monkeypatch.setattr(plans, "finished", lambda plan: runs)
    monkeypatch.setattr(keeping, "_rank_of_kept", lambda run: None)
    kept = []
    monkeypatch.setattr(keeping, "keep", lambda best: kept.extend(run.key for run in best))
    (row,) = keeping.keep_best(tmp_path / "plan.yml").itertuples()
    assert kept == ["0.001-0", "0.001-1", "0.001-2"]
    assert (row.networks, row.validation_error) == (3, 1.0)


def test_what_all_members_agree_on_is_left_out_of_the_calibration_and_told(monkeypatch):
    """By hand: two members deviate by 0.1 / sqrt 2 around an error of 0.1, so the factor is sqrt 2; of one crystal each they agree."""
    of = {"network": "gated", "takes": "graphs"}
    run = SimpleNamespace(task=SimpleNamespace(kind="regression"), configuration=SimpleNamespace(**of))
    rows = [
        (f"{part}{crystal}", part, 0.0, 9.0 if crystal == 3 else 0.05 + 0.1 * seed, seed)
        for part in ("validation", "test")
        for crystal in range(4)
        for seed in (0, 1)
    ]
    table = pd.DataFrame(rows, columns=["id", "split", "target", "prediction", "seed"]).assign(orientation=0)
    monkeypatch.setattr(keeping, "_asked", lambda runs, *parts: table)
    told = keeping._calibration([run, run])
    assert told["factor"] == pytest.approx(2**0.5)
    assert (told["inside_95"], told["left_out"]) == (1, 1)
    monkeypatch.setattr(keeping, "_asked", lambda runs, *parts: table.assign(prediction=0.5))
    assert keeping._calibration([run, run]) is None


def test_a_single_network_has_no_uncertainty(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(outcomes, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setenv("RECRYST_RUNS", str(trained / "runs"))
    keeping.keep(plans.finished(trained / "plan.yml")[:1])
    table = prediction.predict([next((trained / "pairs").glob("LiF.vasp"))], "recryst/pairs")
    assert pd.isna(table["uncertainty"][0])
    assert table["message"][0].startswith("one network, trained on 21 crystals")
    assert table["message"][0].endswith("; no uncertainty, which takes several networks")
    told = (tmp_path / "models" / "pairs" / "card.md").read_text()
    assert "None: a classification, a single answer, or members that agree" in told
    assert OF_UNCERTAINTY not in told


def test_committed_cards_say_what_the_facts_are():
    for name in outcomes.kept_models():
        folder = outcomes.models_folder() / name
        facts = json.loads((folder / "model.json").read_text())
        told = (folder / "card.md").read_text()
        assert told == card(name, facts)
        assert (OF_UNCERTAINTY in told) == (facts["uncertainty"] is not None)
        assert (TOO_SHORT in told) == (facts["uncertainty"] is not None and facts["uncertainty"]["inside_95"] < 0.954)


def test_the_unit_in_question_is_told_with_every_prediction_for_perovskites():
    kept = outcomes.kept_models()
    assert {name for name in kept if perovskites.UNIT_QUESTION in models.load(name).about} == {"perovskites-formation-energy"}


def test_the_how_to_names_every_model_that_comes_with_the_project():
    page = (storage.PROJECT / "book" / "how-to" / "own-crystals.md").read_text()
    assert [name for name in coming_with_the_project() if f"`recryst/{name}`" not in page] == []


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("materials-project/band-gap", "band-gap"),
        ("perovskites/formation-energy", "perovskites-formation-energy"),
        ("own/my crystals", "my crystals"),
    ],
)
def test_a_model_is_named_by_its_data_set(task, name):
    assert models.name_of(task) == name
