"""The book at a glance, counted by hand."""

from recryst.report import overview, scoreboard
from recryst.report.verdicts import WORST_LAST
from scoreboard_cases import papers, runs


def test_every_paper_and_level_has_its_counts() -> None:
    matrix = overview.matrix(papers(), scoreboard.standing(scoreboard.table(papers(), runs())))
    assert len(matrix) == 2 * 3 * len(WORST_LAST)
    counted = matrix[matrix["count"] > 0][["paper", "level", "verdict", "count"]].to_numpy().tolist()
    assert counted == [
        ["first", "re-analysed", "differs", 1],
        ["first", "rebuilt", "matches", 1],
        ["first", "retrained", "falls short", 1],
        ["second", "re-analysed", "differs", 1],
    ]


def test_what_stands_is_counted_among_fair_comparisons_only() -> None:
    fair = overview.agreement(scoreboard.standing(scoreboard.table(papers(), runs())))
    assert fair.to_numpy().tolist() == [["re-analysed", 2, 0], ["rebuilt", 1, 1], ["retrained", 1, 0]]
    # of the reduced run alone: the retrained value is not comparable, and the rebuilt one stands
    reduced = overview.agreement(scoreboard.standing(scoreboard.table(papers(), runs()[:1])))
    assert reduced.to_numpy().tolist() == [["re-analysed", 0, 0], ["rebuilt", 1, 1], ["retrained", 0, 0]]


def test_coverage_counts_results_not_settings_and_no_value_twice() -> None:
    coverage = overview.coverage(papers(), scoreboard.standing(scoreboard.table(papers(), runs())))
    # first: mae, rmse and the text's rmse are results, mae (at two levels) and rmse judged; second: one statement
    assert coverage.to_numpy().tolist() == [["first", 3, 0, 3, 2], ["second", 1, 1, 1, 1]]


def test_an_exhibit_takes_the_worst_verdict_also_of_values_it_refers_to() -> None:
    tiles = overview.exhibits(papers(), scoreboard.standing(scoreboard.table(papers(), runs()))).set_index("exhibit")
    assert tiles["verdict"].to_dict() == {"table-1": "differs", "figure-1": "falls short", "text-error": "", "table-s1": "differs"}
    assert not tiles.loc["table-s1", "available"]


def test_an_exhibit_of_reduced_runs_alone_is_not_comparable() -> None:
    first = papers()[:1]
    reduced = runs()[0].model_copy(update={"results": runs()[0].results[:1]})
    tiles = overview.exhibits(first, scoreboard.standing(scoreboard.table(first, [reduced]))).set_index("exhibit")
    assert tiles["verdict"].to_dict() == {"table-1": "not comparable", "figure-1": "not comparable", "text-error": ""}
