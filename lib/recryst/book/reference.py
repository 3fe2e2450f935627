"""The pages of reference: command line, parameters of every notebook, formats of results; each made from what it describes."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import typer
import typer.cli
import typer.main
from pydantic import BaseModel

from recryst import parameters, storage
from recryst.book import folders
from recryst.errors import BadInputError
from recryst.report.printed import Departure, Erratum, Exhibit, Paper, Value
from recryst.report.provenance import Provenance
from recryst.report.results import Result, Results

FORMATS: tuple[type, ...] = (Results, Result, Provenance, Paper, Exhibit, Value, Erratum, Departure)
"""What the files of results and of printed values hold, each described on the page of formats."""


def write(commands: typer.Typer) -> None:
    """Write ``command-line.md``, ``parameters.md`` and ``formats.md`` into ``book/generated``, and schemas beside the pages."""
    storage.write_text(folders.generated() / "command-line.md", command_line(commands))
    storage.write_text(folders.generated() / "parameters.md", "\n".join(map(notebook_parameters, parameters.NOTEBOOKS)))
    storage.write_text(folders.generated() / "formats.md", "\n".join(map(format_table, FORMATS)))
    storage.write_json(folders.attached() / "results.schema.json", Results.model_json_schema())
    storage.write_json(folders.attached() / "published.schema.json", Paper.model_json_schema())


def command_line(commands: typer.Typer) -> str:
    """Every command, argument and option, as typer describes them, in Markdown."""
    command = typer.main.get_command(commands)
    context = typer.Context(command, info_name="recryst", **command.context_settings)
    text = typer.cli.get_docs_for_click(obj=command, ctx=context, indent=1, name="recryst")
    # typer's own headings are spans of code in three levels, of which a page's contents would show the first alone
    text = re.sub(r"^#+ `(.*)`$", r"## \1", text, flags=re.MULTILINE)
    told = helps(command)
    return re.sub(r"^\* `(\w+)`: (.*?)(?:…|\.\.\.)$", lambda found: _in_full(found[1], found[2], told), text, flags=re.MULTILINE)


def helps(command: Any) -> list[tuple[str, str]]:
    """Name of each command below ``command``, and what it says of itself in its first paragraph; two groups may share a name."""
    below = getattr(command, "commands", {})
    own = [(name, " ".join((one.help or "").partition("\n\n")[0].split())) for name, one in below.items()]
    return own + [pair for one in below.values() for pair in helps(one)]


def _in_full(name: str, cut: str, told: list[tuple[str, str]]) -> str:
    """A line of a list of commands, which typer cuts."""
    return f"* `{name}`: {next(text for one, text in told if one == name and text.startswith(cut.strip()))}"


def notebook_parameters(notebook: str) -> str:
    """A section of Markdown: each parameter with its meaning, what it may be, and its value in each profile that has the notebook."""
    model = parameters.NOTEBOOKS[notebook]
    tried = {profile: _settled(notebook, profile) for profile in _by_size(parameters.profiles())}
    settled = {profile: values for profile, values in tried.items() if values is not None}
    head = ["parameter", "meaning", "what it may be", *settled]
    rows = [
        [
            f"`{name}`",
            field.description or "",
            parameters.allowed(field),
            *(_value(values, name) for values in settled.values()),
        ]
        for name, field in model.model_fields.items()
    ]
    return f"## {notebook}\n\n:::{{container}} recryst-parameters\n{_table(head, rows)}:::\n"


def format_table(described: type) -> str:
    """A section of Markdown on one model or dataclass: what it is, and each field with its type and meaning."""
    meaning = documented_parameters(described)
    first = inspect.cleandoc(described.__doc__ or "").partition("\n\n")[0]
    rows = [[f"`{name}`", f"`{kind}`", "yes" if needed else "no", meaning.get(name, "")] for name, kind, needed in _fields(described)]
    return f"## {described.__name__}\n\n{_plain(first)}\n\n{_table(['field', 'type', 'needed', 'meaning'], rows)}\n"


def documented_parameters(described: type) -> dict[str, str]:
    """What the section "Parameters" of a docstring says of each name."""
    text = inspect.cleandoc(described.__doc__ or "")
    section = re.search(r"^Parameters\n-+\n(?P<body>.*?)(?=\n\n|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    meanings: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", section["body"]) if section else ():
        names, _, words = " ".join(entry.split()).partition(" : ")
        meanings |= dict.fromkeys(names.split(", "), _plain(words))
    return meanings


def _fields(described: type) -> Iterable[tuple[str, str, bool]]:
    """Name, type in words, and whether it must be there, of each field."""
    if issubclass(described, BaseModel):
        schema = described.model_json_schema(by_alias=False)
        properties, required = schema["properties"], schema.get("required", [])
        return [(name, _kind(properties[name]), name in required) for name in described.model_fields]
    if is_dataclass(described):
        return [(field.name, _annotation(field.type), field.default_factory is field.default) for field in fields(described)]
    raise BadInputError(f"{described.__name__} is neither a model nor a dataclass, so it has no fields to describe.")


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in words: ``number``, ``text or none``, ``list of Value``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(option) for option in schema["anyOf"] if option.get("type") != "null"))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else f"{len(schema.get('prefixItems', []))} numbers"
    return {"string": "text", "integer": "whole number", "boolean": "yes/no"}.get(kind, str(kind))


def _annotation(annotation: object) -> str:
    words = {str: "text", float: "number", int: "whole number"}
    if annotation in words:
        return words[annotation]
    return re.sub(r"(typing|collections\.abc)\.", "", str(annotation))


def _settled(notebook: str, profile: str) -> dict[str, Any] | None:
    """Values of all parameters under a profile; None where it has none for this notebook."""
    try:
        return parameters.settle(notebook, {"profile": profile}).model_dump(mode="json")
    except BadInputError:
        return None


def _value(values: dict[str, Any], name: str) -> str:
    # where results go depends on where the project is
    return "`results/…`" if name == "output" else f"`{values[name]}`"


def _by_size(profiles: list[str]) -> list[str]:
    """The project's own profiles from small to large, then others."""
    known = ("reduced", "laptop", "full", "better")
    return [name for name in known if name in profiles] + [name for name in profiles if name not in known]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _plain(text: str) -> str:
    """Markdown of a docstring's reStructuredText: code in single backticks."""
    return re.sub(r"`+([^`]+)`+", r"`\1`", text).replace("\n", " ")
