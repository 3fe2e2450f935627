"""Things in space side by side, each to be turned and enlarged by hand: what pictures of crystals, voxels and densities share."""

import numpy as np
from plotly import graph_objects as go
from plotly.subplots import make_subplots

from recryst.crystals import FloatArray
from recryst.figures.interactive import layout

PANEL_HEIGHT = 300
"""Pixels of one scene in a page."""
MODEBAR = ["toImage", "zoom3d", "pan3d", "orbitRotation", "tableRotation", "resetCameraLastSave3d", "hoverClosest3d"]


def grid(titles: list[str], columns: int, spacing: float = 0.12) -> tuple[go.Figure, list[dict[str, int]], int]:
    """An empty figure with a scene for each title.

    Parameters
    ----------
    columns : scenes side by side, at most
    spacing : room for the titles between two lines of scenes, as a share of the height of one line

    Returns
    -------
    figure, row and column of each scene, lines
    """
    columns = min(columns, len(titles))
    lines = -(-len(titles) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        specs=[[{"type": "scene"}] * columns] * lines,
        subplot_titles=titles,
        horizontal_spacing=0.01,
        vertical_spacing=spacing / lines,
    )
    return figure, [layout.place(number, columns) for number in range(len(titles))], lines


def seen(figure: go.Figure, where: dict[str, int], size: float, eye: tuple[float, float, float], within: list[float] | None = None) -> None:
    """Hide the axes of a scene, and look at it from ``eye`` without perspective.

    Parameters
    ----------
    size : edge of the box drawn over the size at which plotly would fit it into the panel with room for axes
    within : ends of all three axes; None lets plotly choose
    """
    axis = {"visible": False} | ({"range": within} if within else {})
    camera = {"projection": {"type": "orthographic"}, "eye": dict(zip("xyz", eye, strict=True))}
    ratio = dict.fromkeys("xyz", size)
    figure.update_scenes(xaxis=axis, yaxis=axis, zaxis=axis, aspectmode="manual", aspectratio=ratio, camera=camera, **where)


def finish_with_legend(figure: go.Figure, lines: int) -> go.Figure:
    """Margins, tools, and a legend of the elements below all scenes."""
    layout.finish(figure, PANEL_HEIGHT * lines + 60)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0.5, "xanchor": "center"},
        modebar={"remove": MODEBAR},
    )
    return figure


def segments(ends: FloatArray, colour: str, width: float) -> go.Scatter3d:
    """Straight lines.

    Parameters
    ----------
    ends : (n, 2, 3)
    """
    gap = np.full((len(ends), 1, 3), np.nan)
    points = layout.packed(np.concatenate([ends, gap], axis=1).reshape(-1, 3).T)
    line = {"color": colour, "width": width}
    return go.Scatter3d(**dict(zip("xyz", points, strict=True)), mode="lines", line=line, hoverinfo="skip", showlegend=False)
