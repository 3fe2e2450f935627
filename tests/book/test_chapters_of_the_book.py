"""Chapters from executed notebooks: what is beside the page, and where links can lead."""

import base64
import re
from pathlib import Path

import nbformat
from book_project import v4, write_executed

from recryst.book import chapters


def shown(page: str) -> nbformat.NotebookNode:
    return v4.new_output("display_data", data={"text/html": page, "text/plain": "a figure"})


def collected(project: Path, page: str) -> list[nbformat.NotebookNode]:
    chapters.collect([write_executed(project, "cgcnn", shown(page))])
    return nbformat.read(project / "book" / "chapters" / "cgcnn.ipynb", as_version=4).cells


def test_a_chapter_begins_with_its_title_and_folds_its_parameters(project: Path) -> None:
    cells = collected(project, "<p>text</p>")
    assert cells[0].source.startswith("# cgcnn")
    assert "hide-input" in cells[1].metadata.tags
    assert cells[2].outputs[0].data["text/html"] == "<p>text</p>"


def test_a_large_picture_becomes_a_file_with_the_same_content_and_a_small_one_stays(project: Path) -> None:
    large, small = b"<svg>" + bytes(range(256)) * 100 + b"</svg>", b"<svg/>"
    page = "".join(f'<img src="data:image/svg+xml;base64,{base64.b64encode(content).decode()}" alt="x" />' for content in (large, small))
    html = collected(project, page + page)[2].outputs[0].data["text/html"]
    addresses = re.findall(r'src="(\.\./pictures/[0-9a-f]+\.svg)"', html)
    assert len(addresses) == 2
    assert len(set(addresses)) == 1, "the same picture is one file"
    assert (project / "book" / "attached" / "chapters" / addresses[0]).resolve().read_bytes() == large
    assert html.count("data:image/svg+xml;base64,PHN2Zy8+") == 2


def test_a_picture_of_points_keeps_its_kind(project: Path) -> None:
    content = base64.b64encode(b"\x89PNG" * 10_000).decode()
    html = collected(project, f'<img src="data:image/png;base64,{content}" />')[2].outputs[0].data["text/html"]
    assert re.fullmatch(r'<img src="\.\./pictures/[0-9a-f]{16}\.png" />', html)


def test_links_can_lead_to_exhibits_and_to_nothing_else(project: Path) -> None:
    path = write_executed(project, "cgcnn", shown('<section class="recryst-exhibit" id="table-1"><p id="not-this">x</p></section>'))
    assert chapters.anchors(path) == {"table-1"}
    assert chapters.anchors(project / "nothing.ipynb") == set()
