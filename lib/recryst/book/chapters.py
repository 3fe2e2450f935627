"""Executed notebooks as chapters of the book."""

import base64
import re
import shutil
from pathlib import Path

import nbformat

from recryst import storage
from recryst.book import folders, interactive

LARGE = 20_000
"""Characters from which a picture becomes a file of its own, which the browser fetches beside the page."""
_PICTURE = re.compile(r'src="data:image/(?P<kind>svg\+xml|png);base64,(?P<content>[^"]+)"')


def collect(executed: list[Path]) -> None:
    """Copy executed notebooks to ``book/chapters``, and fold their long parameters cell.

    Large pictures and the data of interactive figures go to ``book/attached/pictures``, under a name made from their content: a
    chapter is then small enough to be read while its pictures come, and loads plotly only when a figure comes into view.
    """
    chapters = folders.source() / "chapters"
    shutil.rmtree(chapters, ignore_errors=True)
    for path in executed:
        notebook = nbformat.read(path, as_version=4)
        figures = interactive.take(notebook)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.metadata.tags.append("hide-input")
                cell.metadata["mystnb"] = {"code_prompt_show": "Show all parameters", "code_prompt_hide": "Hide the parameters"}
            if "injected-parameters" in cell.metadata.get("tags", []):
                cell.metadata.tags.append("remove-cell")  # what papermill sets stands in the provenance of every exhibit
            for output in cell.get("outputs", []):
                if "text/html" in output.get("data", {}):
                    output.data["text/html"] = interactive.link(_PICTURE.sub(_picture_beside, output.data["text/html"]), figures, _file)
        if figures:
            notebook.cells.append(nbformat.v4.new_markdown_cell(f'<script src="{interactive.LOADER}"></script>'))
        storage.write_text(chapters / path.name, nbformat.writes(notebook))


def anchors(executed: Path) -> set[str]:
    """Ids of everything in the outputs of an executed notebook that a link can lead to; none where there is no such notebook."""
    if not executed.is_file():
        return set()
    cells = nbformat.read(executed, as_version=4).cells
    pages = [output.get("data", {}).get("text/html", "") for cell in cells for output in cell.get("outputs", [])]
    return {found for page in pages for found in re.findall(r'<section[^>]*\bid="([^"]+)"', "".join(page))}


def _picture_beside(found: re.Match[str]) -> str:
    if len(found["content"]) < LARGE:
        return found[0]
    content = base64.b64decode(found["content"])
    return f'src="{_file(content, found["kind"].partition("+")[0])}"'


def _file(content: bytes, suffix: str) -> str:
    """Address, as seen from a chapter, of a file with this content."""
    name = f"{storage.content_hash(content)[:16]}.{suffix}"
    path = folders.attached() / "pictures" / name
    if not path.is_file():
        storage.write_atomically(path, lambda file: file.write(content))
    return f"../pictures/{name}"
