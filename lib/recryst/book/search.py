"""Sphinx extension: the search of the book lists what was written to be read before the reference of the library."""

from pathlib import Path

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Hand Sphinx the scores, which it takes from a file alone."""
    app.config["html_search_scorer"] = str(Path(__file__).with_name("search.js"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
