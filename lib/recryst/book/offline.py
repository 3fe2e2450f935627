"""Sphinx extension: pages that a browser opens from disk without a complaint."""

import re

from sphinx.application import Sphinx

from recryst.book import rewriting

_PRELOAD = re.compile(r'<link rel="preload"[^>]*\bcrossorigin\b[^>]*>\s*')


def setup(app: Sphinx) -> dict[str, bool]:
    """Change every page when it is written."""
    return rewriting.at_the_end(app, without_preloads)


def without_preloads(page: str) -> str:
    """``page`` without the theme's early loading of fonts, which browsers refuse over ``file://`` and say so on the console.

    The fonts come all the same, through the style sheets.
    """
    return _PRELOAD.sub("", page)
