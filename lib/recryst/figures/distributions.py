"""Pictures of how numbers are spread: boxes and whiskers, and smooth densities."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from recryst.figures import style
from recryst.notation import signed


@style.house_style
def boxes(data: pd.DataFrame, axis: str, unit: str = "", groups: str = "", reach: float | None = None) -> Figure:
    """Lying boxes from quartile to quartile with the median, and whiskers to the extremes; the first row at the bottom.

    Parameters
    ----------
    data : label, minimum, q1, median, q3, maximum; optionally n, which is written at the right
    axis, unit : what the values are
    groups : what the labels are
    reach : the axis ends at so much on both sides of zero, and whiskers that go on are cut; by default nothing is
    """
    ((_, rows),) = style.panels(data, ["label", "minimum", "q1", "median", "q3", "maximum"], "boxes")
    figure, grid = style.canvas(1.1 + 0.32 * len(rows))
    axes = grid[0, 0]
    statistics = [
        {"med": row["median"], "q1": row["q1"], "q3": row["q3"], "whislo": row["minimum"], "whishi": row["maximum"], "fliers": []}
        for _, row in rows.iterrows()
    ]
    axes.bxp(
        statistics,
        positions=np.arange(len(rows)),
        orientation="horizontal",
        widths=0.6,
        patch_artist=True,
        boxprops={"facecolor": style.SKY, "edgecolor": style.INK, "linewidth": 0.8},
        medianprops={"color": style.INK, "linewidth": 1.6},
        whiskerprops={"color": style.FAINT, "linewidth": 1},
        capprops={"color": style.FAINT, "linewidth": 1},
    )
    axes.axvline(0, color=style.INK, lw=0.6, ls=":", zorder=0.5)
    axes.set_yticks(np.arange(len(rows)), [signed(str(label)) for label in rows["label"]])
    axes.tick_params(axis="y", length=0)
    if reach is not None:
        axes.set_xlim(-reach, reach)
    if "n" in rows:
        for position, n in enumerate(rows["n"]):
            axes.text(1.01, position, f"{n:,}", transform=axes.get_yaxis_transform(), va="center", ha="left", fontsize=9, color=style.INK)
    axes.set_xlabel(style.with_unit(axis, unit))
    axes.set_title(groups, loc="left", fontsize=9)
    return figure


@style.house_style
def densities(data: pd.DataFrame, axis: str, unit: str = "") -> Figure:
    """Smooth densities of one number in several groups, one above the other on the same axis, the median dashed (Fig. 6).

    Parameters
    ----------
    data : label, value, density, n (behind each curve); rows of a label from left to right
    axis, unit : what the values are
    """
    ((_, rows),) = style.panels(data, ["label", "value", "density", "n"], "densities")
    parts = list(style.series(rows, "label"))
    figure, grid = style.canvas(0.7 + 0.75 * len(parts), rows=len(parts), sharex=True)
    for axes, (name, part, look) in zip(grid[:, 0], parts, strict=True):
        value, density = part["value"].to_numpy(float), part["density"].to_numpy(float)
        axes.fill_between(value, 0, density, color=look["color"], alpha=0.3, lw=0)
        axes.plot(value, density, color=look["color"], lw=1.4)
        # trapezoids between the points of the curve, summed from the left
        area = np.r_[0, np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(value))]
        axes.axvline(np.interp(area[-1] / 2, area, value), color=look["color"], lw=1, ls="--")
        axes.set_ylim(bottom=0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylabel(f"{name}\n({int(part['n'].iloc[0]):,})", rotation=0, ha="right", va="center", fontsize=9)
        axes.set_xlim(rows["value"].min(), rows["value"].max())
    grid[-1, 0].set_xlabel(style.with_unit(axis, unit))
    return figure
