"""What a page of the book is like once a browser has opened it from disk: measured once, then read by many tests."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser, Error, Page, Request
from playwright.sync_api import TimeoutError as WaitedTooLong

FACTS = (Path(__file__).parent / "facts.js").read_text(encoding="utf-8")
HEIGHT = 900
INSIDE = ("file:", "data:", "blob:", "about:")
PATIENCE = 120
"""Seconds that a page has to be opened, to settle and to be measured; with the machine to itself it needs 10 at most."""
VIEWS = 3
"""A page that is slow to appear, or hangs, is opened at most so often: another program may have kept the machine busy."""


Found = TypeVar("Found")


@dataclass
class Heard:
    """What a page asked for and complained about, while it was open."""

    asked: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Visit:
    """A page of the book in a window of one width.

    Parameters
    ----------
    heard : from opening it to the end of the visit, in light and dark
    facts : what `facts.js` found, by theme
    first_view : milliseconds until the first text or picture was there, the least of `VIEWS` at most
    """

    heard: Heard
    facts: dict[str, Any] = field(default_factory=dict)
    first_view: float = float("inf")


@contextmanager
def opened(browser: Browser, address: str, width: int) -> Iterator[tuple[Page, Heard]]:
    """A page in a window of its own that reaches nothing but the file system."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme="light", offline=True, reduced_motion="reduce")
    page = context.new_page()
    heard = Heard()
    page.on("request", lambda request: heard.asked.append(request.url))
    page.on("requestfailed", lambda request: heard.failed.append(_failure(request)))
    page.on("pageerror", lambda error: heard.errors.append(str(error)))
    page.on("console", lambda message: heard.errors.append(message.text) if message.type == "error" else None)
    page.route(lambda url: not url.startswith(INSIDE), lambda route: route.abort())
    try:
        page.goto(address, wait_until="load")
        yield page, heard
    finally:
        context.close()


def patiently(attempt: Callable[[], Found]) -> Found:
    """What an attempt gives. One that takes longer than `PATIENCE` is given up and made anew, at most `VIEWS` times in all.

    Under load, about one page in some thousands hangs, and most calls of playwright would wait for it for ever.

    Raises
    ------
    TimeoutError
        If no attempt comes to an end.
    """
    for left in reversed(range(VIEWS)):
        try:
            with at_most(PATIENCE):
                return attempt()
        except (TimeoutError, WaitedTooLong):
            if not left:
                raise
    raise AssertionError("at least one attempt is made")


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise a TimeoutError in what takes longer, whatever it waits for; a test's own time stands still meanwhile."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"the page was not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    # more than once, as a callback of an event loop may swallow the first
    left = signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def settled(browser: Browser, address: str, width: int) -> Iterator[tuple[Page, Heard]]:
    """A page that has come to rest."""

    def come() -> tuple[Page, Heard]:
        with ExitStack() as attempt:
            page, heard = attempt.enter_context(opened(browser, address, width))
            settle(page)
            stays.enter_context(attempt.pop_all())
            return page, heard

    with ExitStack() as stays:
        yield patiently(come)


def visit(browser: Browser, address: str, width: int) -> Visit:
    """Open the page, scroll through all of it, and measure it in light and in dark."""
    return patiently(lambda: measured(browser, address, width))


def measured(browser: Browser, address: str, width: int) -> Visit:
    """The visit itself."""
    with opened(browser, address, width) as (page, heard):
        settle(page)
        found = Visit(heard, first_view=first_view(page))
        for theme in ("light", "dark"):
            show(page, theme)
            found.facts[theme] = page.evaluate(FACTS)
    for _ in range(VIEWS - 1):
        if found.first_view > 1000:
            with opened(browser, address, width) as (page, _):
                found.first_view = min(found.first_view, first_view(page))
    return found


def first_view(page: Page) -> float:
    """Milliseconds from the start until the first text or picture was painted."""
    return float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"))


def show(page: Page, theme: str) -> None:
    """Change to the light or dark form of the page, as the reader's system does."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme, timeout=5000)


def settle(page: Page) -> None:
    """Let formulas, fonts and pictures come; what waits until it is seen is scrolled to."""
    page.evaluate(
        """async () => {
            // Chromium without a window has been seen to draw no frame for minutes on a busy machine
            const frame = () => Promise.race([new Promise(requestAnimationFrame), new Promise(later => setTimeout(later, 1000))]);
            await window.MathJax?.startup?.promise;
            await document.fonts.ready;
            for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                // a frame for what watches the window to see it, and one for what it does then
                await frame();
                await frame();
            }
            scrollTo(0, 0);
        }""",
    )
    with suppress(Error):  # the tests say which picture did not come
        page.wait_for_function(
            """() => [...document.images].every(image => image.complete)
              && ![...document.querySelectorAll(".recryst-picture[data-source]:not([data-waits])")].some(
                box => box.dataset.state !== "open")""",
            timeout=60_000,
        )


def _failure(request: Request) -> str:
    return f"{request.url}: {request.failure}"
