"""The book: what is copied where, what stops a build, and that a page loads nothing from outside."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from recryst import book, parameters, storage
from recryst.errors import MissingDataError

v4 = nbformat.v4
PLOT = (
    '<div><div id="plotly-one" class="plotly-graph-div" style="height:200px"></div>'
    '<script>Plotly.newPlot("plotly-one", [{"y": [1, 2]}]);</script></div>'
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the book's own pages and one executed notebook: a formula, and a plotly figure."""
    for name in ("_config.yml", "book"):
        source = storage.PROJECT / name
        ignored = shutil.ignore_patterns("chapters", "attached", "vendor")
        shutil.copytree(source, tmp_path / name, ignore=ignored) if source.is_dir() else shutil.copy(source, tmp_path / name)
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    monkeypatch.setattr(book, "BOOK", tmp_path / "book")
    monkeypatch.setattr(parameters, "NOTEBOOKS", {"cgcnn": parameters.CgcnnParameters})
    write_executed(tmp_path, v4.new_output("display_data", data={"text/html": PLOT, "text/plain": "a figure"}))
    (tmp_path / "results" / "reduced" / "cgcnn" / "tables").mkdir()
    (tmp_path / "results" / "reduced" / "cgcnn" / "tables" / "table-1.csv").write_text("a\n1\n")
    (tmp_path / "data" / "results" / "laptop" / "cgcnn").mkdir(parents=True)
    (tmp_path / "data" / "results" / "laptop" / "cgcnn" / "results.json").write_text("{}")
    return tmp_path


def write_executed(project: Path, output: nbformat.NotebookNode) -> Path:
    cells = [
        v4.new_markdown_cell("# CGCNN\n\nThe energy is $E = \\sum_i v_i$ {cite:p}`xie2018cgcnn`."),
        v4.new_code_cell('profile: str = "reduced"', metadata={"tags": ["parameters"]}, execution_count=1),
        v4.new_code_cell("show()", execution_count=2, outputs=[output]),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    path = project / "results" / "reduced" / "cgcnn" / "cgcnn.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_plotly_is_loaded_by_the_chapters_that_draw_with_it_and_by_no_other(project: Path) -> None:
    book.collect([project / "results" / "reduced" / "cgcnn" / "cgcnn.ipynb"])
    cells = nbformat.read(project / "book" / "chapters" / "cgcnn.ipynb", as_version=4).cells
    assert [cell.source for cell in cells if "plotly.min.js" in cell.source] == ['<script src="../plotly/plotly.min.js"></script>']
    assert cells[0].source.startswith("# CGCNN")
    assert "hide-input" in next(cell for cell in cells if "parameters" in cell.metadata.get("tags", [])).metadata.tags
    book.collect([write_executed(project, v4.new_output("stream", text="no figure"))])
    assert "plotly.min.js" not in (project / "book" / "chapters" / "cgcnn.ipynb").read_text()


def test_results_are_attached_where_chapters_link_to_them(project: Path) -> None:
    left_over = project / "book" / "attached" / "results" / "old.csv"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("of an earlier build")
    book.attach("reduced")
    attached = {str(path.relative_to(project / "book" / "attached")) for path in (project / "book" / "attached" / "results").rglob("*.*")}
    assert attached == {
        "results/reduced/cgcnn/cgcnn.ipynb",
        "results/reduced/cgcnn/tables/table-1.csv",
        "results/laptop/cgcnn/results.json",
    }
    assert (project / "book" / "attached" / "mathjax" / "tex-mml-chtml.js").stat().st_size > 1_000_000
    assert (project / "book" / "attached" / "plotly" / "plotly.min.js").stat().st_size > 1_000_000


def test_a_chapter_that_was_not_executed_or_failed_stops_the_build(project: Path) -> None:
    write_executed(project, v4.new_output("error", ename="ValueError", evalue="no", traceback=[]))
    with pytest.raises(book.BookError, match="cell 3 raised ValueError: no"):
        book.build("reduced")
    with pytest.raises(MissingDataError, match=r"no executed notebook .*laptop/cgcnn/cgcnn\.ipynb; make it with: recryst run cgcnn"):
        book.build("laptop")


@pytest.mark.slow
def test_a_warning_of_the_builder_stops_the_build(project: Path) -> None:
    with (project / "book" / "intro.md").open("a") as page:
        page.write("\n{cite:p}`nobody1999`\n")
    with pytest.raises(book.BookError, match=r"intro\.md.*nobody1999"):
        book.build("reduced")


class Loaded(HTMLParser):
    """Addresses of everything that a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "video"):
            self.addresses.append(given.get("src") or "")
        elif tag == "link" and (given.get("rel") or "") not in ("index", "search", "next", "prev", "author"):
            self.addresses.append(given.get("href") or "")


@pytest.mark.slow
def test_every_page_loads_only_files_of_the_book(project: Path) -> None:
    page = book.build("reduced")
    assert page == project / "_build" / "html" / "index.html"
    pages = [path for path in page.parent.rglob("*.html") if "_static" not in path.parts]  # where the theme keeps its templates
    assert {"intro.html", "cgcnn.html", "references.html", "own-crystals.html"} <= {path.name for path in pages}
    for path in pages:
        loaded = Loaded()
        loaded.feed(path.read_text(encoding="utf-8"))
        assert not re.search(r"unpkg|jsdelivr|cdnjs|googleapis", path.read_text(encoding="utf-8")), f"{path} names a server of scripts"
        for address in filter(None, loaded.addresses):
            if not address.startswith("data:"):
                assert not re.match(r"(\w+:)?//", address), f"{path} loads {address}"
                assert (path.parent / address.split("?")[0].split("#")[0]).exists(), f"{path} loads {address}, which is not there"
    assert (page.parent / "results" / "reduced" / "cgcnn" / "tables" / "table-1.csv").is_file()


@pytest.mark.browser
def test_a_page_opens_from_disk_with_formulas_and_figures(project: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs headless Chromium: apt install chromium")
    page = book.build("reduced").parent / "chapters" / "cgcnn.html"
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=15000", "--enable-logging=stderr"]
    # nothing outside this machine can be reached, so that a page which asks for it says so
    options += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom"]
    opened = subprocess.run([chromium, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=100)
    assert "<mjx-container" in opened.stdout
    assert 'class="main-svg"' in opened.stdout
    assert [line for line in opened.stderr.splitlines() if re.search(r"CONSOLE.*(Uncaught|ERR_|Failed to load)", line)] == []
