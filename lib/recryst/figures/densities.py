"""Pictures of charge densities and of localisation: slices through a cubic cell, and clouds of points as the charge-density paper has."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from recryst.errors import BadInputError
from recryst.figures import style
from recryst.figures.voxels import box, view

UNIT = "electrons/Å³"
FACE = 2**0.5
"""Length of a cell's face diagonal over its edge."""
IN_A_ROW = 3
"""Crystals side by side."""
LARGEST_POINT = 26
"""Square points of the point of highest density."""


@style.house_style
def density_slices(data: pd.DataFrame) -> Figure:
    """The density of cubic crystals in the plane (110), all on one logarithmic scale.

    The plane holds the sites 4a, 4b and 8c of space group Fm-3m, and one in three of 24e.

    Parameters
    ----------
    data : crystal (its title), across (along the face diagonal, in its length), up (along the edge, in its length), density (electrons /
        angstrom^3), on a regular grid; and rows with an element and no density: where its name is to stand

    Raises
    ------
    BadInputError : a density is not positive, or the points of a crystal are no regular grid
    """
    ((_, rows),) = style.panels(data, ["crystal", "across", "up", "density", "element"], "slices of densities")
    values = rows["density"].dropna()
    if not (values > 0).all():
        raise BadInputError(f"A density is drawn over its logarithm and must be positive, not {values.min():g}.")
    figure, bar = _slices(rows, "density", LogNorm(values.min(), values.max()), UNIT)
    bar.ax.xaxis.set_major_locator(LogLocator(base=10))
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.plain(value)))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    return figure


@style.house_style
def localisation_slices(data: pd.DataFrame) -> Figure:
    """The electron localisation function of cubic crystals in the plane (110), from 0 to 1.

    Parameters
    ----------
    data : as of `density_slices`, with a column localisation, from 0 to 1, in place of the density

    Raises
    ------
    BadInputError : a value is not between 0 and 1, or the points of a crystal are no regular grid
    """
    ((_, rows),) = style.panels(data, ["crystal", "across", "up", "localisation", "element"], "slices of a localisation function")
    values = rows["localisation"].dropna()
    if not values.between(0, 1).all():
        raise BadInputError(f"An electron localisation function lies between 0 and 1, not from {values.min():g} to {values.max():g}.")
    return _slices(rows, "localisation", Normalize(0, 1), "electron localisation function")[0]


@style.explored_with("densities.density_clouds")
@style.house_style
def density_clouds(data: pd.DataFrame, lowest: float = 0.05) -> Figure:
    """Points of cubic cells, larger and brighter where the density is higher (Fig. 1); in a page, surfaces of equal density to turn.

    Parameters
    ----------
    data : crystal (its title), x, y, z (grid point, from 0 to n; 0 and n are the same), density (electrons / angstrom^3)
    lowest : density below which space is left empty

    Raises
    ------
    BadInputError : no density reaches the lowest one
    """
    ((_, rows),) = style.panels(data, ["crystal", "x", "y", "z", "density"], "grid points of densities")
    if not rows["density"].max() > lowest > 0:
        raise BadInputError(f"The lowest density drawn must lie between 0 and the highest, {rows['density'].max():g}, not at {lowest:g}.")
    crystals = list(rows.groupby("crystal", sort=False))
    columns = min(IN_A_ROW, len(crystals))
    lines = -(-len(crystals) // columns)
    figure, grid = style.canvas(lines * (style.WIDE / max(columns, 2) + 0.35) + 0.6, lines, columns, style.WIDE)
    norm = LogNorm(lowest, rows["density"].max())
    for axes, (title, part) in zip(grid.ravel(), crystals, strict=False):
        _cloud(axes, part, norm)
        axes.set_title(str(title), fontsize=9.5)
    for empty in grid.ravel()[len(crystals) :]:
        empty.set_axis_off()
    image = grid.flat[0].collections[-1]
    bar = figure.colorbar(image, ax=grid.ravel().tolist(), location="bottom", shrink=0.7, aspect=40, pad=0.03, label=UNIT)
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.plain(value)))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    return figure


def _slices(rows: pd.DataFrame, column: str, norm: Normalize, label: str) -> tuple[Figure, Colorbar]:
    """A slice for each crystal, all on one scale, and the bar that explains it."""
    crystals = list(rows.groupby("crystal", sort=False))
    columns = min(IN_A_ROW, len(crystals))
    lines = -(-len(crystals) // columns)
    width = style.WIDE / max(columns, 2)
    figure, grid = style.canvas(lines * (width / FACE + 0.5) + 0.65, lines, columns, style.WIDE)
    for axes, (title, part) in zip(grid.ravel(), crystals, strict=False):
        _slice(axes, part.rename(columns={column: "value"}), norm)
        axes.set_title(str(title), fontsize=9.5)
    for empty in grid.ravel()[len(crystals) :]:
        empty.set_axis_off()
    image = grid.flat[0].images[0]
    return figure, figure.colorbar(image, ax=grid.ravel().tolist(), location="bottom", shrink=0.7, aspect=40, pad=0.03, label=label)


def _slice(axes: Axes, part: pd.DataFrame, norm: Normalize) -> None:
    points, atoms = part[part["value"].notna()], part[part["value"].isna()]
    values = points.pivot_table(index="up", columns="across", values="value", dropna=False)
    if values.isna().any(axis=None) or values.size != len(points):
        raise BadInputError(f"The slice of {part['crystal'].iloc[0]} is no regular grid: {len(points)} points on {values.shape} places.")
    across, up = values.columns.to_numpy(float), values.index.to_numpy(float)
    extent = (FACE * across[0], FACE * across[-1], float(up[0]), float(up[-1]))
    axes.imshow(values, origin="lower", extent=extent, norm=norm, cmap=style.SEQUENTIAL, interpolation="bicubic")
    for atom in atoms.to_dict("records"):
        near = np.hypot(FACE * (points["across"] - atom["across"]), points["up"] - atom["up"]).to_numpy().argmin()
        colour = colormaps[style.SEQUENTIAL](norm(points["value"].iloc[near]))
        axes.text(FACE * atom["across"], atom["up"], atom["element"], ha="center", va="center", fontsize=9, color=style.ink_on(colour[:3]))
    axes.set_xticks([])
    axes.set_yticks([])


def _cloud(axes: Axes, part: pd.DataFrame, norm: LogNorm) -> None:
    turn = view()
    bins = int(part["x"].max())
    edges = (box(bins) @ turn)[..., :2]
    axes.add_collection(LineCollection(edges.tolist(), colors=style.FAINT, linewidths=0.7, zorder=1))
    shown = part[part["density"] >= norm.vmin]
    places = shown[["x", "y", "z"]].to_numpy(float) @ turn
    order = np.argsort(places[:, 2], kind="stable")
    share = norm(shown["density"].to_numpy(float)[order])
    axes.scatter(
        places[order, 0],
        places[order, 1],
        s=1 + (LARGEST_POINT - 1) * np.asarray(share) ** 2,
        c=shown["density"].to_numpy(float)[order],
        norm=norm,
        cmap=style.SEQUENTIAL,
        alpha=0.35,
        lw=0,
        zorder=2,
    )
    axes.set_aspect("equal")
    axes.set_axis_off()
