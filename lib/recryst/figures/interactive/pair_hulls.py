"""Systems over pairs of elements: the pointer names a system with its numbers and opens its hulls below."""

from typing import Any

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from recryst.analysis import element_pairs
from recryst.figures import pair_hulls, style
from recryst.figures.interactive import layout

HEATMAP, GAP, HULL = 640, 90, 220
"""Pixels of the heatmap, of the space below it, and of the hulls below that."""
AROUND = {"l": 76, "r": 16, "t": 84, "b": 48}


def pairs_with_hulls(data: pd.DataFrame, measures: dict[str, dict[str, Any]]) -> go.Figure:
    """A button for each measure; see `recryst.figures.pairs_with_hulls`.

    Notes
    -----
    ``layout.meta.linked`` holds what a page's script needs to open hulls: ``of`` has the lines of each system as "x y;x y|x y;x y",
    ``traces`` the numbers of the traces that they go to, and ``title`` that of the annotation that takes the system's name. Without
    the script the hulls of the system with the largest first measure are shown.
    """
    rows = pair_hulls.checked(data, measures)
    cells = element_pairs.heatmap(rows)
    names = cells.drop_duplicates("row").sort_values("row_place")["row"].tolist()
    looks = [_look(cells, column, options, len(names)) for column, options in measures.items()]
    figure = go.Figure(
        go.Heatmap(
            x=names,
            y=names,
            customdata=_in_cells(cells, cells["system"].tolist(), len(names)),
            text=_in_cells(cells, _described(cells, measures), len(names)),
            hovertemplate="<b>%{customdata}</b><br>%{text}<extra></extra>",
            hoverongaps=False,
            **looks[0],
        )
    )
    # as text, since a notebook gives each number of a list a line of its own
    opens = {system: f"{dft}|{predicted}" for system, dft, predicted in _lines_of(rows)}
    opened = rows.nlargest(1, next(iter(measures)))["system"].iloc[0]
    kinds = (("DFT", style.BLACK, "solid", "circle"), ("predicted", style.VERMILLION, "dash", "x"))
    for (name, colour, dash, symbol), (x, y) in zip(kinds, map(_corners, opens[opened].split("|")), strict=True):
        look = {"line": {"color": colour, "dash": dash}, "marker": {"symbol": symbol, "size": 7, "color": colour}}
        figure.add_trace(go.Scatter(x=x, y=y, name=name, mode="lines+markers", xaxis="x2", yaxis="y2", **look))
    _arrange(figure, opened)
    figure.update_layout(
        updatemenus=[
            {**_MENU, "buttons": [_button(options["label"], look) for options, look in zip(measures.values(), looks, strict=True)]}
        ],
        meta={"linked": {"traces": [1, 2], "title": 0, "of": opens}},
    )
    return figure


_MENU: dict[str, Any] = {
    "type": "buttons",
    "direction": "right",
    "x": 0,
    "xanchor": "left",
    "y": 1.035,
    "yanchor": "bottom",
    "showactive": True,
}


def _arrange(figure: go.Figure, opened: str) -> None:
    """The heatmap above, the hulls of one system below."""
    inside = HEATMAP + GAP + HULL
    layout.finish(figure, inside + AROUND["t"] + AROUND["b"])
    ticks = {"dtick": 1, "tickfont": {"size": 8}, "showgrid": False, "zeroline": False, "ticks": "", "constrain": "domain"}
    share = HULL / inside
    figure.update_layout(
        margin=AROUND,
        plot_bgcolor=pair_hulls.ABSENT,
        xaxis={**ticks, "tickangle": -90, "side": "top", "anchor": "y", "domain": [0, 1]},
        yaxis={**ticks, "autorange": "reversed", "scaleanchor": "x", "anchor": "x", "domain": [1 - HEATMAP / inside, 1]},
        xaxis2={
            **layout.LINE,
            "anchor": "y2",
            "domain": [0, 1],
            "range": [-0.03, 1.03],
            "title": {"text": "atomic fraction of the second element"},
        },
        yaxis2={**layout.LINE, "anchor": "x2", "domain": [0, share], "title": {"text": "formation energy<br>(eV/atom)"}},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": share + 0.01, "yanchor": "bottom"},
    )
    figure.add_annotation(
        text=f"<b>{opened}</b>",
        x=0,
        xref="paper",
        y=share + 0.01,
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        font={"size": 14},
    )


def _look(cells: pd.DataFrame, column: str, options: dict[str, Any], size: int) -> dict[str, Any]:
    values = pair_hulls.square(cells, column, size)
    low, high, _ = pair_hulls.ends(values, options.get("centre"))
    diverging = options.get("centre") is not None
    title = {"text": style.with_unit(options["label"], options.get("unit", "")), "side": "right"}
    return {
        "z": layout.packed(values),
        "zmin": low,
        "zmax": high,
        "colorscale": "RdBu" if diverging else style.SEQUENTIAL.capitalize(),
        "reversescale": diverging,
        "colorbar": {"title": title, "thickness": 12, "y": 1, "yanchor": "top", "len": HEATMAP / (HEATMAP + GAP + HULL)},
    }


def _button(label: str, look: dict[str, Any]) -> dict[str, Any]:
    # the title by its path: a whole colour bar would replace what else was said of it
    changed = {name: [value] for name, value in look.items() if name != "colorbar"}
    return {"label": label, "method": "restyle", "args": [{**changed, "colorbar.title.text": look["colorbar"]["title"]["text"]}, [0]]}


def _in_cells(cells: pd.DataFrame, texts: list[str], size: int) -> list[list[str]]:
    """(size, size) the text of each cell, "" where there is no system."""
    square = np.full((size, size), "", dtype=object)
    square[cells["row_place"], cells["column_place"]] = texts
    return square.tolist()


def _described(rows: pd.DataFrame, measures: dict[str, dict[str, Any]]) -> list[str]:
    """What the pointer says of each system: "MAE 0.086 eV/atom" and so on, a line each."""
    parts = []
    for column, options in measures.items():
        texts = [
            f"{value:.3g} {options.get('unit', '')}".rstrip() if np.isfinite(value) else "none" for value in rows[column].to_numpy(float)
        ]
        parts.append([f"{options['label']} {text}" for text in texts])
    return ["<br>".join(texts) for texts in zip(*parts, strict=True)]


def _lines_of(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(rows[["system", "dft_hull", "predicted_hull"]].itertuples(index=False, name=None))


def _corners(text: str) -> list[list[float]]:
    """Fractions and energies of a hull's corners."""
    pairs = [corner.split() for corner in text.split(";")]
    return [[float(x) for x, _ in pairs], [float(y) for _, y in pairs]]
