"""Values of elements: the pointer names the element, with value and number of crystals."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.colors import to_hex
from plotly import graph_objects as go

from recryst import elements
from recryst.figures import style
from recryst.figures.interactive import layout
from recryst.figures.periodic import LAST, place, scale

COUNTS = ("n", "n_crystals", "crystals")
"""Columns that tell how many crystals, or sites, are behind a value."""


def periodic_table(data: pd.DataFrame, label: str, unit: str = "", column: str = "value", centre: float | None = None) -> go.Figure:
    """Element, value and count under the pointer; see `recryst.figures.periodic_table`."""
    ((_, rows),) = style.panels(data, ["element", column], "elements")
    values = {str(row["element"]): row for row in rows.to_dict("records")}
    norm = scale(rows[column].astype(float).tolist(), centre)
    colours = mpl.colormaps[style.SEQUENTIAL if centre is None else style.DIVERGING]
    last = max([LAST, *(elements.symbols().index(symbol) for symbol in values)])
    figure = go.Figure()
    told, places, inks = [], [], []
    for number in range(1, last + 1):
        symbol = elements.symbols()[number]
        across, down = place(number)
        known = symbol in values
        colour = colours(norm(float(values[symbol][column]))) if known else None
        fill = to_hex(colour) if colour is not None else "#f4f4f4"
        box = {"x0": across, "x1": across + 0.94, "y0": down, "y1": down + 0.94, "line": {"width": 0.5, "color": "#d0d0d0"}}
        figure.add_shape(type="rect", **box, fillcolor=fill, layer="below")
        told.append(f"<b>{symbol}</b> ({number})<br>" + (_told(values[symbol], column, label, unit) if known else "no value"))
        places.append((across + 0.47, down + 0.47))
        inks.append(style.ink_on(colour) if colour is not None else style.FAINT)
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in places],
            y=[y for _, y in places],
            mode="markers+text",
            marker={"size": 28, "opacity": 0, "symbol": "square"},
            text=elements.symbols()[1 : last + 1],
            textfont={"size": 12, "color": inks},
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    low, high = float(norm.vmin or 0), float(norm.vmax or 0)
    colour_bar = {
        "title": {"text": style.with_unit(label, unit), "side": "top"},
        "orientation": "h",
        "thickness": 10,
        "len": 0.5,
        "nticks": 6,
    }
    colour_bar |= {"x": 0.39, "y": 0.86, "yanchor": "bottom", "outlinewidth": 0}
    scale_only = {"color": [low, high], "cmin": low, "cmax": high, "showscale": True, "opacity": 0, "colorbar": colour_bar}
    scale_only["colorscale"] = layout.colour_scale(style.SEQUENTIAL if centre is None else style.DIVERGING)
    figure.add_trace(go.Scatter(x=[0, 0], y=[0, 0], mode="markers", marker=scale_only, hoverinfo="skip", showlegend=False))
    layout.finish(figure, 400)
    figure.update_layout(margin={"l": 4, "r": 4, "t": 24, "b": 4}, dragmode="pan")
    figure.update_xaxes(visible=False, range=[-0.1, 18.1])
    figure.update_yaxes(visible=False, range=[9.9, -0.1], scaleanchor="x")
    return figure


def _told(row: Mapping[Any, Any], column: str, label: str, unit: str) -> str:
    text = f"{label} {float(row[column]):.3g} {unit}".rstrip()
    counts = [f"n = {int(row[name]):,}" for name in COUNTS if name in row and pd.notna(row[name])]
    return "<br>".join([text, *counts[:1]])
