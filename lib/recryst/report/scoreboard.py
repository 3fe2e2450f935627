"""Every printed value of every paper beside every value found: one tidy table, and what can be counted in it."""

from collections.abc import Sequence

import pandas as pd

from recryst.report import precedence
from recryst.report.printed import Paper, Value
from recryst.report.results import Result, Results
from recryst.report.verdicts import NOT_AS_PRINTED, verdict

COLUMNS = (
    *("paper", "exhibit", "title", "source", "value_id", "label", "type", "role", "split", "printed", "unit"),
    *("level", "found", "found_unit", "spread", "low", "high", "n", "seeds", "verdict", "reason", "note", "deviation"),
    *("profile", "data", "data_split", "run"),
)


def table(papers: Sequence[Paper], runs: Sequence[Results]) -> pd.DataFrame:
    """Each printed value beside all that was found for it.

    Parameters
    ----------
    papers : in the order of the book
    runs : results of any notebooks under any profiles

    Returns
    -------
    One row for each result, and one with empty columns from ``level`` on for each printed value that has none, in printed
    order. Columns: `COLUMNS`. ``found`` is a number, or a text as it would be printed; ``note`` is what must be known of it and of
    the printed value; ``deviation`` is its distance from the printed number as a share of it. ``verdict`` is empty for settings and
    for other people's numbers.

    Raises
    ------
    BadInputError : a result is of another type or unit than the printed value beside which it stands
    """
    rows = []
    for paper in papers:
        found = [(run.profile, result) for run in runs if run.notebook == paper.paper for result in run.results]
        for exhibit, value in paper.values():
            printed = {"paper": paper.paper, "exhibit": exhibit.id, "title": exhibit.title} | _printed(value)
            beside = [(profile, result) for profile, result in found if (result.exhibit, result.value_id) == (exhibit.id, value.id)]
            rows += [printed | {"profile": profile} | _found(value, result) for profile, result in beside] or [printed]
    board = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return board.astype({"n": "Int64", **dict.fromkeys(("spread", "low", "high", "deviation"), float)})


def standing(board: pd.DataFrame) -> pd.DataFrame:
    """What counts for each value at each level: the result of the largest run which can be compared, see `recryst.report.precedence`.

    Returns
    -------
    the rows of `table` that have a verdict, at most one for each paper, exhibit, value and level
    """
    return precedence.counting(board[board["verdict"].notna()], ["paper", "exhibit", "value_id", "level"])


def disagreements(counting: pd.DataFrame) -> pd.DataFrame:
    """The rows of `standing` that are not as printed, in printed order."""
    return counting[counting["verdict"].isin(NOT_AS_PRINTED)]


def farthest(counting: pd.DataFrame, most: int) -> pd.DataFrame:
    """Of the numbers that are not as printed, the ``most`` whose found value is farthest from the printed one, as a factor.

    One of each exhibit, so that a single table does not fill the list; where one of the two numbers is zero there is no factor.
    """
    numbers = disagreements(counting).query("type == 'number'").copy()
    ratios = numbers["found"].astype(float) / numbers["printed"].map(_leading).astype(float)
    numbers["factor"] = [max(ratio, 1 / ratio) if 0 < ratio < float("inf") else float("nan") for ratio in ratios]
    ranked = numbers.dropna(subset="factor").sort_values("factor", ascending=False, kind="stable")
    return ranked.drop_duplicates(["paper", "exhibit"]).head(most)


def contradictions(papers: Sequence[Paper]) -> pd.DataFrame:
    """Values that a paper prints twice, and differently.

    Returns
    -------
    DataFrame(paper, exhibit, label, printed, source, other_exhibit, other_printed, other_source, unit, numbers): each pair once;
    ``numbers`` says whether both are single numbers
    """
    rows, seen = [], set()
    for paper in papers:
        for exhibit, value in paper.values():
            for reference in value.contradicts:
                other_exhibit, _, identifier = reference.partition(":")
                pair = frozenset({(paper.paper, exhibit.id, value.id), (paper.paper, other_exhibit, identifier)})
                if pair in seen:
                    continue
                seen.add(pair)
                other = paper.referred(reference)
                row = {"paper": paper.paper, "exhibit": exhibit.id, "label": value.name, "unit": value.unit}
                row |= {"printed": value.shown, "source": value.source}
                rows.append(
                    row
                    | {
                        "other_exhibit": other_exhibit,
                        "other_printed": other.shown,
                        "other_source": other.source,
                        "numbers": {value.type, other.type} == {"number"},
                    }
                )
    names = ["paper", "exhibit", "label", "printed", "source", "other_exhibit", "other_printed", "other_source", "unit", "numbers"]
    return pd.DataFrame(rows, columns=names)


def errata(papers: Sequence[Paper]) -> pd.DataFrame:
    """DataFrame(paper, id, source, printed, finding): where the papers err or contradict themselves."""
    rows = [{"paper": paper.paper, **erratum.model_dump()} for paper in papers for erratum in paper.errata]
    return pd.DataFrame(rows, columns=["paper", "id", "source", "printed", "finding"])


def _printed(value: Value) -> dict[str, object]:
    row: dict[str, object] = {"source": value.source, "value_id": value.id, "label": value.name, "type": value.type}
    return row | {"role": value.role, "split": value.split, "printed": value.shown, "unit": value.unit if value.measured else ""}


def _found(value: Value, result: Result) -> dict[str, object]:
    judged = verdict(value, result)
    row = {
        "level": result.level,
        "found": _as_printed(result.value),
        "found_unit": result.unit if value.measured else "",
        "spread": result.spread,
        "n": result.n,
    }
    row |= {"low": result.interval[0] if result.interval else None, "high": result.interval[1] if result.interval else None}
    row |= {"seeds": ", ".join(map(str, result.seeds)) or None, "data": result.data, "data_split": result.split, "run": result.run}
    row |= {"note": "; ".join(filter(None, (result.caveat, value.note))) or None, "deviation": _deviation(value, result)}
    return row | ({"verdict": judged.name, "reason": judged.reason} if judged is not None else {})


def _as_printed(found: object) -> object:
    """Numbers stay numbers; truth, lists and texts become the text that a paper would print."""
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, tuple):
        return ", ".join(f"{item:.6g}" if isinstance(item, float) else str(item) for item in found)
    return found


def _deviation(value: Value, result: Result) -> float | None:
    number = isinstance(result.value, int | float) and not isinstance(result.value, bool)
    if value.type != "number" or not number or result.unit != value.unit or value.number == 0:
        return None
    return abs(float(result.value) / float(value.number) - 1)  # type: ignore[arg-type]


def _leading(printed: str) -> str:
    """The number of a printed value without its spread."""
    return printed.partition(" ")[0]
