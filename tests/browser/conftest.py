"""The built book, and a browser that reaches nothing but the file system."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from built import BUILT


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one page stay in one process, which opens it once for all of them."""
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("xdist_group"):
            of_item = getattr(item, "callspec", None)
            pages = [value for value in of_item.params.values() if str(value).endswith(".html")] if of_item else []
            item.add_marker(pytest.mark.xdist_group((pages or [item.path.stem])[0]))


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built book."""
    if not (BUILT / "index.html").is_file():
        pytest.fail(f"There is no built book in {BUILT}; build it with: make book.")
    return BUILT


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Headless Chromium in which no host has an address."""
    import chromium  # here, so that tests without a browser need none of this
    from playwright.sync_api import sync_playwright

    program = chromium.find()
    if program is None:
        pytest.fail(chromium.MISSING)
    with sync_playwright() as playwright:
        # as root, which is usual in a container, Chromium has no sandbox; playwright leaves it out by itself
        started = playwright.chromium.launch(executable_path=program, args=["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def visits(browser, built: Path) -> Callable[[str, int], object]:
    """What a page is like in a window of a width; each is opened once."""
    from visit import visit

    return cache(lambda name, width: visit(browser, (built / name).as_uri(), width))
