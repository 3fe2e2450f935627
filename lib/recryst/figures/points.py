"""Pictures of one number against another: points, and lines with bands."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recryst.figures import style

NEAR = (0.09, 0.055)
"""Parts of the axes within which two names would lie on each other."""
ONE_LINE = 44
"""Letters of a legend that have room in one line."""


@style.explored_with("points.points")
@style.house_style
def points(
    data: pd.DataFrame,
    x_label: str,
    y_label: str,
    x_log: bool = False,
    y_linear: float | None = None,
    zero: bool = False,
    equal: bool = False,
) -> Figure:
    """A point a row, some with their names.

    Parameters
    ----------
    data : x, y; optionally group (colours and markers of their own), name ("" for none; where two would lie on each other the
        earlier row keeps its own) and about (what the pointer says)
    x_label, y_label : of the axes, with units
    x_log : whether x is on a logarithmic axis
    y_linear : y is linear between -y_linear and y_linear and logarithmic beyond; linear throughout without it
    zero : whether a line marks y = 0
    equal : whether a line marks y = x
    """
    ((_, rows),) = style.panels(data, ["x", "y"], "points")
    figure, grid = style.canvas(3.8)
    axes = grid[0, 0]
    for name, part, look in style.series(rows, "group"):
        opacity = float(np.clip(400 / len(part), 0.25, 0.8))
        axes.scatter(part["x"], part["y"], s=14, color=look["color"], marker=look["marker"], alpha=opacity, lw=0, label=name)
    if x_log:
        axes.set_xscale("log")
        style.plain_log_ticks(axes, "x")
    if y_linear is not None:
        axes.set_yscale("symlog", linthresh=y_linear)
        axes.yaxis.set_major_formatter(lambda value, _: style.plain(value))
    if zero:
        axes.axhline(0, color=style.INK, lw=0.6, ls=":", zorder=0.5)
    if equal:
        axes.axline((0, 0), slope=1, color=style.INK, lw=0.8, ls="--", zorder=0.5)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    if "group" in rows:
        legend = axes.legend(handletextpad=0.2)
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_alpha(1)
    if "name" in rows:
        _name(axes, rows[rows["name"].fillna("") != ""])
    return figure


@style.house_style
def lines(data: pd.DataFrame, x_label: str, y_label: str, x_log: bool = False, zero: bool = False) -> Figure:
    """Lines through points, with a band where there is one.

    Parameters
    ----------
    data : x, y; optionally low, high (the band) and label (a line each)
    x_label, y_label : of the axes, with units
    x_log : whether x is on a logarithmic axis
    zero : whether a line marks y = 0
    """
    ((_, rows),) = style.panels(data, ["x", "y"], "lines")
    figure, grid = style.canvas(3.6)
    axes = grid[0, 0]
    for name, part, look in style.series(rows, "label"):
        if {"low", "high"} <= set(part):
            axes.fill_between(part["x"], part["low"], part["high"], color=look["color"], alpha=0.2, lw=0)
        axes.plot(part["x"], part["y"], label=name or None, **look)
    if x_log:
        axes.set_xscale("log")
        style.plain_log_ticks(axes, "x")
    if zero:
        axes.axhline(0, color=style.INK, lw=0.6, ls=":", zorder=0.5)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    if "label" in rows:
        # above the axes, where no line can run through it
        names = [str(name) for name in rows["label"].unique()]
        figure.legend(loc="outside upper left", ncols=len(names) if sum(map(len, names)) < ONE_LINE else 1)
    return figure


def _name(axes: Axes, rows: pd.DataFrame) -> None:
    """Write names beside their points, from the first row on, leaving out those that would lie on an earlier one."""
    written: list[np.ndarray] = []
    for name, x, y in rows[["name", "x", "y"]].itertuples(index=False):
        place = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))
        if all(np.any(np.abs(place - other) > NEAR) for other in written):
            axes.annotate(str(name), (x, y), xytext=(4, 3), textcoords="offset points", fontsize=9)
            written.append(place)
