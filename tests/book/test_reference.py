"""Reference pages: every command, parameter, field and module is on them."""

import ast
import re
from pathlib import Path

import pytest
import typer
import typer.main

import recryst
from recryst import parameters
from recryst.book import docstrings, library, reference
from recryst.cli import app
from recryst.errors import BadInputError
from recryst.report.printed import Value
from recryst.report.results import Result
from recryst.storage import PROJECT


def test_the_command_line_page_has_every_command_argument_and_option() -> None:
    page = reference.command_line(app)
    headings = re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)
    root = typer.main.get_command(app)
    commands = {"recryst": root}
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        commands[f"recryst {name}"] = command
        commands |= {f"recryst {name} {below}": each for below, each in getattr(command, "commands", {}).items()}
    options = {option for command in commands.values() for one in command.params for option in one.opts if option.startswith("-")}
    assert sorted(headings) == sorted(commands)
    assert len(options) > 10
    assert [option for option in options if option not in page] == []
    assert "…" not in page, "a command's sentence is cut"
    # each list of commands gives a command its own sentence, also where two groups have one of the same name
    assert "* `check`: Compare results" in page.partition("## recryst run")[0]
    assert "* `check`: Verify" in page.partition("## recryst data\n")[2]


@pytest.mark.parametrize("notebook", parameters.NOTEBOOKS)
def test_the_parameters_page_has_every_parameter_with_its_value_in_every_profile(notebook: str) -> None:
    page = reference.notebook_parameters(notebook)
    names = [line.split("|")[1].strip().strip("`") for line in page.splitlines() if line.startswith("| `")]
    assert names == list(parameters.NOTEBOOKS[notebook].model_fields)
    assert "/work" not in page
    assert str(Path.home()) not in page
    for profile in ("reduced", "laptop", "full"):
        settled = parameters.settle(notebook, {"profile": profile}).model_dump(mode="json")
        for name, value in settled.items():
            line = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
            assert name == "output" or f"`{value}`" in line


@pytest.mark.parametrize("described", reference.FORMATS, ids=lambda described: described.__name__)
def test_the_formats_page_has_every_field_of_every_format(described: type) -> None:
    page = reference.format_table(described)
    fields = getattr(described, "model_fields", None) or described.__dataclass_fields__
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == list(fields)


def test_a_field_has_the_meaning_that_its_docstring_gives() -> None:
    meaning = reference.documented_parameters(Result)
    assert meaning["exhibit"] == meaning["value_id"] == "the printed value that it stands beside"
    assert "needs at least two seeds" in meaning["spread"]
    assert "| `n` | `whole number` | no | number of crystals (or items) behind it |" in reference.format_table(Result)
    assert "| `id` | `text` | yes | unique in its exhibit |" in reference.format_table(Value)


def test_what_has_no_fields_is_refused() -> None:
    with pytest.raises(BadInputError, match="int is neither a model nor a dataclass"):
        reference.format_table(int)


def test_the_library_pages_have_every_module() -> None:
    package = Path(recryst.__file__).parent
    modules = {name for part in library.PARTS for name in library.modules(part)}
    expected = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__") for path in package.rglob("*.py")
    }
    assert expected - modules == {"recryst", "recryst.cli"}  # the command line has a page of its own
    assert all(f".. automodule:: {name}\n" in library.part_page(part) for part in library.PARTS for name in library.modules(part))


def test_descriptions_stand_below_their_names_and_bars_are_no_substitutions() -> None:
    lines = ["What it is.", "", "Parameters", "----------", "x, y : eV/atom; the |x - y| counts", "", "Notes", "-----", "z : stays"]
    assert docstrings.described(lines) == [*lines[:4], "x, y", "    eV/atom; the |x - y| counts", *lines[5:]]
    assert docstrings.unambiguous("the |x - y| of `a|b`") == r"the \|x - y\| of `a|b`"
    assert (
        docstrings.unambiguous("of band-gap@405fb1 over file:// or https://x.org") == r"of band-gap\@405fb1 over file\:// or https://x.org"
    )
    assert docstrings.unambiguous("| drawn | table |") == "| drawn | table |"


def test_arrays_are_written_as_in_the_code() -> None:
    spelled = "(x: ndarray[tuple[Any, ...], dtype[float64]], n: int)"
    assert docstrings.with_short_arrays(spelled) == "(x: NDArray[float64], n: int)"
    assert docstrings.with_short_arrays(None) is None


def test_docstrings_cite_in_words() -> None:
    """A page of the library shows many modules, whose numbered footnotes would be each other's."""
    modules = (PROJECT / "lib" / "recryst").rglob("*.py")
    nodes = [(path.name, node) for path in modules for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    texts = [(name, ast.get_docstring(node) or "") for name, node in nodes if isinstance(node, kinds)]
    assert len(texts) > 1000
    assert [(name, text) for name, text in texts if re.search(r"\[(\d+|#\w*)\]_", text)] == []
