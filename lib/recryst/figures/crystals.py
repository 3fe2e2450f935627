"""Pictures of crystals: turned by hand in a page, or drawn once with coordination polyhedra."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from ase.data import atomic_numbers, covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon
from plotly import graph_objects as go
from plotly.subplots import make_subplots
from scipy.spatial import ConvexHull

from recryst.crystals import FloatArray
from recryst.errors import BadInputError
from recryst.figures import style

SCENE = ["crystal", "kind", "element", "x", "y", "z", "element2", "x2", "y2", "z2"]
RADIUS = 0.45
"""Drawn radius of an atom over its covalent radius."""
FACES = to_rgb(style.BLUE)
PANEL_HEIGHT = 300
"""Pixels of one crystal in a page."""
ZOOM = 1.75
"""Edge of the box drawn over the size at which plotly would fit it into the panel with room for axes."""
FINE, COARSE, MANY = 60, 30, 60
"""Corners of a ball in crystals of up to, and of more than so many atoms, so that a page stays below a megabyte."""


@style.house_style
def structure(data: pd.DataFrame, polyhedra: str = "", labels: dict[str, str] | None = None, view: Sequence[float] = (14, -24)) -> Figure:
    """One crystal seen from afar, with the coordination polyhedra of an element (Fig. 3(a)).

    Parameters
    ----------
    data : a scene of one crystal, from `recryst.analysis.drawing.scene`
    polyhedra : the element whose bonded neighbours span polyhedra; none where empty. Only their bonds are drawn
    labels : text of the legend for an element, "A site: Pb" for example
    view : elevation and azimuth, degrees

    Raises
    ------
    BadInputError : the scene holds several crystals, or the element has no four neighbours that span a polyhedron
    """
    ((_, rows),) = style.panels(data, SCENE, "scene")
    if len(rows["crystal"].unique()) != 1:
        raise BadInputError(f"A picture of a structure shows one crystal, not {len(rows['crystal'].unique())}.")
    turn = _rotation(*view)
    figure, grid = style.canvas(3.6)
    axes = grid[0, 0]
    atoms = rows[rows["kind"] == "atom"]
    bonds = _to_element(rows[rows["kind"] == "bond"], polyhedra) if polyhedra else rows[rows["kind"] == "bond"]
    for ends, look in ((rows[rows["kind"] == "edge"], {"color": style.INK, "lw": 0.9}), (bonds, {"color": style.FAINT, "lw": 2.5})):
        starts, stops = ends[["x", "y", "z"]].to_numpy(float) @ turn, ends[["x2", "y2", "z2"]].to_numpy(float) @ turn
        for start, stop in zip(starts, stops, strict=True):
            # a line is hidden by the atoms at both of its ends
            depth = min(_depth(start), _depth(stop)) - 0.001
            axes.plot([start[0], stop[0]], [start[1], stop[1]], zorder=depth, solid_capstyle="round", **look)
    before: dict[tuple[float, ...], float] = {}
    for corners in _polyhedra(bonds) if polyhedra else []:
        turned = corners @ turn
        for face in turned[ConvexHull(turned).simplices]:
            depth = _depth(face.mean(axis=0))
            # a ball stands before the faces that end in it
            before |= {_key(corner): max(depth + 0.001, before.get(_key(corner), 0)) for corner in face}
            axes.add_patch(Polygon(face[:, :2], facecolor=(*FACES, 0.2), edgecolor=(*FACES, 0.8), lw=0.8, zorder=depth))
    for element, group in _by_element(atoms):
        number = atomic_numbers[element]
        for place in group[["x", "y", "z"]].to_numpy(float) @ turn:
            depth = max(_depth(place), before.get(_key(place), 0))
            _ball(axes, place, RADIUS * covalent_radii[number], jmol_colors[number], depth)
        text = (labels or {}).get(element, element)
        axes.plot([], [], "o", ms=8, mfc=jmol_colors[number], mec=style.INK, mew=0.6, label=text)
    axes.set_aspect("equal")
    axes.margins(0.02)
    axes.set_axis_off()
    axes.autoscale_view()
    figure.legend(loc="outside lower center", ncols=4, handletextpad=0.3)
    return figure


def crystal_3d(data: pd.DataFrame, columns: int = 2) -> go.Figure:
    """Crystals side by side, each to be turned and enlarged; the pointer names an atom.

    Parameters
    ----------
    data : a scene, from `recryst.analysis.drawing.scene`
    columns : crystals in a row
    """
    ((_, rows),) = style.panels(data, SCENE, "scene")
    crystals = list(rows.groupby("crystal", sort=False))
    columns = min(columns, len(crystals))
    lines = -(-len(crystals) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        specs=[[{"type": "scene"}] * columns] * lines,
        subplot_titles=[str(title) for title, _ in crystals],
        horizontal_spacing=0.01,
        vertical_spacing=0.12 / lines,
    )
    seen: set[str] = set()
    for index, (_, shown) in enumerate(crystals):
        where = {"row": index // columns + 1, "col": index % columns + 1}
        scene = _upright(shown)
        figure.add_trace(_lines(scene[scene["kind"] == "edge"], style.INK, 2), **where)
        figure.add_trace(_lines(scene[scene["kind"] == "bond"], style.FAINT, 5), **where)
        atoms = scene[scene["kind"] == "atom"]
        for element, group in _by_element(atoms):
            figure.add_trace(_balls(group, element, FINE if len(atoms) <= MANY else COARSE, element not in seen), **where)
            seen.add(element)
        reach = np.linalg.norm(scene[["x", "y", "z"]].to_numpy(float), axis=1).max() + 1
        axis = {"visible": False, "range": [-reach, reach]}
        camera = {"projection": {"type": "orthographic"}, "eye": {"x": 1.7, "y": 0.7, "z": 0.45}}
        figure.update_scenes(
            xaxis=axis, yaxis=axis, zaxis=axis, aspectmode="manual", aspectratio={"x": ZOOM, "y": ZOOM, "z": ZOOM}, camera=camera, **where
        )
    figure.update_layout(
        height=PANEL_HEIGHT * lines + 60,
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        paper_bgcolor=style.PAPER,
        font={"color": style.INK, "size": 13},
        legend={"orientation": "h", "y": -0.02, "x": 0.5, "xanchor": "center"},
        modebar={"remove": ["toImage", "zoom3d", "pan3d", "orbitRotation", "tableRotation", "resetCameraLastSave3d", "hoverClosest3d"]},
    )
    figure.update_annotations(font={"size": 13, "color": style.INK})
    return figure


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


def _by_element(atoms: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(element), group) for element, group in atoms.groupby("element", sort=False)]


def _ball(axes: Axes, place: FloatArray, radius: float, colour: FloatArray, depth: float) -> None:
    """A disc with a bright spot to the upper left."""
    x, y = float(place[0]), float(place[1])
    light = tuple(1 - (1 - np.asarray(colour)) * 0.45)
    axes.add_patch(Circle((x, y), radius, facecolor=tuple(colour), edgecolor=style.INK, lw=0.7, zorder=depth))
    axes.add_patch(Circle((x - 0.3 * radius, y + 0.32 * radius), 0.35 * radius, facecolor=light, lw=0, zorder=depth))


def _to_element(bonds: pd.DataFrame, element: str) -> pd.DataFrame:
    """Bonds between this element and another, turned so that this element comes first."""
    forward = bonds[(bonds["element"] == element) & (bonds["element2"] != element)]
    backward = bonds[(bonds["element2"] == element) & (bonds["element"] != element)]
    swapped = backward.rename(columns={"x": "x2", "y": "y2", "z": "z2", "x2": "x", "y2": "y", "z2": "z"})
    swapped = swapped.assign(element=element, element2=backward["element"])
    return pd.concat([forward, swapped])[SCENE]


def _polyhedra(bonds: pd.DataFrame) -> list[FloatArray]:
    found = [group[["x2", "y2", "z2"]].to_numpy(float) for _, group in bonds.groupby(bonds[["x", "y", "z"]].round(3).apply(tuple, axis=1))]
    solid = [corners for corners in found if len(corners) >= 4 and np.linalg.matrix_rank(corners - corners[0], tol=0.1) == 3]
    if not solid:
        raise BadInputError("No atom of the chosen element has four bonded neighbours that span a polyhedron.")
    return solid


def _lines(ends: pd.DataFrame, colour: str, width: float) -> go.Scatter3d:
    gap = np.full(len(ends), np.nan)
    x, y, z = (np.column_stack([ends[axis], ends[f"{axis}2"], gap]).ravel().round(3) for axis in "xyz")
    return go.Scatter3d(x=x, y=y, z=z, mode="lines", line={"color": colour, "width": width}, hoverinfo="skip", showlegend=False)


def _balls(atoms: pd.DataFrame, element: str, corners: int, in_legend: bool) -> go.Mesh3d:
    number = atomic_numbers[element]
    ball, faces = _sphere(corners)
    places = atoms[["x", "y", "z"]].to_numpy(float)
    vertices = (places[:, None, :] + RADIUS * covalent_radii[number] * ball).reshape(-1, 3).astype(np.float32)
    triangles = (faces + corners * np.arange(len(places))[:, None, None]).reshape(-1, 3).astype(np.int32)
    return go.Mesh3d(
        **dict(zip("xyz", vertices.T.copy(), strict=True)),
        **dict(zip("ijk", triangles.T.copy(), strict=True)),
        color="rgb({:.0f},{:.0f},{:.0f})".format(*(255 * jmol_colors[number])),
        lighting={"ambient": 0.82, "diffuse": 0.5, "specular": 0.1, "roughness": 0.6},
        flatshading=False,
        name=element,
        legendgroup=element,
        showlegend=in_legend,
        hovertemplate=f"{element}<extra></extra>",
    )


def _sphere(corners: int) -> tuple[FloatArray, np.ndarray]:
    """Unit sphere of evenly spread corners (a Fibonacci lattice) and its triangles, all turned outwards."""
    height = 1 - (2 * np.arange(corners) + 1) / corners
    angle = np.pi * (1 + 5**0.5) * np.arange(corners)
    ring = np.sqrt(1 - height**2)
    places = np.column_stack([ring * np.cos(angle), ring * np.sin(angle), height])
    faces = ConvexHull(places).simplices
    first, second, third = (places[faces[:, corner]] for corner in range(3))
    inwards = np.sum(np.cross(second - first, third - first) * first, axis=1) < 0
    faces[inwards] = faces[inwards][:, ::-1]
    return places, faces


def _upright(scene: pd.DataFrame) -> pd.DataFrame:
    """The scene with its longest extent along z and its shortest along x, towards the reader; handedness is kept."""
    extent = np.ptp(scene[["x", "y", "z"]].to_numpy(float), axis=0).round(3)
    order = np.argsort(extent, kind="stable")
    sign = 1.0 if round(float(np.linalg.det(np.eye(3)[order]))) == 1 else -1.0
    turned = scene.copy()
    for end in ("", "2"):
        places = scene[[f"{axis}{end}" for axis in "xyz"]].to_numpy(float)[:, order]
        turned[[f"{axis}{end}" for axis in "xyz"]] = places * [sign, 1, 1]
    return turned
