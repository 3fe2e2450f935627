"""Several numbers of every binary system over pairs of elements, with the hulls behind them (voxel-CNN paper, Fig. 7 and S9)."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from recryst.analysis import element_pairs
from recryst.crystals import FloatArray
from recryst.figures import style

CLIPPED = 98
"""Percentile of the values at which the scale of colours ends: a few systems are far beyond all others."""

ABSENT = "#dcdcdc"
"""Of pairs without a value: white is the middle of a diverging scale."""


@style.explored_with("pair_hulls.pairs_with_hulls")
@style.house_style
def pairs_with_hulls(data: pd.DataFrame, measures: dict[str, dict[str, Any]]) -> Figure:
    """A symmetric heatmap of systems for each measure, its axes in the order of the periodic table.

    Parameters
    ----------
    data : system, first, second, a column for each measure, and dft_hull, predicted_hull: corners as "0 0;0.5 -1;1 0", which the
        interactive picture opens
    measures : for each column its label, unit and, optionally, the value ``centre`` that takes the neutral colour of a diverging scale
    """
    rows = checked(data, measures)
    cells = element_pairs.heatmap(rows)
    names = cells.drop_duplicates("row").sort_values("row_place")["row"].tolist()
    figure, grid = style.canvas(style.WIDE * 1.06 * len(measures), rows=len(measures), width=style.WIDE)
    step = 1 if len(names) <= 12 else 2 if len(names) <= 24 else max(3, len(names) // 12)
    for axes, (column, options) in zip(grid[:, 0], measures.items(), strict=True):
        values = square(cells, column, len(names))
        low, high, beyond = ends(values, options.get("centre"))
        axes.set_facecolor(ABSENT)
        image = axes.imshow(values, cmap=colours(options), vmin=low, vmax=high, interpolation="none")
        axes.set_xticks(range(0, len(names), step), names[::step])
        axes.set_yticks(range(0, len(names), step), names[::step])
        axes.xaxis.tick_top()
        axes.tick_params(length=2)
        label = style.with_unit(options["label"], options.get("unit", ""))
        figure.colorbar(image, ax=axes, label=label, location="bottom", shrink=0.7, aspect=40, pad=0.02, extend=beyond)
    return figure


def checked(data: pd.DataFrame, measures: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """The rows of the figure's table.

    Raises
    ------
    BadInputError : the table is empty or lacks a column
    """
    ((_, rows),) = style.panels(data, ["system", "first", "second", "dft_hull", "predicted_hull", *measures], "pairs of elements")
    return rows


def square(cells: pd.DataFrame, column: str, size: int) -> FloatArray:
    """(size, size) values of a measure, NaN for pairs without one."""
    values = np.full((size, size), np.nan)
    values[cells["row_place"], cells["column_place"]] = cells[column]
    return values


def ends(values: FloatArray, centre: float | None) -> tuple[float, float, str]:
    """Where the scale of colours begins and ends, and on which side values lie beyond it (matplotlib's ``extend``)."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0, "neither"
    if centre is None:
        low, high = min(0.0, float(known.min())), float(np.percentile(known, CLIPPED))
    else:
        reach = float(np.percentile(np.abs(known - centre), CLIPPED))
        low, high = centre - reach, centre + reach
    high = high if high > low else low + 1.0
    below, above = known.min() < low, known.max() > high
    return low, high, "both" if below and above else "min" if below else "max" if above else "neither"


def colours(options: dict[str, Any]) -> str:
    """Name of the scale of colours of a measure."""
    return style.SEQUENTIAL if options.get("centre") is None else style.DIVERGING
