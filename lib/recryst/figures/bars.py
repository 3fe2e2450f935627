"""Pictures of counts and of values side by side."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from recryst.figures import style

MOST_NUMBERED = 12
"""Bars that have room for their number on top."""
LETTERS = 26
"""In a line of a label."""


@style.explored_with("bars.histogram")
@style.house_style
def histogram(data: pd.DataFrame, label: str, unit: str = "") -> Figure:
    """Numbers of crystals as bars (Fig. 2(a), S2).

    Parameters
    ----------
    data : value (centre of a bar), width, count; whole numbers as bars of width 1 are set apart
    label, unit : of the horizontal axis
    """
    ((_, rows),) = style.panels(data, ["value", "width", "count"], "bars of a histogram")
    figure, grid = style.canvas(3.0)
    axes = grid[0, 0]
    single = bool((rows["width"] == 1).all())
    axes.bar(rows["value"], rows["count"], rows["width"] * (0.8 if single else 0.96), color=style.BLUE)
    if single:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if single and len(rows) <= MOST_NUMBERED:
        axes.margins(y=0.1)
        axes.bar_label(axes.containers[0], labels=[f"{number:,}" for number in rows["count"]], fontsize=8, padding=1)
    axes.set_xlabel(style.with_unit(label, unit))
    axes.set_ylabel("crystals")
    style.thousands(axes, "y")
    return figure


@style.house_style
def bars(data: pd.DataFrame, axis: str, unit: str = "") -> Figure:
    """Values with intervals as lying bars, the first on top.

    Parameters
    ----------
    data : label, value, low, high; optionally n, which is written behind the label
    axis, unit : what the values are
    """
    ((_, rows),) = style.panels(data, ["label", "value", "low", "high"], "bars")
    figure, grid = style.canvas(0.9 + 0.55 * len(rows))
    axes = grid[0, 0]
    position = np.arange(len(rows))
    reach = np.clip([rows["value"] - rows["low"], rows["high"] - rows["value"]], 0, None)
    axes.barh(position, rows["value"], 0.62, color=style.SKY, xerr=reach, ecolor=style.INK, capsize=2, error_kw={"lw": 1.2})
    labels = [textwrap.fill(str(label), LETTERS) for label in rows["label"]]
    if "n" in rows:
        labels = [f"{label}\nn = {n:,}" for label, n in zip(labels, rows["n"], strict=True)]
    axes.set_yticks(position, labels)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(style.with_unit(axis, unit))
    return figure
