"""Pictures of convex hulls (voxel-CNN paper, Fig. 4)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recryst.figures import style
from recryst.notation import signed

KINDS = {"DFT": (style.BLACK, "o", "-"), "predicted": (style.VERMILLION, "x", "--")}
ROOM_ABOVE = 0.6
"""Height of a panel above zero energy, over the depth of its deepest hull."""
LEAST_ROOM = 0.06
"""eV/atom of that height at least."""
LINE_SIZE, LINE_HEIGHT = 9, 12
"""Of a line of a panel's note, in points."""


@style.house_style
def hull_diagram(data: pd.DataFrame, unit: str = "eV/atom", notes: dict[str, str] | str = "") -> Figure:
    """Formation energies against composition and the hulls below them, by calculation and by prediction; a panel a system.

    Parameters
    ----------
    data : part ("entry" or "corner" of a hull), kind ("DFT" or "predicted"), fraction (atoms of the second element), energy; optionally
        panel, the system
    unit : of the energies
    notes : what stands above a panel, below its name; a mapping from panels

    Notes
    -----
    Entries far above zero would press the hulls flat; a panel ends somewhat above zero and says how many are above it.
    """
    parts = style.panels(data, ["part", "kind", "fraction", "energy"], "hulls")
    columns = min(2, len(parts))
    lines = -(-len(parts) // columns)
    figure, grid = style.canvas(2.7 * lines + 0.4, lines, columns, style.WIDE if columns > 1 else style.WIDTH)
    for axes, (title, part) in zip(grid.ravel(), parts, strict=False):
        _panel(axes, part, title, style.of_panel(notes, title))
        second = title.rpartition("-")[2]
        axes.set_xlabel(f"fraction of {second}" if second else "atomic fraction")
    for row in grid:
        row[0].set_ylabel(style.with_unit("formation energy", unit))
    for axes in grid.ravel()[len(parts) :]:
        axes.set_axis_off()
    handles = [
        grid.flat[0].plot([], [], color=colour, marker=marker, ls=line, ms=4, label=kind)[0]
        for kind, (colour, marker, line) in KINDS.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure


def _panel(axes: Axes, part: pd.DataFrame, title: str, note: str) -> None:
    lowest = min(0.0, float(part["energy"].min()))
    top = max(-ROOM_ABOVE * lowest, LEAST_ROOM)
    for kind, (colour, marker, line) in KINDS.items():
        of_kind = part[part["kind"] == kind]
        corners = of_kind[of_kind["part"] == "corner"].sort_values("fraction")
        entries = of_kind[of_kind["part"] == "entry"]
        axes.plot(corners["fraction"], corners["energy"], color=colour, ls=line, lw=1.2)
        axes.scatter(entries["fraction"], entries["energy"], s=14, color=colour, marker=marker, lw=0.9, alpha=0.8)
    above = int(((part["part"] == "entry") & (part["kind"] == "DFT") & (part["energy"] > top)).sum())
    axes.set_ylim(1.12 * lowest - 0.1 * LEAST_ROOM, top)
    axes.set_xlim(-0.04, 1.04)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "¼", "½", "¾", "1"])
    axes.axhline(0, color=style.FAINT, lw=0.6, zorder=0)
    text = "\n".join(line for line in (signed(note), f"{above} above" if above else "") if line)
    # above the frame, as entries may be anywhere within it
    axes.annotate(text, (0, 1), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points", va="bottom", fontsize=LINE_SIZE)
    axes.set_title(title, loc="left", pad=6 + LINE_HEIGHT * len(text.splitlines()))
