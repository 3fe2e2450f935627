"""Sphinx extension: what the theme forgets of readers with a keyboard or a screen reader.

The signs that unfold parts of the table of contents have no name, and a table that scrolls by itself can't be scrolled without a mouse.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

from recryst import storage

_UNNAMED_FOLD = re.compile(r'<summary>(?=\s*<span class="toctree-toggle")')
_SCROLLING = re.compile(r'<div class="pst-scrollable-table-container">')


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of the build, when every page is written."""
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _finish(app: Sphinx, failure: Exception | None) -> None:
    for path in sorted(Path(app.outdir).rglob("*.html")) if failure is None else ():
        text = path.read_text(encoding="utf-8")
        if reachable(text) != text:
            storage.write_text(path, reachable(text))


def reachable(page: str) -> str:
    """``page`` with a name for every fold of the table of contents, and tables that can be scrolled with the keyboard."""
    page = _UNNAMED_FOLD.sub('<summary aria-label="Pages of this part">', page)
    return _SCROLLING.sub('<div class="pst-scrollable-table-container" tabindex="0">', page)
