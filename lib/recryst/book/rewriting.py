"""Changes to pages when they are written."""

from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx

from recryst import storage


def at_the_end(app: Sphinx, change: Callable[[str], str]) -> dict[str, bool]:
    """Change every page at the end of a build that succeeded; returns what Sphinx wants to know of an extension."""

    def finish(app: Sphinx, failure: Exception | None) -> None:
        for path in sorted(Path(app.outdir).rglob("*.html")) if failure is None else ():
            text = path.read_text(encoding="utf-8")
            if change(text) != text:
                storage.write_text(path, change(text))

    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
