"""The house style: one size, one palette, one way to label axes, so that figures of different chapters look alike.

Figures are white with dark ink, which reads on light and dark pages alike, and small enough that the text stays legible
when a phone shrinks them to 390 pixels. Colours are Okabe and Ito's, made for all kinds of colour vision, and never the
only difference: markers and line styles change with them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from recryst.analysis.predictions import require
from recryst.notation import UNITS, signed

Drawing = TypeVar("Drawing", bound=Callable[..., Figure])

WIDTH, WIDE = 4.8, 5.6
"""Inches of a figure, and of one with several columns; 390 pixels of a phone show them at 85 % and 73 %."""

INK, FAINT, PAPER = "#222222", "#8a8a8a", "#ffffff"
BLUE, VERMILLION, PURPLE, SKY = "#0072B2", "#D55E00", "#CC79A7", "#56B4E9"
ORANGE, GREEN, BLACK = "#E69F00", "#009E73", "#000000"
PALETTE = (BLUE, VERMILLION, BLACK, PURPLE, SKY, ORANGE, GREEN)
"""In this order the first five stay furthest apart for readers without red, green or blue receptors."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"

# fonts are matplotlib's own DejaVu Sans, drawn as paths in SVG: the same on every machine
house_style = mpl.rc_context(
    {
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.labelsize": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "legend.frameon": False,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "lines.linewidth": 1.5,
        "lines.markersize": 5,
        "svg.fonttype": "path",
        "figure.constrained_layout.h_pad": 0.06,
        "figure.constrained_layout.w_pad": 0.06,
    }
)
"""Decorates a drawing function."""


def explored_with(name: str) -> Callable[[Drawing], Drawing]:
    """Decorator that gives a drawing function its second one, ``recryst.figures.interactive.<name>``, as attribute ``interactive``.

    The second one takes the same data and options, and plotly draws it; it is imported when it is first called.
    """
    module, _, function = name.partition(".")

    def interactive(data: pd.DataFrame, **options: Any) -> Any:
        return getattr(import_module(f"recryst.figures.interactive.{module}"), function)(data, **options)

    def attach(drawing: Drawing) -> Drawing:
        vars(drawing)["interactive"] = interactive
        return drawing

    return attach


def canvas(height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **subplots: Any) -> tuple[Figure, np.ndarray]:
    """An empty figure that pyplot doesn't know of, and its axes, (rows, columns)."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **subplots)


def panels(data: pd.DataFrame, columns: list[str], what: str) -> list[tuple[str, pd.DataFrame]]:
    """Parts of the table that have a picture of their own, by its column ``panel`` in order of appearance; one without.

    Raises
    ------
    BadInputError : the table is empty or lacks a column
    """
    require(data, columns, what)
    if "panel" not in data:
        return [("", data)]
    return [(str(title), part) for title, part in data.groupby("panel", sort=False)]


def series(data: pd.DataFrame, column: str) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
    """Each value of ``column`` with its rows, and its colour, marker and line style; one unnamed series without the column."""
    parts = [("", data)] if column not in data else [(str(name), part) for name, part in data.groupby(column, sort=False)]
    for number, (name, part) in enumerate(parts):
        choice = number % len(PALETTE)
        yield name, part, {"color": PALETTE[choice], "marker": MARKERS[choice], "linestyle": LINES[choice]}


def looks_by_name(data: pd.DataFrame, column: str) -> dict[str, dict[str, Any]]:
    """Colour, marker and line style for each value of ``column``, by its name: the same in every run, whichever comes first."""
    return {name: look for name, _, look in series(data.sort_values(column, kind="stable"), column)}


def with_unit(label: str, unit: str) -> str:
    """Text of an axis: "formation energy (eV/atom)"; without a unit the label alone."""
    return f"{label} ({UNITS.get(unit, unit)})" if unit else label


def axis_name(label: str | dict[str, str], panel: str) -> str:
    """What an axis is called after "calculated" and "predicted"; nothing where panels share a name, which the caption says."""
    return "" if panel and isinstance(label, str) else of_panel(label, panel)


def of_panel(text: str | dict[str, str], panel: str) -> str:
    """A panel's own text where a mapping from panel titles is given, else the text for all."""
    return text.get(panel, "") if isinstance(text, dict) else text


def plain_log_ticks(axes: Axes, which: str) -> None:
    """Ticks along axis "x" or "y", mostly at 1, 2 and 5 times powers of ten, written as plain numbers."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
    # the closer the ends, the more ticks a reader needs to have two of them
    subs = (1.0,) if high / low >= 300 else (1.0, 2.0, 5.0) if high / low >= 4 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
    axis.set_major_locator(LogLocator(base=10, subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def over_decades(values: Iterable[float]) -> bool:
    """Whether positive numbers reach over so many powers of ten that only a logarithmic axis keeps them apart."""
    numbers = list(values)
    return min(numbers) > 0 and max(numbers) / min(numbers) >= 30


def thousands(axes: Axes, which: str) -> None:
    """Whole numbers with a comma at thousands along axis "x" or "y"."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))


def plain(value: float) -> str:
    """A number at a tick: separators of thousands, a minus sign, no power of ten."""
    return signed(f"{value:,.10g}")


def note(axes: Axes, text: str) -> None:
    """Small text in the upper left corner of the axes."""
    axes.text(0.03, 0.97, text, transform=axes.transAxes, ha="left", va="top", fontsize=9, linespacing=1.3)


def ink_on(colour: Sequence[float]) -> str:
    """White or dark, whichever stands out more on a colour (red, green, blue from 0 to 1): contrast as WCAG 2 defines it."""
    luminance = [_luminance(choice) for choice in (colour, to_rgb(PAPER), to_rgb(INK))]
    on_paper, on_ink = ((max(luminance[0], other) + 0.05) / (min(luminance[0], other) + 0.05) for other in luminance[1:])
    return PAPER if on_paper > on_ink else INK


def _luminance(colour: Sequence[float]) -> float:
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour[:3]]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
