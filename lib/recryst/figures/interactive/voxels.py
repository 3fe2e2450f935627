"""Voxel images to be turned by hand; the pointer names the element in a voxel and says which voxel it is."""

import numpy as np
import pandas as pd
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from recryst.figures import style
from recryst.figures.interactive import layout
from recryst.figures.interactive.crystals import MODEBAR, PANEL_HEIGHT, ZOOM
from recryst.figures.voxels import box


def voxel_images(data: pd.DataFrame, bins: int = 32, columns: int = 2) -> go.Figure:
    """Images side by side, each to be turned and enlarged; see `recryst.figures.voxel_images`."""
    ((_, rows),) = style.panels(data, ["image", "element", "x", "y", "z"], "voxel images")
    pictures = list(rows.groupby("image", sort=False))
    columns = min(columns, len(pictures))
    lines = -(-len(pictures) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        specs=[[{"type": "scene"}] * columns] * lines,
        subplot_titles=[str(title) for title, _ in pictures],
        horizontal_spacing=0.01,
        vertical_spacing=0.12 / lines,
    )
    gap = np.full((12, 1, 3), np.nan)
    frame = np.concatenate([box(bins), gap], axis=1).reshape(-1, 3).T
    seen: set[str] = set()
    for index, (_, voxels) in enumerate(pictures):
        where = layout.place(index, columns)
        lines_of_box = dict(zip("xyz", layout.packed(frame), strict=True))
        look = {"color": style.FAINT, "width": 2}
        figure.add_trace(go.Scatter3d(**lines_of_box, mode="lines", line=look, hoverinfo="skip", showlegend=False), **where)
        for element, group in voxels.groupby("element", sort=False):
            figure.add_trace(_cubes(group, str(element), str(element) not in seen), **where)
            seen.add(str(element))
        axis = {"visible": False, "range": [0, bins]}
        camera = {"projection": {"type": "orthographic"}, "eye": {"x": 1.7, "y": 0.9, "z": 0.6}}
        ratio = dict.fromkeys("xyz", 0.6 * ZOOM)
        figure.update_scenes(xaxis=axis, yaxis=axis, zaxis=axis, aspectmode="manual", aspectratio=ratio, camera=camera, **where)
    layout.finish(figure, PANEL_HEIGHT * lines + 60)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0.5, "xanchor": "center"},
        modebar={"remove": MODEBAR},
    )
    return figure


def _cubes(voxels: pd.DataFrame, element: str, in_legend: bool) -> go.Scatter3d:
    places = voxels[["x", "y", "z"]].to_numpy(float)
    colour = "rgb({:.0f},{:.0f},{:.0f})".format(*(255 * jmol_colors[atomic_numbers[element]]))
    return go.Scatter3d(
        **dict(zip("xyz", layout.packed(places.T + 0.5), strict=True)),
        mode="markers",
        marker={"symbol": "square", "size": 5, "color": colour, "line": {"color": style.INK, "width": 0.5}},
        customdata=layout.packed(places),
        hovertemplate=f"<b>{element}</b> in voxel %{{customdata[0]:.0f}}, %{{customdata[1]:.0f}}, %{{customdata[2]:.0f}}<extra></extra>",
        name=element,
        legendgroup=element,
        showlegend=in_legend,
    )
