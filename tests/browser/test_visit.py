"""A page that hangs is given up and opened again."""

import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


@pytest.fixture
def pages(tmp_path: Path) -> tuple[str, str]:
    """A page that never does anything else once it is loaded, and one that is fine."""
    (tmp_path / "hangs.html").write_text("<p>hangs</p><script>onload = () => setTimeout(() => { while (true); })</script>")
    (tmp_path / "fine.html").write_text("<p>fine</p>")
    return (tmp_path / "hangs.html").as_uri(), (tmp_path / "fine.html").as_uri()


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> float:
    import visit

    monkeypatch.setattr(visit, "PATIENCE", 4)
    return 4


def text(browser, address: str) -> str:
    from visit import opened

    with opened(browser, address, 1440) as (page, _):
        time.sleep(1)
        return page.evaluate("document.body.innerText.trim()")


def test_a_page_that_hangs_is_opened_again(browser, pages: tuple[str, str], hurry: float) -> None:
    from visit import patiently

    left = list(pages)
    assert patiently(lambda: text(browser, left.pop(0))) == "fine"
    assert left == []


def test_a_page_that_always_hangs_is_an_error_after_some_views(browser, pages: tuple[str, str], hurry: float) -> None:
    from visit import VIEWS, settled, visit

    began = time.monotonic()
    with pytest.raises(TimeoutError, match="was not done after 4 s"):
        visit(browser, pages[0], 1440)
    assert VIEWS * hurry <= time.monotonic() - began < VIEWS * hurry + 10
    with settled(browser, pages[1], 1440) as (page, heard):
        assert page.locator("p").inner_text() == "fine"
    assert heard.errors == []
