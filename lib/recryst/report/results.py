"""What a notebook found: one `Result` for each value, and the file ``results.json`` that holds them.

`verdicts` judges results against the printed values; no verdict is ever stored.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError, model_validator

from recryst.checking import first_problem
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.storage import write_json

FILE = "results.json"
BEYOND = "beyond-"
"""Exhibits whose id begins so are ours: nothing printed stands beside them."""

DATA_SEPARATOR = ", "
"""Between the data sets of a value that rests on several."""

Level = Literal["re-analysed", "rebuilt", "retrained"]
Number = StrictInt | StrictFloat
Found = StrictBool | StrictInt | StrictFloat | StrictStr | tuple[StrictInt | StrictFloat | StrictStr, ...]


class Result(BaseModel):
    """One value that we found.

    Parameters
    ----------
    exhibit, value_id : the printed value that it stands beside
    level : re-analysed, rebuilt or retrained
    value : a number, a yes/no (bool), a text, or a list of numbers or words; for an interval its two ends
    unit : the unit of the value, "" for none
    n : number of crystals (or items) behind it
    spread : standard deviation over seeds, in the unit of the value; needs at least two seeds
    seeds : seeds of the runs
    interval : 95 % interval (low, high) over crystals
    data : name and fingerprint of the data, such as ``materials-project/formation-energy@5fb1c0``; several with `DATA_SEPARATOR` between
    split : which part of the data
    run : key of the trained run
    caveat : what a reader must know to compare
    not_comparable : why the value can't be compared with the printed one
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    exhibit: StrictStr
    value_id: StrictStr
    level: Level
    value: Found
    unit: StrictStr = ""
    n: Annotated[StrictInt, Field(ge=0)] | None = None
    spread: Annotated[StrictFloat | StrictInt, Field(ge=0)] | None = None
    seeds: tuple[StrictInt, ...] = ()
    interval: tuple[Number, Number] | None = None
    data: StrictStr | None = None
    split: StrictStr | None = None
    run: StrictStr | None = None
    caveat: StrictStr | None = None
    not_comparable: StrictStr | None = None

    @model_validator(mode="after")
    def _numbers_are_sound(self) -> "Result":
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        for number in (*values, self.spread, *(self.interval or ())):
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"{number} is not finite")
        if self.spread is not None and len(set(self.seeds)) < 2:
            raise ValueError("a spread needs at least two different seeds")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueError("the lower end of the interval stands above the upper one")
        return self

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it a result of its own: exhibit, value, level, name of the data (without fingerprint), split."""
        return self.exhibit, self.value_id, self.level, (self.data or "").partition("@")[0], self.split or ""


class Results(BaseModel):
    """Content of one ``results.json``: what one notebook found under one profile.

    Parameters
    ----------
    format : version of this format
    notebook : name of the notebook, which is that of the paper
    profile : name of the profile
    results : every value that was found
    figures, tables : the files beside it, without folder and suffix, that belong to these results
    captions : of the tables, by name; a figure's stands in its description
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    notebook: StrictStr
    profile: StrictStr
    results: tuple[Result, ...] = ()
    figures: tuple[StrictStr, ...] = ()
    tables: tuple[StrictStr, ...] = ()
    captions: dict[StrictStr, StrictStr] = {}

    @property
    def data(self) -> list[str]:
        """Name and fingerprint of every data set that a result rests on."""
        sets = {one for result in self.results for one in (result.data or "").split(DATA_SEPARATOR)}
        return sorted(one for one in sets if "@" in one)

    @model_validator(mode="after")
    def _each_result_once(self) -> "Results":
        keys = [result.key for result in self.results]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"{' '.join(filter(None, key))} occurs more than once")
        return self

    def of(self, exhibit: str, value_id: str | None = None) -> list[Result]:
        """The results of one exhibit, or of one of its values, in the order in which they were recorded."""
        return [result for result in self.results if result.exhibit == exhibit and value_id in (None, result.value_id)]


def make(**fields: object) -> Result:
    """A checked `Result`; NaN in ``spread`` and in ``interval`` means that there is none.

    Raises
    ------
    BadInputError : a field is missing, unknown or impossible; the sentence names the result and the field
    """
    fields = {name: _plain(content) for name, content in fields.items()}
    if isinstance(fields.get("spread"), float) and math.isnan(fields["spread"]):  # type: ignore[arg-type]
        fields["spread"] = None
    if isinstance(fields.get("interval"), tuple) and any(isinstance(end, float) and math.isnan(end) for end in fields["interval"]):  # type: ignore[attr-defined]
        fields["interval"] = None
    try:
        return Result.model_validate(fields)
    except ValidationError as error:
        raise BadInputError(f"Result {fields.get('exhibit')}, {fields.get('value_id')}: {_sentence(error)}.") from error


def measured(metrics: pd.DataFrame, metric: str) -> dict[str, Any]:
    """What a result takes from a row of a table of metrics: value, n, spread, interval.

    Raises
    ------
    BadInputError : the metric is not in the table, or occurs twice
    """
    rows = metrics[metrics["metric"] == metric]
    if len(rows) != 1:
        raise BadInputError(f"The table of metrics has {len(rows)} rows '{metric}', not one; it has {', '.join(metrics['metric'])}.")
    row = rows.iloc[0]
    return {"value": float(row["value"]), "n": int(row["n"]), "spread": row["spread"], "interval": (row["low"], row["high"])}


def write(results: Results, folder: Path) -> Path:
    """Write ``results.json`` into ``folder``, atomically; returns its path."""
    path = folder / FILE
    write_json(path, results.model_dump(mode="json", exclude_defaults=True) | {"format": results.format})
    return path


def read(folder: Path) -> Results:
    """The results that a notebook left in ``folder``.

    Raises
    ------
    MissingDataError : there is no ``results.json``
    DamagedFileError : it is not what was written
    """
    path = folder / FILE
    if not path.is_file():
        raise MissingDataError(f"{folder} has no {FILE}; run the notebook first, for example with recryst run {folder.name}.")
    try:
        return Results.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise DamagedFileError(f"{path} is damaged ({_sentence(error)}); delete it and run the notebook again.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DamagedFileError(f"{path} is damaged (not JSON: {error}); delete it and run the notebook again.") from error


def _sentence(error: ValidationError) -> str:
    problem = first_problem(error)
    if "value" in problem.place:
        return "the value must be a finite number, a bool, a text, or a list of numbers and texts"
    place = " ".join(map(str, problem.place))
    return f"{place}: {problem.message}" if place else problem.message


def _plain(content: object) -> object:
    """NumPy scalars as Python's, sequences as tuples: what JSON and the strict types know."""
    if hasattr(content, "tolist"):
        content = content.tolist()
    if isinstance(content, Sequence) and not isinstance(content, str):
        return tuple(_plain(item) for item in content)
    return content
