"""Every page of the built book, opened from disk with the network off, in a wide and a narrow window, in light and in dark."""

from pathlib import Path

import pytest
from built import names

from recryst.storage import PROJECT

WIDTHS = (1440, 390)
THEMES = ("light", "dark")
FIRST_VIEW = 2000
"""Milliseconds from opening a page to its first text or picture, the best of three where another program keeps the machine busy."""
LARGEST = 3_000_000
"""Bytes of a page without the files that pages share."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500)]


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(params=names())
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def page(visits, name: str, width: int):
    return visits(name, width)


def fact(page, name: str) -> list[object]:
    return [found for theme in THEMES for found in page.facts[theme][name]]


def test_the_book_is_built(built: Path) -> None:
    assert {"intro.html", "scoreboard.html", "status.html", "references.html", "chapters/cgcnn.html"} <= set(names())


def test_the_first_page_leads_to_the_introduction(browser, built: Path) -> None:
    from visit import opened

    with opened(browser, (built / "index.html").as_uri(), 1440) as (page, heard):
        page.wait_for_url("**/intro.html")
        assert page.locator("h1:visible").count() == 1
    assert heard.errors == []


def test_a_page_asks_for_nothing_outside(page) -> None:
    assert [address for address in page.heard.asked if not address.startswith(("file:", "data:", "blob:", "about:"))] == []


def test_everything_a_page_asks_for_is_there(page) -> None:
    assert page.heard.failed == []


def test_a_page_has_no_complaints(page) -> None:
    assert page.heard.errors == []


def test_a_page_does_not_scroll_sideways(page) -> None:
    assert fact(page, "sticking_out") == []
    assert [page.facts[theme]["sideways"] for theme in THEMES] == [0, 0]


def test_a_page_appears_quickly(page) -> None:
    assert page.first_view < FIRST_VIEW


def test_all_pictures_are_there_and_are_told_in_words(page) -> None:
    assert fact(page, "images_missing") == []
    assert fact(page, "images_without_alt") == []
    assert fact(page, "figures_without_words") == []


def test_all_formulas_are_set(page) -> None:
    assert fact(page, "formulas_missing") == []
    assert fact(page, "formulas_wrong") == []


def test_all_interactive_figures_are_drawn(page) -> None:
    assert fact(page, "plots_missing") == []


def test_all_icons_have_their_font(page) -> None:
    assert fact(page, "icons_missing") == []


def test_what_is_folded_away_can_be_reached_by_keyboard(page) -> None:
    assert fact(page, "summaries_out_of_reach") == []


def test_a_page_is_small(built: Path, name: str) -> None:
    assert (built / name).stat().st_size < LARGEST


def test_a_page_does_not_name_the_machine_that_built_it(built: Path, name: str) -> None:
    text = (built / name).read_text(encoding="utf-8")
    assert [place for place in (str(PROJECT), str(Path.home())) if f"{place}/" in text and place != "/"] == []


@pytest.mark.parametrize(("name", "what"), [("library/models.html", "formulas"), ("chapters/cgcnn.html", "plots")])
def test_the_book_has_formulas_and_interactive_figures(visits, name: str, what: str) -> None:
    # or the tests above would hold for want of any
    assert visits(name, 1440).facts["light"][what] > 0
