"""What an exhibit shows, as one computed sentence: nobody writes a finding by hand, and none outlives the results it speaks of.

For each printed value one result counts: at each level that of the largest run which can be compared (see `precedence`), and of several
levels the one that goes most against the paper. So a smaller run never hides what a larger one says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recryst.notation import as_printed, found, shown, unit
from recryst.report import precedence
from recryst.report.verdicts import NOT_AS_PRINTED, NOT_COMPARABLE, WORST_LAST, worst

UNAVAILABLE = "In the supplement, which is not available; the main text prints none of its numbers."
NOTHING_FOUND = "Not reproduced yet."
NOTHING_TO_JUDGE = "For reference: nothing to reproduce."
NOTHING_PRINTED = "The paper prints no number here."
OPEN = (NOTHING_FOUND, NOTHING_TO_JUDGE, NOTHING_PRINTED)
"""What is said of an exhibit without a verdict: of so many that a page says it as quietly as it can."""
MOST_DETAILS = 2
"""Values that a sentence names; the table below it has all."""
NAMES = ("Fermi", "Poisson", "Voigt", "DFT")
_VERBS: Mapping[frozenset[str], tuple[str, str]] = {
    frozenset({"matches"}): ("matches", "match"),
    frozenset({"reaches"}): ("reaches what is printed", "reach what is printed"),
    frozenset({"surpasses"}): ("surpasses what is printed", "surpass what is printed"),
    frozenset({"falls short"}): ("falls short", "fall short"),
    frozenset({"differs"}): ("differs", "differ"),
    frozenset({"close"}): ("comes close", "come close"),
}

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Finding:
    """One sentence, and the verdict that an exhibit takes from the worst of its values; "" where nothing can be judged."""

    sentence: str
    verdict: str = ""


def finding(compared: pd.DataFrame, available: bool = True) -> Finding:
    """What an exhibit shows.

    Parameters
    ----------
    compared : the printed values beside ours, from `recryst.report.comparison.compare`
    available : whether the exhibit itself can be had; its supplement may be lost

    Returns
    -------
    the sentence, and the worst verdict among the values that have one
    """
    printed = compared[compared["printed"].notna()]
    if printed.empty:
        return Finding(NOTHING_PRINTED if available else UNAVAILABLE)
    results = printed[printed["role"] == "result"]
    if results.empty:
        return Finding(NOTHING_TO_JUDGE)
    counting = telling(results)
    if not counting:
        return Finding(NOTHING_FOUND)
    total = len(results.groupby(["exhibit", "value_id"]))
    clauses = [_single(counting[0])] if total == 1 else _clauses(counting, total)
    return Finding(" ".join(f"{clause[0].upper()}{clause[1:]}." for clause in clauses), worst(row["verdict"] for row in counting))


def telling(results: pd.DataFrame) -> list[dict[Any, Any]]:
    """The row of ``results`` that counts for each printed value, see the module; values without a verdict have none."""
    value = ["exhibit", "value_id"]
    # one column of row numbers, as tables of several exhibits may stand one below the other
    judged = results[results["verdict"].notna()].reset_index(drop=True)
    rows = []
    for _, group in precedence.counting(judged, [*value, "level"]).groupby(value, sort=False):
        fair = group[group["verdict"] != NOT_COMPARABLE]
        if fair.empty:
            rows.append(precedence.counting(group, value).iloc[0].to_dict())
        else:
            rows.append(fair.iloc[int(fair["verdict"].map(WORST_LAST.index).to_numpy().argmax())].to_dict())
    return rows


def tally(compared: pd.DataFrame) -> str:
    """How many of a paper's printed results were found again, in one sentence.

    Parameters
    ----------
    compared : from `comparison.compare`, all exhibits of the paper; a value to which several refer counts once
    """
    results = compared[(compared["role"] == "result") & compared["printed"].notna()]
    total = len(results.groupby(["exhibit", "value_id"]))
    verdicts = [row["verdict"] for row in telling(results)]
    against = sum(name in NOT_AS_PRINTED for name in verdicts)
    unfair = verdicts.count(NOT_COMPARABLE)
    agreeing = len(verdicts) - against - unfair
    return (
        f"Of {total} printed results {len(verdicts)} have one of ours beside them: {agreeing} agree, come close or are better, "
        f"{against} do not, and {unfair} can't be compared."
    )


def _clauses(counting: list[dict[Any, Any]], total: int) -> list[str]:
    kinds = {
        "against": [row for row in counting if row["verdict"] in NOT_AS_PRINTED],
        "close": [row for row in counting if row["verdict"] == "close"],
        "agreeing": [row for row in counting if row["verdict"] not in (*NOT_AS_PRINTED, "close", "surpasses", NOT_COMPARABLE)],
        "better": [row for row in counting if row["verdict"] == "surpasses"],
        "open": [row for row in counting if row["verdict"] == NOT_COMPARABLE],
    }
    noun = "statements" if all(isinstance(row["value"], bool) for row in counting) else "values"
    clauses: list[str] = []
    told = 0
    for kind, rows in kinds.items():
        if rows:
            who = _who(len(rows), told, total, noun)
            clauses.append(_open(who, rows, total) if kind == "open" else _judged(who, rows, total, detailed=kind != "agreeing"))
            told += len(rows)
    if told < total:
        clauses.append(f"{_who(total - told, told, total, noun)} {'is' if total - told == 1 else 'are'} not reproduced yet")
    return clauses


def _judged(who: str, rows: list[dict[Any, Any]], total: int, detailed: bool) -> str:
    """Such as: 2 of 9 values differ: group number (19 against the printed 18); period number (7 against the printed 9)."""
    one = len(rows) == 1 and total > 1
    if all(isinstance(row["value"], bool) for row in rows) and not detailed:
        verb = "holds" if one else "hold"
    else:
        verb = _verb(rows)[0 if one else 1]
    return f"{who} {verb}" + (f": {_details(rows)}" if detailed else "")


def _open(who: str, rows: list[dict[Any, Any]], total: int) -> str:
    reasons = {_reason(row) for row in rows}
    why = reasons.pop() if len(reasons) == 1 else ""
    if len(rows) == total:
        return f"{why or NOT_COMPARABLE}: {_details(rows)}"
    return f"{who} can't be compared" + (f" ({_inside(why)})" if why else ", for the reasons below the table")


def _single(row: dict[Any, Any]) -> str:
    return _open("", [row], total=1) if row["verdict"] == NOT_COMPARABLE else f"{row['label']}: {_beside(row)}"


def _who(count: int, told: int, total: int, noun: str) -> str:
    """So many of the values, after a number of them has been told of."""
    if count == total:
        return f"both {noun}" if total == 2 else f"all {total} {noun}"
    if not told:
        return f"{count} of {total} {noun}"
    if told + count == total:
        return "the other" if count == 1 else f"the other {count}"
    return "another" if count == 1 else f"another {count}"


def _verb(rows: list[dict[Any, Any]]) -> tuple[str, str]:
    verdicts = frozenset(row["verdict"] for row in rows)
    against = verdicts <= set(NOT_AS_PRINTED)
    mixed = ("is not as printed", "are not as printed") if against else ("agrees with the paper", "agree with the paper")
    return _VERBS.get(verdicts, mixed)


def _details(rows: list[dict[Any, Any]]) -> str:
    named = [f"{row['label']} ({_beside(row)})" for row in rows[:MOST_DETAILS]]
    return "; ".join(named) + (f"; and {len(rows) - MOST_DETAILS} more" if len(rows) > MOST_DETAILS else "")


def _beside(row: Row) -> str:
    """Such as: 0.123 against the printed 0.039 eV/atom. The unit stands once: wherever a verdict is fair, both have the same."""
    if isinstance(row["value"], bool):
        agrees = shown(row["value"]) == row["printed"]
        return f"{shown(row['value'])}, {'as the paper says' if agrees else 'where the paper says ' + row['printed']}"
    printed = as_printed(row["printed"])
    if row["verdict"] == "matches" and shown(row["value"]) == printed:
        return f"{printed}{unit(row['unit'])}, as printed"
    word = "beside" if row["verdict"] == NOT_COMPARABLE else "against"
    return f"{found(row['value'], None, row['printed'])} {word} the printed {printed}{unit(row['unit'])}"


def _inside(sentence: str) -> str:
    """A sentence as it is written within another: a name or an abbreviation keeps its capital letter."""
    keeps = sentence[:2].isupper() or sentence.startswith(NAMES)
    return sentence if keeps else sentence[0].lower() + sentence[1:]


def _reason(row: Row) -> str:
    return str(row["reason"]).rstrip(".")
