"""The parameters of every notebook: their names, types, bounds and meaning, in this one place.

A notebook has one cell tagged ``parameters``, which is exactly what `cell` returns for it. Its first code cell after that
calls `settle`, which fills every parameter that is None from the profile (``nbs/profiles/<profile>.yml``), checks all of them,
and refuses what is misspelt, of the wrong type or out of bounds, in one sentence. The command line checks in the
same way before a notebook starts.
"""

import ast
import difflib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from recryst import storage
from recryst.errors import BadInputError

PROFILES = storage.PROJECT / "nbs" / "profiles"


def _known_data(data: str) -> str:
    if data not in ("embedded", "materials-project") and not Path(data).is_dir():
        raise ValueError(f"there is no folder {data}")
    return data


class ChapterParameters(BaseModel):
    """Parameters of every notebook; all that one needs which trains nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    profile: str = Field(
        "reduced",
        description="settings to start from",
        json_schema_extra={"allowed": "reduced, laptop, full or a file of your own in nbs/profiles"},
    )
    output: Annotated[Path, Field(strict=False)] = Field(
        description="where results go; None stands for a folder of this profile and notebook in results",
        json_schema_extra={"allowed": "the path of a folder"},
    )


class CgcnnParameters(ChapterParameters):
    """Parameters of ``nbs/cgcnn.ipynb``."""

    data: Annotated[str, AfterValidator(_known_data)] = Field(
        description="crystals to train on",
        json_schema_extra={"allowed": "embedded, materials-project or the path of a folder with crystals of your own"},
    )
    n_train: int = Field(ge=10, le=50_000, description="training crystals for each property, at most")
    epochs: int = Field(ge=1, le=10_000, description="passes over the training crystals, at most")
    seeds: int = Field(ge=1, le=100, description="how many times each network is trained, each time from another seed")
    seed: int = Field(ge=0, le=2**31 - 1, description="the first seed; it fixes the split and the initial weights")
    units: int = Field(ge=1, le=1024, description="length of the atom vectors")
    convolutions: int = Field(ge=1, le=20, description="number of convolutions")
    batch_size: int = Field(ge=1, le=4096, description="crystals in one step of the optimiser")
    learning_rate: float = Field(gt=0, le=1, description="step size of the optimiser")
    optimiser: Literal["sgd", "adam"] = Field(description="how weights are updated; the paper uses Adam, its released models SGD")
    precision: Literal["float32", "mixed_bfloat16"] = Field(description="arithmetic of the network")
    jobs: int = Field(ge=1, le=1024, description="processes that work side by side")
    progress: bool = Field(False, description="progress bars below the cells, for work in Jupyter")


NOTEBOOKS: Mapping[str, type[ChapterParameters]] = MappingProxyType({"cgcnn": CgcnnParameters})


def profiles() -> list[str]:
    """Names of the profiles there are, one file each in ``nbs/profiles``."""
    return sorted(path.stem for path in PROFILES.glob("*.yml"))


def settle(notebook: str, given: Mapping[str, Any]) -> ChapterParameters:
    """The complete, checked parameters of a notebook: what is given, and the profile's values for the rest.

    Parameters
    ----------
    notebook : name of the notebook, without ``.ipynb``
    given : the parameters by name, None standing for the profile's value; a notebook passes ``globals()``, whose other
        names are ignored unless they were assigned in the parameters cell or by papermill

    Returns
    -------
    an object with one attribute for each parameter; ``model_dump(mode="json")`` turns it into plain values

    Raises
    ------
    BadInputError : an unknown parameter or profile, a wrong type, or a value that is not allowed; names it and says what is
    """
    model = _model(notebook)
    names = _assigned(given["In"]) & set(given) if "In" in given else set(given)
    for name in sorted(names):
        if name not in model.model_fields:
            raise BadInputError(_unknown(name, notebook, model))
    chosen = {name: given[name] for name in model.model_fields if given.get(name) is not None}
    chosen.setdefault("profile", model.model_fields["profile"].default)
    defaults = _profile_values(chosen["profile"], notebook, model)
    defaults["output"] = storage.PROJECT / "results" / chosen["profile"] / notebook
    try:
        return model(**(defaults | chosen))
    except ValidationError as error:
        name, sentence = _first_problem(error, model)
        source = "" if name in chosen else f"In {PROFILES / chosen['profile']}.yml: "
        raise BadInputError(source + sentence) from None


def from_text(notebook: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of parameters typed on a command line: numbers, True, False and None become what they look like.

    Raises
    ------
    BadInputError : no parameter of this notebook has such a name
    """
    model = _model(notebook)
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in model.model_fields:
            raise BadInputError(_unknown(name, notebook, model))
        try:
            values[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            values[name] = text
        if text != "None" and model.model_fields[name].annotation in (str, Path):
            values[name] = text
    return values


def cell(notebook: str) -> str:
    """Source of the notebook's parameters cell: one typed, commented assignment a parameter.

    papermill reads it (``papermill --help-notebook``), which is why no comment may hold an equals sign.
    """
    lines = [f"# Parameters of {notebook}. None stands for the profile's value, see nbs/profiles."]
    for name, field in _model(notebook).model_fields.items():
        default = None if field.is_required() else field.default
        lines.append(f"{name}: {_plain_type(field)} = {default!r}  # {field.description}; {allowed(field)}".replace("'", '"'))
    return "\n".join(lines)


def allowed(field: FieldInfo) -> str:
    """What a parameter may be, in words: "a whole number from 1 to 100"."""
    if isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["allowed"])
    if get_origin(field.annotation) is Literal:
        return " or ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "True or False"
    bounds = {
        type(bound): getattr(bound, type(bound).__name__.lower())
        for bound in field.metadata
        if isinstance(bound, annotated_types.BaseMetadata)
    }
    kind = "a whole number" if field.annotation is int else "a number"
    lowest = f"from {bounds[annotated_types.Ge]}" if annotated_types.Ge in bounds else f"above {bounds[annotated_types.Gt]} and up"
    return f"{kind} {lowest} to {bounds[annotated_types.Le]}"


def _model(notebook: str) -> type[ChapterParameters]:
    if notebook not in NOTEBOOKS:
        raise BadInputError(f"There is no notebook {notebook}; there are {', '.join(NOTEBOOKS)}.")
    return NOTEBOOKS[notebook]


def _assigned(history: list[str]) -> set[str]:
    """Names that the notebook's parameters cell, as it was run last, and papermill's injected cell assign."""
    own = [source for source in history if source.startswith("# Parameters of ")]
    injected = [source for source in history if source.startswith("# Parameters\n")]
    names = set()
    for source in own[-1:] + injected[-1:]:
        for statement in ast.parse(source).body:
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def _profile_values(profile: object, notebook: str, model: type[ChapterParameters]) -> dict[str, Any]:
    if profile not in profiles():
        raise BadInputError(f"profile must be one of {', '.join(profiles())}, not {profile!r}.")
    path = PROFILES / f"{profile}.yml"
    try:
        sections = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadInputError(f"{path} is not valid YAML: {' '.join(str(error).split())}.") from None
    values = sections.get(notebook) if isinstance(sections, dict) else None
    if values is None and not any(field.is_required() for name, field in model.model_fields.items() if name != "output"):
        return {}
    if not isinstance(values, dict):
        raise BadInputError(f"{path} has no section {notebook} with that notebook's parameters, one `name: value` a line.")
    for name in values:
        if name not in model.model_fields:
            raise BadInputError(f"In {path}: {_unknown(name, notebook, model)}")
    return dict(values)


def _first_problem(error: ValidationError, model: type[ChapterParameters]) -> tuple[str, str]:
    """Name of the first parameter that pydantic refuses, and what is wrong with it as a sentence."""
    problem = error.errors()[0]
    name = str(problem["loc"][0])
    if problem["type"] == "missing":
        return name, f"{name} has no value."
    reason = f" ({problem['ctx']['error']})" if problem["type"] == "value_error" else ""
    return name, f"{name} must be {allowed(model.model_fields[name])}, not {problem['input']!r}{reason}."


def _unknown(name: str, notebook: str, model: type[ChapterParameters]) -> str:
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{name} is not a parameter of {notebook}; its parameters are {', '.join(model.model_fields)}.{hint}"


def _plain_type(field: FieldInfo) -> str:
    """A type that papermill's inspection can read: choices and paths are written as text."""
    return field.annotation.__name__ if field.annotation in (int, float, bool) else "str"
