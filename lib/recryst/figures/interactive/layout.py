"""The house style in plotly: white paper, the same palette and labels as in the still pictures."""

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_hex
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from recryst.figures import style

SIDE = 440
"""Pixels of a picture with one panel."""
FONT = 13
"""Height of all text, in pixels."""
SYMBOLS = {"o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down", "P": "cross", "X": "x"}
DASHES = ("solid", "dash", "dashdot", "dot", "longdash", "longdashdot", "dot")
MODEBAR = ["toImage", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"]
FIRSTS = ((1, 2, 5), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8))
"""First digits of ticks on a logarithmic axis, where it is long and where it is short."""
LINE = {"showline": True, "linecolor": style.INK, "ticks": "outside", "tickcolor": style.INK, "zeroline": False}
GRID = {"gridcolor": "#e8e8e8"}


def panels(titles: list[str], height: float = SIDE, columns: int = 2) -> go.Figure:
    """An empty figure with a panel for each title; one panel has none. Two panels in a row."""
    columns = min(columns, len(titles))
    lines = -(-len(titles) // columns)
    named = {"subplot_titles": titles} if len(titles) > 1 else {}
    figure = make_subplots(rows=lines, cols=columns, horizontal_spacing=0.14, vertical_spacing=0.4 / lines, **named)
    tall = height if lines == 1 else lines * 0.66 * SIDE + 60
    finish(figure, tall, top=40 if named else 16)
    # plotly's own titles are so large that a narrow page cuts them off
    figure.update_xaxes(**LINE, **GRID, title_font_size=FONT)
    # a margin of its own, as the title would lie on long numbers
    figure.update_yaxes(**LINE, **GRID, title_font_size=FONT, title_standoff=8, automargin=True)
    return figure


def finish(figure: go.Figure, height: float, top: int = 16) -> go.Figure:
    """Paper, ink, margins, legend above the axes, and a short bar of tools."""
    figure.update_layout(
        template=None,
        height=height,
        margin={"l": 64, "r": 16, "t": top, "b": 72},
        paper_bgcolor=style.PAPER,
        plot_bgcolor=style.PAPER,
        font={"color": style.INK, "size": FONT},
        hoverlabel={"bgcolor": style.PAPER, "bordercolor": style.INK, "font": {"color": style.INK, "size": FONT}},
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        modebar={"remove": MODEBAR, "bgcolor": "rgba(255,255,255,0.6)", "color": style.FAINT, "activecolor": style.INK},
    )
    figure.update_annotations(font={"size": FONT, "color": style.INK})
    return figure


def place(number: int, columns: int = 2) -> dict[str, int]:
    """Row and column of panel ``number``, as plotly counts them."""
    return {"row": number // columns + 1, "col": number % columns + 1}


def packed(values: Any) -> np.ndarray:
    """Numbers for plotly, which writes an array as packed bytes: a fourth of what they take as text, one a line, in a notebook."""
    return np.ascontiguousarray(values, dtype=np.float32)


def colour_scale(name: str) -> list[list[Any]]:
    """A colour map of matplotlib's as plotly takes it."""
    return [[place, to_hex(mpl.colormaps[name](place))] for place in np.linspace(0, 1, 11).round(2).tolist()]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten between two positive numbers; more of them where these would be fewer than three."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    few, many = ([tick for power in powers for first in firsts if low <= (tick := float(f"{first}e{power}")) <= high] for firsts in FIRSTS)
    return few if len(few) > 2 else many


def look(of_series: dict[str, Any], number: int) -> dict[str, Any]:
    """Colour, symbol and dash of a series, from `recryst.figures.style.series`."""
    return {
        "marker": {"color": of_series["color"], "symbol": SYMBOLS[of_series["marker"]], "size": 9},
        "line": {"color": of_series["color"], "dash": DASHES[number % len(DASHES)]},
    }
