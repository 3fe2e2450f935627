"""A recipe is chosen from finished runs by validation crystals alone, written down, and used by another plan."""

import pandas as pd
import pytest
import yaml
from made_runs import made_folder

from recryst import parallel
from recryst.errors import BadInputError, MissingDataError
from recryst.outcomes import recipes
from recryst.training import costs, plans
from recryst.training.run import Run

NETWORK = "convolutions: 1, units: 8, hidden_units: 8, batch_size: 16"


@pytest.fixture
def plan(tmp_path):
    made_folder(tmp_path / "pairs")
    path = tmp_path / "recipes.yml"
    # at a rate of a millionth nothing is learned
    path.write_text(
        f"defaults: {{{NETWORK}, epochs: 4, optimiser: adamw, schedule: cosine, loss: [mse, mae], learning_rate: [1.0e-6, 0.03]}}\n"
        f"runs: [{{task: {tmp_path / 'pairs'}, averaged_epochs: 1}}]"
    )
    return path


def test_the_recipe_that_learns_is_chosen_and_the_next_plan_takes_it(plan, tmp_path):
    with pytest.raises(MissingDataError, match=r"0 of 4 runs of .* are finished"):
        recipes.choose(plan, tmp_path / "best.yml")
    plans.train(plan)
    ranked = recipes.choose(plan, tmp_path / "best.yml")
    assert len(ranked) == 4
    assert ranked["recipe"][0].endswith("rate 0.03")
    best = yaml.safe_load((tmp_path / "best.yml").read_text())
    assert best["learning_rate"] == 0.03
    assert best["averaged_epochs"] == 1
    assert "huber_delta" not in best
    errors = {run.configuration.model_dump_json(): run.record()["best_validation_error"] for run in plans.finished(plan)}
    chosen = min(plans.read(plan), key=lambda configuration: errors[configuration.model_dump_json()])
    assert chosen.loss == best["loss"]
    following = tmp_path / "better.yml"
    following.write_text("recipe: best.yml\ndefaults: {epochs: 7}\nruns: [{task: a}, {task: b, loss: huber}]")
    first, second = plans.read(following)
    assert (first.learning_rate, first.epochs, first.loss, second.loss) == (0.03, 7, best["loss"], "huber")


def test_test_crystals_are_not_looked_at(plan, monkeypatch):
    plans.train(plan)
    monkeypatch.setattr(Run, "predictions", lambda *_: pytest.fail("looked at predictions"))
    errors = recipes.validation_errors(plans.read(plan), plans.finished(plan))
    assert sorted(errors["recipe"]) == ["mae, rate 0.03", "mae, rate 1e-06", "mse, rate 0.03", "mse, rate 1e-06"]


@pytest.mark.parametrize(("text", "sentence"), [(None, "none.yml can't be read"), ("[1]", "recipe .*none.yml must be a mapping")])
def test_a_recipe_that_is_missing_or_none_is_one_sentence(tmp_path, text, sentence):
    if text:
        (tmp_path / "none.yml").write_text(text)
    (tmp_path / "plan.yml").write_text("recipe: none.yml\nruns: [{task: a}]")
    with pytest.raises(BadInputError, match=sentence):
        plans.read(tmp_path / "plan.yml")


def test_costs_are_counted_for_what_is_left(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(costs, "_seconds_per_unit", lambda configuration: 0.5)
    configurations = plans.read(plan)
    Run.from_configuration(configurations[1]).train()
    table = costs.estimate([*configurations, configurations[0].model_copy(update={"task": "nothing"})])
    # 21 training crystals of two atoms and, at three tenths, 7 of validation: 46.2 units of half a second
    assert table["seconds_per_epoch"][0] == pytest.approx(0.5 * (42 + 0.3 * 14))
    assert table["done"].tolist() == [0, 4, 0, 0, 0]
    assert table["hours"][0] == pytest.approx(4 * 23.1 / 3600)
    assert table["hours"][1] == 0
    assert pd.isna(table["hours"][4])
    summary = costs.summary(table)
    assert summary["runs"].tolist() == [4, 1]
    assert summary["n_train"].tolist() == ["21", ""]
    assert summary["finished"].tolist() == [1, 0]
    assert pd.isna(summary["hours"][1])
    assert costs.in_words(table[:4]) == "1 of 4 runs are finished; the others take about 0.1 h."
    assert costs.in_words(table).startswith(
        "1 of 5 runs are finished; the others take about 0.1 h; how long 1 of them will take can't be told: There is no task 'nothing'"
    )
    assert costs.in_words(table[4:]).startswith(
        "0 of 1 runs are finished; how long 1 of them will take can't be told: There is no task 'nothing'"
    )


def test_folds_are_one_row_of_the_summary():
    """They differ by a few crystals; the sizes of a learning curve, which the plan names, do not come among them."""
    rows = [("bulk", 5, "gated", None, 679), ("bulk", 5, "gated", None, 727), ("bulk", 5, "gated", 50, 50), ("bulk", 5, "gated", None, 693)]
    table = pd.DataFrame(rows, columns=["task", "epochs", "network", "asked", "n_train"])
    table = table.assign(run=["a", "b", "c", "d"], finished=False, seconds_per_epoch=[1.0, 2.0, 0.5, 3.0], hours=[1.0, 2.0, 0.1, 3.0])
    summary = costs.summary(table)
    assert summary["n_train"].tolist() == ["679 to 727", "50"]
    assert summary["runs"].tolist() == [3, 1]
    assert summary["seconds_per_epoch"].tolist() == [2.0, 0.5]
    assert summary["hours"].tolist() == [6.0, 0.1]


def test_one_long_run_is_not_shared_out_among_jobs():
    rows = pd.DataFrame({"finished": [False, False, True], "hours": [8.0, 1.0, 0.0], "message": [""] * 3})
    assert costs.in_words(rows, jobs=8) == "1 of 3 runs are finished; the others take about 8.0 h with 8 jobs."
    assert costs.in_words(rows, jobs=1) == "1 of 3 runs are finished; the others take about 9.0 h."
    assert costs.in_words(rows[2:], jobs=8) == "All 1 runs are finished."


def test_a_measured_speed_is_that_of_the_network(plan):
    assert 1e-7 < costs._seconds_per_unit(plans.read(plan)[0]) < 0.1


def test_speeds_are_measured_side_by_side_where_runs_will_train_so(plan, monkeypatch):
    """Also the speed of the only kind of network, which alone would be measured with all cores; before it features are made so."""
    seen, work = [], parallel.map
    monkeypatch.setattr(costs, "_seconds_per_unit", lambda configuration: 0.5)

    def side_by_side(function, items, jobs, *others):
        seen.append((len(items), jobs))
        return work(function, items, 1, *others)

    monkeypatch.setattr(parallel, "map", side_by_side)
    table = costs.estimate(plans.read(plan), jobs=2)
    # one piece of graphs, then the speed, twice
    assert seen[-2:] == [(1, 2), (2, 2)]
    assert table["seconds_per_epoch"].tolist() == [pytest.approx(0.5 * 46.2)] * 4
    assert costs.in_words(table, jobs=2).endswith("take about 0.1 h with 2 jobs.")


def test_an_interrupted_run_costs_what_its_last_epochs_took(plan, monkeypatch):
    configuration = plans.read(plan)[3]
    run = Run.from_configuration(configuration)
    from recryst.training import checkpoint

    save, calls = checkpoint.save, []

    def save_and_stop(path, network, progress):
        progress.history[-1]["seconds"] = 36.0
        save(path, network, progress)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    monkeypatch.setattr(costs, "_seconds_per_unit", lambda configuration: pytest.fail("measured"))
    row = costs.estimate([configuration]).iloc[0]
    assert (row["done"], row["seconds_per_epoch"]) == (3, 36.0)
    assert row["hours"] == pytest.approx(0.01)
