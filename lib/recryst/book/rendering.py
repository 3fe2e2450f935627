"""HTML of the computed pages: templates filled with tables, everything in them escaped."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from recryst import notation
from recryst.report import markup

PLURAL = {"surpasses": "surpass", "reaches": "reach", "matches": "match", "falls short": "fall short", "differs": "differ"}
"""Verdicts on several values; the others read the same."""


def render(template: str, **content: object) -> str:
    """The template ``templates/<template>`` with ``content``; a name that is missing is an error."""
    return _templates().get_template(template).render(**content)


def sign(verdict: str) -> str:
    """The sign of a verdict, and a dot for none."""
    return markup.BADGES[verdict][0] if verdict else "·"


def kind(verdict: str) -> str:
    """The class of a verdict's colour."""
    return markup.BADGES[verdict][1] if verdict else "recryst-nothing"


def count(number: int, verdict: str) -> Markup:
    """A number of values with this verdict, as a badge."""
    words = f"{number:,} {PLURAL.get(verdict, verdict)}"
    return Markup('<span class="recryst-badge {}"><span aria-hidden="true">{}</span> {}</span>').format(kind(verdict), sign(verdict), words)


def factor(ratio: float) -> str:
    """How many times as large: 7, 2.1 or 1.04."""
    return f"{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}" if ratio >= 1.95 else f"{ratio:.2f}"


def _found(value: object, spread: float | None = None, printed: str | None = None) -> str:
    """What was found, see `notation.found`; what is text already, such as a list, gets the signs of what is printed."""
    return notation.as_printed(value) if isinstance(value, str) else notation.found(value, spread, printed)


@cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    # a page on disk is HTML whatever its suffix
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters = {"sign": sign, "kind": kind, "factor": factor}
    # these return HTML whose parts they have escaped themselves
    filters |= {"badge": lambda *text: Markup(markup.badge(*text)), "number": lambda *value: Markup(markup.number(*value))}
    filters |= {"printed": notation.as_printed, "found": _found}
    filters["unit"] = notation.unit
    environment.filters.update(filters)
    environment.globals["count"] = count
    return environment
