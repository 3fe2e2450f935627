"""Sphinx extension: docstrings of this project as napoleon expects them.

Types are in the signatures, so what stands behind the colon in ``name : text`` is a description, not a type.
"""

import re

from sphinx.application import Sphinx

SECTIONS = ("Parameters", "Raises")
_ARRAY = re.compile(r"(?:numpy\.)?ndarray\[tuple\[Any, \.\.\.\], (?:numpy\.)?dtype\[([^\[\]]+)\]\]")
_NO_MARKUP = re.compile(r"\||(?<=\w)@(?=\w)|(?<=\bfile)(?=://)")
_ENTRY = re.compile(r"^(?P<names>\S+(?:, \S+)*) : (?P<text>.+)$")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect before napoleon, which listens at priority 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    app.connect("autodoc-process-signature", _process_signature)
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _process(app: Sphinx, what: str, name: str, documented: object, options: object, lines: list[str]) -> None:
    lines[:] = [unambiguous(line) for line in described(lines)]


def _process_signature(
    app: Sphinx, what: str, name: str, documented: object, options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    if hasattr(documented, "model_fields"):
        return "", returned  # fields with all their checks would fill a screen; the docstring names them
    return with_short_arrays(signature), with_short_arrays(returned)


def _skip(app: Sphinx, what: str, name: str, documented: object, skip: bool, options: object) -> bool | None:
    return True if name == "model_config" else None  # of every class with checked fields, and of no use to a reader


def with_short_arrays(signature: str | None) -> str | None:
    """Part of a signature with arrays as they are written in the code, ``NDArray[uint8]``, not as NumPy spells them out."""
    return None if signature is None else _ARRAY.sub(r"NDArray[\1]", signature)


def described(lines: list[str]) -> list[str]:
    """Lines of a docstring with the text of each parameter and error in a paragraph of its own, below its name."""
    result: list[str] = []
    section = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line and set(following) == {"-"}:
            section = line
        found = _ENTRY.match(line) if section in SECTIONS else None
        if found:
            result += [found["names"], f"    {found['text']}"]
        else:
            result.append(line)
    return result


def unambiguous(line: str) -> str:
    """``line`` without what reStructuredText would take for markup: bars of absolute values, and names that look like addresses.

    ``embedded/band-gap@405fb1`` is a set of data, no mailbox. Literals stay as they are, and so does a line that a table is
    drawn with.
    """
    if line.lstrip().startswith(("|", "+-")):
        return line
    parts = re.split(r"(`+[^`]*`+)", line)
    return "".join(part if part.startswith("`") else _NO_MARKUP.sub(r"\\\g<0>", part) for part in parts)
