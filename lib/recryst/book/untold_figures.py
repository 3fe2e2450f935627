"""Figures of an executed notebook that say too little: each has a caption, a text in place of the picture, its data and its origin."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup, Tag

from recryst.report.display import MARK, PLOTLY

FEWEST_WORDS = 3
"""Of a caption, and of the text for those who can't see the picture: a name alone tells nothing."""
PAST = "a picture is shown past the report; draw it with report.figure"


def faults(executed: Path) -> list[str]:
    """What is missing beside the figures of an executed notebook, one sentence each.

    A figure is what `report.page` makes of one. Its data are a link to a CSV file, its origin is folded in the exhibit's section.
    Pictures that a cell shows by itself, past the report, have none of this and are named too; an interactive figure goes with the
    picture of the same name.
    """
    outputs = [
        (number, output, BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser"))
        for number, cell in enumerate(nbformat.read(executed, as_version=4).cells, start=1)
        for output in cell.get("outputs", [])
    ]
    drawn = {str(picture["data-interactive"]) for _, _, page in outputs for picture in page.select("[data-interactive]")}
    found = []
    for number, output, page in outputs:
        reasons = list(_of_page(page))
        goes_with = output.get("metadata", {}).get(MARK, {}).get("figure")
        kinds = output.get("data", {})
        if any(kind.startswith("image/") for kind in kinds) or (PLOTLY in kinds and goes_with not in drawn):
            reasons.append(PAST)
        found += [f"{executed}, cell {number}: {reason}." for reason in reasons]
    return found


def _of_page(page: BeautifulSoup) -> Iterator[str]:
    told = page.select("figure.recryst-figure")
    for figure in told:
        yield from _of_figure(figure)
    for picture in page.select("img, .plotly-graph-div"):
        if not any(figure in picture.parents for figure in told):
            yield PAST


def _of_figure(figure: Tag) -> Iterator[str]:
    caption = figure.find("figcaption")
    words = caption.get_text(" ", strip=True) if caption else ""
    name = f"the figure '{words[:50]}'"
    run = figure.select_one(".recryst-run")
    links = [link for link in figure.select("figcaption a[href]") if str(link["href"]).endswith(".csv")]
    own_words = len(words.split()) - sum(len(part.get_text(" ").split()) for part in [*links, *([run] if run else [])])
    if own_words < FEWEST_WORDS:
        yield f"{name} has no caption"
    if not links:
        yield f"{name} has no link to its data"
    pictures = figure.select("img, [role=img], [role=group]")
    if not pictures or any(len(_alternative(picture).split()) < FEWEST_WORDS for picture in pictures):
        yield f"{name} is not told to those who can't see it"
    section = figure.find_parent("section")
    if section is None or not any("code" in folded.get_text(" ").split() for folded in section.select("details")):
        yield f"{name} does not say where it comes from"


def _alternative(picture: Tag) -> str:
    return str(picture.get("alt") or picture.get("aria-label") or "")
