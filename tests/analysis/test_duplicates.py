"""Twins across a split on crystals whose relations are known."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from packed import joined
from recryst.analysis import duplicates
from recryst.crystals import Crystals
from recryst.errors import BadInputError
from recryst.features import graphs

FCC = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])


def rock_salt(length: float) -> Structure:
    return Structure(Lattice.cubic(length), ["Na"] * 4 + ["Cl"] * 4, [*FCC, *(0.5 - FCC)])


def wurtzite(length: float) -> Structure:
    lattice = Lattice.hexagonal(length, length * np.sqrt(8 / 3))
    sites = [[1 / 3, 2 / 3, 0], [2 / 3, 1 / 3, 0.5], [1 / 3, 2 / 3, 3 / 8], [2 / 3, 1 / 3, 7 / 8]]
    return Structure(lattice, ["Zn", "Zn", "S", "S"], sites)


@pytest.fixture
def crystals() -> Crystals:
    """Training: rock salt and CsCl-type NaCl, wurtzite ZnS. Test: their relatives, one of each kind."""
    zincblende = Structure(Lattice.cubic(5.41), ["Zn"] * 4 + ["S"] * 4, [*FCC, *(FCC + 0.25)])
    return Crystals.from_structures(
        ["train-salt", "train-dense", "train-wurtzite", "same", "stretched", "zincblende", "stranger"],
        [
            rock_salt(5.64),
            Structure(Lattice.cubic(3.5), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
            wurtzite(5.41 / np.sqrt(2)),
            rock_salt(5.66).get_primitive_structure().apply_operation(_turn()),
            rock_salt(6.2),
            zincblende,
            Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]),
        ],
    )


def _turn():
    from pymatgen.core.operations import SymmOp

    return SymmOp.from_axis_angle_and_translation([1, 2, 3], 40)


@pytest.fixture
def table(crystals: Crystals) -> pd.DataFrame:
    made, rejected = graphs.compute(crystals)
    assert rejected.empty
    return duplicates.twins(crystals, made, crystals.ids[:3].tolist(), crystals.ids[3:].tolist())


def test_each_relation_is_recognised(table: pd.DataFrame) -> None:
    rows = table.set_index("id")
    # the same rock salt, in another cell, turned, and 0.35 % longer
    assert rows.loc["same", ["twin", "train_id"]].tolist() == ["near-duplicate", "train-salt"]
    assert rows.loc["same", "distance_difference"] == pytest.approx(2 * 0.02 / (5.66 + 5.64), rel=1e-3)
    assert rows.loc["same", "volume_difference"] == pytest.approx((5.66 / 5.64) ** 3 - 1, rel=1e-4)
    # 10 % longer is another crystal, though of the same formula
    assert rows.loc["stretched", ["twin", "train_id"]].tolist() == ["polymorph", "train-salt"]
    # twelve neighbours don't tell zincblende from ideal wurtzite; the structure matcher does
    assert rows.loc["zincblende", ["twin", "train_id"]].tolist() == ["look-alike", "train-wurtzite"]
    assert rows.loc["stranger", ["twin", "train_id"]].tolist() == ["none", ""]
    assert np.isnan(rows.loc["stranger", "distance_difference"])
    assert rows["formula"].to_dict() == {"same": "NaCl", "stretched": "NaCl", "zincblende": "ZnS", "stranger": "CsCl"}


def test_a_supercell_is_a_near_duplicate(crystals: Crystals) -> None:
    doubled = crystals.structure(2).make_supercell([2, 1, 1], in_place=False)
    both = joined(crystals, Crystals.from_structures(["doubled"], [doubled]))
    made, _ = graphs.compute(both)
    row = duplicates.twins(both, made, ["train-wurtzite"], ["doubled"]).iloc[0]
    assert row["twin"] == "near-duplicate"
    assert row["distance_difference"] == pytest.approx(0, abs=1e-6)


def test_counts_and_effect(table: pd.DataFrame) -> None:
    counted = duplicates.counts(table)
    assert counted["count"].tolist() == [1, 1, 1, 1]
    assert counted["share"].tolist() == [0.25] * 4
    predictions = pd.DataFrame({"id": ["same", "stretched", "stranger"], "target": 0.0, "prediction": [0.1, 0.5, -0.9]})
    effect = duplicates.effect(predictions, table)
    assert effect[["label", "value", "n"]].to_numpy().tolist() == [
        ["all test crystals", pytest.approx(0.5), 3],
        ["same structure in training", pytest.approx(0.1), 1],
        ["same formula in training", pytest.approx(0.5), 1],
        ["formula not in training", pytest.approx(0.9), 1],
    ]
    assert effect[["low", "high"]].isna().all(axis=None)  # of so few crystals


def test_sets_that_are_none_are_refused(crystals: Crystals, table: pd.DataFrame) -> None:
    made, _ = graphs.compute(crystals)
    ids = crystals.ids.tolist()
    with pytest.raises(BadInputError, match="share 1 crystals, same among them"):
        duplicates.twins(crystals, made, ids[:4], ids[3:])
    with pytest.raises(BadInputError, match="must both hold crystals"):
        duplicates.twins(crystals, made, [], ids)
    with pytest.raises(BadInputError, match="have no crystal, the first is nobody"):
        duplicates.twins(crystals, made, ids[:3], ["nobody"])
    with pytest.raises(BadInputError, match="1 crystals have no graph, the first is train-salt"):
        duplicates.twins(crystals, graphs.compute(crystals.take([1, 2, 3]))[0], ids[:2], ids[3:4])
    wrong = crystals.take([1, 3])
    swapped = graphs.Graphs(wrong.ids, made.numbers, made.neighbours, made.distances, np.array([0, 1, 3]), "nearest")
    with pytest.raises(BadInputError, match="The graph of train-dense has 1 atoms, its crystal 2"):
        duplicates.twins(wrong, swapped, ["train-dense"], ["same"])
    with pytest.raises(BadInputError, match="1 predicted crystals are missing in the table of twins, the first is x"):
        duplicates.effect(pd.DataFrame({"id": ["x"], "target": [0.0], "prediction": [0.0]}), table)
    with pytest.raises(BadInputError, match="empty"):
        duplicates.counts(table[:0])
