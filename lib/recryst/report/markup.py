"""The smallest parts of a page in HTML: verdict badges, numbers, symbols, tables, boxes that scroll or fold, links to files.

`report.page` says which classes they carry and builds exhibits of them.
"""

import re
from html import escape

from recryst.notation import shown

BADGES = {
    "surpasses": ("▲", "recryst-good"),
    "reaches": ("✓", "recryst-good"),
    "matches": ("✓", "recryst-good"),
    "close": ("≈", "recryst-near"),
    "not comparable": ("○", "recryst-open"),
    "falls short": ("▼", "recryst-bad"),
    "differs": ("✗", "recryst-bad"),
}


def badge(verdict: str, reason: str = "") -> str:
    """A verdict as a sign and words."""
    sign, kind = BADGES[verdict]
    return f'<span class="recryst-badge {kind}" title="{escape(reason)}"><span aria-hidden="true">{sign}</span> {verdict}</span>'


def number(value: object, digits: int | None = None) -> str:
    """A value for a table, see `notation.shown`."""
    return escape(shown(value, digits))


def typeset(text: str) -> str:
    """HTML of a short text: the index of a one-letter symbol, as in w_c1, is set below the line."""
    return re.sub(r"\b([A-Za-z])_([A-Za-z0-9]+)\b", r"\1<sub>\2</sub>", escape(text))


def folded(title: str, content: str) -> str:
    """What is opened with a click on its title."""
    return f'<details class="recryst-folded"><summary>{escape(title)}</summary>{content}</details>'


def framed(head: str, body: str, caption: str = "", kind: str = "") -> str:
    """A table of rows that are HTML already, with its heads and, where there is one, its caption."""
    # the words stay in view while a wide table is scrolled
    titled = f"<caption><span>{caption}</span></caption>" if caption else ""
    return f'<table class="recryst-table{kind}">{titled}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def scrolled(content: str, label: str) -> str:
    """A box that scrolls sideways by itself, with the keyboard too."""
    return f'<div class="recryst-scroll" tabindex="0" role="region" aria-label="{escape(label)}">{content}</div>'


def download(address: str, text: str) -> str:
    """A link to a file that is saved rather than opened."""
    return f'<a class="recryst-link" href="{escape(address)}" download="">{text}</a>'
