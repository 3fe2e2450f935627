"""HTML of one exhibit: printed values beside ours with verdict badges, figures with caption, provenance folded away.

Everything reads well without any style sheet; `report.css` makes it pretty, in light and dark. Verdicts are words and
signs, never colour alone. The classes used here:

``recryst-exhibit``, ``recryst-title``, ``recryst-scroll``, ``recryst-table``, ``recryst-reference``, ``recryst-result``,
``recryst-number``, ``recryst-level``, ``recryst-badge`` with ``recryst-good``, ``recryst-near``, ``recryst-bad`` or ``recryst-open``,
``recryst-notes``, ``recryst-folded``, ``recryst-figure``, ``recryst-beside``, ``recryst-run``, ``recryst-links``.
"""

import re
from collections.abc import Hashable, Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd

from recryst.report.pictures import Picture, Recipe
from recryst.report.provenance import Provenance

BADGES = {
    "surpasses": ("▲", "recryst-good"),
    "reaches": ("✓", "recryst-good"),
    "matches": ("✓", "recryst-good"),
    "close": ("≈", "recryst-near"),
    "not comparable": ("○", "recryst-open"),
    "falls short": ("▼", "recryst-bad"),
    "differs": ("✗", "recryst-bad"),
}
UNITS = {"angstrom": "Å", "log10(GPa)": "log<sub>10</sub>(GPa)"}
MOST_ROWS = 30


def badge(verdict: str, reason: str = "") -> str:
    """A verdict as a sign and words."""
    sign, kind = BADGES[verdict]
    return f'<span class="recryst-badge {kind}" title="{escape(reason)}"><span aria-hidden="true">{sign}</span> {verdict}</span>'


def number(value: object, digits: int | None = None) -> str:
    """A value for a table: ``digits`` decimals, or four significant digits; yes/no for truth; lists joined."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(number(item, digits) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        # a value smaller than the digits allow would read as nothing
        if digits is None and value.is_integer():
            return number(int(value))
        text = f"{value:.4g}" if digits is None or 0 < abs(value) < 0.5 * 10**-digits else f"{value:.{digits}f}"
        return text.replace("-", "−") if "e" not in text else text
    return escape(str(value))


def exhibit(title: str, compared: pd.DataFrame, this_profile: str, notes: Iterable[str], quotes: Mapping[str, str], link: str) -> str:
    """The table of one exhibit.

    Parameters
    ----------
    title : plain text
    compared : from `comparison.compare`
    this_profile : profile of this run, whose column comes first; there is none where nothing has been found
    notes : on the printed values
    quotes : sentence of the paper for each statement, by label
    link : relative address of the table as CSV
    """
    found = set(compared["profile"].dropna())
    profiles = [this_profile, *sorted(found - {this_profile})] if found else []
    heads = [f"{'this' if profile == this_profile else 'stored'} run ({escape(profile)})" for profile in profiles]
    footnotes = list(notes)
    has_printed = bool(compared["printed"].notna().any())
    rows = []
    for _, group in compared.groupby(["value_id", "source"], sort=False, dropna=False):
        cells = [_results_cell(group[group["profile"] == profile], footnotes) for profile in profiles]
        rows.append(_row(group.iloc[0], has_printed, cells))
    head = "".join(f'<th scope="col">{name}</th>' for name in ["quantity", *(["printed"] if has_printed else []), *heads])
    table = f'<table class="recryst-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return (
        f'<section class="recryst-exhibit"><p class="recryst-title"><strong>{escape(title)}</strong></p>'
        f'<div class="recryst-scroll">{table if rows else "<p>The paper prints no number here.</p>"}</div>'
        f"{_footnotes(footnotes)}{_folded_quotes(quotes)}{_folded_results(compared)}{_link(link)}</section>"
    )


def figure(picture: Picture, recipe: Recipe, heading: str, link: str) -> str:
    """One figure with caption and a link to its data; ``heading`` says which run drew it."""
    if picture.suffix == "html":
        body = f'<div role="img" aria-label="{escape(recipe.alt)}">{picture.content.decode()}</div>'
    else:
        body = f'<img src="{picture.source}" alt="{escape(recipe.alt)}" />'
    caption = f'<span class="recryst-run">{escape(heading)}.</span> {escape(recipe.caption)}'
    wide = " recryst-wide" if picture.wide else ""
    return f'<figure class="recryst-figure{wide}">{body}<figcaption>{caption} {_link(link)}</figcaption></figure>'


def beside(figures: Iterable[str]) -> str:
    """Figures of several runs side by side, where the page is wide enough and none of them is wide itself."""
    parts = list(figures)
    return parts[0] if len(parts) == 1 else f'<div class="recryst-beside">{"".join(parts)}</div>'


def table(frame: pd.DataFrame, caption: str, link: str | None = None) -> str:
    """Any table: the first 30 rows, and the whole of it as CSV; an index with a name becomes its first column."""
    shown = frame.reset_index() if frame.index.name else frame
    head = "".join(f'<th scope="col">{escape(str(column).replace("_", " "))}</th>' for column in shown.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{number(cell)}</td>" for cell in row) + "</tr>"
        for row in shown.head(MOST_ROWS).astype(object).itertuples(index=False, name=None)
    )
    rest = f" The first {MOST_ROWS} of {len(shown):,} rows." if len(shown) > MOST_ROWS else ""
    return (
        f'<section class="recryst-exhibit"><div class="recryst-scroll"><table class="recryst-table">'
        f"<caption>{escape(caption)}{rest}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{_link(link) if link else ''}</section>"
    )


def summary(frame: pd.DataFrame, caption: str, provenance: Provenance | None = None) -> str:
    """The table of `comparison.summary` with badges, and the provenance of the run folded below it."""
    levels = [column for column in frame.columns if column in ("re-analysed", "rebuilt", "retrained")]
    head = "".join(f'<th scope="col">{name}</th>' for name in ["exhibit", "compared", *levels])
    body = "".join(_summary_row(row, levels) for row in frame.to_dict("records"))
    folded = _folded("Where these results come from", provenance_list(provenance)) if provenance is not None else ""
    return (
        f'<section class="recryst-exhibit"><div class="recryst-scroll"><table class="recryst-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{folded}</section>"
    )


def nothing_compared(provenance: Provenance) -> str:
    """What stands in place of the table of verdicts where there are no results, with the provenance of the page."""
    folded = _folded("Where this page comes from", provenance_list(provenance))
    return f'<section class="recryst-exhibit"><p>No value of this paper has been compared yet.</p>{folded}</section>'


def provenance_list(provenance: Provenance) -> str:
    """Provenance as a list of terms."""
    where = provenance.environment
    facts = {
        "code": where["code"],
        "libraries": ", ".join(f"{name} {version}" for name, version in where["libraries"].items()),
        "machine": f"{where['device']}, {where['platform']}",
        "backend": where["backend"] or "none",
        "time and memory": f"{provenance.seconds:,.0f} s, {where['peak_memory_bytes'] / 1e9:.2f} GB at most",
        "date": provenance.date,
        "seeds": ", ".join(map(str, provenance.seeds)),
        "settings": ", ".join(f"{name} = {value}" for name, value in provenance.settings.items()),
        "data": ", ".join(f"{name}@{fingerprint[:12]}" for name, fingerprint in provenance.data.items()),
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items() if fact) + "</dl>"


def _summary_row(row: Mapping[Hashable, Any], levels: list[str]) -> str:
    compared = f"{row['compared']} of {row['printed']}" if row["printed"] else "nothing to judge"
    cells = "".join(f"<td>{badge(row[level]) if row[level] else ''}</td>" for level in levels)
    return f'<tr><th scope="row">{escape(row["source"])}: {escape(row["title"])}</th><td>{compared}</td>{cells}</tr>'


def _row(first: pd.Series, has_printed: bool, cells: list[str]) -> str:
    split = f" <small>({escape(first['split'])})</small>" if first["split"] else ""
    unit = f" {UNITS.get(first['unit'], escape(first['unit']))}" if first["unit"] else ""
    printed = f"<td>{_printed(first['printed'] or '')}{unit}</td>" if has_printed else ""
    kind = "" if first["role"] in (None, "result") else ' class="recryst-reference"'
    found = "".join(f"<td>{cell or '–'}</td>" for cell in cells)
    return f'<tr{kind}><th scope="row">{escape(first["label"])}{split}</th>{printed}{found}</tr>'


def _printed(text: str) -> str:
    """Digits as printed, with the minus sign and the separators of thousands that numbers of ours have."""
    signed = re.sub(r"(?<![\w.–-])-(?=\d)", "−", escape(text))
    return re.sub(r"(?<![\w.])\d{5,}(?![\w.])", lambda found: f"{int(found[0]):,}", signed)


def _results_cell(results: pd.DataFrame, footnotes: list[str]) -> str:
    lines = []
    for result in results.to_dict("records"):
        digits = _decimals(result["printed"])
        text = number(result["value"], digits)
        if pd.notna(result["spread"]):
            text += f" ± {number(float(result['spread']), digits)}"
        if result["printed"] is None and result["unit"]:
            text += f" {UNITS.get(result['unit'], escape(result['unit']))}"
        notes = [note for note in (_why_not_comparable(result), result["caveat"]) if note]
        marks = f"<sup>{', '.join(_mark(note, footnotes) for note in notes)}</sup>" if notes else ""
        judged = badge(result["verdict"], result["reason"]) if result["verdict"] else ""
        other_part = result["data_split"] and result["split"] and result["data_split"] != result["split"]
        level = f"{result['level']}, on {escape(result['data_split'])}" if other_part else result["level"]
        found = f'<span class="recryst-number">{text}</span> <span class="recryst-level">{level}</span>'
        lines.append(f'<div class="recryst-result">{found} {judged}{marks}</div>')
    return "".join(lines)


def _decimals(printed: str | None) -> int | None:
    """One decimal more than is printed, so that a reader sees how far from rounding a value is."""
    if printed is None:
        return None
    first = printed.partition(" ")[0].partition("–")[0].partition(",")[0]
    fraction = first.partition(".")[2]
    return len(fraction) + 1 if fraction.isdigit() or first.lstrip("-").isdigit() else None


def _mark(note: str, footnotes: list[str]) -> str:
    if note not in footnotes:
        footnotes.append(note)
    return str(footnotes.index(note) + 1)


def _why_not_comparable(result: Mapping[Hashable, Any]) -> str | None:
    return result["reason"] if result["verdict"] == "not comparable" else result["not_comparable"]


def _footnotes(notes: list[str]) -> str:
    return f'<ol class="recryst-notes">{"".join(f"<li>{escape(_sentence(note))}</li>" for note in notes)}</ol>' if notes else ""


def _sentence(note: str) -> str:
    return note[0].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def _folded(title: str, content: str) -> str:
    return f'<details class="recryst-folded"><summary>{escape(title)}</summary>{content}</details>'


def _folded_quotes(quotes: Mapping[str, str]) -> str:
    if not quotes:
        return ""
    items = "".join(f"<dt>{escape(label)}</dt><dd>“{escape(quote)}”</dd>" for label, quote in quotes.items())
    return _folded("What the paper says", f"<dl>{items}</dl>")


def _folded_results(compared: pd.DataFrame) -> str:
    found = compared[compared["level"].notna()]
    if found.empty:
        return ""
    columns = ["label", "profile", "level", "value", "n", "seeds", "low", "high", "data", "data_split", "run", "reason"]
    filled = [column for column in columns if found[column].notna().any()]
    names = {"label": "quantity", "low": "95 % from", "high": "to", "data_split": "part", "reason": "verdict because"}
    frame = found[filled].rename(columns=names).astype(object)
    head = "".join(f'<th scope="col">{column}</th>' for column in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{number(cell)}</td>" for cell in row) + "</tr>" for row in frame.itertuples(index=False, name=None)
    )
    return _folded(
        "Numbers, data and runs behind it",
        f'<div class="recryst-scroll"><table class="recryst-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>',
    )


def _link(address: str) -> str:
    return f'<span class="recryst-links"><a href="{escape(address)}" download="">data (CSV)</a></span>'
