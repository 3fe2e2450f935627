"""The ESNet chapter's models on moments: what they are given, how they are tested, and what is recorded of it."""

import numpy as np
import pandas as pd
import pytest

from recryst import datasets, parameters
from recryst.chapters.esnet import models
from recryst.chapters.esnet.models import MODELS, PAPERS, SETS, Models
from recryst.datasets import charge_density
from recryst.report import Report, published


@pytest.fixture(scope="module")
def embedded() -> Models:
    """Embedded crystals, one repeat, forests of three trees."""
    return Models(parameters.settle("esnet", {"profile": "reduced", "repeats": 1, "trees": 3, "jobs": 1}))


def test_every_model_finds_a_smooth_relation_and_no_two_are_the_same() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(300, 4))
    targets = 5 + np.sin(features[:, 0]) + 0.5 * features[:, 1]
    errors = {}
    for model in MODELS:
        fitted = models.estimator(model, 4, trees=50, seed=0).fit(features[:240], targets[:240])
        errors[model] = float(np.abs(fitted.predict(features[240:]) - targets[240:]).mean())
    of_the_mean = float(np.abs(targets[240:] - targets[:240].mean()).mean())
    assert all(error < of_the_mean / 2 for error in errors.values()), errors
    assert errors["krr"] < errors["rf"], "a smooth relation is easier for a kernel than for steps"


def test_the_scale_of_features_and_targets_says_nothing() -> None:
    random = np.random.default_rng(1)
    features, targets = random.normal(size=(120, 3)), random.normal(size=120)
    for model in ("krr", "svr", "dnn"):
        one = models.estimator(model, 3, 3, 0).fit(features[:100], targets[:100]).predict(features[100:])
        other = models.estimator(model, 3, 3, 0).fit(1000 * features[:100] + 7, 8 * targets[:100] - 3).predict(1000 * features[100:] + 7)
        # support vectors are found to a thousandth
        np.testing.assert_allclose(8 * one - 3, other, rtol=0, atol=0.01)


def test_features_have_the_columns_that_the_paper_and_magpie_have(embedded: Models) -> None:
    columns = {name: embedded.features(name).shape for name in SETS}
    n = len(embedded.task)
    assert columns[PAPERS] == (n, 90 + 111)
    assert [columns[name] for name in SETS] == [(n, 111), (n, 111), (n, 201), (n, 201), (n, 132), (n, 138), (n, 228)]


def test_each_model_predicts_each_crystal_and_its_target_is_its_own(embedded: Models) -> None:
    of_forest = embedded.predictions.query("model == 'rf' and features == @PAPERS")
    assert sorted(of_forest["id"]) == sorted(embedded.task.crystals.ids)
    own = pd.Series(embedded.task.targets, embedded.task.crystals.ids)
    assert (of_forest.set_index("id")["target"] == own[of_forest["id"]]).all()


def test_errors_stand_in_the_rows_of_table_1_and_questions_are_paired(embedded: Models, tmp_path) -> None:
    report = Report("esnet", profile="reduced", output=tmp_path)
    models.record_models(report, embedded)
    models.record_features(report, embedded)
    found = {(one.exhibit, one.value_id): one for one in report.results.results}
    paper = published.load("esnet")
    for model in MODELS:
        rows = embedded.predictions.query("model == @model and features == @PAPERS")
        by_fold = (rows["prediction"] - rows["target"]).abs().groupby(rows["fold"]).mean()
        result = found["table-1", f"{model}/rs2re/mae"]
        assert paper.value("table-1", result.value_id)
        assert result.value == pytest.approx(by_fold.mean())
        assert result.not_comparable, "other crystals than the paper's"
    differences = embedded.differences
    for model, words in (("rf", "random-forest"), ("krr", "kernel-ridge-regression")):
        of = {name: found["beyond-states", f"{words}/{models.SLUGS[name]}/mae"].value for name in SETS}
        gains = differences[differences["model"] == model].set_index("question")
        for question, (_, features, reference) in models.QUESTIONS.items():
            assert gains["value"][question] == pytest.approx(of[features] - of[reference])
            assert gains["low"][question] < gains["value"][question] < gains["high"][question]
            assert ("beyond-states", f"{words}/{question}/mae") not in found, "too few crystals to tell"
    # some embedded crystals have one formula and two structures
    assert found["beyond-states", "compositions"].value == len(set(embedded.task.crystals.formulas())) < len(embedded.task)


def test_of_real_crystals_each_question_is_recorded_with_a_p_value_for_all_ten(embedded: Models, tmp_path, monkeypatch) -> None:
    """Embedded crystals and their predictions stand in for the real ones: what is recorded does not hang on which they are."""
    monkeypatch.setattr(models.datasets, "load", lambda name: embedded.task)
    asked = Models(embedded.settings.model_copy(update={"states": "computed"}))
    vars(asked)["predictions"] = embedded.predictions
    report = Report("esnet", profile="laptop", output=tmp_path, stored_results=tmp_path)
    models.record_features(report, asked)
    found = {one.value_id: one for one in report.results.results}
    adjusted = {name: one.value for name, one in found.items() if name.endswith("/adjusted-p")}
    assert len(adjusted) == len(models.QUESTIONS) * len(models.COMPARED) == 10
    differences = asked.differences
    smallest = differences.loc[differences["p"].idxmin()]
    words = models.slug(models.COMPARED[smallest["model"]])
    assert adjusted[f"{words}/{smallest['question']}/mae/adjusted-p"] == pytest.approx(min(1, 10 * smallest["p"]))
    assert found[f"{words}/{smallest['question']}/mae"].value == smallest["value"]
    assert found["compositions"].level == "re-analysed", "a count is no result of a training, and has no tolerance"


def test_real_crystals_with_densities_of_states_have_energies_of_the_materials_project(shared) -> None:
    task = datasets.load("densities-of-states/formation-energy")
    energies = pd.Series(task.targets, task.crystals.ids)
    assert len(energies) + len(task.rejected) == len(charge_density.load().crystals)
    assert set(task.rejected["reason"]) == {"no formation energy in xie_spp"}
    assert energies["mp-1265"] == pytest.approx(-3.0, abs=0.1), "magnesium oxide's"
