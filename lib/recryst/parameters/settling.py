"""Checked parameters: what was given to a notebook or typed on a command line, and the profile's values for the rest."""

import ast
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recryst import storage
from recryst.checking import first_problem, read_yaml
from recryst.errors import BadInputError
from recryst.parameters import papers
from recryst.parameters.cells import allowed
from recryst.parameters.papers import ChapterParameters

PROFILES = storage.PROJECT / "nbs" / "profiles"


def profiles() -> list[str]:
    """Names of the profiles there are, one file each in ``nbs/profiles``."""
    return sorted(path.stem for path in PROFILES.glob("*.yml"))


def profile_file(profile: object) -> Path:
    """The file of a profile.

    Raises
    ------
    BadInputError : there is no such profile
    """
    if profile not in profiles():
        raise BadInputError(f"profile must be one of {', '.join(profiles())}, not {profile!r}.")
    return PROFILES / f"{profile}.yml"


def results_folder(profile: str, notebook: str) -> Path:
    """Where a notebook writes what it finds under a profile, unless it is told otherwise."""
    return storage.PROJECT / "results" / profile / notebook


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
    model = papers.model(notebook)
    names = _assigned(given["In"]) & set(given) if "In" in given else set(given)
    for name in sorted(names):
        if name not in model.model_fields:
            raise BadInputError(_unknown(name, notebook, model))
    chosen = {name: given[name] for name in model.model_fields if given.get(name) is not None}
    chosen.setdefault("profile", model.model_fields["profile"].default)
    defaults = _profile_values(chosen["profile"], notebook, model)
    defaults["output"] = results_folder(chosen["profile"], notebook)
    try:
        return model(**(defaults | chosen))
    except ValidationError as error:
        name, sentence = _refused(error, model)
        source = "" if name in chosen else f"In {PROFILES / chosen['profile']}.yml: "
        raise BadInputError(source + sentence) from None


def from_text(notebook: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of parameters typed on a command line: numbers, True, False and None become what they look like.

    Raises
    ------
    BadInputError : no parameter of this notebook has such a name
    """
    model = papers.model(notebook)
    values: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in model.model_fields:
            raise BadInputError(_unknown(name, notebook, model))
        try:
            values[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            values[name] = text
        if text != "None" and model.model_fields[name].annotation in (str, str | None, Path):
            values[name] = text
    return values


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
    path = profile_file(profile)
    sections = read_yaml(path)
    values = sections.get(notebook) if isinstance(sections, dict) else None
    if values is None and not any(field.is_required() for name, field in model.model_fields.items() if name != "output"):
        return {}
    if not isinstance(values, dict):
        raise BadInputError(f"{path} has no section {notebook} with that notebook's parameters, one `name: value` a line.")
    for name in map(str, values):  # YAML takes a number for a name
        if name not in model.model_fields:
            raise BadInputError(f"In {path}: {_unknown(name, notebook, model)}")
    return dict(values)


def _refused(error: ValidationError, model: type[ChapterParameters]) -> tuple[str, str]:
    """Name of the first parameter that pydantic refuses, and what is wrong with it as a sentence."""
    problem = first_problem(error)
    name = str(problem.place[0])
    if problem.kind == "missing":
        return name, f"{name} has no value."
    reason = f" ({problem.message})" if problem.kind == "value_error" else ""
    return name, f"{name} must be {allowed(model.model_fields[name])}, not {problem.given!r}{reason}."


def _unknown(name: str, notebook: str, model: type[ChapterParameters]) -> str:
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{name} is not a parameter of {notebook}; its parameters are {', '.join(model.model_fields)}.{hint}"
