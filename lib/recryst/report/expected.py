"""Expected values of a profile, and what has drifted from them: the file ``nbs/expected/<profile>.yml``.

The file holds, for each notebook, one entry a result: its key, the value, the tolerance and the reason for the tolerance.

.. code-block:: yaml

    cgcnn:
    - exhibit: table-1
      value_id: formation-energy/mae
      level: retrained
      data: embedded/formation-energy
      split: test
      value: 0.2914
      tolerance: 25 %
      reason: trained; other processors round differently, and training amplifies it

``tolerance`` is a share (``25 %``), an amount (``0.02``), or ``equal``; yes/no, texts and lists of words must be equal.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, StrictStr, ValidationError, model_validator

from recryst import storage
from recryst.checking import first_problem, read_yaml
from recryst.errors import BadInputError
from recryst.report.results import Found, Level, Result, Results
from recryst.report.tolerance import Tolerance, exact

HEADER = """# Expected results of the profile '{profile}', checked by `recryst check --profile {profile}`.
# `recryst check --profile {profile} --update` writes new values here and keeps tolerances and reasons, which are edited by hand.
"""


class Expectation(BaseModel):
    """One expected result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exhibit: StrictStr
    value_id: StrictStr
    level: Level
    data: StrictStr = ""
    split: StrictStr = ""
    value: Found
    tolerance: StrictStr
    reason: StrictStr

    @model_validator(mode="after")
    def _tolerance_can_be_read(self) -> "Expectation":
        if self.tolerance != "equal":
            Tolerance.parse(self.tolerance)
        if not self.reason.strip():
            raise ValueError("a tolerance needs a reason")
        return self

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """The same as `Result.key`."""
        return self.exhibit, self.value_id, self.level, self.data, self.split

    def allows(self, value: object) -> bool:
        """Whether ``value`` is within the tolerance of the expected value, boundaries included."""
        ours, theirs = _numbers(self.value), _numbers(value)
        if self.tolerance == "equal" or ours is None or theirs is None or len(ours) != len(theirs):
            return type(self.value) is type(value) and self.value == value
        tolerance = Tolerance.parse(self.tolerance)
        return all(abs(exact(b) - exact(a)) <= tolerance.allowance(exact(a)) for a, b in zip(ours, theirs, strict=True))


Expected = dict[str, list[Expectation]]


def path_of(profile: str) -> Path:
    """The file with the expected values of a profile."""
    return storage.PROJECT / "nbs" / "expected" / f"{profile}.yml"


def read(path: Path) -> Expected:
    """Expected results by notebook; none when the file does not exist.

    Raises
    ------
    BadInputError : the file can't be read or is not in the form above; the sentence names notebook, entry and field
    """
    if not path.is_file():
        return {}
    content = read_yaml(path) or {}
    if not isinstance(content, dict) or not all(isinstance(entries, list) for entries in content.values()):
        raise BadInputError(f"{path} must hold a list of entries for each notebook.")
    return {
        str(notebook): [_expectation(entry, f"{path}, {notebook}, entry {i + 1}") for i, entry in enumerate(entries)]
        for notebook, entries in content.items()
    }


def compare(results: Mapping[str, Results | None], expected: Expected) -> pd.DataFrame:
    """What has drifted.

    Parameters
    ----------
    results : by notebook; None for a notebook that has no results, all of whose expected values are then missing
    expected : by notebook; notebooks that ``results`` does not name are left out

    Returns
    -------
    DataFrame(notebook, result, expected, got, tolerance, status, reason); status is ok, drifted, missing (expected but not
    found) or new (found but not expected)
    """
    rows: list[tuple[object, ...]] = []
    for notebook, found in results.items():
        got = {result.key: result for result in found.results} if found is not None else {}
        wanted = {entry.key: entry for entry in expected.get(notebook, [])}
        for key, entry in wanted.items():
            status = "missing" if key not in got else "ok" if entry.allows(got[key].value) else "drifted"
            value = got[key].value if key in got else None
            rows.append((notebook, " ".join(filter(None, key)), entry.value, value, entry.tolerance, status, entry.reason))
        rows += [(notebook, " ".join(filter(None, key)), None, got[key].value, None, "new", None) for key in got if key not in wanted]
    columns = ["notebook", "result", "expected", "got", "tolerance", "status", "reason"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def failures(compared: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compare` that make a check fail: drifted, missing and new."""
    return compared[compared["status"] != "ok"]


def update(results: Mapping[str, Results], path: Path) -> None:
    """Write the values of ``results`` as the expected ones, keeping the tolerance and reason of each entry that was there.

    Notebooks that ``results`` does not name are left as they are; entries of results that are gone are dropped.

    Raises
    ------
    BadInputError : the file there is not in the form above
    StorageError : it can't be written
    """
    expected = read(path)
    for notebook, found in results.items():
        kept = {entry.key: entry for entry in expected.get(notebook, [])}
        expected[notebook] = [_updated(result, kept.get(result.key)) for result in found.results]
    content = {notebook: [_entry(expectation) for expectation in entries] for notebook, entries in sorted(expected.items())}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=140)
    storage.write_text(path, HEADER.format(profile=path.stem) + text)


def _updated(result: Result, kept: Expectation | None) -> Expectation:
    tolerance, reason = (kept.tolerance, kept.reason) if kept is not None else _default_tolerance(result)
    exhibit, value_id, level, data, split = result.key
    return Expectation(
        exhibit=exhibit,
        value_id=value_id,
        level=level,  # type: ignore[arg-type]  # a key holds plain texts
        data=data,
        split=split,
        value=result.value if tolerance == "equal" else _rounded(result.value),
        tolerance=tolerance,
        reason=reason,
    )


def _default_tolerance(result: Result) -> tuple[str, str]:
    """A first tolerance: tight for what is computed without chance, wide for what is trained."""
    numbers = _numbers(result.value)
    if numbers is None and result.level == "retrained":
        return "equal", "what a trained network is said to show must go on being so"
    if numbers is None or (result.level != "retrained" and all(isinstance(number, int) for number in numbers)):
        return "equal", "counts, texts and yes/no are the same on every machine"
    if result.level != "retrained":
        return "0.1 %", "computed without training; processors differ only in rounding"
    reason = "trained; other processors round differently, and training amplifies it"
    share = max(abs(number) for number in numbers) / 4
    four_spreads = 4 * result.spread if result.spread is not None else 0.0
    if four_spreads > share:
        return f"{four_spreads:.2g}", f"{reason}: four times the spread over seeds"
    return ("25 %", reason) if share > 0 else ("0.01", reason)


def _entry(expectation: Expectation) -> dict[str, Any]:
    fields = expectation.model_dump(mode="json")
    return {name: content for name, content in fields.items() if content != ""}


def _rounded(value: Found) -> Found:
    """Six significant digits: more would change with every machine and hide real changes in the file's history."""
    if isinstance(value, tuple):
        return tuple(_rounded(item) for item in value)  # type: ignore[misc]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _numbers(value: object) -> list[int | float] | None:
    items = value if isinstance(value, tuple) else (value,)
    numbers = [item for item in items if isinstance(item, int | float) and not isinstance(item, bool)]
    return numbers if len(numbers) == len(items) else None


def _expectation(entry: object, place: str) -> Expectation:
    try:
        return Expectation.model_validate(entry)
    except ValidationError as error:
        problem = first_problem(error)
        field = f", field {problem.place[0]}" if problem.place else ""
        raise BadInputError(f"{place}{field}: {problem.message}.") from error
