"""A figure as three files, as a piece of a page and, where pointing and zooming tell more, as a plotly figure.

The files of a figure ``<name>``: ``<name>.csv`` (its data), ``<name>.json`` (drawing function, options, caption, text for
those who can't see it, column types) and a picture, ``.svg``, or ``.png`` where the SVG would be large. The first two are
enough to draw it again, so they alone are stored for long.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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

PNG_DENSITY = 192
"""Pixels an inch: twice those of a page, for screens that have them."""

Drawing = Callable[..., Any]


@dataclass(frozen=True)
class Picture:
    """A drawn figure.

    Parameters
    ----------
    content, suffix : the picture as SVG or PNG
    interactive : the same data as a plotly figure (data, layout, config); None where a picture tells all
    """

    content: bytes
    suffix: str
    interactive: Mapping[str, Any] | None = None

    @property
    def source(self) -> str:
        """The picture as a data URL for ``<img src>``; within its own image an SVG can't clash with another's ids."""
        kind = {"svg": "image/svg+xml", "png": "image/png"}[self.suffix]
        return f"data:{kind};base64,{base64.b64encode(self.content).decode()}"

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in the pixels of a page, 96 to the inch; None where the content does not tell."""
        if self.suffix == "png":
            width, height = (int.from_bytes(self.content[start : start + 4]) for start in (16, 20))
            return (width * 96 // PNG_DENSITY, height * 96 // PNG_DENSITY) if width and height else None
        points = re.search(rb'<svg[^>]* width="([0-9.]+)pt" height="([0-9.]+)pt"', self.content[:2000])
        return (round(float(points[1]) * 96 / 72), round(float(points[2]) * 96 / 72)) if points else None

    @property
    def wide(self) -> bool:
        """Whether its text would be too small at half the width of a page: a drawing wider than 5.2 inches."""
        return self.size is not None and self.size[0] > 5.2 * 96


@dataclass(frozen=True)
class Recipe:
    """What draws a figure again: data, options, caption and alternative text."""

    data: pd.DataFrame
    options: Mapping[str, Any]
    caption: str
    alt: str


def draw(drawing: Drawing, data: pd.DataFrame, options: Mapping[str, Any], name: str) -> Picture:
    """Call ``drawing(data, **options)`` and turn the matplotlib figure that it returns into a picture.

    A drawing function that has an attribute ``interactive``, a function of the same data and options which returns a plotly
    figure, is drawn in that way too. The same figure gives the same bytes, whenever and wherever it is drawn with the same
    library versions.

    Raises
    ------
    BadInputError : ``drawing`` returned something else
    """
    figure = drawing(data, **options)
    if not isinstance(figure, Figure):
        raise BadInputError(f"{getattr(drawing, '__name__', drawing)} must return a matplotlib figure, not {type(figure).__name__}.")
    try:
        picture = _picture(figure, name)
    finally:
        plt.close(figure)  # or the notebook's own backend shows it a second time
    interactive = getattr(drawing, "interactive", None)
    return picture if interactive is None else replace(picture, interactive=json.loads(interactive(data, **options).to_json()))


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
    for suffix in {"svg", "png"} - {picture.suffix}:
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


def _picture(figure: Figure, name: str) -> Picture:
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        svg = io.BytesIO()
        figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    if svg.tell() <= SVG_LIMIT:
        return Picture(svg.getvalue(), "svg")
    png = io.BytesIO()
    figure.savefig(png, format="png", bbox_inches="tight", dpi=PNG_DENSITY, metadata={"Software": None})
    return Picture(png.getvalue(), "png")
