"""The scoreboard, used as a reader uses it: search, filter, sort, download, follow a link, without a mouse too."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROWS = "#scoreboard-table tbody tr"


@pytest.fixture(scope="module")
def rows(built: Path) -> list[dict[str, object]]:
    """What the page offers for download."""
    return json.loads((built / "scoreboard.json").read_text(encoding="utf-8"))["rows"]


@pytest.fixture
def board(browser, built: Path) -> Iterator[object]:
    from visit import opened

    with opened(browser, (built / "scoreboard.html").as_uri(), 1440) as (page, heard):
        page.locator(".dt-search input").wait_for()
        yield page
        assert heard.errors == []
        assert [address for address in heard.asked if address.startswith("http")] == []


def total(board) -> int:
    """How many rows are left, as the page says."""
    found = re.search(r"of ([\d,]+)", board.locator(".dt-info").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def column(board, name: str) -> list[str]:
    """Texts of a column in the rows that are shown."""
    heads = [head.strip().lower() for head in board.locator("#scoreboard-table thead th").all_inner_texts()]
    return [text.strip() for text in board.locator(f"{ROWS} > :nth-child({heads.index(name) + 1})").all_inner_texts()]


def test_it_holds_every_value_that_is_offered_for_download(board, built: Path, rows: list[dict[str, object]]) -> None:
    with (built / "scoreboard.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert total(board) == len(rows) == len(table) > 500
    assert board.locator(ROWS).count() == 25


def test_a_search_leaves_the_rows_that_hold_its_words(board, rows: list[dict[str, object]]) -> None:
    board.locator(".dt-search input").press_sequentially("MAE formation")
    board.wait_for_function("all => !document.querySelector('.dt-info').textContent.includes(`of ${all} `)", arg=f"{len(rows):,}")
    assert 0 < total(board) < len(rows)
    shown = [text.lower() for text in board.locator(ROWS).all_inner_texts()]
    assert len(shown) == min(total(board), 25)
    assert all("formation" in text and "mae" in text for text in shown)
    board.locator(".dt-search input").fill("no such words anywhere")
    board.get_by_text("No value has all of that.").wait_for()
    board.locator(".dt-search input").fill("")
    board.wait_for_function("rows => document.querySelectorAll(rows).length === 25", arg=ROWS)
    assert total(board) == len(rows)


@pytest.mark.parametrize("name", ["paper", "level", "profile", "verdict"])
def test_a_filter_leaves_the_rows_of_one_kind(board, rows: list[dict[str, object]], name: str) -> None:
    board.get_by_role("button", name="Unfold", exact=True).click()
    panes = board.locator(".dtsp-searchPane", has=board.locator(f"input[placeholder='{name}']"))
    options = panes.locator(".dt-scroll-body tbody tr")
    option = options.filter(has_text="matches").first if name == "verdict" else options.last
    count = int(option.locator(".dtsp-pill").inner_text().replace(",", ""))
    option.click()
    board.wait_for_function("count => document.querySelector('.dt-info').textContent.includes(`of ${count} `)", arg=f"{count:,}")
    assert 0 < count < len(rows)
    assert count in Counter(row[name] for row in rows).values()
    assert len(set(column(board, name))) == 1


@pytest.mark.parametrize("name", ["n", "printed", "paper"])
def test_a_click_on_a_head_sorts_and_a_second_one_turns_round(board, name: str) -> None:
    def shown() -> list[object]:
        texts = [text for text in column(board, name) if text]
        return (
            [text.lower() for text in texts]
            if name == "paper"
            else [float(text.replace(",", "").replace("−", "-").split()[0]) for text in texts]
        )

    button = board.get_by_role("button", name=re.compile(rf"^{name}: Activate"))
    button.click()
    board.locator("#scoreboard-table th[aria-sort=ascending]").wait_for()
    ascending = shown()
    assert ascending == sorted(ascending)
    assert len(ascending) == 25, "what is empty comes last"
    button.focus()
    board.keyboard.press("Enter")
    board.locator("#scoreboard-table th[aria-sort=descending]").wait_for()
    descending = shown()
    assert descending == sorted(descending, reverse=True)
    assert descending != ascending


def test_a_row_leads_to_its_exhibit(board) -> None:
    board.locator(".dt-search input").fill("formation energy mae CGCNN")
    link = board.locator(f"{ROWS} a").first
    address = link.get_attribute("href")
    assert address is not None
    assert re.fullmatch(r"chapters/cgcnn\.html#[a-z]+-[a-z0-9-]+", address)
    link.click()
    board.wait_for_url(f"**/{address}")
    assert board.locator(f"[id='{address.partition('#')[2]}']").is_visible()


def test_the_search_box_is_reached_by_keyboard(board) -> None:
    board.locator("h1:visible").click()
    for _ in range(60):
        board.keyboard.press("Tab")
        if board.evaluate("document.activeElement.closest('.dt-search') !== null"):
            return
    pytest.fail("sixty steps with the tab key do not lead to the search box")
