"""Sentences whose numbers are looked up: ``{found:figure-2b:eq-5/mae}`` in a text becomes what was found.

=======================================  =====================================================================
reference                                becomes
=======================================  =====================================================================
``{printed:EXHIBIT:VALUE}``              what the paper prints, with its unit
``{found:EXHIBIT:VALUE}``                what this run found, with spread over seeds and unit
``{found@PROFILE:EXHIBIT:VALUE}``        what the run under that profile found: a stored one, or this one
``{verdict@PROFILE:EXHIBIT:VALUE}``      its verdict
``{n@PROFILE:EXHIBIT:VALUE}``            the number of crystals behind it
``{finding:EXHIBIT}``                    the sentence that stands below the exhibit's title
``{tally}``                              how many of the paper's printed results were found again
=======================================  =====================================================================

``found``, ``verdict`` and ``n`` take a level at their end where a value was found at more than one:
``{found@laptop:text-elasticity:new-crystals/bulk-modulus/mae:retrained}``. Braces without a colon, as in formulas, stay.
"""

import re
from collections.abc import Mapping

import pandas as pd

from recryst.errors import BadInputError
from recryst.notation import as_printed, unit
from recryst.notation import found as as_found
from recryst.report import comparison
from recryst.report.finding import finding, tally
from recryst.report.printed import Paper, Value
from recryst.report.results import BEYOND, Result, Results
from recryst.report.verdicts import verdict

KINDS = ("printed", "found", "verdict", "n", "finding", "tally")
_REFERENCE = re.compile(r"\{(?P<kind>[a-z]+)(?:@(?P<profile>[^:{}]+))?(?::(?P<rest>[^{}]*))?\}")


def fill(text: str, paper: Paper, runs: Mapping[str, Results], this: str) -> str:
    """The text with every reference replaced by what it names.

    Parameters
    ----------
    runs : results by profile
    this : the profile of this run, which a reference without a profile means

    Raises
    ------
    BadInputError : an unknown kind, profile, exhibit or value, a value that was not found, or one found at several levels
    """

    def replaced(match: re.Match[str]) -> str:
        kind, rest = match["kind"], match["rest"]
        if rest is None and kind != "tally":
            return match[0]
        if kind not in KINDS:
            raise BadInputError(f"{match[0]} names nothing: a reference in prose begins with {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
        profile = match["profile"] or this
        if profile not in runs:
            raise BadInputError(f"{match[0]}: there is no run '{profile}'; there are {', '.join(runs)}.")
        if kind == "tally":
            return tally(pd.concat([comparison.compare(paper, exhibit.id, list(runs.values())) for exhibit in paper.exhibits]))
        if kind == "finding":
            exhibit = paper.exhibit(rest)
            return finding(comparison.compare(paper, rest, list(runs.values())), exhibit.available).sentence
        return _value(match[0], kind, rest, paper, runs[profile])

    return _REFERENCE.sub(replaced, text)


def _value(reference: str, kind: str, address: str, paper: Paper, run: Results) -> str:
    exhibit, _, rest = address.partition(":")
    value_id, _, level = rest.partition(":")
    printed = None if exhibit.startswith(BEYOND) else paper.value(exhibit, value_id)
    if kind == "printed":
        if printed is None:
            raise BadInputError(f"{reference}: the paper prints nothing of what is ours.")
        return _printed(printed)
    found = _one_result(reference, run.of(exhibit, value_id), level, run)
    if kind == "found":
        measured = not isinstance(found.value, bool | str)
        return as_found(found.value, found.spread, printed.shown if printed is not None else None) + (unit(found.unit) if measured else "")
    if kind == "n":
        if found.n is None:
            raise BadInputError(f"{reference}: no number of crystals was recorded with it.")
        return f"{found.n:,}"
    judged = verdict(printed, found) if printed is not None else None
    if judged is None:
        raise BadInputError(f"{reference}: it is no result of the paper, so it has no verdict.")
    return judged.name


def _printed(value: Value) -> str:
    return as_printed(value.shown) + (unit(value.unit) if value.measured else "")


def _one_result(reference: str, found: list[Result], level: str, run: Results) -> Result:
    fitting = [result for result in found if not level or result.level == level]
    if not fitting:
        at = f" at level '{level}'" if level else ""
        raise BadInputError(f"{reference}: the run '{run.profile}' has no such result{at}; record it before the text names it.")
    if len(fitting) > 1:
        levels = sorted({result.level for result in fitting})
        how = f"; end the reference with :{levels[0]} or another of its levels" if len(levels) > 1 else " on several data or splits"
        raise BadInputError(f"{reference}: the run '{run.profile}' has {len(fitting)} such results{how}.")
    return fitting[0]
