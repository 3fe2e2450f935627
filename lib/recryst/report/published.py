"""Reading ``recryst/published/<paper>.yml``: what a paper prints, one file a paper.

Every scalar of these files is kept as the text that stands there, so the number of printed digits survives: 0.30 is not
0.3. A key ``defaults`` of an exhibit holds fields that its values share; `printed` describes all fields.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pydantic import ValidationError

from recryst.checking import first_problem, parse_yaml
from recryst.errors import BadInputError
from recryst.report.printed import Paper


def names() -> list[str]:
    """The papers whose printed values are here."""
    folder = resources.files("recryst") / "published"
    return sorted(entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml"))


def load(paper: str) -> Paper:
    """What ``paper`` prints.

    Raises
    ------
    BadInputError : no such paper, or its file breaks the rules above; the sentence names file, exhibit and field
    """
    if paper not in names():
        raise BadInputError(f"No printed values of '{paper}' are here; there are {', '.join(names())}.")
    return parse((resources.files("recryst") / "published" / f"{paper}.yml").read_text(encoding="utf-8"), f"{paper}.yml")


@cache
def parse(text: str, file: str) -> Paper:
    """Check the YAML ``text`` of ``file`` (a name for messages); the same text, which a book asks for at every number, is read once."""
    content = parse_yaml(text, file, only_text=True)
    if not isinstance(content, Mapping) or not isinstance(content.get("exhibits"), list):
        raise BadInputError(f"{file} needs a list 'exhibits' at its top level.")
    content = {**content, "exhibits": [_with_defaults(exhibit, file) for exhibit in content["exhibits"]]}
    try:
        return Paper.model_validate(content)
    except ValidationError as error:
        problem = first_problem(error)
        wrong = isinstance(problem.given, str) and problem.kind != "extra_forbidden"
        given = f", not '{problem.given}'" if wrong else ""
        raise BadInputError(f"{file}{_place(content, problem.place)}: {problem.message}{given}.") from error


def _with_defaults(exhibit: object, file: str) -> object:
    if not isinstance(exhibit, Mapping) or "defaults" not in exhibit:
        return exhibit
    if not isinstance(exhibit["defaults"], Mapping) or not isinstance(exhibit.get("values"), list):
        raise BadInputError(f"{file}, exhibit {exhibit.get('id', '?')}: 'defaults' holds fields for a list of 'values'.")
    values = [{**exhibit["defaults"], **value} if isinstance(value, Mapping) else value for value in exhibit["values"]]
    return {key: content for key, content in {**exhibit, "values": values}.items() if key != "defaults"}


def _place(content: Mapping[str, Any], location: tuple[int | str, ...]) -> str:
    """``, exhibit table-1, value formation-energy/mae, field close`` from a path of keys and indices."""
    words, node = "", content
    for step in location:
        try:
            node = node[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            node = {}
        if isinstance(step, int):
            words += f" {node.get('id', f'number {step + 1}') if isinstance(node, Mapping) else f'number {step + 1}'}"
        elif step in _GROUPS:
            words += f", {_GROUPS[step]}"
        else:
            words += f", field {step}"
    return words


_GROUPS = {"exhibits": "exhibit", "values": "value", "errata": "erratum", "departures": "departure"}
