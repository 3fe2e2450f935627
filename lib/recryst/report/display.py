"""What a cell of a notebook shows: a piece of a page, Markdown, or a plotly figure, each with plain text for a terminal and a search.

A plotly figure goes out as ``application/vnd.plotly.v1+json``, which Jupyter draws with the plotly that is installed beside it: no
notebook carries plotly's program. Its output is marked with the name of the figure, so that the book's builder can put it in the
place of the picture that has the same name.
"""

import textwrap
from collections.abc import Mapping
from typing import Any

from IPython.display import display

PLOTLY = "application/vnd.plotly.v1+json"
MARK = "recryst"
"""Key in the metadata of an output."""


def html(content: str, text: str) -> None:
    """A piece of a page."""
    display({"text/html": content, "text/plain": text}, raw=True)


def markdown(text: str) -> None:
    """Prose."""
    display({"text/markdown": text, "text/plain": text}, raw=True)


def interactive(name: str, specification: Mapping[str, Any], heading: str, caption: str) -> None:
    """A plotly figure (data, layout) under the name of the picture that it goes with."""
    lines = textwrap.wrap(caption, 110)
    layout = {**specification["layout"], "title": {"text": heading, "subtitle": {"text": "<br>".join(lines)}, "font": {"size": 13}}}
    layout["margin"] = {**layout.get("margin", {}), "t": 60 + 18 * len(lines)}
    layout["height"] = layout.get("height", 450) + 18 * len(lines)
    text = f"{heading}. {caption} To point at and to zoom."
    bundle = {PLOTLY: {**specification, "layout": layout}, "text/plain": text}
    display(bundle, metadata={MARK: {"figure": name, "layout": specification["layout"]}}, raw=True)
