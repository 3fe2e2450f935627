"""Counts: the pointer tells those that have no room on their bar."""

import pandas as pd
from plotly import graph_objects as go

from recryst.figures import style
from recryst.figures.bars import MOST_NUMBERED
from recryst.figures.interactive import layout


def histogram(data: pd.DataFrame, label: str, unit: str = "") -> go.Figure:
    """Count and ends of each bar; see `recryst.figures.histogram`."""
    ((_, rows),) = style.panels(data, ["value", "width", "count"], "bars of a histogram")
    single = bool((rows["width"] == 1).all())
    ends = [
        f"{value:g}" if single else f"{value - width / 2:g} to {value + width / 2:g}"
        for value, width in zip(rows["value"], rows["width"], strict=True)
    ]
    figure = layout.panels([""], height=340)
    figure.add_trace(
        go.Bar(
            x=rows["value"].tolist(),
            y=rows["count"].tolist(),
            width=(rows["width"] * (0.8 if single else 0.96)).tolist(),
            marker={"color": style.BLUE},
            customdata=ends,
            text=[f"{number:,}" for number in rows["count"]] if single and len(rows) <= MOST_NUMBERED else None,
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{label} %{{customdata}} {unit}<br>%{{y:,}} crystals<extra></extra>",
        )
    )
    figure.update_xaxes(title_text=style.with_unit(label, unit), **({"dtick": 1} if single and len(rows) <= 20 else {}))
    # half a crystal is no tick
    figure.update_yaxes(title_text="crystals", tickformat=",", **({"dtick": 1} if rows["count"].max() < 6 else {}))
    return figure
