"""Sphinx extension: what the theme forgets of readers with a keyboard or a screen reader.

The signs that unfold parts of the table of contents have no name, and a table that scrolls by itself can't be scrolled without a mouse.
"""

import re

from sphinx.application import Sphinx

from recryst.book import rewriting

_UNNAMED_FOLD = re.compile(r'<summary>(?=\s*<span class="toctree-toggle")')
_SCROLLING = re.compile(r'<div class="pst-scrollable-table-container">')


def setup(app: Sphinx) -> dict[str, bool]:
    """Change every page when it is written."""
    return rewriting.at_the_end(app, reachable)


def reachable(page: str) -> str:
    """``page`` with a name for every fold of the table of contents, and tables that can be scrolled with the keyboard."""
    page = _UNNAMED_FOLD.sub('<summary aria-label="Pages of this part">', page)
    return _SCROLLING.sub('<div class="pst-scrollable-table-container" tabindex="0">', page)
