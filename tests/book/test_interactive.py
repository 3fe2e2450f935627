"""Plotly figures of a notebook's outputs become scripts beside a chapter, named by the pictures that they take the place of."""

import json

from nbformat import NotebookNode, v4

from recryst.book import interactive
from recryst.report.display import MARK, PLOTLY

SPECIFICATION = {"data": [{"type": "scatter", "x": [1], "y": [2]}], "layout": {"height": 400, "title": {"text": "with its caption"}}}
SOLID = {"data": [{"type": "mesh3d", "x": [0]}], "layout": {"height": 300}}


def output(name: str, specification: dict) -> NotebookNode:
    metadata = {MARK: {"figure": name, "layout": {"height": specification["layout"]["height"]}}}
    return v4.new_output("display_data", data={PLOTLY: specification, "text/plain": "a figure"}, metadata=metadata)


def test_marked_figures_are_taken_out_and_everything_else_stays() -> None:
    text = v4.new_output("stream", text="said")
    unmarked = v4.new_output("display_data", data={PLOTLY: SPECIFICATION})
    cell = v4.new_code_cell("show()", outputs=[text, output("figure-1", SPECIFICATION), unmarked])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), cell])
    assert interactive.take(notebook) == {"figure-1": {"data": SPECIFICATION["data"], "layout": {"height": 400}}}
    assert cell.outputs == [text, unmarked]


def test_a_picture_names_the_script_of_its_figure() -> None:
    files = {}

    def write(content: bytes, suffix: str) -> str:
        files[f"../pictures/{len(files)}.{suffix}"] = content.decode()
        return list(files)[-1]

    page = '<div data-interactive="one"><img /></div><div data-interactive="two"><img /></div><div data-interactive="gone"><img /></div>'
    linked = interactive.link(page, {"one": SPECIFICATION, "two": SOLID}, write)
    assert '<div data-interactive="one" data-source="../pictures/0.js"><img />' in linked
    # crystals are opened on request, as each takes one of the few drawing contexts that a browser has
    assert '<div data-interactive="two" data-source="../pictures/1.js" data-solid="true"><img />' in linked
    assert "gone" not in linked
    head, _, content = files["../pictures/0.js"].partition(" = ")
    assert head == 'recrystFigures["one"]'
    assert json.loads(content.rstrip(";\n")) == SPECIFICATION
