"""Sphinx extension: pages that a browser opens from disk without a complaint."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from recryst import storage

_PRELOAD = re.compile(r'<link rel="preload"[^>]*\bcrossorigin\b[^>]*>\s*')


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of the build, when every page is written."""
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _finish(app: Sphinx, failure: Exception | None) -> None:
    for path in sorted(Path(app.outdir).rglob("*.html")) if failure is None else ():
        text = path.read_text(encoding="utf-8")
        if without_preloads(text) != text:
            storage.write_text(path, without_preloads(text))


def without_preloads(page: str) -> str:
    """``page`` without the theme's early loading of fonts, which browsers refuse over ``file://`` and say so on the console.

    The fonts come all the same, through the style sheets.
    """
    return _PRELOAD.sub("", page)
