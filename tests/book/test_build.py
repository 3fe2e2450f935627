"""The whole build: what stops it, and that its pages load nothing from outside."""

import re
from pathlib import Path

import nbformat
import pytest
from book_project import v4, write_executed
from bs4 import BeautifulSoup

from recryst import book
from recryst.book import attachments, broken_links, builder, library
from recryst.cli import app
from recryst.errors import MissingDataError


def test_scripts_and_results_are_attached_where_pages_link_to_them(project: Path) -> None:
    attached = project / "book" / "attached"
    (attached / "results").mkdir(parents=True)
    (attached / "results" / "old.csv").write_text("of an earlier build")
    attachments.attach("reduced")
    found = {str(path.relative_to(attached)) for path in (attached / "results").rglob("*.csv")}
    assert found == {"results/reduced/cgcnn/tables/table-1.csv", "results/laptop/cgcnn/tables/table-1.csv"}
    assert (attached / "mathjax" / "tex-mml-chtml.js").stat().st_size > 1_000_000
    assert (attached / "plotly" / "plotly.min.js").stat().st_size > 1_000_000


def test_the_library_of_tables_is_a_script_that_imports_no_file(project: Path) -> None:
    attachments.attach("reduced")
    script = (project / "book" / "attached" / "datatables" / "datatables.js").read_text()
    assert script.startswith("window.datatables = import(URL.createObjectURL(new Blob([")
    assert len(script) > 500_000
    assert "DataTables" in (project / "book" / "attached" / "datatables" / "datatables.css").read_text() or "dataTable" in script


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments.util, "find_spec", lambda name: None)
    with pytest.raises(book.BookError, match=r"sphinx-mathjax-offline is not installed; install it with: pip install 'recryst\[book\]'"):
        attachments.attach("reduced")


def test_a_chapter_that_was_not_executed_or_failed_stops_the_build(project: Path) -> None:
    write_executed(project, "cgcnn", v4.new_output("error", ename="ValueError", evalue="no", traceback=[]))
    with pytest.raises(book.BookError, match="cell 3 raised ValueError: no"):
        book.build("reduced", app)
    with pytest.raises(
        MissingDataError, match=r"no executed notebook .*laptop/cgcnn/cgcnn\.ipynb; make it with: recryst run cgcnn --profile laptop"
    ):
        book.build("laptop", app)


def test_everything_that_pages_include_is_generated(project: Path) -> None:
    attachments.attach("reduced")
    builder.generate("reduced", app)
    for page in [*(project / "book").glob("*.md"), *(project / "book").glob("*/*.md")]:
        for included in re.findall(r"(?:\{include\} |:file: )(\S+)", page.read_text()):
            assert (page.parent / included).is_file(), f"{page.name} includes {included}"


@pytest.mark.slow
def test_a_warning_of_the_builder_stops_the_build(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "part_page", lambda part: f"# {part}\n")  # docstrings have nothing to do with it, and take half a minute
    with (project / "book" / "intro.md").open("a") as page:
        page.write("\n{cite:p}`nobody1999`\n")
    with pytest.raises(book.BookError, match=r"intro\.md.*nobody1999"):
        book.build("reduced", app)


@pytest.mark.slow
def test_a_link_that_leads_nowhere_stops_the_build(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "part_page", lambda part: f"# {part}\n")
    with (project / "book" / "intro.md").open("a") as page:
        page.write('\n<a href="chapters/cgnn.html">CGCNN</a>\n')  # the builder looks at Markdown's links alone
    with pytest.raises(book.BookError, match=r"^intro\.html, line \d+: chapters/cgnn\.html leads to nothing\.$"):
        book.build("reduced", app)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_built_book_is_whole_links_to_sources_and_loads_only_its_own_files(project: Path) -> None:
    page = book.build("reduced", app)
    assert page == project / "_build" / "html" / "index.html"
    for path in broken_links.pages(page.parent):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"unpkg|jsdelivr|cdnjs|googleapis", text), f"{path} names a server of scripts"
        assert 'as="font"' not in text
    assert broken_links.faults(page.parent) == []
    assert_links_lead_to_sources(page.parent)
    assert_the_scoreboard_links_to_exhibits(page.parent)


def assert_links_lead_to_sources(html: Path) -> None:
    address = "https://github.com/recryst/recryst"
    chapter = (html / "chapters" / "cgcnn.html").read_text()
    assert f'href="{address}/edit/main/nbs/cgcnn.ipynb"' in chapter
    assert "mybinder.org/v2/gh/recryst/recryst/main?urlpath=lab%2Ftree%2Fnbs%2Fcgcnn.ipynb" in chapter.replace(
        "/tree/nbs/", "%2Ftree%2Fnbs%2F"
    )
    assert "colab.research.google.com/github/recryst/recryst/blob/main/nbs/cgcnn.ipynb" in chapter
    assert "book/chapters" not in chapter
    assert f'href="{address}/edit/main/book/scoreboard.md"' in (html / "scoreboard.html").read_text()
    assert "/edit/main/" not in (html / "library" / "features.html").read_text()


def assert_the_scoreboard_links_to_exhibits(html: Path) -> None:
    soup = BeautifulSoup((html / "scoreboard.html").read_text(), "lxml")
    # the chapters of this project show Table I alone; other exhibits lead to the chapter's beginning
    addresses = {str(tag["href"]) for tag in soup.select("#scoreboard-table a")}
    assert {"chapters/cgcnn.html#table-1", "chapters/cgcnn.html"} <= addresses


def test_the_repository_has_its_address_in_one_line() -> None:
    root = Path(builder.__file__).parents[3]
    address = re.compile(r"https://github\.com/recryst/\S+")
    files = [root / "_config.yml", root / "pyproject.toml", root / "CITATION.cff", root / "README.md", root / "CONTRIBUTING.md"]
    files += [*(root / "book").glob("*.md"), *(root / "book" / "how-to").glob("*.md"), *(root / "nbs").glob("*.ipynb")]
    files += [*(root / "lib").rglob("*.py"), *(root / "lib").rglob("*.html")]
    found = [(path.name, line.strip()) for path in files for line in path.read_text().splitlines() if address.search(line)]
    assert found == [("_config.yml", "repository_url: https://github.com/recryst/recryst")]


def test_every_notebook_has_its_chapter_and_every_part_of_the_library_its_page_in_the_table_of_contents() -> None:
    from sphinx_external_toc.parsing import parse_toc_yaml

    from recryst import parameters

    names = list(parse_toc_yaml(str(Path(builder.__file__).parents[3] / "book" / "_toc.yml")))
    assert [name.removeprefix("chapters/") for name in names if name.startswith("chapters/")] == list(parameters.NOTEBOOKS)
    assert [name.removeprefix("library/") for name in names if name.startswith("library/")] == list(library.PARTS)


def test_an_executed_notebook_becomes_a_chapter_with_its_parameters_folded(project: Path) -> None:
    from recryst.book import chapters

    chapters.collect([project / "results" / "reduced" / "cgcnn" / "cgcnn.ipynb"])
    cells = nbformat.read(project / "book" / "chapters" / "cgcnn.ipynb", as_version=4).cells
    assert cells[0].source.startswith("# cgcnn")
    assert "hide-input" in cells[1].metadata.tags
