"""The PDF: one document whose ids are unique and whose links lead where they did, printed by Chromium."""

import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from recryst import storage
from recryst.book import BookError, document
from recryst.errors import MissingDataError

PAGE = """<html><head><link rel="stylesheet" href="{up}_static/book.css"><script>alert(1)</script></head><body>
<article class="bd-article"><h1>{title}<a class="headerlink" href="#top">#</a></h1>{body}</article></body></html>"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built book of three pages: the introduction, two chapters that have an exhibit of the same name."""
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    html = tmp_path / "_build" / "html"
    (html / "chapters").mkdir(parents=True)
    (html / "index.html").write_text("")
    one, two = '<a href="chapters/one.html#table-1">one</a>', '<a href="chapters/one.html">whole</a>'
    rest = '<a href="scoreboard.csv">data</a> <a href="https://doi.org/1">doi</a> <a href="#here">here</a><p id="here">x</p>'
    (html / "intro.html").write_text(PAGE.format(up="", title="Start", body=one + two + rest))
    for name in ("one", "two"):
        body = f'<section id="table-1">Table of {name}</section><a href="#table-1">up</a><script>x</script>'
        body += f'<img loading="lazy" src="../pictures/{name}.svg">'
        (html / "chapters" / f"{name}.html").write_text(PAGE.format(up="../", title=f"Chapter {name}", body=body))
    return html


NAMES = ["intro", "chapters/one", "chapters/two"]


def test_every_link_leads_to_one_place_of_the_document(built: Path) -> None:
    soup = BeautifulSoup(document.combined(built, NAMES), "lxml")
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    inner = {tag.get_text(): str(tag["href"])[1:] for tag in soup.select("article a[href^='#']")}
    assert set(inner.values()) <= set(ids)
    assert soup.find(id=inner["one"]).get_text() == "Table of one"
    assert soup.find(id=inner["whole"]).h1.get_text() == "Chapter one"
    assert [tag["href"] for tag in soup.select("article a[href^=http]")] == ["https://doi.org/1"]
    assert "data" in soup.select_one("article").get_text()
    assert not soup.select_one("a[href$=csv]"), "a file that is not in the document can't be reached from paper"


def test_pictures_are_found_from_the_top_and_come_at_once_and_scripts_stay_out(built: Path) -> None:
    soup = BeautifulSoup(document.combined(built, NAMES), "lxml")
    assert [tag["src"] for tag in soup.select("article img")] == ["pictures/one.svg", "pictures/two.svg"]
    assert not soup.select("img[loading], script")
    assert [tag["href"] for tag in soup.select("link")] == ["_static/book.css"]
    assert [tag.get_text() for tag in soup.select(".contents a")] == ["Start", "Chapter one", "Chapter two"]


def test_a_book_or_page_that_is_not_built_and_a_browser_that_is_missing_are_one_sentence_each(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingDataError, match="no page chapters/three; build it again with: recryst book"):
        document.combined(built, ["chapters/three"])
    monkeypatch.setenv("RECRYST_CHROMIUM", "no-such-browser")
    with pytest.raises(BookError, match=r"no program no-such-browser; install it, with 'apt-get install chromium'"):
        document.chromium()
    (built / "index.html").unlink()
    with pytest.raises(MissingDataError, match="not built; build it with: recryst book"):
        document.write()


def test_the_document_has_the_pages_of_the_table_of_contents_less_the_library() -> None:
    names = document.page_names()
    assert names[0] == "intro"
    assert "chapters/cgcnn" in names
    assert not [name for name in names if name.startswith("library/")]


@pytest.mark.browser
def test_chromium_prints_it_with_an_outline(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf import PdfReader

    monkeypatch.setattr(document, "page_names", lambda: NAMES)
    (built / "pictures").mkdir()
    for name in ("one", "two"):
        (built / "pictures" / f"{name}.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')
    if not any(map(shutil.which, document.BROWSERS)):
        pytest.skip("needs Chromium: apt-get install chromium")
    reader = PdfReader(document.write(tmp_path / "book.pdf"))
    assert len(reader.pages) == 5  # cover, contents, three pages
    assert "Table of two" in reader.pages[4].extract_text()
    assert {"Start", "Chapter one", "Chapter two"} <= {entry.title for entry in reader.outline if not isinstance(entry, list)}
    assert not (built / "document.html").exists()
