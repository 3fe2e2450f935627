"""Chapters of the built book: each exhibit has its place there, and the search of the book finds them."""

import itertools
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from recryst.report import published

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=published.names())
def chapter(request: pytest.FixtureRequest, built: Path) -> tuple[str, BeautifulSoup]:
    page = (built / "chapters" / f"{request.param}.html").read_text(encoding="utf-8")
    return request.param, BeautifulSoup(page, "lxml")


def test_every_exhibit_can_be_linked_to(chapter: tuple[str, BeautifulSoup]) -> None:
    paper, page = chapter
    assert [exhibit.id for exhibit in published.load(paper).exhibits if len(page.select(f"section[id='{exhibit.id}']")) != 1] == []


def test_no_id_occurs_twice(chapter: tuple[str, BeautifulSoup]) -> None:
    _, page = chapter
    ids = [str(element["id"]) for element in page.select("[id]")]
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_headings_skip_no_level(chapter: tuple[str, BeautifulSoup]) -> None:
    _, page = chapter
    levels = [int(heading.name[1]) for heading in page.select("article h1, article h2, article h3, article h4, article h5")]
    assert levels[0] == 1
    assert [(before, after) for before, after in itertools.pairwise(levels) if after > before + 1] == []


def test_the_search_of_the_book_works_from_disk(browser, built: Path) -> None:
    from visit import opened

    with opened(browser, (built / "search.html").as_uri() + "?q=perovskite", 1440) as (page, heard):
        page.locator("#search-results li a[href^='chapters/cgcnn.html']").first.wait_for()
        addresses = [link.get_attribute("href") or "" for link in page.locator("#search-results li a").all()]
        of_library = [address.startswith("library/") for address in addresses]
        assert of_library == sorted(of_library), "prose comes first"
    assert heard.errors == []


@pytest.fixture
def cgcnn(browser, built: Path):
    """A chapter with interactive figures."""
    from visit import settled

    with settled(browser, (built / "chapters" / "cgcnn.html").as_uri(), 1440) as (page, heard):
        yield page
        assert heard.errors == []


def test_an_interactive_figure_names_what_is_under_the_pointer(cgcnn) -> None:
    plot = cgcnn.locator("#figure-2c .recryst-plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    for step in range(1, 100):
        cgcnn.mouse.move(box["x"] + box["width"] * step / 100, box["y"] + box["height"] * (1 - step / 100))
        if plot.locator(".hoverlayer .hovertext").count():
            return
    pytest.fail("the pointer went along the diagonal and met nothing with a name")


def test_a_crystal_is_turned_on_request_and_gives_way_to_its_picture_again(cgcnn) -> None:
    box = cgcnn.locator(".recryst-picture[data-solid]").first
    button = box.locator("xpath=following-sibling::button")
    button.scroll_into_view_if_needed()
    button.focus()
    cgcnn.keyboard.press("Enter")
    box.locator("canvas").first.wait_for()
    assert button.get_attribute("aria-pressed") == "true"
    cgcnn.keyboard.press("Enter")
    box.locator("canvas").first.wait_for(state="detached")
    assert box.locator("img").is_visible()
