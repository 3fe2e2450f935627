"""The charge-density chapter in words: what counts as shown, what is said to be missing, and that plan and departures fit the code."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recryst import datasets, parameters
from recryst.chapters.charge_density import answers, forests, networks, pictures, planes, rebuilt, trained, vintages
from recryst.chapters.charge_density import results as found
from recryst.chapters.charge_density import study as crystals
from recryst.features import density_statistics
from recryst.models.charge_density import FARTHEST
from recryst.report import Report
from recryst.training import density_batches
from recryst.training.configuration import OF_FOLDS, RECIPES


@pytest.fixture
def report(tmp_path):
    """Of a run on real crystals, beside no stored one."""
    return Report("charge_density", profile=answers.LARGE, output=tmp_path, stored_results=tmp_path)


def record(report, pair, exhibit="beyond-network-density", **errors):
    """Each error as its change, the interval's reach to either side, and the adjusted p-value, or none."""
    for measure, (value, reach, adjusted) in errors.items():
        interval = (value - reach, value + reach)
        report.record(exhibit, f"{pair}/{measure}", level="retrained", value=value, interval=interval)
        if adjusted is not None:
            report.record(exhibit, f"{pair}/{measure}/adjusted-p", level="retrained", value=adjusted)


def test_an_interval_that_holds_zero_shows_nothing_one_of_many_is_told_from_one_alone_and_a_missing_control_is_named(report):
    record(report, "bulk/density-adds", rmse=(-2.8, 1.0, 0.001), mae=(-1.5, 1.0, 0.2))
    record(report, "shear/density-adds", rmse=(-0.6, 1.0, 1.0))
    record(report, "bulk/training-on", mae=(2.5, 0.5, 0.049))
    text = answers.as_list(
        report, "beyond-network-density", networks.questions("density-adds", "training-on", "bonds-add", "graphs-for-fusion")
    )
    reference = "{found@laptop:beyond-network-density:"
    assert text.split("\n") == [
        f"- the density, beside the composition: bulk modulus RMSE {reference}bulk/density-adds/rmse}} (for the better, more than chance), "
        f"MAE {reference}bulk/density-adds/mae}} (for the better, only by itself more than chance); "
        f"shear modulus RMSE {reference}shear/density-adds/rmse}} (not shown)",
        f"- a fusion that trains both networks on: bulk modulus MAE {reference}bulk/training-on/mae}} (for the worse, more than chance); "
        "shear modulus not compared",
        "- not compared in any stored run, or not trained: the density in place of free atoms', in the fusion; "
        "CGCNN in place of the fusion",
    ]


def test_without_adjusted_p_values_nothing_is_more_than_chance(report):
    record(report, "bulk/density-adds", rmse=(-2.8, 1.0, None))
    text = answers.as_list(report, "beyond-network-density", networks.questions("density-adds"))
    assert "(for the better, only by itself more than chance)" in text


def test_results_of_another_profile_answer_no_question_on_real_crystals(tmp_path):
    reduced = Report("charge_density", profile="reduced", output=tmp_path, stored_results=tmp_path)
    record(reduced, "bulk/density-adds", rmse=(-2.8, 1.0, 0.001))
    assert answers.changed(reduced, "beyond-network-density", "bulk/density-adds") == answers.NOT_COMPARED
    study = crystals.Study(parameters.settle("charge_density", {"profile": "reduced"}))
    found.record_learning(reduced, made_curves(study, {50: 15.0, 400: 12.0}))
    assert answers.catching_up(reduced).count("not recorded in the stored run on real crystals yet") == 2


def test_where_free_atoms_do_better_than_calculated_densities_is_said(report):
    """A change for the worse, from free atoms' densities to calculated ones, is one in which free atoms do better."""
    record(report, "bulk/bonds-add", "beyond-density-adds", rmse=(1.2, 2.0, 1.0), mae=(1.1, 0.5, 0.01))
    record(report, "shear/bonds-in-mean", rmse=(-0.7, 0.5, 0.3))
    report.record("beyond-left-out", "bulk/bonds-add/median-change", level="retrained", value=17.0)
    report.record("beyond-left-out", "bulk/bonds-add/more-than-chance", level="retrained", value=True)
    assert answers.control(report).split("\n") == [
        "- by the numbers, free atoms' densities err less than calculated ones: random forests, bulk modulus (RMSE not shown, MAE "
        "more than chance); "
        "random forests on elements never seen, bulk modulus (only by itself more than chance)",
        "- by the numbers, calculated densities err less than free atoms': mean of two networks, shear modulus (RMSE only by itself "
        "more than chance)",
    ]


def test_which_of_composition_and_density_is_ahead_is_told_of_both_moduli(report):
    """By hand: of the bulk modulus the density is ahead of both models on Magpie, of the shear modulus between them, and then behind."""
    forest, network, density = "random-forest-on-magpie", "cnn-on-magpie", "2d-cnn-on-densities"
    assert answers.order(report).count("not all of these are trained yet") == 2
    for modulus, values in {"bulk": (0.94, 0.93, 0.95), "shear": (0.78, 0.68, 0.70)}.items():
        for model, value in zip((forest, network, density), values, strict=True):
            report.record("beyond-networks", f"{modulus}/{model}/r2", level="retrained", value=value)
    bulk, shear = answers.order(report).split("\n")
    assert bulk.endswith(": the density is ahead; from the one network to the other: not compared")
    assert ": undecided; from" in shear
    report.record("beyond-networks", f"shear/{network}/r2", level="retrained", value=0.76)
    assert ": the composition is; from" in answers.order(report).split("\n")[1]


def test_what_reaches_the_goals_is_named_and_whether_the_fusion_does(report):
    for exhibit, value_id, value in (
        ("beyond-networks", "bulk/fusion", 0.955),
        ("beyond-networks", "bulk/cgcnn", 0.96),
        ("beyond-features", "bulk/free-atoms", 0.954),
        ("beyond-networks", "shear/fusion", 0.79),
        ("beyond-features", "shear/free-atoms", 0.81),
    ):
        report.record(exhibit, f"{value_id}/r2", level="retrained", value=value)
    bulk, shear = answers.goals(report).split("\n")
    assert "the fusion, with {found@laptop:beyond-networks:bulk/fusion/r2}, reaches it; reached by fusion (" in bulk
    assert "CGCNN (" in bulk
    assert "forest" not in bulk
    assert "falls short of it; reached by random forest on Magpie, structure, free atoms (" in shear
    assert shear.count("found@") == 2
    reached = answers.reached(report).split("\n")
    assert reached[0].endswith(
        "bulk modulus {found@laptop:beyond-networks:bulk/fusion/r2}, shear modulus {found@laptop:beyond-networks:shear/fusion/r2}"
    )
    assert reached[1].endswith("bulk modulus not trained yet, shear modulus not trained yet")


def made_curves(study, behind):
    """Errors of 10 GPa with everything, at both sizes, and of the composition as given by size, in five folds."""
    rows = [(forests.ALL, size, fold, 10.0) for size in behind for fold in range(5)]
    rows += [(forests.COMPOSITION, size, fold, error + 0.01 * fold) for size, error in behind.items() for fold in range(5)]
    table = pd.DataFrame(rows, columns=["label", "n_train", "seed", "mae"])
    return SimpleNamespace(study=study, learning_curve=lambda modulus: table)


def test_the_composition_catches_up_where_its_relative_gap_shrinks(report):
    """By hand: 15.02 GPa against 10 are a gap of 5.02 GPa, 50.2 %; 12.02 against 10 one of 2.02 GPa, 20.2 %."""
    study = crystals.Study(parameters.settle("charge_density", {"profile": "reduced"}))
    found.record_learning(report, made_curves(study, {50: 15.0, 400: 12.0}))
    values = {result.value_id: result.value for result in report.results.results}
    assert values["bulk/smallest/gap"] == pytest.approx(5.02)
    assert values["bulk/largest/relative-gap"] == pytest.approx(20.2)
    assert (values["bulk/smallest/training-crystals"], values["bulk/folds-in-which-it-shrinks"]) == (50, 5)
    assert values["bulk/folds"] == 5
    assert ": it comes nearer; the relative gap shrinks in" in answers.catching_up(report)
    found.record_learning(report, made_curves(study, {50: 12.0, 400: 15.0}))
    assert "it falls further behind" in answers.catching_up(report)
    # of one fold the gap shrinks, of the others it stays
    curves = made_curves(study, {50: 12.0, 400: 12.0})
    table = curves.learning_curve("bulk")
    table.loc[(table["label"] == forests.COMPOSITION) & (table["n_train"] == 400) & (table["seed"] == 0), "mae"] = 11.0
    found.record_learning(report, curves)
    assert answers.catching_up(report).count(": undecided;") == 2


def test_every_question_to_networks_is_one_that_the_plan_answers_in_words_of_its_own():
    planned = {trained.model(one) for one in trained.own_plan()}
    forest = {networks.FOREST + name for name in (forests.COMPOSITION, forests.ALL)}
    for words, first, second in networks.COMPARED.values():
        assert {first, second} <= planned | {*networks.MEANS} | forest, words
        assert "the same" not in words
    assert len({words for words, _, _ in networks.COMPARED.values()}) == len(networks.COMPARED)


def test_the_plan_trains_whole_repeats_and_every_network_of_table_3_without_each_element():
    plan = trained.own_plan()
    folds: dict[tuple[str, str, int], list[int]] = {}
    for one in plan:
        if one.fold is not None and one.n_train is None:
            folds.setdefault((one.task, trained.model(one), one.split_seed), []).append(one.fold)
    assert all(sorted(places) == list(range(5)) for places in folds.values())
    without = {}
    for one in plan:
        if one.left_out is not None:
            without.setdefault((one.task, trained.model(one)), set()).add(one.left_out)
    of_table_3 = {networks.MAGPIE, networks.VOLUME, networks.PROJECTION, networks.FUSION, networks.GRAPHS}
    assert {name for _, name in without} == {*of_table_3, networks.FUNCTIONAL, networks.FUNCTIONAL + trained.FREE_ATOMS}
    assert all(elements == {*crystals.left_out()} for elements in without.values())


def test_departures_say_what_networks_are_trained_with():
    said = {departure.id: departure.ours for departure in crystals.paper().departures}
    recipes = rebuilt.recipes(trained.own_plan()).set_index("network")
    assert f"of {density_batches.LOWEST:g} electrons" in said["density-values"]
    assert recipes.loc["2D CNN on densities", "is given"].startswith(f"logarithm of the density, of {density_batches.LOWEST:g}")
    for name in ("2D CNN on densities", "3D CNN on densities", "fusion"):
        assert said["recipe"].startswith(f"{recipes.loc[name, 'epochs']} epochs")
    assert f"{recipes.loc['CNN on Magpie', 'epochs']} for the CNN on Magpie" in said["recipe"]
    assert set(recipes["crystals in a batch"]) == {32}
    assert "batches of 32 for all" in said["recipe"]
    assert recipes.loc["2D CNN on densities", "optimiser"].endswith("momentum 0.9")
    assert "momentum 0.9" in said["recipe"]
    assert set(recipes["of training crystals validate, %"]) == {100 * OF_FOLDS["validation"]} == {10}
    assert f"at most {FARTHEST:g} deviations" in said["recipe"]
    assert recipes.loc["CGCNN", ["learning rate", "epochs"]].tolist() == ["0.003, cosine", 100]
    assert "Adam at 0.003 falling along a cosine, for 100 epochs" in said["cgcnn"]
    assert RECIPES["density-projection"]["optimiser"] == "sgd"


def test_of_repeats_those_that_are_finished_are_told():
    """Of the 2D network three repeats are finished for the bulk modulus and the first two of these for the shear modulus."""
    settings = parameters.settle("charge_density", {"profile": "laptop"})
    network, finished = networks.PROJECTION, {"bulk": (0, 1, 2), "shear": (0, 1)}
    repeats = {modulus: {(network, repeat): [] for repeat in repeats} | {("fusion", 9): []} for modulus, repeats in finished.items()}
    runs = SimpleNamespace(study=SimpleNamespace(settings=settings), _repeats=repeats.get)
    assert trained.settings_results(runs).set_index("value_id")["value"].to_dict() == {"trees": 50, "repeats": 2}
    none = SimpleNamespace(study=runs.study, _repeats=lambda modulus: {})
    assert trained.settings_results(none)["value_id"].tolist() == ["trees"]


def test_speeds_are_those_of_the_last_benchmark():
    table = rebuilt.speeds()
    assert table["what"].str.startswith("density images").sum() == 3
    assert (table["what"] == "composition vectors a second, 132 statistics").any()
    assert (table["ratio"] - table["this project"] / table["its speed"]).abs().max() < 1


def test_the_caption_of_figure_1_names_what_stands_in_for_what():
    table = pd.DataFrame({"row": ["high"] * 3 + ["low"] * 3, "formula": ["VSiOs2", "OsN2", "WC", "RbI", "CsBr", "Rb2TeBr6"]})
    real = pictures.caption(SimpleNamespace(real=True), table)
    assert real == "OsN2 and WC in place of SrCaIn2 and Mn23C6; moduli are the older ones of the Materials Project"
    others = pictures.caption(SimpleNamespace(real=False), table.assign(formula=["TiN", "TiC", "Be2C", "K", "CsI", "CsH"]))
    assert others.startswith("TiN, TiC and Be2C in place of SrCaIn2, Mn23C6 and VSiOs2; K, CsI and CsH in place of RbI, CsBr and Rb2TeBr6")


def test_a_caption_names_the_element_that_stands_in():
    assert planes.shown(SimpleNamespace(real=True), "Cl") == "Cl"
    assert planes.shown(SimpleNamespace(real=False), "Tl") == "Ca, which stands in for Tl"


def test_the_outer_density_of_free_atoms_is_that_of_the_emptier_half_of_the_cell():
    names = np.array(density_statistics.names())
    study = SimpleNamespace(
        task=lambda modulus: SimpleNamespace(crystals=None), statistics=lambda task, kind: np.arange(len(names))[None], real=True
    )
    columns = forests.Forests(study).features("bulk", forests.OUTER)[0].astype(int)
    assert names[columns].tolist() == ["quantile 0", "quantile 0.01", "quantile 0.05", "quantile 0.1", "quantile 0.25", "quantile 0.5"]
    assert forests.Forests(study).features("bulk", forests.FREE).shape[1] == len(names)


def test_newer_moduli_are_held_against_older_ones_of_the_crystals_that_have_both(monkeypatch):
    """By hand: of b and c the newer moduli are 3 GPa larger and 4 GPa smaller, an RMSE of the root of 12.5, a bias of -0.5 GPa."""
    older = SimpleNamespace(targets=np.array([10.0, 20, 30]), crystals=SimpleNamespace(ids=np.array(["a", "b", "c"])))
    newer = SimpleNamespace(targets=np.array([26.0, 23, 7]), crystals=SimpleNamespace(ids=np.array(["c", "b", "d"])), label="made")
    monkeypatch.setattr(datasets, "load", lambda name: older)
    study = SimpleNamespace(task=lambda modulus: newer)
    table = vintages.of_both(study, "bulk")
    assert table.to_dict("records") == [
        {"id": "b", "target": 20.0, "prediction": 23.0},
        {"id": "c", "target": 30.0, "prediction": 26.0},
    ]
    assert vintages.caveat(study, "bulk").endswith("the older ones of 2 crystals by an RMSE of 3.5 GPa, R² 0.500")


def test_embedded_crystals_have_one_vintage_and_nothing_to_record(report):
    vintages.record(report, crystals.Study(parameters.settle("charge_density", {"profile": "reduced"})))
    assert not report.results.results


@pytest.mark.shared
def test_fewer_crystals_on_the_list_have_newer_moduli_and_of_halides_fewer_still(shared, report):
    study = crystals.Study(parameters.settle("charge_density", {"profile": "laptop"}))
    vintages.record(report, study)
    values = {(result.exhibit, result.value_id): result for result in report.results.results}
    counted = {name: [values["beyond-listed", f"{vintage}/{name}"].value for vintage in ("newer", "older")] for name in ("crystals", "F")}
    assert counted == {"crystals": [1060, 1519], "F": [50, 99]}
    bulk = {name: values["beyond-vintages", f"bulk/{name}"] for name in ("rmse", "r2", "mean-difference")}
    assert len(study.task("bulk")) > bulk["rmse"].n > 800
    assert bulk["rmse"].value == pytest.approx(18.4, abs=0.5)
    assert bulk["r2"].value == pytest.approx(0.946, abs=0.005)
    assert bulk["mean-difference"].value == pytest.approx(-2.3, abs=0.3)
    # as the chapter says why models learn the newer ones; of the shear modulus the number of trees decides
    newer, older = (values["beyond-vintages", f"bulk/{vintage}-from-composition/r2"] for vintage in ("newer", "older"))
    assert newer.value > older.value + 0.02 > 0.9
