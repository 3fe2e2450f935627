"""Values of elements on the periodic table (Fig. 3(c, d), error by chemistry)."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from recryst import elements
from recryst.analysis.predictions import require_finite
from recryst.errors import BadInputError
from recryst.figures import style

NOBLE_GASES = (2, 10, 18, 36, 54, 86, 118)
LAST = 103
"""The last element with a cell of its own, lawrencium, unless the data go further."""


@style.explored_with("elements.periodic_table")
@style.house_style
def periodic_table(data: pd.DataFrame, label: str, unit: str = "", column: str = "value", centre: float | None = None) -> Figure:
    """A cell an element, coloured by its value; elements without one are hatched.

    Parameters
    ----------
    data : element (symbol) and ``column``; an element occurs once
    label, unit : what the colours are
    column : the column of values
    centre : a value that takes the neutral colour of a diverging scale; without it the scale is sequential

    Raises
    ------
    BadInputError : a symbol is no element, an element occurs twice, a value is not finite, or a column is missing
    """
    ((_, rows),) = style.panels(data, ["element", column], "elements")
    require_finite(rows, [column], "elements")
    unknown = sorted(set(rows["element"]) - set(elements.symbols()[1:]))
    if unknown or rows["element"].duplicated().any():
        fault = f"{unknown[0]!r} is no element" if unknown else f"{rows['element'][rows['element'].duplicated()].iloc[0]} occurs twice"
        raise BadInputError(f"A periodic table takes each element once: {fault}.")
    values = dict(zip(rows["element"], rows[column].astype(float), strict=True))
    norm = scale(list(values.values()), centre)
    colours = mpl.colormaps[style.SEQUENTIAL if centre is None else style.DIVERGING]
    figure, grid = style.canvas(3.1, width=style.WIDE)
    axes = grid[0, 0]
    last = max([LAST, *(elements.symbols().index(symbol) for symbol in values)])
    for number in range(1, last + 1):
        _cell(axes, number, values.get(elements.symbols()[number]), norm, colours)
    axes.set_xlim(-0.05, 18.05)
    axes.set_ylim(9.75, -0.05)
    axes.set_aspect("equal")
    axes.set_axis_off()
    # the gap above the transition metals has room for the scale
    inset = axes.inset_axes((2.4 / 18.1, 1 - 1.5 / 9.8, 9.2 / 18.1, 0.4 / 9.8))
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, colours), cax=inset, orientation="horizontal")
    bar.ax.set_title(style.with_unit(label, unit), fontsize=10, pad=4)
    bar.ax.tick_params(labelsize=9)
    bar.locator = mpl.ticker.MaxNLocator(5)
    bar.outline.set_linewidth(0.5)
    return figure


def place(number: int) -> tuple[float, float]:
    """Column (0 … 17) and row (0 … 6; f block 7.7 and 8.7) of an element's cell, IUPAC's table with La and Ac in the f block."""
    if 57 <= number <= 71 or 89 <= number <= 103:
        return (number - 57) % 32 + 2.5, 7.7 if number <= 71 else 8.7
    period = int(np.searchsorted(NOBLE_GASES, number))
    before = 0 if period == 0 else NOBLE_GASES[period - 1]
    from_left, from_right = number - before - 1, NOBLE_GASES[period] - number
    s_block = 1 if period == 0 else 2
    return (from_left if from_left < s_block and number != 2 else 17 - from_right), period


def scale(values: list[float], centre: float | None) -> Normalize:
    """From values to shades: between the smallest and the largest, or the same reach to both sides of ``centre``."""
    low, high = min(values), max(values)
    if centre is None:
        return Normalize(low, high) if low < high else Normalize(low - 0.5, high + 0.5)
    reach = max(abs(low - centre), abs(high - centre)) or 0.5
    return TwoSlopeNorm(centre, centre - reach, centre + reach)


def _cell(axes: mpl.axes.Axes, number: int, value: float | None, norm: Normalize, colours: mpl.colors.Colormap) -> None:
    column, row = place(number)
    box = Rectangle((column + 0.03, row + 0.03), 0.94, 0.94, linewidth=0.5)
    if value is None:
        box.set(facecolor="#f4f4f4", hatch="////", edgecolor="#d0d0d0")
        ink = style.FAINT
    else:
        colour = colours(norm(value))
        box.set(facecolor=colour, edgecolor=style.PAPER)
        ink = style.ink_on(colour)
    axes.add_patch(box)
    axes.text(column + 0.5, row + 0.52, elements.symbols()[number], ha="center", va="center", color=ink, fontsize=10)
