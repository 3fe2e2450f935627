"""What every analysis refuses, and how several seeds are told apart."""

import numpy as np
import pandas as pd
import pytest

from recryst.analysis.predictions import absolute_errors, averaged, checked, correct, one_seed, versions
from recryst.errors import BadInputError


def table(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b"], "target": [1.0, 2.0], "prediction": [1.5, 1.0], **columns})


def test_errors_are_averaged_over_seeds_by_crystal() -> None:
    both = pd.concat([table(seed=[0, 0]), table(seed=[1, 1]).assign(prediction=[1.0, 5.0])])
    errors = absolute_errors(both)
    # a: (0.5 + 0) / 2, b: (1 + 3) / 2
    assert errors.to_dict() == {"a": 0.25, "b": 2.0}


def test_one_network_is_the_lowest_seed_or_the_named_one() -> None:
    both = pd.concat([table(seed=[3, 3]), table(seed=[1, 1]).assign(prediction=[9.0, 9.0])])
    assert one_seed(both)["prediction"].tolist() == [9.0, 9.0]
    assert one_seed(both, 3)["prediction"].tolist() == [1.5, 1.0]
    with pytest.raises(BadInputError, match=r"No prediction has seed 2; there are 1, 3\."):
        one_seed(both, 2)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (table().drop(columns="target"), r"no column target; it needs id, target, prediction"),
        (table()[:0], r"The table of predictions is empty"),
        (
            table(prediction=[np.nan, 1.0]),
            r"1 of 2 values in column prediction of the predictions are not finite numbers, the first is that of a;",
        ),
        (table(target=[1.0, np.inf]), r"column target .* the first is that of b;"),
        (table(prediction=["x", "y"]), r"2 of 2 values in column prediction"),
        (table(id=["a", "a"], target=[1.0, 1.0]), r"a occurs more than once with seed 0"),
        (table(id=["a", "a"], seed=[0, 1]), r"The target of a differs between seeds"),
        (table(split=["test", "train"]), r"The predictions mix splits \(test, train\); select one of them first\."),
    ],
)
def test_unsound_predictions_are_refused_in_one_sentence(broken: pd.DataFrame, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as error:
        checked(broken)
    assert "\n" not in str(error.value)


def test_several_splits_are_let_through_where_they_belong_together() -> None:
    assert len(checked(table(split=["test", "train"]), several_splits=True)) == 2


def test_a_class_is_predicted_where_its_odds_are_even_or_better() -> None:
    rows = pd.DataFrame({"target": [1.0, 1.0, 0.0, 0.0], "prediction": [0.5, 0.49, 0.5, 0.0]})
    assert correct(rows).tolist() == [True, False, False, True]


def test_versions_of_a_target_are_compared_where_both_are_there():
    older = pd.Series({"a": 1.0, "b": 2.0, "c": 4.0, "gone": 9.0, "never": np.nan})
    newer = pd.Series({"c": 4.5, "b": 2.0, "a": 0.0, "new": 7.0, "never": 1.0})
    both = versions(older, newer)
    assert set(both.itertuples(index=False, name=None)) == {("a", 1.0, 0.0), ("b", 2.0, 2.0), ("c", 4.0, 4.5)}
    assert list(both) == ["id", "target", "prediction"]


def test_predictions_of_a_crystal_are_averaged_in_order_of_appearance():
    table = pd.DataFrame({"id": list("baba"), "target": [2.0, 1.0, 2.0, 1.0], "prediction": [3.0, 1.0, 4.0, 2.0], "seed": [0, 0, 1, 1]})
    assert averaged(table).to_numpy().tolist() == [["b", 2.0, 3.5], ["a", 1.0, 1.5]]
