"""Predicted against calculated values: the pointer names a crystal, or says how many share a bin."""

from typing import Any

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from recryst.figures import style
from recryst.figures.interactive import layout


def parity_histogram(
    data: pd.DataFrame, unit: str | dict[str, str] = "", label: str | dict[str, str] = "", notes: dict[str, str] | str = ""
) -> go.Figure:
    """Counts in bins, and by name the crystals that have one; see `recryst.figures.parity_histogram`."""
    parts = style.panels(data, ["target", "prediction", "width", "count", "n"], "bins of a 2D histogram")
    figure = layout.panels([title for title, _ in parts])
    most = max(int(data["count"].max()), 2)
    for number, (title, part) in enumerate(parts):
        where, of = layout.place(number), style.of_panel(unit, title)
        bins = part[part["width"] > 0]
        if len(bins):
            figure.add_trace(_bins(bins, of, most), **where)
        named = part[part["id"].notna()] if "id" in part else part[:0]
        if len(named):
            figure.add_trace(_points(named, of, style.VERMILLION if len(bins) else style.BLUE, "named"), **where)
        _axes(figure, part, title, label, unit, where)
    powers = list(range(int(np.log10(most)) + 1))
    bar: dict[str, Any] = {
        "title": {"text": "crystals in a bin", "side": "bottom"},
        "tickvals": powers,
        "ticktext": [f"{10**power:,}" for power in powers],
    }
    bar |= {"orientation": "h", "thickness": 8, "outlinewidth": 0, "len": 0.7, "yref": "container", "y": 0.01, "yanchor": "bottom"}
    shades = {"colorscale": style.SEQUENTIAL.capitalize(), "reversescale": True, "cmin": 0, "cmax": float(np.log10(most))}
    figure.update_layout(coloraxis={**shades, "colorbar": bar})
    if data["width"].max() > 0:
        figure.update_layout(height=figure.layout.height + 76, margin={"b": 136})
    return figure


def _points(points: pd.DataFrame, unit: str, colour: str, name: str) -> go.Scatter:
    who = _names(points)
    errors = points["prediction"] - points["target"]
    return go.Scatter(
        x=layout.packed(points["target"]),
        y=layout.packed(points["prediction"]),
        mode="markers",
        marker={"color": colour, "size": 8, "opacity": 0.75, "line": {"width": 0.5, "color": style.PAPER}},
        customdata=[f"{one}error {error:.3g} {unit}".replace(" -", " −") for one, error in zip(who, errors, strict=True)],
        hovertemplate=f"%{{customdata}}<br>calculated %{{x:.4g}} {unit}<br>predicted %{{y:.4g}} {unit}<extra></extra>",
        name=name,
        showlegend=False,
    )


def _names(points: pd.DataFrame) -> list[str]:
    """Formula and id of each crystal, as far as the table has them, each ending its line."""
    columns = [column for column in ("formula", "id") if column in points]
    return [
        "".join(f"<b>{value}</b><br>" for value in row if pd.notna(value)) for row in points[columns].itertuples(index=False, name=None)
    ]


def _bins(bins: pd.DataFrame, unit: str, most: int) -> go.Heatmap:
    """A cell for each filled bin; empty ones stay paper."""
    width = float(bins["width"].iloc[0])
    first = bins[["target", "prediction"]].min().min()
    column, row = (((bins[name] - first) / width).round().astype(int).to_numpy() for name in ("target", "prediction"))
    side = int(max(column.max(), row.max())) + 1
    counts = np.zeros((side, side), dtype=int)
    counts[row, column] = bins["count"]
    shade = np.full((side, side), np.nan)
    shade[counts > 0] = np.log10(counts[counts > 0])
    # what comes back from a stored table may differ in the last digit
    start, step = (float(f"{value:.8g}") for value in (first, width))
    return go.Heatmap(
        x0=start,
        dx=step,
        y0=start,
        dy=step,
        z=layout.packed(shade),
        customdata=counts,
        coloraxis="coloraxis",
        hovertemplate=f"%{{customdata}} crystals<br>calculated near %{{x:.3g}} {unit}<br>predicted near %{{y:.3g}} {unit}<extra></extra>",
        hoverongaps=False,
    )


def _axes(
    figure: go.Figure, part: pd.DataFrame, title: str, label: str | dict[str, str], unit: str | dict[str, str], where: dict[str, int]
) -> None:
    ends = part[["target", "prediction"]].to_numpy(float)
    margin = 0.05 * (ends.max() - ends.min()) or 0.5
    low, high = float(ends.min() - margin), float(ends.max() + margin)
    line = {"color": style.INK, "width": 1, "dash": "dash"}
    figure.add_trace(go.Scatter(x=[low, high], y=[low, high], mode="lines", line=line, hoverinfo="skip", showlegend=False), **where)
    name, of = style.axis_name(label, title), style.of_panel(unit, title)
    figure.update_xaxes(title_text=style.with_unit(f"calculated {name}".strip(), of), range=[low, high], **where)
    figure.update_yaxes(title_text=style.with_unit(f"predicted {name}".strip(), of), range=[low, high], **where)
    # square, so that the diagonal is one
    figure.update_yaxes(scaleanchor=figure.data[-1].xaxis or "x", constrain="domain", **where)
    figure.update_xaxes(constrain="domain", **where)
