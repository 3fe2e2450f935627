"""One number against another: the pointer names a point."""

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from recryst.figures import style
from recryst.figures.interactive import layout


def points(
    data: pd.DataFrame,
    x_label: str,
    y_label: str,
    x_log: bool = False,
    y_linear: float | None = None,
    zero: bool = False,
    equal: bool = False,
) -> go.Figure:
    """Every point by the name or the columns ``about`` and ``name``; see `recryst.figures.points`.

    Plotly has no axis that is linear near zero and logarithmic beyond, so y is drawn as its inverse hyperbolic sine, and labelled in
    numbers.
    """
    ((_, rows),) = style.panels(data, ["x", "y"], "points")
    figure = layout.panels([""])
    for number, (name, part, of_series) in enumerate(style.series(rows, "group")):
        told = [
            str(text)
            for text in (part["about"] if "about" in part else part["name"] if "name" in part else pd.Series("", part.index)).fillna("")
        ]
        bent = part["y"] if y_linear is None else np.arcsinh(part["y"].to_numpy(float) / y_linear)
        figure.add_trace(
            go.Scattergl(
                x=layout.packed(part["x"]),
                y=layout.packed(bent),
                customdata=[f"<b>{text}</b><br>{y_label}: {value:.3g}" for text, value in zip(told, part["y"], strict=True)],
                mode="markers",
                marker={**layout.look(of_series, number)["marker"], "size": 6, "opacity": 0.6},
                hovertemplate=f"%{{customdata}}<br>{x_label}: %{{x}}<extra></extra>",
                name=name,
                showlegend="group" in rows,
            )
        )
    figure.update_xaxes(title_text=x_label, type="log" if x_log else "linear")
    figure.update_yaxes(title_text=y_label)
    if y_linear is not None:
        values = _ticks(rows["y"], y_linear)
        figure.update_yaxes(tickvals=np.arcsinh(np.array(values) / y_linear).tolist(), ticktext=[style.plain(value) for value in values])
    if zero:
        figure.add_hline(y=0, line={"color": style.INK, "width": 1, "dash": "dot"})
    if equal:
        end = float(rows[["x", "y"]].max(axis=0).min())
        figure.add_shape(type="line", x0=0, y0=0, x1=end, y1=end, line={"color": style.INK, "width": 1, "dash": "dash"})
    return figure


def _ticks(values: pd.Series, linear: float) -> list[float]:
    """Zero, and the powers of ten from ``linear`` on that the values reach, on both sides."""
    powers = [linear * 10.0**power for power in range(7)]
    above = [power for power in powers if power <= values.max()]
    below = [-power for power in powers if -power >= values.min()]
    return [*reversed(below), 0.0, *above]
