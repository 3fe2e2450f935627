"""The text of a paper as its reader sees it: without markup, marks of citations, and separators of thousands."""

import re
from pathlib import Path

from recryst.report.printed import Value

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
REPLACED = (
    (r"(?<!\d)<sup>[\d, ]+</sup>", ""),  # a citation
    (r" ?\[\d+(?:, \d+)*\]", ""),  # a citation
    (r"(?<=\d)<sup>(-?\d+)</sup>", r"^\1"),  # an exponent
    (r"</?su[bp]>|[*${}]|\\(?:text|rm|mathbf|quad|!|,)\b|^\s*#+ ", ""),
    (r"(?<=\d),(?=\d{3}(?!\d))", ""),
    (r"\\leq\b", "≤"),
    (r"\\_", "_"),
    (r" ?([₀-₉]) ?", lambda match: match[1].translate(SUBSCRIPTS)),
    (r"(?<=[A-Za-z])-\s*(?=[A-Za-z])", ""),  # hyphens at line ends are lost in places
    (r"_(?=\d)|\\", ""),
)


def plain(text: str) -> str:
    """``text`` as it is compared: both the paper's and a quotation's."""
    for pattern, replacement in REPLACED:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return " ".join(text.split())


def body(path: Path) -> str:
    """The text of a paper up to its list of references."""
    text = path.read_text(encoding="utf-8")
    return text[: re.search(r"^#* ?\**References\**$", text, flags=re.MULTILINE).start()]  # type: ignore[union-attr]


def stands_in(token: str, text: str) -> bool:
    """Whether ``token`` occurs, not as a part of a longer number or word."""
    return re.search(rf"(?<![\w.]){re.escape(token)}(?![\w]|\.\d)", text) is not None


def rows(text: str, beginning: str) -> list[list[str]]:
    """Rows of the tab-separated table that begins at ``beginning``."""
    table = []
    for line in text[text.index(beginning) :].splitlines():
        if "\t" not in line:
            break
        table.append([cell.strip() for cell in line.split("\t")])
    return table


def texts(value: Value) -> tuple[str, ...]:
    """The printed words and numbers of ``value``."""
    return (value.value,) if isinstance(value.value, str) else value.value
