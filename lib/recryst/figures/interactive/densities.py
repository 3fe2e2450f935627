"""Surfaces of equal density in a cubic cell, to be turned by hand."""

import numpy as np
import pandas as pd
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from recryst.figures import style
from recryst.figures.interactive import layout
from recryst.figures.interactive.crystals import MODEBAR, PANEL_HEIGHT
from recryst.figures.voxels import box

SURFACES = 4
"""Surfaces between the lowest density drawn and that below which nearly all of the cell lies."""
HIGHEST = 0.99


def density_clouds(data: pd.DataFrame, lowest: float = 0.05, columns: int = 3) -> go.Figure:
    """Cells side by side, each to be turned and enlarged; see `recryst.figures.density_clouds`."""
    ((_, rows),) = style.panels(data, ["crystal", "x", "y", "z", "density"], "grid points of densities")
    crystals = list(rows.groupby("crystal", sort=False))
    columns = min(columns, len(crystals))
    lines = -(-len(crystals) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        specs=[[{"type": "scene"}] * columns] * lines,
        subplot_titles=[str(title).replace("\n", "<br>") for title, _ in crystals],
        horizontal_spacing=0.01,
        vertical_spacing=0.16 / lines,
    )
    levels = np.geomspace(lowest, rows["density"].quantile(HIGHEST), SURFACES)
    low, *_, high = ticks = np.log10(levels).round(4).tolist()
    gap = np.full((12, 1, 3), np.nan)
    for index, (_, part) in enumerate(crystals):
        where = layout.place(index, columns)
        frame = np.concatenate([box(int(part["x"].max())), gap], axis=1).reshape(-1, 3).T
        edges = dict(zip("xyz", layout.packed(frame), strict=True))
        look = {"color": style.FAINT, "width": 2}
        figure.add_trace(go.Scatter3d(**edges, mode="lines", line=look, hoverinfo="skip", showlegend=False), **where)
        figure.add_trace(
            go.Isosurface(
                **{axis: np.ascontiguousarray(part[axis], dtype=np.int16) for axis in "xyz"},
                # nothing is lower than a tenth of the lowest surface, so that empty space has no say in the colours
                value=layout.packed(np.log10(np.maximum(part["density"].to_numpy(float), lowest / 10))),
                isomin=low,
                isomax=high,
                surface={"count": SURFACES},
                opacity=0.35,
                # on the faces of the cell one sees what is not empty
                caps={axis: {"show": True, "fill": 1} for axis in "xyz"},
                colorscale=layout.colour_scale(style.SEQUENTIAL),
                cmin=low,
                cmax=high,
                showscale=index == 0,
                colorbar={
                    "title": {"text": "electrons/Å³", "side": "top"},
                    "tickvals": ticks,
                    "ticktext": [f"{level:.2g}" for level in levels],
                    "orientation": "h",
                    "y": -0.02,
                    "yanchor": "top",
                    "len": 0.7,
                    "thickness": 12,
                },
                hovertemplate="10<sup>%{value:.2f}</sup> electrons/Å³<extra></extra>",
            ),
            **where,
        )
        axis = {"visible": False}
        camera = {"projection": {"type": "orthographic"}, "eye": {"x": 1.7, "y": 0.9, "z": 0.6}}
        ratio = dict.fromkeys("xyz", 1.15)
        figure.update_scenes(xaxis=axis, yaxis=axis, zaxis=axis, aspectmode="manual", aspectratio=ratio, camera=camera, **where)
    layout.finish(figure, (PANEL_HEIGHT - 40) * lines + 110)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 50, "b": 70}, modebar={"remove": MODEBAR})
    return figure
