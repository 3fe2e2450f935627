"""A figure as three files and as a piece of a page.

The files of a figure ``<name>``: ``<name>.csv`` (its data), ``<name>.json`` (drawing function, options, caption, text for
those who can't see it, column types) and a picture, ``.svg``, ``.png`` where the SVG would be large, or ``.html`` for
plotly. The first two are enough to draw it again, so they alone are stored for long.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from recryst.errors import BadInputError, DamagedFileError
from recryst.storage import write_atomically, write_json, write_text

SVG_LIMIT = 300_000
"""Bytes above which a page gets a PNG instead: thousands of vector marks make a browser slow."""

Drawing = Callable[..., Any]


@dataclass(frozen=True)
class Picture:
    """A drawn figure: ``content`` is SVG or PNG, or the HTML of a plotly figure, as ``suffix`` says."""

    content: bytes
    suffix: str

    @property
    def source(self) -> str:
        """The picture as a data URL for ``<img src>``; within its own image an SVG can't clash with another's ids."""
        kind = {"svg": "image/svg+xml", "png": "image/png"}[self.suffix]
        return f"data:{kind};base64,{base64.b64encode(self.content).decode()}"

    @property
    def wide(self) -> bool:
        """Whether its text would be too small at half the width of a page: a drawing wider than 5.2 inches, or one to be turned."""
        width = re.search(rb'<svg[^>]* width="([0-9.]+)pt"', self.content[:2000])
        return self.suffix == "html" or (width is not None and float(width[1]) > 5.2 * 72)


@dataclass(frozen=True)
class Recipe:
    """What draws a figure again: data, options, caption and alternative text."""

    data: pd.DataFrame
    options: Mapping[str, Any]
    caption: str
    alt: str


def draw(drawing: Drawing, data: pd.DataFrame, options: Mapping[str, Any], name: str) -> Picture:
    """Call ``drawing(data, **options)`` and turn the matplotlib or plotly figure that it returns into a picture.

    The same figure gives the same bytes, whenever and wherever it is drawn with the same library versions.

    Raises
    ------
    BadInputError : ``drawing`` returned something else
    """
    figure = drawing(data, **options)
    if isinstance(figure, Figure):
        try:
            return _matplotlib_picture(figure, name)
        finally:
            plt.close(figure)  # or the notebook's own backend shows it a second time
    if hasattr(figure, "to_html"):
        return Picture(figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"plotly-{name}").encode(), "html")
    raise BadInputError(f"{getattr(drawing, '__name__', drawing)} must return a matplotlib or plotly figure, not {type(figure).__name__}.")


def write(folder: Path, name: str, drawing: Drawing, recipe: Recipe, picture: Picture) -> None:
    """Write the three files of the figure into ``folder``; a picture of another kind from an earlier run is removed.

    The index of the data is not kept.

    Raises
    ------
    BadInputError : an option can't be written as JSON, or a column has a name that is no text
    """
    if not all(isinstance(column, str) for column in recipe.data.columns):
        raise BadInputError(f"Columns of the data of figure {name} need texts as names, not {list(recipe.data.columns)}.")
    description = {
        "drawing": getattr(drawing, "__name__", str(drawing)),
        "options": dict(recipe.options),
        "caption": recipe.caption,
        "alt": recipe.alt,
        "columns": {column: str(kind) for column, kind in recipe.data.dtypes.items()},
    }
    try:
        json.dumps(description["options"], default=lambda value: value.tolist())
    except (TypeError, AttributeError) as error:
        raise BadInputError(f"An option of figure {name} can't be stored ({error}); give numbers, texts, lists or dicts.") from error
    write_text(folder / f"{name}.csv", recipe.data.to_csv(index=False))
    write_json(folder / f"{name}.json", description)
    write_atomically(folder / f"{name}.{picture.suffix}", lambda file: file.write(picture.content))
    for suffix in {"svg", "png", "html"} - {picture.suffix}:
        (folder / f"{name}.{suffix}").unlink(missing_ok=True)


def read(folder: Path, name: str) -> Recipe:
    """The recipe that `write` left.

    Raises
    ------
    DamagedFileError : one of the two files is missing or is not what was written
    """
    try:
        description = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        # an empty cell is the only missing value: the text "NA" may be a name
        data = pd.read_csv(folder / f"{name}.csv", dtype=description["columns"], keep_default_na=False, na_values=[""])
        if list(data.columns) != list(description["columns"]):
            raise ValueError("its columns are not those of the description")
        return Recipe(data, description["options"], description["caption"], description["alt"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DamagedFileError(f"Figure {name} in {folder} is damaged ({reason}); store the results of that run again.") from error


def _matplotlib_picture(figure: Figure, name: str) -> Picture:
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        svg = io.BytesIO()
        figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    if svg.tell() <= SVG_LIMIT:
        return Picture(svg.getvalue(), "svg")
    png = io.BytesIO()
    figure.savefig(png, format="png", bbox_inches="tight", dpi=2 * figure.dpi, metadata={"Software": None})
    return Picture(png.getvalue(), "png")
