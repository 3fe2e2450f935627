"""Voxel images to be turned by hand; the pointer names the element in a voxel and says which voxel it is."""

import pandas as pd
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors
from plotly import graph_objects as go

from recryst.features.voxels import BINS
from recryst.figures import style
from recryst.figures.interactive import layout, scenes
from recryst.figures.interactive.crystals import ZOOM
from recryst.figures.voxels import IN_A_ROW, box


def voxel_images(data: pd.DataFrame) -> go.Figure:
    """Images side by side, each to be turned and enlarged; see `recryst.figures.voxel_images`."""
    ((_, rows),) = style.panels(data, ["image", "element", "x", "y", "z"], "voxel images")
    pictures = list(rows.groupby("image", sort=False))
    figure, places, lines = scenes.grid([str(title) for title, _ in pictures], IN_A_ROW)
    seen: set[str] = set()
    for where, (_, voxels) in zip(places, pictures, strict=True):
        figure.add_trace(scenes.segments(box(BINS), style.FAINT, 2), **where)
        for element, group in voxels.groupby("element", sort=False):
            figure.add_trace(_cubes(group, str(element), str(element) not in seen), **where)
            seen.add(str(element))
        scenes.seen(figure, where, 0.6 * ZOOM, (1.7, 0.9, 0.6), [0, BINS])
    return scenes.finish_with_legend(figure, lines)


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
