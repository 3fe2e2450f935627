"""Pictures of crystals seen from afar, with or without coordination polyhedra; `interactive.crystals` has those to be turned by hand."""

from typing import Any

import numpy as np
import pandas as pd
from ase.data import atomic_numbers, covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from scipy.spatial import ConvexHull

from recryst.crystals import FloatArray
from recryst.errors import BadInputError
from recryst.figures import style

SCENE = ["crystal", "kind", "element", "x", "y", "z", "element2", "x2", "y2", "z2"]
RADIUS = 0.45
"""Drawn radius of an atom over its covalent radius."""
FACES = to_rgb(style.BLUE)
VIEW, VIEW_OF_ONE = (14, 22), (14, -24)
"""Elevation and azimuth, degrees, of crystals side by side and of one alone."""
IN_A_ROW = 2
"""Crystals side by side."""


@style.explored_with("crystals.structure")
@style.house_style
def structure(data: pd.DataFrame, polyhedra: str = "", labels: dict[str, str] | None = None) -> Figure:
    """One crystal seen from afar, with the coordination polyhedra of an element (Fig. 3(a)).

    Parameters
    ----------
    data : a scene of one crystal, from `recryst.analysis.drawing.scene`
    polyhedra : the element whose bonded neighbours span polyhedra; none where empty. Only their bonds are drawn
    labels : text of the legend for an element, "A site: Pb" for example

    Raises
    ------
    BadInputError : the scene holds several crystals, or the element has no four neighbours that span a polyhedron
    """
    ((_, rows),) = style.panels(data, SCENE, "scene")
    if len(rows["crystal"].unique()) != 1:
        raise BadInputError(f"A picture of a structure shows one crystal, not {len(rows['crystal'].unique())}.")
    figure, grid = style.canvas(3.6)
    shown = _draw(grid[0, 0], rows, polyhedra, VIEW_OF_ONE)
    _legend(figure, grid[0, 0], shown, labels or {})
    return figure


@style.explored_with("crystals.crystal_3d")
@style.house_style
def crystal_3d(data: pd.DataFrame) -> Figure:
    """Crystals side by side; in a page each can be turned and enlarged, and the pointer names an atom.

    Parameters
    ----------
    data : a scene, from `recryst.analysis.drawing.scene`
    """
    ((_, rows),) = style.panels(data, SCENE, "scene")
    crystals = list(rows.groupby("crystal", sort=False))
    columns = min(IN_A_ROW, len(crystals))
    lines = -(-len(crystals) // columns)
    width = style.WIDTH if columns == 1 else style.WIDE
    figure, grid = style.canvas(0.4 + lines * min(3.2, width / columns), lines, columns, width)
    seen: dict[str, None] = {}
    for axes, (title, scene) in zip(grid.ravel(), crystals, strict=False):
        seen |= dict.fromkeys(_draw(axes, upright(scene), "", VIEW))
        axes.set_title(str(title))
    for empty in grid.ravel()[len(crystals) :]:
        empty.set_axis_off()
    _legend(figure, grid[0, 0], list(seen), {})
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, polyhedra: str, view: tuple[float, float]) -> list[str]:
    """Draw one crystal; returns its elements."""
    turn = _rotation(*view)
    atoms = rows[rows["kind"] == "atom"]
    bonds = to_element(rows[rows["kind"] == "bond"], polyhedra) if polyhedra else rows[rows["kind"] == "bond"]
    lines: list[tuple[pd.DataFrame, dict[str, Any]]] = [
        (rows[rows["kind"] == "edge"], {"color": style.INK, "lw": 0.9}),
        (bonds, {"color": style.FAINT, "lw": 2.5}),
    ]
    for ends, look in lines:
        starts, stops = ends[["x", "y", "z"]].to_numpy(float) @ turn, ends[["x2", "y2", "z2"]].to_numpy(float) @ turn
        for start, stop in zip(starts, stops, strict=True):
            # a line is hidden by the atoms at both of its ends
            depth = min(_depth(start), _depth(stop)) - 0.001
            axes.plot([start[0], stop[0]], [start[1], stop[1]], zorder=depth, solid_capstyle="round", **look)
    before: dict[tuple[float, ...], float] = {}
    for corners in coordination(bonds) if polyhedra else []:
        turned = corners @ turn
        for face in turned[ConvexHull(turned).simplices]:
            depth = _depth(face.mean(axis=0))
            # a ball stands before the faces that end in it
            before |= {_key(corner): max(depth + 0.001, before.get(_key(corner), 0)) for corner in face}
            axes.add_patch(Polygon(face[:, :2], facecolor=(*FACES, 0.2), edgecolor=(*FACES, 0.8), lw=0.8, zorder=depth))
    for element, group in by_element(atoms):
        number = atomic_numbers[element]
        for place in group[["x", "y", "z"]].to_numpy(float) @ turn:
            depth = max(_depth(place), before.get(_key(place), 0))
            _ball(axes, place, RADIUS * covalent_radii[number], jmol_colors[number], depth)
    axes.set_aspect("equal")
    axes.margins(0.02)
    axes.set_axis_off()
    axes.autoscale_view()
    return [element for element, _ in by_element(atoms)]


def _legend(figure: Figure, axes: Axes, shown: list[str], labels: dict[str, str]) -> None:
    for element in shown:
        colour = jmol_colors[atomic_numbers[element]]
        axes.plot([], [], "o", ms=8, mfc=colour, mec=style.INK, mew=0.6, label=labels.get(element, element))
    figure.legend(loc="outside lower center", ncols=min(6, len(shown)) if not labels else 4, handletextpad=0.3)


def _rotation(elevation: float, azimuth: float) -> FloatArray:
    """(3, 3) to multiply rows of coordinates with: x to the right, y up, z towards the reader."""
    up, round_ = np.radians(elevation), np.radians(azimuth)
    right = np.array([-np.sin(round_), np.cos(round_), 0])
    towards = np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
    return np.column_stack([right, np.cross(towards, right), towards])


def _depth(place: FloatArray) -> float:
    return 10 + float(place[2]) / 100


def _key(place: FloatArray) -> tuple[float, ...]:
    return tuple((place.round(3) + 0.0).tolist())


def by_element(atoms: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The atoms of each element, in order of first appearance."""
    return [(str(element), group) for element, group in atoms.groupby("element", sort=False)]


def _ball(axes: Axes, place: FloatArray, radius: float, colour: FloatArray, depth: float) -> None:
    """A disc with a bright spot to the upper left."""
    x, y = float(place[0]), float(place[1])
    light = tuple(1 - (1 - np.asarray(colour)) * 0.45)
    axes.add_patch(Circle((x, y), radius, facecolor=tuple(colour), edgecolor=style.INK, lw=0.7, zorder=depth))
    axes.add_patch(Circle((x - 0.3 * radius, y + 0.32 * radius), 0.35 * radius, facecolor=light, lw=0, zorder=depth))


def to_element(bonds: pd.DataFrame, element: str) -> pd.DataFrame:
    """Bonds between this element and another, turned so that this element comes first."""
    forward = bonds[(bonds["element"] == element) & (bonds["element2"] != element)]
    backward = bonds[(bonds["element2"] == element) & (bonds["element"] != element)]
    swapped = backward.rename(columns={"x": "x2", "y": "y2", "z": "z2", "x2": "x", "y2": "y", "z2": "z"})
    swapped = swapped.assign(element=element, element2=backward["element"])
    return pd.concat([forward, swapped])[SCENE]


def coordination(bonds: pd.DataFrame) -> list[FloatArray]:
    """(corners, 3) ends of the bonds around each first atom, where they span a polyhedron; ``bonds`` from `to_element`.

    Raises
    ------
    BadInputError : no atom has four neighbours that do
    """
    found = [group[["x2", "y2", "z2"]].to_numpy(float) for _, group in bonds.groupby(bonds[["x", "y", "z"]].round(3).apply(tuple, axis=1))]
    solid = [corners for corners in found if len(corners) >= 4 and np.linalg.matrix_rank(corners - corners[0], tol=0.1) == 3]
    if not solid:
        raise BadInputError("No atom of the chosen element has four bonded neighbours that span a polyhedron.")
    return solid


def upright(scene: pd.DataFrame) -> pd.DataFrame:
    """The scene with its longest extent along z and its shortest along x, towards the reader; handedness is kept."""
    extent = np.ptp(scene[["x", "y", "z"]].to_numpy(float), axis=0).round(3)
    order = np.argsort(extent, kind="stable")
    sign = 1.0 if round(float(np.linalg.det(np.eye(3)[order]))) == 1 else -1.0
    turned = scene.copy()
    for end in ("", "2"):
        places = scene[[f"{axis}{end}" for axis in "xyz"]].to_numpy(float)[:, order]
        turned[[f"{axis}{end}" for axis in "xyz"]] = places * [sign, 1, 1]
    return turned
