"""Pictures of voxel images: the voxels that hold an atom, as small cubes in their box."""

from itertools import product

import numpy as np
import pandas as pd
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from recryst.crystals import FloatArray
from recryst.features.voxels import BINS
from recryst.figures import style

IN_A_ROW = 2
"""Images side by side."""
VIEW = (18, 28)
"""Elevation and azimuth, degrees."""
FACES = {0: (0.82, (1, 2)), 1: (0.64, (2, 0)), 2: (1.0, (0, 1))}
"""How bright the face of a cube across each axis is, and the axes that it extends along."""


@style.explored_with("voxels.voxel_images")
@style.house_style
def voxel_images(data: pd.DataFrame) -> Figure:
    """Images side by side; a cube for each voxel that holds an atom, coloured by element, nearer ones before those behind.

    Parameters
    ----------
    data : image (its title), element, x, y, z (voxel, from 0); one row a voxel that is not empty
    """
    ((_, rows),) = style.panels(data, ["image", "element", "x", "y", "z"], "voxel images")
    pictures = list(rows.groupby("image", sort=False))
    columns = min(IN_A_ROW, len(pictures))
    lines = -(-len(pictures) // columns)
    width = style.WIDTH if columns == 1 else style.WIDE
    figure, grid = style.canvas(0.45 + lines * (0.3 + width / max(columns, 2)), lines, columns, width)
    turn = view()
    for axes, (title, voxels) in zip(grid.ravel(), pictures, strict=False):
        _draw(axes, voxels, turn)
        axes.set_title(str(title))
    for empty in grid.ravel()[len(pictures) :]:
        empty.set_axis_off()
    for element in dict.fromkeys(rows["element"]):
        grid[0, 0].plot([], [], "s", ms=8, mfc=jmol_colors[atomic_numbers[element]], mec=style.INK, mew=0.6, label=element)
    figure.legend(loc="outside lower center", ncols=6, handletextpad=0.3)
    return figure


def box(bins: int) -> FloatArray:
    """(12, 2, 3) ends of the edges of the box, in voxels."""
    corners = np.array(list(product((0.0, bins), repeat=3)))
    return np.array([(one, other) for one in corners for other in corners if np.count_nonzero(one != other) == 1 and (one <= other).all()])


def view() -> FloatArray:
    """(3, 3) to multiply rows of coordinates with: x to the right, y up, z towards the reader."""
    up, round_ = np.radians(VIEW[0]), np.radians(VIEW[1])
    right = np.array([-np.sin(round_), np.cos(round_), 0])
    towards = np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
    return np.column_stack([right, np.cross(towards, right), towards])


def _draw(axes: Axes, voxels: pd.DataFrame, turn: FloatArray) -> None:
    edges = box(BINS) @ turn
    hidden = np.isclose(edges[..., 2], edges[..., 2].min()).any(axis=1)
    faint = {"colors": style.FAINT, "linewidths": 0.7}
    axes.add_collection(LineCollection(edges[hidden][..., :2].tolist(), zorder=1, **faint))
    axes.add_collection(LineCollection(edges[~hidden][..., :2].tolist(), zorder=3, **faint))
    corners, colours = _faces(voxels)
    turned = corners @ turn
    # a face is drawn with its cube, cubes from the farthest to the nearest; in a cube the three faces do not hide each other
    order = np.argsort(np.repeat((voxels[["x", "y", "z"]].to_numpy(float) @ turn)[:, 2], 3), kind="stable")
    axes.add_collection(
        PolyCollection(list(turned[order][..., :2]), facecolors=colours[order], edgecolors=style.INK, linewidths=0.15, zorder=2)
    )
    axes.set_aspect("equal")
    axes.margins(0.01)
    axes.set_axis_off()
    axes.autoscale_view()


def _faces(voxels: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """(3 n, 4, 3) corners of the three faces of each cube that are seen, and (3 n, 3) their colours."""
    places = voxels[["x", "y", "z"]].to_numpy(float)
    colour = jmol_colors[[atomic_numbers[element] for element in voxels["element"]]]
    corners, shades = np.zeros((len(places), 3, 4, 3)), np.zeros((len(places), 3, 3))
    for axis, (brightness, (first, second)) in FACES.items():
        face = np.zeros((4, 3))
        face[:, axis] = 1
        face[[1, 2], first] = 1
        face[[2, 3], second] = 1
        corners[:, axis] = places[:, None] + face
        shades[:, axis] = brightness * colour
    return corners.reshape(-1, 4, 3), shades.reshape(-1, 3)
