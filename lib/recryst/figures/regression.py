"""Pictures of predicted against calculated values."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from recryst.figures import style

MANY = 50
"""Crystals in a bin from which on their numbers are drawn over a logarithmic axis."""


@style.explored_with("regression.parity_histogram")
@style.house_style
def parity_histogram(
    data: pd.DataFrame, unit: str | dict[str, str] = "", label: str | dict[str, str] = "", notes: dict[str, str] | str = ""
) -> Figure:
    """Number of crystals in each bin of predicted against calculated value: for large sets (Fig. 2(c), 3(b), S4, S6).

    Parameters
    ----------
    data : target, prediction (centres of bins), width, count, n, from `recryst.analysis.regression.histogram2d`; optionally panel, and
        id and formula of single crystals, which are drawn as points and have no width
    unit, label : of the property; a mapping from panels where they differ
    notes : a line to stand below the number of crystals, the mean absolute error for example; a mapping from panels
    """
    parts = style.panels(data, ["target", "prediction", "width", "count", "n"], "bins of a 2D histogram")
    figure, grid = _square_panels(len(parts))
    most = max(int(data["count"].max()), 2)
    image: AxesImage | None = None
    for axes, (title, part) in zip(grid, parts, strict=False):
        bins = part[part["width"] > 0]
        single = part[part["id"].notna()] if "id" in part else part[:0]
        ends = _padded(*(end for name in ("target", "prediction") for end in (part[name].min(), part[name].max())))
        if len(bins):
            image, ends = _bins(axes, bins, most)
        colour, size = (style.VERMILLION, 14) if len(bins) else (style.BLUE, 22)
        axes.scatter(single["target"], single["prediction"], s=size, color=colour, alpha=0.8, lw=0.5, edgecolors=style.PAPER, zorder=3)
        shown, of_all = int((bins if len(bins) else part)["count"].sum()), int(part["n"].iloc[0])
        text = f"{of_all:,} crystals" if shown == of_all else f"{shown:,} of {of_all:,} crystals"
        style.note(axes, f"{text}\n{style.of_panel(notes, title)}".rstrip())
        _finish(axes, ends, title, label, unit)
    if image is None:
        return figure
    if len(parts) == 1:
        bar = figure.colorbar(image, ax=grid[0], label="crystals in a bin", shrink=0.8, aspect=30, pad=0.02)
        style.plain_log_ticks(bar.ax, "y")
    else:
        bar = figure.colorbar(image, ax=grid.tolist(), label="crystals in a bin", location="bottom", shrink=0.7, aspect=40, pad=0.02)
        style.plain_log_ticks(bar.ax, "x")
    return figure


def _square_panels(number: int) -> tuple[Figure, np.ndarray]:
    """A figure with one or two columns of square axes, and the axes in reading order."""
    columns = 1 if number == 1 else 2
    rows = -(-number // columns)
    width = style.WIDTH if columns == 1 else style.WIDE
    figure, grid = style.canvas(rows * width / columns * (0.88 if columns == 1 else 1.02), rows, columns, width)
    for empty in grid.ravel()[number:]:
        empty.set_axis_off()
    return figure, grid.ravel()[:number]


def _bins(axes: Axes, bins: pd.DataFrame, most: int) -> tuple[AxesImage, tuple[float, float]]:
    """Draw a square for each filled bin; returns the picture and the ends of both axes."""
    width = float(bins["width"].iloc[0])
    first = bins[["target", "prediction"]].min().min()
    column, row = (((bins[name] - first) / width).round().astype(int) for name in ("target", "prediction"))
    side = int(max(column.max(), row.max())) + 1
    counts = np.full((side, side), np.nan)
    counts[row, column] = bins["count"]
    low = float(first - width / 2)
    ends = (low, low + side * width)
    image = axes.imshow(
        counts, origin="lower", extent=(*ends, *ends), interpolation="none", cmap=f"{style.SEQUENTIAL}_r", norm=LogNorm(1, most)
    )
    return image, ends


def _padded(*ends: float) -> tuple[float, float]:
    low, high = min(ends), max(ends)
    margin = 0.05 * (high - low) or 0.5
    return low - margin, high + margin


def _finish(axes: Axes, ends: tuple[float, float], title: str, label: str | dict[str, str], unit: str | dict[str, str]) -> None:
    axes.plot(ends, ends, color=style.INK, lw=0.8, ls="--", zorder=0.5)
    axes.set_xlim(ends)
    axes.set_ylim(ends)
    axes.set_aspect("equal")
    axes.locator_params(nbins=5)
    axes.set_yticks([tick for tick in axes.get_xticks() if ends[0] <= tick <= ends[1]])
    axes.set_xticks(axes.get_yticks())
    name, of = style.axis_name(label, title), style.of_panel(unit, title)
    axes.set_title(title, loc="left")
    axes.set_xlabel(style.with_unit(f"calculated {name}".strip(), of))
    axes.set_ylabel(style.with_unit(f"predicted {name}".strip(), of))
