"""HTML of one exhibit: its finding, pictures, printed values beside ours with verdict badges, provenance folded away.

Everything reads well without any style sheet; `report.css` makes it pretty, in light and dark. Verdicts are words and
signs, never colour alone. The classes used here:

``recryst-exhibit``, ``recryst-title``, ``recryst-finding``, ``recryst-scroll``, ``recryst-table``, ``recryst-reference``,
``recryst-result``, ``recryst-number``, ``recryst-level``, ``recryst-badge`` with ``recryst-good``, ``recryst-near``,
``recryst-bad``, ``recryst-open`` or ``recryst-nothing``, ``recryst-notes``, ``recryst-folded``, ``recryst-figure``,
``recryst-picture``, ``recryst-beside``, ``recryst-wide``, ``recryst-run``, ``recryst-links``; and ``recryst-compared`` for a
table whose rows become cards on a narrow page, where each cell says with ``data-label`` what it is.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from recryst.notation import as_printed, found, signed, spelled, unit
from recryst.report import grid
from recryst.report.finding import OPEN, Finding
from recryst.report.gallery import Drawn
from recryst.report.markup import badge, download, folded, framed, number, scrolled, typeset
from recryst.report.provenance import Provenance, told
from recryst.report.section import Section
from recryst.report.verdicts import NOT_COMPARABLE

MOST_ROWS = 30


def exhibit(section: Section) -> str:
    """One exhibit as a section with an id."""
    compared = section.compared
    footnotes: list[str] = []
    title = f"{section.identifier}-title"
    parts = [
        f'<h3 class="recryst-title" id="{title}">{escape(section.title)}'
        f'<a class="headerlink" href="#{section.identifier}" title="Link to this exhibit">#</a></h3>',
        _finding(section.finding),
        beside(section.figures),
        _values(section, footnotes),
        f'<p class="recryst-note">{escape(_sentence(section.note))}</p>' if section.note else "",
        _footnotes(footnotes),
        _folded_claims(section.claims),
        _folded_results(compared, section.title, section.origins),
        f'<p class="recryst-links">{download(section.link, _contents(compared))}</p>' if len(compared) else "",
    ]
    return f'<section class="recryst-exhibit" id="{section.identifier}" aria-labelledby="{title}">{"".join(parts)}</section>'


def figure(drawn: Drawn, link: str) -> str:
    """One figure with caption and a link to its data.

    Where there is an interactive version, the page's script puts it in the picture's place and finds it by the figure's name.
    """
    picture, recipe = drawn.picture, drawn.recipe
    size = f' width="{picture.size[0]}" height="{picture.size[1]}"' if picture.size else ""
    image = f'<img src="{picture.source}" alt="{escape(recipe.alt)}"{size} loading="lazy" />'
    interactive = f' data-interactive="{drawn.name}"' if picture.interactive else ""
    box = f'<div class="recryst-picture"{interactive}>{image}</div>'
    caption = f'<span class="recryst-run">{escape(drawn.heading)}.</span> {escape(signed(recipe.caption))} {download(link, "data (CSV)")}'
    wide = " recryst-wide" if picture.wide else ""
    return f'<figure class="recryst-figure{wide}">{box}<figcaption>{caption}</figcaption></figure>'


def beside(figures: Iterable[str]) -> str:
    """Figures of several runs side by side, where the page is wide enough and none of them is wide itself."""
    parts = list(figures)
    return "".join(parts) if len(parts) < 2 else f'<div class="recryst-beside">{"".join(parts)}</div>'


def table(frame: pd.DataFrame, caption: str, link: str | None = None) -> str:
    """Any table: the first 30 rows, and the whole of it as CSV; an index with a name becomes its first column."""
    visible = frame.reset_index() if frame.index.name else frame
    head = "".join(f'<th scope="col">{escape(_head(str(column)))}</th>' for column in visible.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{number(cell)}</td>" for cell in row) + "</tr>"
        for row in visible.head(MOST_ROWS).astype(object).itertuples(index=False, name=None)
    )
    rest = f" The first {MOST_ROWS} of {len(visible):,} rows." if len(visible) > MOST_ROWS else ""
    whole = framed(head, body, f"{escape(signed(caption))}{rest}")
    links = f'<p class="recryst-links">{download(link, "data (CSV)")}</p>' if link else ""
    return f'<section class="recryst-exhibit">{scrolled(whole, caption)}{links}</section>'


def _head(column: str) -> str:
    """The name of a column as one says it: "atoms" of n_atoms, "peak memory (GB)" of peak_memory_gb."""
    return re.sub(r" gb$", " (GB)", spelled(column.removeprefix("n_").replace("_", " ")))


def findings(rows: pd.DataFrame, caption: str, provenance: Provenance) -> str:
    """What every exhibit shows, each linked to its section, and the provenance of the run folded below.

    Parameters
    ----------
    rows : exhibit, source, title, verdict ("" for none), finding
    """
    below = folded("Where these results come from", provenance_list(provenance))
    if not rows["verdict"].any():
        return f'<section class="recryst-exhibit"><p>No value of this paper has been compared yet.</p>{below}</section>'
    body = "".join(
        f'<tr><th scope="row"><a href="#{row["exhibit"]}">{escape(row["source"])}</a>: {escape(row["title"])}</th>'
        f"<td>{badge(row['verdict']) if row['verdict'] else ''}</td><td>{escape(row['finding'])}</td></tr>"
        for row in rows.to_dict("records")
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("exhibit", "verdict", "what it shows"))
    whole = framed(head, body, escape(caption))
    return f'<section class="recryst-exhibit">{scrolled(whole, caption)}{below}</section>'


def origin(code: str, settings: Mapping[str, Any]) -> str:
    """Where a run comes from in a line."""
    return f"code {code}" + (f"; {', '.join(f'{name} = {value}' for name, value in told(settings).items())}" if settings else "")


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
        "settings": ", ".join(f"{name} = {value}" for name, value in told(provenance.settings).items()),
        "data": ", ".join(f"{name}@{fingerprint[:12]}" for name, fingerprint in provenance.data.items()),
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items() if fact) + "</dl>"


def _contents(compared: pd.DataFrame) -> str:
    """What readers call the table of an exhibit as a file."""
    names = [name for name, column in (("printed", "printed"), ("found", "level")) if compared[column].notna().any()]
    return f"{' and '.join(names)} values (CSV)"


def _finding(found: Finding) -> str:
    if not found.sentence:
        return ""
    if found.sentence in OPEN:  # of so many exhibits that it is said as quietly as can be
        words = found.sentence[0].lower() + found.sentence[1:].removesuffix(".")
        return f'<p class="recryst-finding"><span class="recryst-badge recryst-nothing">{escape(words)}</span></p>'
    return f'<p class="recryst-finding">{badge(found.verdict) + " " if found.verdict else ""}{escape(found.sentence)}</p>'


def _values(section: Section, footnotes: list[str]) -> str:
    """All values of an exhibit: those that the paper prints in rows and columns as such, the others below each other."""
    gridded, listed = grid.divided(section.compared, section.columns)
    marks = {identifier: _marks(section.notes.get(identifier, ()), footnotes) for identifier in gridded["value_id"]}
    whole = grid.table(gridded, section.columns, section.title, marks) if len(gridded) else ""
    return whole + (_compared_table(section, listed, footnotes) if len(listed) else "")


def _compared_table(section: Section, compared: pd.DataFrame, footnotes: list[str]) -> str:
    this = section.profile
    profiles = sorted(set(compared["profile"].dropna()), key=lambda profile: (profile != this, profile))
    heads = {profile: f"{'this' if profile == this else 'stored'} run ({escape(profile)})" for profile in profiles}
    has_printed = bool(compared["printed"].notna().any())
    rows = []
    for _, group in compared.groupby(["exhibit", "value_id"], sort=False):
        first = group.iloc[0]
        own = section.notes.get(first["value_id"], ()) if first["exhibit"] == section.identifier else ()
        label = _label(first, _marks(own, footnotes))
        cells = {heads[profile]: _results_cell(group[group["profile"] == profile], footnotes) for profile in profiles}
        rows.append(_row(first, label, has_printed, cells))
    head = "".join(f'<th scope="col">{name}</th>' for name in ["quantity", *(["printed"] if has_printed else []), *heads.values()])
    return scrolled(framed(head, "".join(rows), kind=" recryst-compared"), f"{section.title}: values")


def _label(first: pd.Series, marks: str) -> str:
    split = f" <small>({escape(first['split'])})</small>" if first["split"] else ""
    return f"{typeset(first['label'])}{split}{marks}"


def _row(first: pd.Series, label: str, has_printed: bool, cells: Mapping[str, str]) -> str:
    value = typeset(as_printed(first["printed"] or "")) + escape(unit(first["unit"]))
    printed = f'<td class="recryst-printed" data-label="printed">{value}</td>' if has_printed else ""
    kind = "" if first["role"] in (None, "result") else ' class="recryst-reference"'
    ours = "".join(f'<td data-label="{run}">{cell}</td>' if cell else '<td class="recryst-none">–</td>' for run, cell in cells.items())
    return f'<tr{kind}><th scope="row">{label}</th>{printed}{ours}</tr>'


def _results_cell(results: pd.DataFrame, footnotes: list[str]) -> str:
    lines = []
    for result in results.to_dict("records"):
        text = typeset(found(result["value"], result["spread"], result["printed"]))
        if result["printed"] is None:
            text += escape(unit(result["unit"]))
        marks = _marks([note for note in (_why_not_comparable(result), result["caveat"]) if note], footnotes)
        judged = badge(result["verdict"], result["reason"]) if result["verdict"] else ""
        other_part = result["data_split"] and result["split"] and result["data_split"] != result["split"]
        level = f"{result['level']}, on {escape(result['data_split'])}" if other_part else result["level"]
        kind = "recryst-words" if isinstance(result["value"], str) else "recryst-number"
        measured = f'<span class="{kind}">{text}</span> <span class="recryst-level">{level}{_seeds(result)}</span>'
        # the mark of a note must not fall into a line of its own
        lines.append(f'<div class="recryst-result">{measured} <span class="recryst-judged">{judged}{marks}</span></div>')
    return "".join(lines)


def _seeds(result: Mapping[Any, Any]) -> str:
    """From how many trainings a number is: one tells nothing of its spread."""
    if result["level"] != "retrained" or not result["seeds"] or isinstance(result["value"], bool | str | tuple):
        return ""
    count = len(result["seeds"].split(", "))
    return f", {count} seed{'s' if count > 1 else ''}"


def _marks(notes: Sequence[str], footnotes: list[str]) -> str:
    return f"<sup>{', '.join(_mark(note, footnotes) for note in notes)}</sup>" if notes else ""


def _mark(note: str, footnotes: list[str]) -> str:
    if note not in footnotes:
        footnotes.append(note)
    return str(footnotes.index(note) + 1)


def _why_not_comparable(result: Mapping[Hashable, Any]) -> str | None:
    return result["reason"] if result["verdict"] == NOT_COMPARABLE else result["not_comparable"]


def _footnotes(notes: list[str]) -> str:
    return f'<ol class="recryst-notes">{"".join(f"<li>{escape(_sentence(note))}</li>" for note in notes)}</ol>' if notes else ""


def _sentence(note: str) -> str:
    return note[0].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def _folded_claims(claims: Mapping[str, tuple[str, str | None]]) -> str:
    if not claims:
        return ""
    ours = {label: f"<dd>Ours is yes if {escape(rule)}.</dd>" for label, (_, rule) in claims.items() if rule}
    items = "".join(f"<dt>{escape(label)}</dt><dd>“{escape(quote)}”</dd>{ours.get(label, '')}" for label, (quote, _) in claims.items())
    return folded("What the paper says, and when ours is yes" if ours else "What the paper says", f"<dl>{items}</dl>")


def _folded_results(compared: pd.DataFrame, title: str, origins: Mapping[str, str]) -> str:
    found = compared[compared["level"].notna()]
    content = ""
    if not found.empty:
        columns = ["label", "profile", "level", "value", "n", "seeds", "low", "high", "data", "data_split", "run", "reason"]
        filled = [column for column in columns if found[column].notna().any()]
        names = {"label": "quantity", "low": "95 % from", "high": "to", "data_split": "part", "reason": "verdict because"}
        frame = found[filled].rename(columns=names).astype(object)
        head = "".join(f'<th scope="col">{column}</th>' for column in frame.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{number(cell)}</td>" for cell in row) + "</tr>" for row in frame.itertuples(index=False, name=None)
        )
        content = scrolled(framed(head, rows), f"{title}: numbers, data and runs")
    if origins:
        content += "<dl>" + "".join(f"<dt>{escape(run)}</dt><dd>{escape(origin)}</dd>" for run, origin in origins.items()) + "</dl>"
    return folded("Where these numbers come from", content) if content else ""
