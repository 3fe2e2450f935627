"""Crystals to be turned by hand; the pointer names an atom."""

import numpy as np
import pandas as pd
from ase.data import atomic_numbers, covalent_radii
from ase.data.colors import jmol_colors
from plotly import graph_objects as go
from scipy.spatial import ConvexHull

from recryst.crystals import FloatArray
from recryst.figures import style
from recryst.figures.crystals import FACES, IN_A_ROW, RADIUS, SCENE, VIEW_OF_ONE, by_element, coordination, to_element, upright
from recryst.figures.interactive import layout, scenes

ZOOM = 1.75
"""Edge of the box drawn over the size at which plotly would fit it into the panel with room for axes."""
FINE, COARSE, MANY = 60, 30, 60
"""Corners of a ball in crystals of up to, and of more than so many atoms, so that a page stays below a megabyte."""


def crystal_3d(data: pd.DataFrame) -> go.Figure:
    """Crystals side by side, each to be turned and enlarged; see `recryst.figures.crystal_3d`."""
    ((_, rows),) = style.panels(data, SCENE, "scene")
    return _scenes([(str(title), upright(scene)) for title, scene in rows.groupby("crystal", sort=False)])


def structure(data: pd.DataFrame, polyhedra: str = "", labels: dict[str, str] | None = None) -> go.Figure:
    """One crystal with the coordination polyhedra of an element; see `recryst.figures.structure`."""
    ((_, rows),) = style.panels(data, SCENE, "scene")
    bonds = to_element(rows[rows["kind"] == "bond"], polyhedra) if polyhedra else rows[:0]
    figure = _scenes([("", rows)])
    for corners in coordination(bonds) if polyhedra else []:
        faces = ConvexHull(corners).simplices
        figure.add_trace(
            go.Mesh3d(
                **dict(zip("xyz", layout.packed(corners.T), strict=True)),
                **dict(zip("ijk", faces.T.copy(), strict=True)),
                color="rgb({:.0f},{:.0f},{:.0f})".format(*(255 * np.array(FACES))),
                opacity=0.25,
                hoverinfo="skip",
            )
        )
    for trace in figure.data:
        if trace.name in (labels or {}):
            trace.name = (labels or {})[trace.name]
    up, round_ = np.radians(VIEW_OF_ONE)
    eye = 2 * np.array([np.cos(up) * np.cos(round_), np.cos(up) * np.sin(round_), np.sin(up)])
    figure.update_scenes(camera_eye=dict(zip("xyz", eye.tolist(), strict=True)))
    return figure


def _scenes(crystals: list[tuple[str, pd.DataFrame]]) -> go.Figure:
    figure, places, lines = scenes.grid([title for title, _ in crystals], IN_A_ROW)
    seen: set[str] = set()
    for where, (_, scene) in zip(places, crystals, strict=True):
        for kind, colour, width in (("edge", style.INK, 2), ("bond", style.FAINT, 5)):
            ends = scene.loc[scene["kind"] == kind, ["x", "y", "z", "x2", "y2", "z2"]].to_numpy(float)
            figure.add_trace(scenes.segments(ends.reshape(-1, 2, 3), colour, width), **where)
        atoms = scene[scene["kind"] == "atom"]
        for element, group in by_element(atoms):
            figure.add_trace(_balls(group, element, FINE if len(atoms) <= MANY else COARSE, element not in seen), **where)
            seen.add(element)
        reach = float(np.linalg.norm(scene[["x", "y", "z"]].to_numpy(float), axis=1).max()) + 1
        scenes.seen(figure, where, ZOOM, (1.7, 0.7, 0.45), [-reach, reach])
    return scenes.finish_with_legend(figure, lines)


def _balls(atoms: pd.DataFrame, element: str, corners: int, in_legend: bool) -> go.Mesh3d:
    number = atomic_numbers[element]
    ball, faces = _sphere(corners)
    places = atoms[["x", "y", "z"]].to_numpy(float)
    vertices = (places[:, None, :] + RADIUS * covalent_radii[number] * ball).reshape(-1, 3)
    triangles = (faces + corners * np.arange(len(places))[:, None, None]).reshape(-1, 3)
    return go.Mesh3d(
        **dict(zip("xyz", layout.packed(vertices.T), strict=True)),
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
