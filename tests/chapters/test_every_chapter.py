"""What every chapter has: the same sections in the same order, and a place for each exhibit of its paper."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

import nbformat
import pytest

from recryst import parameters
from recryst.report import published
from recryst.storage import PROJECT

SECTIONS = ("What the paper claims", "Data", "Representation", "Network", "Results", "What we found", "How to re-run this chapter")
BEYOND = "Beyond the paper"
"""A section that a chapter may have between its results and what was found."""


def cells(paper: str, kind: str) -> list[str]:
    notebook = nbformat.read(PROJECT / "nbs" / f"{paper}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def headings(markdown: list[str]) -> list[tuple[int, str]]:
    """Level and text of each heading; a ``#`` in a block of code is none."""
    text = re.sub(r"^(```|~~~).*?^\1", "", "\n".join(markdown), flags=re.MULTILINE | re.DOTALL)
    return [(len(marks), title.strip()) for marks, title in re.findall(r"^(#+) (.*)$", text, re.MULTILINE)]


def shown(code: str) -> list[str]:
    """Exhibits that a cell shows, by a literal id or by a loop over literal ids."""
    tree = ast.parse(code)
    return [identifier for exhibit in _arguments(tree) for identifier in _values(exhibit, tree)]


def _arguments(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "report.show":
            yield from node.args[:1] or [word.value for word in node.keywords if word.arg == "exhibit"]


def _values(exhibit: ast.expr, tree: ast.AST) -> list[str]:
    if isinstance(exhibit, ast.Constant):
        return [exhibit.value]
    loops = [
        node for node in ast.walk(tree) if isinstance(node, ast.For) and exhibit in ast.walk(node) and _names(node.target) & _names(exhibit)
    ]
    return [text.value for loop in loops for text in ast.walk(loop.iter) if isinstance(text, ast.Constant) and isinstance(text.value, str)]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_exhibits_are_found_by_literal_and_by_loop() -> None:
    assert shown('report.show("figure-1")\nreport.figure("figure-2", draw)\nreport.show(exhibit="figure-3")') == ["figure-1", "figure-3"]
    assert shown('for name in ("table-1", "table-2"):\n    report.show(name)') == ["table-1", "table-2"]
    assert shown('for name, site in zip(("a-1", "a-2"), sites):\n    report.show(name)\nfor name in ("b-1",):\n    print(name)') == [
        "a-1",
        "a-2",
    ]
    assert shown('# report.show("figure-1")\nshow("figure-2")') == []


def test_headings_are_no_comments_in_code() -> None:
    assert headings(["# Title\n```bash\n# no heading\n```", "text\n## Data\n#no heading"]) == [(1, "Title"), (2, "Data")]


def test_every_paper_has_its_notebook_and_its_parameters() -> None:
    assert {path.stem for path in (PROJECT / "nbs").glob("*.ipynb")} >= set(published.names())
    assert set(parameters.NOTEBOOKS) >= set(published.names())


@pytest.fixture(params=published.names())
def paper(request: pytest.FixtureRequest) -> str:
    if not (PROJECT / "nbs" / f"{request.param}.ipynb").is_file():
        pytest.skip(f"{request.param} has no notebook, which another test reports")
    return request.param


def test_every_exhibit_has_its_place_in_the_chapter_and_only_one(paper: str) -> None:
    found = [exhibit for code in cells(paper, "code") for exhibit in shown(code) if not exhibit.startswith("beyond-")]
    assert sorted(found) == sorted(exhibit.id for exhibit in published.load(paper).exhibits)


def test_chapters_have_the_same_sections_in_the_same_order(paper: str) -> None:
    found = headings(cells(paper, "markdown"))
    assert [level for level, _ in found].count(1) == 1, "a page has one title"
    assert found[0][0] == 1, "a page begins with its title"
    assert tuple(title for level, title in found if level == 2 and title != BEYOND) == SECTIONS
    sections = [title for level, title in found if level == 2]
    assert BEYOND not in sections or sections.index(BEYOND) == sections.index("Results") + 1


def test_headings_skip_no_level(paper: str) -> None:
    levels = [level for level, _ in headings(cells(paper, "markdown"))]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_code_is_folded_away_but_for_the_parameters(paper: str) -> None:
    notebook = nbformat.read(PROJECT / "nbs" / f"{paper}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    open_ones = [cell.source for cell in code if "hide-input" not in cell.metadata.get("tags", [])]
    assert len(open_ones) == 1
    assert open_ones[0].startswith("# Parameters of")
