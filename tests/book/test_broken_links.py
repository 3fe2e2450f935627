"""Links of a built book: what counts as broken, on a small book written here."""

from pathlib import Path

import pytest

from recryst.book import broken_links


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "table 1.csv").write_text("a\n1\n")
    (tmp_path / "chapters" / "cgcnn.html").write_text('<section id="table-1"></section><a name="old"></a>')
    return tmp_path


def write(built: Path, *tags: str) -> Path:
    (built / "intro.html").write_text("<p>\n" + "\n".join(tags))
    return built


@pytest.mark.parametrize(
    "tag",
    [
        '<a href="chapters/cgcnn.html">',
        '<a href="chapters/cgcnn.html?q=1#table-1">',
        '<a href="chapters/cgcnn.html#old">',
        '<a href="results/table%201.csv" download>',
        '<a href="#">',
        '<a href="#here"></a><b id="here"></b>',
        '<a href="https://doi.org/10.1103/PhysRevLett.120.145301#top">',
        '<img src="data:image/png;base64,AAAA" alt="">',
    ],
)
def test_a_link_that_leads_somewhere_is_left_alone(built: Path, tag: str) -> None:
    assert broken_links.faults(write(built, tag)) == []


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ('<a href="chapters/cgnn.html">', "chapters/cgnn.html leads to nothing"),
        ('<a href="chapters/">', "chapters/ leads to nothing"),
        ('<a href="chapters/cgcnn.html#table-9">', "chapters/cgcnn.html#table-9 leads to no place on that page"),
        ('<a href="#nowhere">', "#nowhere leads to no place on that page"),
        ('<img src="results/figure.svg" alt="">', "results/figure.svg leads to nothing"),
        ('<a href="../README.md">', "../README.md leads out of the book"),
        ('<a href="/intro.html">', "begins at the top of a server"),
        ('<script src="//example.org/script.js">', "no https address"),
        ('<a href="http://example.org">', "no https address"),
        ('<a href="https://example">', "no https address"),
        ('<a href="https://exa mple.org">', "no https address"),
        ('<a href="javascript:void(0)">', "no https address"),
        ('<a href="file:///intro.html">', "no https address"),
        ('<a href="https://[::1">', "is no address"),
    ],
)
def test_a_broken_link_is_named_with_page_and_line(built: Path, tag: str, reason: str) -> None:
    (fault,) = broken_links.faults(write(built, "<p>fine</p>", tag))
    assert fault.startswith("intro.html, line 3: ")
    assert reason in fault


def test_parts_of_pages_and_pages_of_the_theme_are_not_read_as_pages(built: Path) -> None:
    for folder in ("results", "_static"):
        (built / folder).mkdir(exist_ok=True)
        (built / folder / "figure.html").write_text('<a href="nowhere.html">')
    assert broken_links.pages(write(built)) == [built / "chapters" / "cgcnn.html", built / "intro.html"]
    assert broken_links.faults(built) == []
