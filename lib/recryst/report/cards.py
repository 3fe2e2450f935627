"""Model cards: what people write of a paper's networks (``book/models/<paper>.yml``), and the numbers that results add to it.

No result stands in those files. A score names a printed value, a recorded one, or both; what was found is looked up in stored
results. The number of parameters does stand there, and a test counts those of the network that the card describes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recryst.checking import first_problem, read_yaml
from recryst.errors import BadInputError
from recryst.report import precedence
from recryst.report.printed import Paper, Reference, Text, Value
from recryst.report.results import BEYOND, Level, Result, Results


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(_Entry):
    """One line of a model's performance.

    Parameters
    ----------
    label : what is measured
    printed : ``exhibit:value`` that the paper prints
    found : ``exhibit:value`` under which it was recorded, where that is another
    level : of the results to show
    """

    label: Text
    printed: Reference | None = None
    found: Reference | None = None
    level: Level

    @model_validator(mode="after")
    def _names_a_value(self) -> "Score":
        if self.printed is None and self.found is None:
            raise ValueError("a score names a printed value, a found one, or both")
        return self


class Model(_Entry):
    """One network with its weights, or one that is trained here.

    Parameters
    ----------
    id : as `recryst predict` takes it, or, of a network trained here, its name in a run's configuration
    trained_as : the names by which `recryst predict` asks a network that was trained here, where it can
    asked_with : the file that such a command is shown with
    predicts, unit : the property
    target : a classification has one output for each class
    network : fields of `recryst.training.configuration.Configuration` that fix its size
    parameters : how many numbers it learns; running statistics of normalisations are not among them
    recipe : how published weights were trained, as released
    scores : its performance
    limits : of this model, beside those of its family
    """

    id: Text
    name: Text
    kind: Literal["published", "trained"]
    trained_as: tuple[Text, ...] = ()
    asked_with: Text = "my_crystal.cif"
    predicts: Text
    unit: str
    target: Literal["regression", "classification"] = "regression"
    network: dict[str, str | int]
    parameters: int = Field(gt=0)
    recipe: dict[str, int | float] = Field(default_factory=dict)
    scores: tuple[Score, ...] = Field(min_length=1)
    limits: tuple[Text, ...] = Field(min_length=1)

    @property
    def asked_as(self) -> tuple[str, ...]:
        """What `recryst predict` takes for ``--model``; nothing where it can't ask this network."""
        return (self.id,) if self.kind == "published" else self.trained_as


class Family(_Entry):
    """The models of one paper, and what they have in common.

    ``population`` names values that describe the training crystals; ``task`` is the data set with which training one is shown.
    """

    paper: Text
    cite: Text
    summary: Text
    architecture: Text
    training: Text
    population: tuple[Reference, ...] = ()
    task: Text = "embedded/formation-energy"
    uses: tuple[Text, ...] = Field(min_length=1)
    limits: tuple[Text, ...] = Field(min_length=1)
    licence: Text
    models: tuple[Model, ...] = Field(min_length=1)


def load(path: Path) -> Family:
    """The model cards in one file.

    Raises
    ------
    BadInputError : the file can't be read or is no YAML, or a field is missing, unknown or wrong; the sentence names file and field
    """
    try:
        return Family.model_validate(read_yaml(path))
    except ValidationError as error:
        problem = first_problem(error)
        place = " ".join(map(str, problem.place)) or "its content"
        raise BadInputError(f"{path}, {place}: {problem.message}.") from error


def scores(model: Model, paper: Paper, runs: Sequence[Results]) -> pd.DataFrame:
    """A model's performance, printed and found.

    Parameters
    ----------
    runs : stored results of the paper's notebook

    Returns
    -------
    DataFrame(label, unit, printed, source, value, low, high, spread, n, split, profile, exhibit, note): a row for each result, and one
    without a value for a score of which no run has any; ``exhibit`` is where the chapter shows it

    Raises
    ------
    BadInputError : a score names a value that the paper does not print
    """
    rows: list[dict[str, Any]] = []
    for score in model.scores:
        printed = paper.referred(score.printed) if score.printed else None
        exhibit, _, value_id = str(score.found or score.printed).partition(":")
        if not exhibit.startswith(BEYOND):
            paper.value(exhibit, value_id)
        found = list(_recorded(runs, exhibit, value_id, score.level))
        rows += [_row(score, printed, exhibit, profile, result) for profile, result in found] or [_row(score, printed, exhibit, None, None)]
    return pd.DataFrame(rows, dtype=object)  # which keeps None, and whole numbers whole


def population(family: Family, paper: Paper, runs: Sequence[Results]) -> pd.DataFrame:
    """What describes the training crystals: DataFrame(label, printed, value), of a population that can be compared, where one was, and
    the largest that was counted.
    """
    rows = []
    for reference in family.population:
        exhibit, _, value_id = reference.partition(":")
        found = [one for level in ("re-analysed", "rebuilt") for one in _recorded(runs, exhibit, value_id, level)]
        _, largest = max(found, key=_telling, default=(None, None))
        printed = paper.referred(reference)
        label = f"{printed.name}, {printed.unit}" if printed.unit else printed.name
        rows.append({"label": label, "printed": printed.shown, "value": largest.value if largest else None})
    return pd.DataFrame(rows, columns=["label", "printed", "value"], dtype=object)


def _recorded(runs: Sequence[Results], exhibit: str, value_id: str, level: str) -> Iterator[tuple[str, Result]]:
    for run in runs:
        yield from ((run.profile, result) for result in run.of(exhibit, value_id) if result.level == level)


def _telling(found: tuple[str, Result]) -> tuple[bool, int, int]:
    profile, result = found
    return result.not_comparable is None, result.n or 0, -precedence.rank(profile)


def _row(score: Score, printed: Value | None, exhibit: str, profile: str | None, result: Result | None) -> dict[str, Any]:
    low, high = result.interval if result and result.interval else (None, None)
    return {
        "label": score.label,
        "unit": (result.unit if result else None) or (printed.unit if printed else ""),
        "printed": printed.shown if printed else None,
        "source": printed.source if printed else None,
        "value": result.value if result else None,
        "low": low,
        "high": high,
        "spread": result.spread if result else None,
        "n": result.n if result else None,
        "split": result.split if result else None,
        "profile": profile,
        "exhibit": exhibit,
        "note": "; ".join(filter(None, (result.not_comparable, result.caveat))) if result else None,
    }
