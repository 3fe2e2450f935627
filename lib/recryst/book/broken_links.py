"""Links of the built book: every one leads somewhere, and works from disk as well as from a server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

NOT_PAGES = ("_static", "_sources", "results", "pictures", "plotly", "mathjax", "datatables")
"""Folders whose HTML is part of a page, or of the theme, and no page by itself."""
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")


@dataclass
class Page:
    """Addresses on a page, each with the line where it stands, and the ids that links can lead to."""

    addresses: list[tuple[int, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


def pages(built: Path) -> list[Path]:
    """All pages of the book in the folder ``built``."""
    return [path for path in sorted(built.rglob("*.html")) if path.relative_to(built).parts[0] not in NOT_PAGES]


def faults(built: Path) -> list[str]:
    """What is wrong with the links of the book in the folder ``built``, one sentence each.

    A link inside the book must be relative, so that it works from disk, and lead to a file, and to a place on it where it
    names one. A link out of the book must be https; it is not followed, since a build needs no network.
    """
    built = built.resolve()
    read = {path: _read(path) for path in pages(built)}
    return [
        f"{path.relative_to(built)}, line {line}: {reason}."
        for path, page in read.items()
        for line, address in page.addresses
        if (reason := _fault(address, path, built, read))
    ]


def _read(path: Path) -> Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.ids |= {given[name] for name in ("id", "name") if name in given}
        self.page.addresses += [(self.getpos()[0], given[name].strip()) for name in ("href", "src", "action") if name in given]


def _fault(address: str, path: Path, built: Path, read: Mapping[Path, Page]) -> str:
    """Why a link on the page ``path`` is broken, or nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address} is no address"
    if parts.scheme == "data":
        return ""
    if parts.scheme or parts.netloc:
        well_formed = parts.scheme == "https" and _HOST.fullmatch(parts.netloc) and " " not in address
        return "" if well_formed else f"{address} is no https address, and no relative one"
    if address.startswith("/"):
        return f"{address} begins at the top of a server, and there is none when the book is read from disk"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(built):
        return f"{address} leads out of the book"
    if not target.is_file():
        return f"{address} leads to nothing"
    fragment = unquote(parts.fragment)
    if fragment and target in read and fragment not in read[target].ids:
        return f"{address} leads to no place on that page"
    return ""
