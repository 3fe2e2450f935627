"""Surfaces of equal density in a cubic cell, to be turned by hand."""

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from recryst.figures import style
from recryst.figures.densities import IN_A_ROW
from recryst.figures.interactive import layout, scenes
from recryst.figures.voxels import box

SURFACES = 4
"""Surfaces between the lowest density drawn and that below which nearly all of the cell lies."""
HIGHEST = 0.99


def density_clouds(data: pd.DataFrame, lowest: float = 0.05) -> go.Figure:
    """Cells side by side, each to be turned and enlarged; see `recryst.figures.density_clouds`."""
    ((_, rows),) = style.panels(data, ["crystal", "x", "y", "z", "density"], "grid points of densities")
    crystals = list(rows.groupby("crystal", sort=False))
    titles = [str(title).replace("\n", "<br>") for title, _ in crystals]
    figure, places, lines = scenes.grid(titles, IN_A_ROW, spacing=0.16)
    levels = np.geomspace(lowest, rows["density"].quantile(HIGHEST), SURFACES)
    low, *_, high = ticks = np.log10(levels).round(4).tolist()
    for index, (where, (_, part)) in enumerate(zip(places, crystals, strict=True)):
        figure.add_trace(scenes.segments(box(int(part["x"].max())), style.FAINT, 2), **where)
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
        scenes.seen(figure, where, 1.15, (1.7, 0.9, 0.6))
    layout.finish(figure, (scenes.PANEL_HEIGHT - 40) * lines + 110)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 50, "b": 70}, modebar={"remove": scenes.MODEBAR})
    return figure
