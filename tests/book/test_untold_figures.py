"""Figures that say too little: on notebooks written here, and on those executed on the reduced profile where there are any."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from recryst import figures, parameters
from recryst.book import untold_figures
from recryst.report import Report
from recryst.report.display import MARK, PLOTLY
from recryst.storage import PROJECT

v4 = nbformat.v4
ALT = "A falling curve of the error."
CAPTION = (
    '<figcaption><span class="recryst-run">This run (reduced).</span> The error falls. <a href="figure-1.csv">data (CSV)</a></figcaption>'
)
ORIGIN = "<details><summary>Where these numbers come from</summary><dl><dt>this run</dt><dd>code 1fa95f0</dd></dl></details>"


def figure(picture: str = f'<img src="x.svg" alt="{ALT}">', caption: str = CAPTION, origin: str = ORIGIN) -> str:
    return f'<section class="recryst-exhibit"><figure class="recryst-figure">{picture}{caption}</figure>{origin}</section>'


def faults(tmp_path: Path, data: dict[str, str]) -> list[str]:
    output = v4.new_output("display_data", data=data)
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), v4.new_code_cell("1", outputs=[output])]), tmp_path / "a.ipynb")
    return untold_figures.faults(tmp_path / "a.ipynb")


def test_a_figure_that_tells_everything_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, {"text/html": figure(), "text/plain": "a figure"}) == []
    assert faults(tmp_path, {"text/html": "<table></table>"}) == []


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (figure(picture='<img src="x.svg">'), "is not told to those who can't see it"),
        (figure(picture='<img src="x.svg" alt="curve">'), "is not told to those who can't see it"),
        (figure(picture='<div role="group" aria-label=""></div>'), "is not told to those who can't see it"),
        (figure(picture=""), "is not told to those who can't see it"),
        (figure(caption=""), "has no caption"),
        (figure(caption=CAPTION.replace("The error falls.", "")), "has no caption"),
        (figure(caption=CAPTION.replace(".csv", ".txt")), "has no link to its data"),
        (figure(origin=""), "does not say where it comes from"),
        (figure(origin="<details>What the paper says</details>"), "does not say where it comes from"),
        (f'<img src="x.png" alt="{ALT}">', "a picture is shown past the report"),
        ('<div class="plotly-graph-div"></div>', "a picture is shown past the report"),
    ],
)
def test_what_a_figure_lacks_is_named(tmp_path: Path, page: str, reason: str) -> None:
    found = faults(tmp_path, {"text/html": page})
    assert any(reason in fault for fault in found), found
    assert all(fault.startswith(f"{tmp_path / 'a.ipynb'}, cell 2: ") for fault in found)


@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml", "application/vnd.plotly.v1+json"])
def test_a_picture_shown_past_the_report_is_named(tmp_path: Path, kind: str) -> None:
    (fault,) = faults(tmp_path, {kind: "AAAA", "text/plain": "<Figure>"})
    assert fault.endswith("a picture is shown past the report; draw it with report.figure.")


@pytest.mark.parametrize(("name", "reasons"), [("figure-1", 0), ("figure-2", 1), (None, 1)])
def test_an_interactive_figure_goes_with_a_picture(tmp_path: Path, name: str | None, reasons: int) -> None:
    picture = figure(picture=f'<div data-interactive="figure-1"><img src="x.svg" alt="{ALT}"></div>')
    shown = v4.new_output("display_data", data={"text/html": picture})
    plot = v4.new_output("display_data", data={PLOTLY: {}}, metadata={MARK: {"figure": name}} if name else {})
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[shown, plot])]), tmp_path / "a.ipynb")
    assert len(untold_figures.faults(tmp_path / "a.ipynb")) == reasons


def test_what_a_report_shows_tells_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("recryst.report.display.display", lambda data, **_: shown.append(data.get("text/html", "")))
    report = Report("cgcnn", profile="reduced", output=tmp_path / "out", stored_results=tmp_path)
    counts = pd.DataFrame({"value": [1, 2], "width": 1, "count": [3, 4], "share": [0.4, 0.6]})
    report.figure(
        "figure-2a", figures.histogram, counts, label="elements", caption="How many elements a crystal holds.", alt="A chart of two bars."
    )
    report.show("figure-2a")
    assert "recryst-figure" in "".join(shown)
    assert faults(tmp_path, {"text/html": "".join(shown)}) == []


@pytest.mark.parametrize("name", list(parameters.NOTEBOOKS))
def test_the_figures_of_a_chapter_tell_everything(name: str) -> None:
    executed = PROJECT / "results" / "reduced" / name / f"{name}.ipynb"
    if not executed.is_file():
        pytest.skip(f"{name} has not been executed here on the reduced profile; make run executes it, and the book's build checks it too")
    assert untold_figures.faults(executed) == []
