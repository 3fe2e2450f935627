"""What is prose in a page of the book: its sentences without code, addresses and formulas, and the texts in a notebook's code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from recryst import storage
from recryst.book import folders

MADE = ("_static", "attached", "chapters", "generated", "library")
"""Folders of the book that hold no prose, or prose made from what is checked elsewhere."""

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", flags=re.DOTALL)
_BLOCK = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<kind>.*)\n(?:.*\n)*?(?P=fence)[ \t]*$", flags=re.MULTILINE)
_WITHOUT_PROSE = re.compile(r"\s*\{(?:code|math|bibliography|include|toctree|literalinclude|mermaid|raw|auto|py:)")
_NOT_PROSE = re.compile(
    r"<!--.*?-->|(`+).+?\1|\{\{.*?\}\}|\$\$.*?\$\$|</?[a-zA-Z][^>]*>|\]\([^)\s]*\)|https?://\S+|^[ \t]*\d+\.[ \t]",
    flags=re.DOTALL | re.MULTILINE,
)
_REFERENCE = re.compile(r"\{[^{}]*\}")
_FORMULA = re.compile(r"\$([^$\n]+)\$")


@dataclass(frozen=True)
class Passage:
    """A piece of prose, and where on its page it begins."""

    place: str
    text: str


def pages() -> list[Path]:
    """Everything in the project that holds prose of the book: its own pages and the notebooks."""
    book = folders.source()
    own = [path for path in book.rglob("*.md") if path.relative_to(book).parts[0] not in MADE]
    return sorted([*own, *(storage.PROJECT / "nbs").glob("*.ipynb")])


def passages(page: Path) -> list[Passage]:
    """The prose of a markdown file; of a notebook its markdown cells and the texts that its code hands to the report."""
    if page.suffix != ".ipynb":
        return [Passage("", plain(page.read_text(encoding="utf-8")))]
    found = []
    for number, cell in enumerate(nbformat.read(page, as_version=4).cells, start=1):
        if cell.cell_type == "markdown":
            found.append(Passage(f"cell {number}, ", plain(cell.source)))
        elif cell.cell_type == "code":
            found += [Passage(f"cell {number}, {argument}, ", text) for argument, text in written_for_readers(cell.source)]
    return found


def plain(markdown: str) -> str:
    """Markdown with blanks in place of all that is not prose, so that every line keeps its number."""
    text = _BLOCK.sub(_without_code, _FRONT_MATTER.sub(_blank, markdown))
    # a formula of digits alone is a number that a reader reads as any other
    return _FORMULA.sub(
        lambda found: _blank(found) if re.search(r"[=_^<>|]|\\[a-z]", found[1]) else f" {found[1]} ", _NOT_PROSE.sub(_blank, text)
    )


def written_for_readers(code: str) -> Iterator[tuple[str, str]]:
    """Texts that a cell of code hands to the report, each with the name of its argument or of the method.

    Captions, alternative texts, labels, sentences: all with a blank in them, for an id has none. What is computed in them, and
    what the report looks up, is left out.
    """
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "report":
            given = [(node.func.attr, value) for value in node.args] + [(word.arg or "", word.value) for word in node.keywords]
            for name, value in given:
                yield from ((name, _REFERENCE.sub(_blank, text)) for text in _texts(value) if " " in text)


def _texts(value: ast.expr) -> list[str]:
    """The texts of an expression, with dots for what is computed in them."""
    if isinstance(value, ast.Constant):
        return [value.value] if isinstance(value.value, str) else []
    if isinstance(value, ast.JoinedStr):
        return ["".join(text for piece in value.values for text in _texts(piece) or [" … "])]
    if isinstance(value, ast.BinOp):
        return ["".join(text for side in (value.left, value.right) for text in _texts(side) or [" … "])]
    if isinstance(value, ast.Dict):
        return [text for item in value.values for text in _texts(item)]
    if isinstance(value, ast.List | ast.Tuple):
        return [text for item in value.elts for text in _texts(item)]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body), *_texts(value.orelse)]
    return []


def _without_code(block: re.Match[str]) -> str:
    """A fenced block as blanks; of a directive that holds prose, such as a note, only its fences and options."""
    if not block["kind"].strip().startswith("{") or _WITHOUT_PROSE.match(block["kind"]):
        return _blank(block)
    first, *middle, last = block[0].split("\n")
    kept = ["" if re.match(r"\s*:(?!alt:)[\w-]+:", line) else line for line in middle]
    return "\n".join([" " * len(first), *kept, " " * len(last)])


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
