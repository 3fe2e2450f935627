"""Pictures of how things are connected: the layers of a network, the atoms of a crystal graph."""

from typing import Any

import numpy as np
import pandas as pd
from ase.data import atomic_numbers
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from recryst.errors import BadInputError
from recryst.figures import style

TINTS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.SKY, style.VERMILLION)
BOX_HEIGHT = 0.6
"""Of a layer, when the next one starts 1 below."""


@style.house_style
def network(data: pd.DataFrame) -> Figure:
    """The layers of a network from input to output, top to bottom, with shape and number of parameters (Fig. 1(b)).

    Parameters
    ----------
    data : name, shape (as text), parameters; one row a layer, in order. Optionally kind (layers of one kind share a colour, by
        default those whose names differ only in a number at the end)
        and inputs (names of the layers whose output it takes, separated by commas; the layer above where there is no such
        column); an input from further above runs along the left side

    Raises
    ------
    BadInputError : an input is none of the layers above
    """
    ((_, rows),) = style.panels(data, ["name", "shape", "parameters"], "layers")
    figure, grid = style.canvas(0.66 + 0.4 * len(rows))
    axes = grid[0, 0]
    kinds = rows["kind"] if "kind" in rows else rows["name"].str.replace(r"\s*\d+$", "", regex=True)
    colours = {kind: TINTS[number % len(TINTS)] for number, kind in enumerate(dict.fromkeys(kinds))}
    for x, text, align in ((0.25, "layer", "left"), (6.3, "output shape", "center"), (9.75, "parameters", "right")):
        axes.text(x, -0.7, text, ha=align, va="center", fontsize=9, color=style.FAINT)
    for y, (layer, kind) in enumerate(zip(rows.to_dict("records"), kinds, strict=True)):
        box = FancyBboxPatch((0, y - BOX_HEIGHT / 2), 10, BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.15")
        box.set(facecolor=(*to_rgb(colours[kind]), 0.18), edgecolor=colours[kind], linewidth=1.2)
        axes.add_patch(box)
        axes.text(0.25, y, layer["name"], ha="left", va="center", fontsize=9.5)
        axes.text(6.3, y, layer["shape"], ha="center", va="center", fontsize=9.5)
        axes.text(9.75, y, f"{layer['parameters']:,}" if layer["parameters"] else "–", ha="right", va="center", fontsize=9.5)
    rails = _connections(axes, _inputs(rows))
    axes.text(9.75, len(rows) - 0.3, f"{rows['parameters'].sum():,} in all", ha="right", va="center", fontsize=9.5)
    axes.set_xlim(-0.05 - 0.45 * rails, 10.05)
    axes.set_ylim(len(rows), -1)
    axes.set_axis_off()
    return figure


@style.house_style
def crystal_graph(data: pd.DataFrame) -> Figure:
    """Atoms as nodes on a circle, bonds as edges, as many lines between two nodes as there are bonds (Fig. 1(a), S1).

    Parameters
    ----------
    data : graph (its title, a picture each), source, target, source_element, target_element, bonds, from
        `recryst.analysis.nacl_kcl.graph`; of the two directions of an edge one is drawn, a bond to an own image as a loop
    """
    columns = ["graph", "source", "target", "source_element", "target_element", "bonds"]
    ((_, rows),) = style.panels(data, columns, "edges of crystal graphs")
    graphs = list(rows.groupby("graph", sort=False))
    figure, grid = style.canvas(style.WIDE / max(2, len(graphs)) + 0.35, 1, len(graphs), style.WIDE)
    for axes, (title, edges) in zip(grid[0], graphs, strict=True):
        elements = dict(zip(edges["source"], edges["source_element"], strict=True))
        elements |= dict(zip(edges["target"], edges["target_element"], strict=True))
        places = _on_a_circle(elements)
        for edge in edges.to_dict("records"):
            if edge["source"] <= edge["target"]:
                _bonds(axes, places[edge["source"]], places[edge["target"]], edge["bonds"])
        for node, (x, y) in places.items():
            colour = jmol_colors[atomic_numbers[elements[node]]]
            axes.add_patch(Circle((x, y), 0.17, facecolor=colour, edgecolor=style.INK, lw=0.8, zorder=3))
            axes.text(x, y - 0.01, elements[node], ha="center", va="center", zorder=4, color=style.ink_on(colour))
        axes.set_title(title)
        axes.set_xlim(-1.3, 1.3)
        axes.set_ylim(-1.3, 1.3)
        axes.set_aspect("equal")
        axes.set_axis_off()
    return figure


def _inputs(rows: pd.DataFrame) -> list[list[int]]:
    """For each layer the positions of the layers above that it takes."""
    if "inputs" not in rows:
        return [[], *([number] for number in range(len(rows) - 1))]
    position: dict[str, int] = {}
    inputs = []
    for number, (name, text) in enumerate(zip(rows["name"], rows["inputs"].fillna(""), strict=True)):
        names = [part.strip() for part in str(text).split(",") if part.strip()]
        unknown = [part for part in names if part not in position]
        if unknown:
            raise BadInputError(f"The layer {name} takes {unknown[0]}, which is none of the layers above it.")
        inputs.append([position[part] for part in names])
        position[str(name)] = number
    return inputs


def _connections(axes: Axes, inputs: list[list[int]]) -> int:
    """Draw arrows between neighbouring boxes, and one rail along the left for every other source; return how many rails."""
    look: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 9, "color": style.INK, "lw": 1.0, "shrinkA": 0, "shrinkB": 0}
    targets: dict[int, list[int]] = {}
    for target, sources in enumerate(inputs):
        for source in sources:
            if source == target - 1:
                axes.add_patch(FancyArrowPatch((5, source + BOX_HEIGHT / 2), (5, target - BOX_HEIGHT / 2), **look))
            else:
                targets.setdefault(source, []).append(target)
    for rail, (source, reached) in enumerate(targets.items(), start=1):
        x = -0.45 * rail
        axes.plot([0, x, x], [source, source, max(reached)], color=style.INK, lw=1.0, solid_joinstyle="round")
        for target in reached:
            axes.add_patch(FancyArrowPatch((x, target), (0, target), **look))
    return len(targets)


def _on_a_circle(elements: dict[int, str]) -> dict[int, tuple[float, float]]:
    """Place of each node; elements take turns, so that bonds between unlike atoms cross the circle least."""
    turn = pd.Series(elements).sort_index()
    order = turn.groupby(turn).cumcount().sort_values(kind="stable").index
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(order)) / len(order)
    return {int(node): (float(np.cos(angle)), float(np.sin(angle))) for node, angle in zip(order, angles, strict=True)}


def _bonds(axes: Axes, start: tuple[float, float], end: tuple[float, float], number: int) -> None:
    look: dict[str, Any] = {"color": style.FAINT, "lw": 1.0, "zorder": 1}
    for line in range(number):
        if start == end:
            out = 1.14 + 0.05 * line
            axes.add_patch(Circle((start[0] * out, start[1] * out), 0.13 + 0.03 * line, fill=False, **look))
        else:
            bend = 0.09 * (line - (number - 1) / 2)
            arrow = FancyArrowPatch(start, end, arrowstyle="-", connectionstyle=f"arc3,rad={bend}", shrinkA=0, shrinkB=0, **look)
            axes.add_patch(arrow)
