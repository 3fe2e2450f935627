"""Precision and recall of stability worked by hand, and what invented errors must and must not do."""

import made_crystals
import numpy as np
import pandas as pd
import pytest

from recryst.analysis import binary_systems, hull_metrics, stability
from recryst.errors import BadInputError


def judged(above_hull: list[float], predicted_above_hull: list[float]) -> pd.DataFrame:
    """Compounds of one system with these energies above its calculated and its predicted hull."""
    return pd.DataFrame(
        {
            "system": "Li-O",
            "first": "Li",
            "second": "O",
            "fraction": 0.5,
            "above_hull": above_hull,
            "predicted_above_hull": predicted_above_hull,
        }
    )


def test_scores_worked_by_hand():
    # stable at 0: the first two; predicted so: the first, third and fourth. Within 0.05: the first, second and fourth; the first four
    compounds = judged([0, 0, 0.1, 0.02, 0.5], [0, 0.04, 0, 1e-12, 0.2])
    found = stability.scores(compounds, thresholds=(0.0, 0.05)).set_index(["threshold", "metric"])["value"]
    assert found[0.0].to_dict() == pytest.approx({"precision": 100 / 3, "recall": 50, "f1": 40, "accuracy": 40, "always_stable": 40})
    assert found[0.05][["precision", "recall", "accuracy"]].tolist() == pytest.approx([75, 100, 80])


def test_a_share_of_nothing_is_not_a_number():
    found = stability.scores(judged([0.1, 0.2], [0.1, 0.2]), thresholds=(0.0,)).set_index("metric")["value"]
    assert found[["precision", "recall"]].isna().all()
    assert found["accuracy"] == 100


def test_elements_alone_can_t_be_judged():
    with pytest.raises(BadInputError, match="compounds"):
        stability.scores(judged([0, 0], [0, 0]).assign(fraction=[0.0, 1.0]))


@pytest.fixture(scope="module")
def entries() -> pd.DataFrame:
    """Every pair of 21 metals with invented energies, and predictions that are off by 0.05 eV/atom in the mean."""
    metals = ["Li", "Na", "K", "Rb", "Cs", "Be", "Mg", "Ca", "Sr", "Ba", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga"]
    generator = np.random.default_rng(0)
    formulas = [f"{metal}" for metal in metals for _ in range(2)]
    formulas += [f"{a}{n}{b}{m}" for i, a in enumerate(metals) for b in metals[:i] for n, m in generator.integers(1, 4, (4, 2))]
    pure = np.array([len(formula) <= 2 for formula in formulas])
    energy = np.where(pure, generator.exponential(0.1, len(formulas)), generator.normal(-0.2, 0.2, len(formulas)))
    energy[: 2 * len(metals) : 2] = 0
    crystals = made_crystals.of_formulas(*formulas)
    values = pd.DataFrame({"id": crystals.ids, "target": energy, "prediction": energy + generator.normal(0.02, 0.06, len(formulas))})
    return binary_systems.of_crystals(crystals).merge(values, on="id")


def test_scores_count_compounds_of_all_systems_with_intervals_over_elements(entries):
    judged = hull_metrics.compare(entries).entries
    found = stability.scores(judged, thresholds=(0.0, 0.05)).set_index(["threshold", "metric"])
    compounds = judged[hull_metrics.is_compound(judged)]
    for threshold in (0.0, 0.05):
        stable, predicted = (compounds[column] <= threshold + 1e-8 for column in ("above_hull", "predicted_above_hull"))
        counted = {"precision": stable[predicted].mean(), "recall": predicted[stable].mean(), "accuracy": (stable == predicted).mean()}
        for metric, share in counted.items():
            row = found.loc[threshold, metric]
            assert row["value"] == pytest.approx(100 * share)
            assert row["low"] < row["value"] < row["high"]
        assert found.loc[(threshold, "always_stable"), "value"] == pytest.approx(100 * stable.mean())


def test_a_part_of_the_compounds_is_judged_on_the_hulls_of_all():
    """Li at 0, LiO at -1, Li3O at -0.6, which is 0.1 below the line from Li to LiO: on the hull of all, by calculation and prediction.

    A second Li3O at -0.55 is 0.05 above the first; alone with the elements it would be stable. Its prediction of -0.7 is below the first's.
    """
    crystals = made_crystals.of_formulas("Li", "O", "LiO", "Li3O", "Li3O")
    energies = {"target": [0, 0, -1, -0.6, -0.55], "prediction": [0, 0, -1, -0.6, -0.7], "split": ["train"] * 4 + ["test"]}
    entries = binary_systems.of_crystals(crystals).merge(pd.DataFrame({"id": crystals.ids, **energies}), on="id")
    judged = hull_metrics.compare(entries).entries
    found = stability.scores(judged[judged["split"] == "test"], thresholds=(0.0, 0.06)).set_index(["threshold", "metric"])
    assert found.loc[(0.0, "precision"), ["value", "n", "stable", "predicted_stable"]].tolist() == [0, 1, 0, 1]
    assert found.loc[(0.06, "precision"), "value"] == 100


def test_a_wider_cut_keeps_more_and_finds_more(entries):
    found = stability.screening(hull_metrics.compare(entries).entries, cuts=(0, 0.05, 10))
    assert found["kept"].is_monotonic_increasing
    assert found["recall"].is_monotonic_increasing
    assert found["recall"].iloc[-1] == 100
    judged = hull_metrics.compare(entries).entries
    first = stability.scores(judged, thresholds=(0.0,)).set_index("metric")["value"]
    assert found.iloc[0][["precision", "recall"]].tolist() == pytest.approx(first[["precision", "recall"]].tolist())


def test_invented_errors_do_what_they_say(entries):
    table = stability.against_errors_of_the_same_size(entries, repeats=5)
    found = table.pivot_table(index="predictions", columns="metric", values="value")
    assert set(found.index) == {
        "as predicted",
        "one error for all",
        "all compounds too low",
        "all compounds too high",
        "normally distributed errors",
        "own errors exchanged",
        "own errors exchanged among the same elements",
        "own errors exchanged at like heights",
        "own errors with random signs",
    }
    # an error shared by elements and compounds changes no hull
    assert found.loc["one error for all"].tolist() == pytest.approx([0, 100, 100, 100, 100])
    assert found.loc["one error for all", "above_hull_mae"] == 0  # without the noise of rounding, which no two machines share
    # compounds that are too low never leave the hull, those too high never reach it
    assert found.loc["all compounds too low", "recall"] == pytest.approx(100)
    assert found.loc["all compounds too high", "precision"] == pytest.approx(100)
    # this "network" is a normal error itself: no better than another one of the same size
    assert found.loc["as predicted", "f1"] == pytest.approx(found.loc["normally distributed errors", "f1"], abs=5)
    network = table[(table["predictions"] == "as predicted") & (table["metric"] == "f1")].iloc[0]
    scores = stability.scores(hull_metrics.compare(entries).entries, (0.0,)).set_index("metric")
    assert network[["value", "low", "high"]].tolist() == pytest.approx(scores.loc["f1", ["value", "low", "high"]].tolist())
    pooled = hull_metrics.summary(hull_metrics.compare(entries).systems).set_index("metric").loc["pooled_accuracy", "value"]
    assert found.loc["as predicted", "hull_accuracy"] == pytest.approx(pooled)


def test_exchanged_errors_are_the_network_s_own_and_an_element_s_structure_has_one_error(entries):
    judge = stability._Judge(entries, 0.0)
    generator = np.random.default_rng(0)
    groups = judge.of_compound.astype(int)
    errors = judge.exchanged(generator, groups)
    for group in (0, 1):
        assert sorted(errors[groups == group]) == sorted(judge.error[groups == group])
    assert not np.array_equal(errors, judge.error)
    within = judge.exchanged(generator, judge.chemistry)
    for chemistry in np.unique(judge.chemistry):
        here = judge.chemistry == chemistry
        assert sorted(within[here]) == sorted(judge.error[here])
    by_id = pd.Series(judge.of_entries(errors)).groupby(entries["id"].to_numpy()).nunique()
    assert by_id.max() == 1


def test_heights_are_those_above_the_calculated_hull_and_elements_are_apart():
    """Li at 0 and 0.3, O at 0, LiO at -1 and -0.98, Li3O at -0.4, which is 0.1 above the line from Li to LiO."""
    crystals = made_crystals.of_formulas("Li", "Li", "O", "LiO", "LiO", "Li3O")
    values = pd.DataFrame({"id": crystals.ids, "target": [0, 0.3, 0, -1, -0.98, -0.4], "prediction": 0.0})
    table = binary_systems.of_crystals(crystals).merge(values, on="id")
    heights = dict(zip(table["id"], stability._Judge(table, 0.0).height[stability._Judge(table, 0.0).crystal], strict=True))
    # 0 of HEIGHTS: stable; 1: up to 0.025; 3: up to 0.1; 5: up to 0.5; seven more for compounds
    assert [heights[name] for name in crystals.ids] == [0, 5, 0, 7, 8, 10]


def test_what_makes_a_network_better_than_its_errors_exchanged_is_told_apart(entries):
    """One network errs the more, the higher a crystal lies; another errs by about the same everywhere, which changes no hull.

    Exchanged at like heights, or with other signs, the errors of the first are still small near the hull. With random signs those of the
    second cancel no more.
    """
    generator = np.random.default_rng(1)
    judge = stability._Judge(entries, 0.0)
    above = hull_metrics.compare(entries).entries["above_hull"].to_numpy()[judge.row_of_crystal]
    near = generator.normal(0, 1, len(above)) * (0.002 + 0.3 * above)
    alike = 0.1 + generator.normal(0, 0.001, len(above))
    f1 = {}
    for name, errors in (("near", near), ("alike", alike)):
        table = entries.assign(prediction=entries["target"] + errors[judge.crystal])
        found = stability.against_errors_of_the_same_size(table, repeats=5)
        f1[name] = found[found["metric"] == "f1"].set_index("predictions")["value"]
    assert f1["near"]["own errors exchanged"] < f1["near"]["as predicted"] - 5
    for kind in ("own errors exchanged at like heights", "own errors with random signs"):
        assert f1["near"][kind] == pytest.approx(f1["near"]["as predicted"], abs=2)
    assert f1["alike"]["own errors exchanged at like heights"] > 95
    assert f1["alike"]["own errors with random signs"] < f1["alike"]["as predicted"] - 5


def test_random_errors_are_the_same_in_each_call(entries):
    one, other = (stability.against_errors_of_the_same_size(entries, repeats=2) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(BadInputError, match="at least once"):
        stability.against_errors_of_the_same_size(entries, repeats=0)
