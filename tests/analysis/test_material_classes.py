"""Classes of materials, pairs of elements and the periodic order."""

import numpy as np
import pandas as pd
import pytest

from recryst.analysis import element_pairs, material_classes
from recryst.errors import BadInputError


@pytest.mark.parametrize(
    ("pair", "name"),
    [
        (("Na", "Cl"), "ceramic"),
        (("Al", "N"), "ceramic"),
        (("B", "Si"), "semiconductor"),
        (("Tm", "Pt"), "metal"),
        (("Al", "Ga"), "metal"),
        (("Ga", "As"), "semimetal"),
        (("Bi", "Te"), "semimetal"),
        (("C", "F"), "nonmetal"),
        (("Xe", "F"), "nonmetal"),
        (("Si", "O"), "unassigned"),
        (("B", "N"), "unassigned"),
    ],
)
def test_every_pair_has_its_class_in_either_order(pair, name):
    assert material_classes.material_class(*pair) == name
    assert material_classes.material_class(*reversed(pair)) == name


def test_no_element_gets_a_sentence():
    with pytest.raises(BadInputError, match="'Xx' is no chemical element"):
        material_classes.material_class("Na", "Xx")


def systems() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    pairs = [("Tm", "Pt")] * 200 + [("Na", "Cl")] * 100
    mae = np.r_[generator.normal(0.05, 0.01, 200), generator.normal(0.1, 0.01, 100)]
    table = pd.DataFrame(pairs, columns=["first", "second"])
    return table.assign(
        mae=mae, depth_error=np.r_[generator.exponential(0.2, 200) - 0.2, [5.0] * 10, [0.0] * 90], accuracy=50.0, energy_range=1.0
    )


def test_statistics_of_the_classes():
    found = material_classes.by_class(systems()).set_index("material_class")
    assert found.index.tolist() == ["metal", "ceramic"]
    assert found["systems"].tolist() == [200, 100]
    assert found["peak_mae"].tolist() == pytest.approx([0.05, 0.1], abs=0.01)
    assert found.loc["metal", "depth_skew"] > 1
    # the ten systems with a depth error of 5 are outside Fig. 6(b)
    assert found.loc["ceramic", ["with_depth_error", "median_depth_error"]].tolist() == [90, 0]


def test_a_density_has_the_area_one_and_only_values_on_its_axis():
    values = pd.DataFrame({"material_class": "metal", "value": np.r_[np.random.default_rng(0).normal(0, 0.1, 500), 7.0, np.nan]})
    curve = material_classes.densities(values, low=-1, high=1)
    assert np.trapezoid(curve["density"], curve["value"]) == pytest.approx(1, abs=1e-3)
    assert curve["n"].unique().tolist() == [500]
    assert material_classes.densities(values.iloc[:2]).empty  # two values have no density


def test_the_periodic_order_keeps_groups_together():
    order = element_pairs.periodic_order()
    assert len(order) == len(set(order)) == 118
    assert order[:8] == ("H", "Li", "Na", "K", "Rb", "Cs", "Fr", "Be")
    place = order.index
    assert place("Y") < place("La") < place("Lu") < place("Ac") < place("Lr") < place("Ti") < place("Rf") < place("V")
    assert [symbol for symbol in order if symbol in ("F", "Cl", "Br", "I", "O", "S", "Ne")] == ["O", "S", "F", "Cl", "Br", "I", "Ne"]


def pairs() -> pd.DataFrame:
    rows = [("Na", "Cl", 0.1, 0.5), ("K", "Cl", 0.3, np.nan), ("Na", "O", 0.2, -0.5)]
    table = pd.DataFrame(rows, columns=["first", "second", "mae", "depth_error"])
    return table.assign(system=table["first"] + "-" + table["second"])


def test_a_heatmap_is_symmetric_and_on_the_periodic_order():
    found = element_pairs.heatmap(pairs())
    cells = found.set_index(["row_place", "column_place"])["mae"].to_dict()
    # Na, K, O, Cl
    assert cells == {(0, 3): 0.1, (3, 0): 0.1, (1, 3): 0.3, (3, 1): 0.3, (0, 2): 0.2, (2, 0): 0.2}
    assert set(element_pairs.heatmap(pairs(), most_frequent=2)["system"]) == {"Na-Cl"}
    with pytest.raises(BadInputError, match="take more of them"):
        element_pairs.heatmap(pairs(), most_frequent=1)


def test_errors_of_each_element_worked_by_hand():
    entries = pd.DataFrame(
        {
            "id": ["a", "b", "c", "d", "sodium", "sodium", "chlorine"],
            "first": ["Na", "Na", "K", "Na", "Na", "Na", "K"],
            "second": ["Cl", "Cl", "Cl", "O", "O", "Cl", "Cl"],
            "fraction": [0.5, 0.25, 0.5, 0.5, 0.0, 0.0, 1.0],
            "target": 0.0,
            # elements are in no compound's error, and sodium, which is in two systems, counts once
            "prediction": [0.1, -0.3, 0.5, 0.2, 9.0, 9.0, -4.0],
        }
    )
    found = element_pairs.by_element(pairs(), entries).set_index("element")
    assert found.index.tolist() == ["K", "O", "Cl", "Na"]
    assert found["average_mae"].tolist() == pytest.approx([0.3, 0.2, 0.2, 0.15])
    assert found["compound_mae"].tolist() == pytest.approx([0.5, 0.2, 0.3, 0.2])
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert found.loc["Na", ["systems", "compounds", "median_depth_error"]].tolist() == [2, 3, 0]
    assert found["structures"].tolist() == [0, 0, 1, 1]
    assert found.loc[["Na", "Cl"], "element_mae"].tolist() == [9.0, 4.0]
    # K: c and chlorine; O: d and sodium; Cl: a, b and sodium in one system, c in the other; Na: a and b in one, d in the other
    others = [(0.5 + 4) / 2, (0.2 + 9) / 2, ((0.1 + 0.3 + 9) / 3 + 0.5) / 2, ((0.1 + 0.3) / 2 + 0.2) / 2]
    assert found["average_mae_of_others"].tolist() == pytest.approx(others)
    assert found.loc[["K", "O"], "element_mae"].isna().all()
