"""The shape of the code: who may import whom, how long a module may be, what a committed notebook may hold."""

import ast
from pathlib import Path

import nbformat
import pytest

from recryst.storage import PROJECT

PACKAGE = PROJECT / "lib" / "recryst"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((PROJECT / "nbs").glob("*.ipynb"))
LONGEST = 320

# what everything may use, and the stages from left to right; a stage may use its own modules and those to its left
FOUNDATIONS = ("errors", "storage", "checking", "crystals", "elements", "symmetry", "notation", "parallel", "environment", "terminal")
STAGES = ("datasets", "features", "models", "training", "analysis", "report", "figures")
# analysis turns tables into tables: it knows neither networks nor runs; figures are handed what they draw
NOT_EVEN_TO_ITS_LEFT = {"analysis": {"models", "training"}, "figures": {"models", "training", "report"}}
# where the stages meet
TOP = {
    "parameters": {*FOUNDATIONS},
    "notebooks": {*FOUNDATIONS, "parameters"},
    "book": {*FOUNDATIONS, "parameters", "notebooks", "report"},
    "outcomes": {*FOUNDATIONS, "datasets", "features", "models", "training", "analysis"},
    "prediction": {*FOUNDATIONS, "datasets", "features", "models", "training", "outcomes"},
    "chapters": {*FOUNDATIONS, "parameters", "prediction", "outcomes", *STAGES},
    "dft": {*FOUNDATIONS, "datasets", "features"},
    "cli": {*FOUNDATIONS, "dft", "parameters", "notebooks", "book", "prediction", "outcomes", *STAGES},
}


def part(path: Path) -> str:
    """The stage or module of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Full names of all modules that a file imports, at its top or within functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names


def used_parts(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("recryst.")} - {"__version__"}


def may_use(name: str) -> set[str]:
    if name in FOUNDATIONS:
        return {*FOUNDATIONS}
    if name in STAGES:
        return {*FOUNDATIONS, *STAGES[: STAGES.index(name) + 1]} - NOT_EVEN_TO_ITS_LEFT.get(name, set())
    return TOP[name] | {name}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_stage_uses_only_what_is_to_its_left(path: Path) -> None:
    name = part(path)
    if name == "__init__":
        assert not used_parts(path), "importing the package must import nothing else"
        return
    assert name in {*FOUNDATIONS, *STAGES, *TOP}, f"{name} has no place in the architecture: give it one here and in the design"
    assert used_parts(path) <= may_use(name), f"{path} may not import {used_parts(path) - may_use(name)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_networks_and_their_training_know_keras_and_nothing_knows_its_backend(path: Path) -> None:
    libraries = {name.split(".")[0] for name in imported(path)}
    if part(path) != "environment":  # which asks the backend in use what it computes on
        assert not libraries & {"tensorflow", "jax", "torch"}
    if part(path) not in ("models", "training"):
        assert "keras" not in libraries


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    top = {name.split(".")[0] for node in ast.parse((PACKAGE / "cli.py").read_text()).body for name in _of(node)}
    assert top <= {"sys", "time", "collections", "contextlib", "pathlib", "typing", "typer", "rich", "recryst"}


def _of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_can_be_read_in_a_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{path} has {lines} lines: which two ideas are in it?"
    assert path.stem not in ("utils", "helpers", "misc", "common")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_outputs_and_defines_nothing(path: Path) -> None:
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
        if cell.cell_type == "code":
            assert not cell.outputs, f"cell {number} has outputs: run nbstripout"
            assert cell.execution_count is None, f"cell {number} was executed: run nbstripout"
            kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
            assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}, (
                f"cell {number} defines functions: they belong in lib/"
            )
            assert len(cell.source.splitlines()) <= 20, f"cell {number} is too long to be read at a glance"


def test_the_rules_themselves_catch_a_breach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of features that reaches forward, by each way of importing there is."""
    monkeypatch.setattr("test_architecture.PACKAGE", tmp_path / "recryst")
    path = tmp_path / "recryst" / "features" / "bad.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import recryst.training.run\n"
        "from recryst import models\nfrom ..report import verdicts\n"
        "def f():\n    from recryst.figures import parity_histogram\n"
    )
    assert part(path) == "features"
    assert used_parts(path) - may_use("features") == {"training", "models", "report", "figures"}
