"""The scoreboard, counted by hand on two small papers."""

import pandas as pd
import pytest

from recryst.errors import BadInputError
from recryst.report import scoreboard
from scoreboard_cases import papers, run, runs


def rows(board: pd.DataFrame, value_id: str) -> list[tuple[object, ...]]:
    found = board[board["value_id"] == value_id]
    return list(
        found[["profile", "level", "found", "verdict"]].astype(object).where(found.notna(), None).itertuples(index=False, name=None)
    )


def test_every_printed_value_stands_beside_every_result_in_printed_order() -> None:
    board = scoreboard.table(papers(), runs())
    assert list(board.columns) == list(scoreboard.COLUMNS)
    # mae: 2 reduced + 2 laptop; rmse: 1; epochs: 1; rmse of the text: none found; grows: 1
    assert list(board["value_id"]) == ["mae"] * 4 + ["rmse", "epochs", "rmse", "grows"]
    assert rows(board, "mae") == [
        ("reduced", "retrained", 0.9, "not comparable"),
        ("reduced", "rebuilt", 0.1, "matches"),
        ("laptop", "retrained", 0.25, "falls short"),
        ("laptop", "retrained", 0.105, "reaches"),  # 5 % above, within 10 %
    ]
    # 0.1 is half of 0.20; the text's value has no result
    assert rows(board, "rmse") == [("laptop", "re-analysed", 0.1, "differs"), (None, None, None, None)]


def test_settings_are_shown_and_not_judged_and_truth_is_written_as_words() -> None:
    board = scoreboard.table(papers(), runs())
    assert rows(board, "epochs") == [("reduced", "rebuilt", 31, None)]
    assert rows(board, "grows") == [("reduced", "re-analysed", "no", "differs")]


def test_a_row_holds_what_is_printed_and_what_was_found_each_with_its_context() -> None:
    row = scoreboard.table(papers(), runs()).iloc[4]
    assert row["printed"] == "0.20 ± 0.01"
    assert (row["source"], row["unit"], row["spread"], row["n"], row["seeds"]) == ("Table I", "eV", 0.02, 50, "0, 1")
    assert row["deviation"] == pytest.approx(0.5)


def test_of_several_results_of_a_run_the_worst_fair_comparison_counts() -> None:
    standing = scoreboard.standing(scoreboard.table(papers(), runs()))
    counted = standing[["value_id", "level", "profile", "verdict"]].to_numpy().tolist()
    assert counted == [
        ["mae", "rebuilt", "reduced", "matches"],
        ["mae", "retrained", "laptop", "falls short"],  # neither the reduced run's nor the better one of the two
        ["rmse", "re-analysed", "laptop", "differs"],
        ["grows", "re-analysed", "reduced", "differs"],
    ]


@pytest.mark.parametrize(("larger", "smaller"), [("better", "full"), ("full", "laptop"), ("laptop", "mine"), ("mine", "reduced")])
@pytest.mark.parametrize("in_favour", [True, False])
def test_of_two_runs_the_one_of_the_first_profile_counts_whatever_it_says(larger: str, smaller: str, in_favour: bool) -> None:
    mae = {"exhibit": "table-1", "value_id": "mae", "unit": "eV", "level": "retrained"}
    there, here = (0.1, 0.9) if in_favour else (0.9, 0.1)
    for given in ([(larger, there), (smaller, here)], [(smaller, here), (larger, there)]):
        found = [run("first", profile, mae | {"value": value}) for profile, value in given]
        counting = scoreboard.standing(scoreboard.table(papers(), found))
        assert counting[["profile", "found"]].to_numpy().tolist() == [[larger, there]]


def test_a_larger_run_that_can_not_be_compared_hides_no_smaller_one() -> None:
    mae = {"exhibit": "table-1", "value_id": "mae", "unit": "eV", "level": "retrained", "value": 0.1}
    found = [run("first", "better", mae | {"not_comparable": "another target", "n": 99}), run("first", "laptop", mae | {"n": 9})]
    assert list(scoreboard.standing(scoreboard.table(papers(), found))["profile"]) == ["laptop"]


def test_what_is_not_comparable_counts_only_where_nothing_else_does() -> None:
    only_reduced = scoreboard.standing(scoreboard.table(papers(), runs()[:1]))
    assert only_reduced[["level", "verdict"]].to_numpy().tolist() == [["retrained", "not comparable"], ["rebuilt", "matches"]]


def test_disagreements_and_the_farthest_of_them() -> None:
    standing = scoreboard.standing(scoreboard.table(papers(), runs()))
    assert list(scoreboard.disagreements(standing)["value_id"]) == ["mae", "rmse", "grows"]
    farthest = scoreboard.farthest(standing, most=5)
    # 0.25/0.10 = 2.5 comes before 0.20/0.10 = 2, which is of the same exhibit; a statement has no factor
    assert list(zip(farthest["value_id"], farthest["factor"], strict=True)) == [("mae", pytest.approx(2.5))]
    assert scoreboard.farthest(standing, most=0).empty


def test_a_number_of_zero_is_no_factor_of_another() -> None:
    zero = run("first", "laptop", {"exhibit": "table-1", "value_id": "mae", "unit": "eV", "level": "re-analysed", "value": 0.0})
    standing = scoreboard.standing(scoreboard.table(papers(), [zero]))
    assert list(standing["verdict"]) == ["differs"]
    assert scoreboard.farthest(standing, most=5).empty


def test_values_that_contradict_each_other_are_one_pair_from_whichever_side() -> None:
    pairs = scoreboard.contradictions(papers())
    assert pairs[["exhibit", "printed", "other_exhibit", "other_printed"]].to_numpy().tolist() == [
        ["table-1", "0.20 ± 0.01", "text-error", "0.25"]
    ]
    assert scoreboard.errata(papers())[["paper", "id"]].to_numpy().tolist() == [["first", "rmse-twice"]]


def test_no_run_and_no_paper_give_tables_that_are_empty_but_whole() -> None:
    bare = scoreboard.table(papers(), [])
    assert len(bare) == 5
    assert bare["level"].isna().all()
    assert scoreboard.standing(bare).empty
    assert scoreboard.farthest(scoreboard.standing(bare), most=3).empty
    assert list(scoreboard.table([], []).columns) == list(scoreboard.COLUMNS)


def test_a_result_in_another_unit_is_refused_by_name() -> None:
    wrong = run("first", "laptop", {"exhibit": "table-1", "value_id": "mae", "unit": "meV", "level": "rebuilt", "value": 100.0})
    with pytest.raises(BadInputError, match="table-1, mae is in 'eV' and the result in 'meV'"):
        scoreboard.table(papers(), [wrong])
