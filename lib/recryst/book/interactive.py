"""Figures to point at and to zoom: from outputs of a notebook, where Jupyter draws them, to scripts beside a chapter's page."""

import json
import re
from collections.abc import Callable
from typing import Any

import nbformat

from recryst.report.display import MARK, PLOTLY

LOADER = "../plotly/interactive.js"
"""Address of `recryst/report/interactive.js`, as seen from a chapter."""
_BOX = re.compile(r'data-interactive="(?P<name>[^"]+)"')


def take(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """Take the plotly figures out of an executed notebook: data and layout of each, by the name of the picture that it goes with."""
    taken = {}
    for cell in notebook.cells:
        kept = []
        for output in cell.get("outputs", []):
            mark = output.get("metadata", {}).get(MARK)
            if mark is None or PLOTLY not in output.get("data", {}):
                kept.append(output)
            else:
                # in a chapter the caption has its own place, so that the layout is the one without it
                taken[mark["figure"]] = {"data": output.data[PLOTLY]["data"], "layout": mark["layout"]}
        if "outputs" in cell:
            cell.outputs = kept
    return taken


def link(page: str, figures: dict[str, dict[str, Any]], write: Callable[[bytes, str], str]) -> str:
    """The HTML of an output, its pictures linked to those of ``figures`` that go with them.

    Parameters
    ----------
    write : ``write(content, suffix)`` makes a file and returns its address
    """

    def linked(found: re.Match[str]) -> str:
        figure = figures.get(found["name"])
        if figure is None:
            return ""
        script = f"recrystFigures[{json.dumps(found['name'])}] = {json.dumps(figure, separators=(',', ':'), ensure_ascii=False)};\n"
        solid = ' data-solid="true"' if any(trace["type"] in ("mesh3d", "scatter3d") for trace in figure["data"]) else ""
        return f'{found[0]} data-source="{write(script.encode(), "js")}"{solid}'

    return _BOX.sub(linked, page)
