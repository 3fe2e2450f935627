"""Crystals of other space groups: which they are, errors by hand, and nothing where no functional has learned from real crystals."""

import numpy as np
import pandas as pd
import pytest

from recryst import parameters, symmetry
from recryst.chapters.charge_density import other_groups
from recryst.chapters.charge_density.forests import Forests
from recryst.chapters.charge_density.study import Study
from recryst.chapters.charge_density.trained import Trained
from recryst.datasets import embedded

NAMES = (*other_groups.FUNCTIONALS, other_groups.FOREST_OF_STRUCTURE)


@pytest.fixture
def chapter():
    study = Study(parameters.settle("charge_density", {"profile": "reduced"}))
    return Trained(study), Forests(study)


@pytest.fixture
def predicted(monkeypatch):
    """Two prototypes of two crystals; the functional is off by 1 and 3, free atoms' by 1 and 5, the forest by 10."""
    known = pd.DataFrame({"prototype": ["bcc", "bcc", "cscl", "cscl"], "id": list("abcd"), "target": [10.0, 20.0, 30.0, 50.0]})
    wrong = ([1, -1, 3, -3], [1, -1, 5, -5], [10, 10, 10, 10])
    table = pd.concat([known.assign(model=name, prediction=known["target"] + off) for name, off in zip(NAMES, wrong, strict=True)])
    monkeypatch.setattr(other_groups, "predict", lambda trained, forests: table.reset_index(drop=True))
    return table


def test_they_are_all_embedded_crystals_of_another_space_group_with_their_own_moduli():
    task = other_groups.others()
    assert task.unit == "GPa"
    groups = [symmetry.dataset(symmetry.cell_of(embedded.crystals().select([name]), 0), 0.1).number for name in task.crystals.ids.tolist()]
    assert 225 not in groups
    assert {216, 221, 227, 229} <= set(groups)
    moduli = embedded.properties()["bulk_modulus"]
    np.testing.assert_array_equal(task.targets, moduli[task.crystals.ids])
    assert 400 < task.targets.max() < 460, "diamond's, from the equation of state"


def test_embedded_crystals_are_not_predicted_by_what_has_learned_from_them(chapter):
    assert other_groups.predict(*chapter).empty
    assert other_groups.by_prototype(*chapter).empty
    assert other_groups.points(*chapter, NAMES[0]).empty


def test_errors_by_prototype_are_those_by_hand(predicted, chapter):
    table = other_groups.by_prototype(*chapter).set_index("prototype")
    assert table[list(NAMES)].loc["bcc"].tolist() == [1.0, 1.0, 10.0]
    assert table[list(NAMES)].loc["cscl"].tolist() == [3.0, 5.0, 10.0]
    assert table["crystals"].tolist() == [2, 2]
    assert table["spread"].tolist() == [5.0, 10.0]


def test_changes_are_those_of_the_same_crystals(predicted):
    table = predicted.reset_index(drop=True)
    change, (low, high) = other_groups._change(table, NAMES[0], NAMES[1])
    # 1 - 1 and 3 - 5, each twice
    assert change == pytest.approx(-1)
    assert low == pytest.approx(-2)
    assert high == pytest.approx(0)
    change, ends = other_groups._change(table, NAMES[0], NAMES[2])
    assert change == pytest.approx(-8)
    assert ends == pytest.approx((-9, -7))
