"""Empty tables and pictures of a run are left out, and those of stored runs are shown in their place."""

import pandas as pd
import pytest

from recryst import figures
from recryst.report import Report, stored
from recryst.report.pictures import Picture


@pytest.fixture
def shown(monkeypatch):
    contents = []
    monkeypatch.setattr("recryst.report.display.html", lambda content, text: contents.append(content))
    monkeypatch.setattr("recryst.report.display.interactive", lambda *figure: None)
    return contents


def test_a_stored_run_is_shown_where_this_one_has_nothing(tmp_path, shown):
    bars = pd.DataFrame({"value": [1, 2], "width": 1, "count": [3, 18928]})
    large = Report("cgcnn", profile="laptop", output=tmp_path / "laptop" / "cgcnn", stored_results=tmp_path / "kept")
    large.table("search", bars, caption="Found.")
    large.figure("figure-2a", figures.histogram, bars, label="elements", caption="Elements.", alt="Bars.")
    large.show("figure-2a")
    large.finish()
    stored.store(tmp_path / "laptop" / "cgcnn", tmp_path / "kept")
    shown.clear()
    small = Report("cgcnn", profile="reduced", output=tmp_path / "reduced" / "cgcnn", stored_results=tmp_path / "kept")
    small.table("search", pd.DataFrame(), caption="Found.")
    small.figure("figure-2a", figures.histogram, pd.DataFrame(), label="elements", caption="Elements.", alt="Bars.")
    small.show("figure-2a")
    assert len(shown) == 2
    assert "Stored run (laptop). Found." in shown[0]
    assert "18,928" in shown[0]
    assert "Stored run (laptop)" in shown[1]
    assert "This run" not in "".join(shown)
    assert small.results.figures == small.results.tables == ()
    assert not (tmp_path / "reduced" / "cgcnn" / "tables" / "search.csv").exists()


def test_a_stored_table_keeps_its_own_words(tmp_path, shown):
    """It may be of other data than this run's, and what this run says of its own would be wrong of it."""
    large = Report("cgcnn", profile="laptop", output=tmp_path / "laptop" / "cgcnn", stored_results=tmp_path / "kept")
    large.table("search", pd.DataFrame({"n": [18928]}), caption="All perovskites.")
    stored.store(large.finish().parent, tmp_path / "kept")
    shown.clear()
    small = Report("cgcnn", profile="reduced", output=tmp_path / "reduced" / "cgcnn", stored_results=tmp_path / "kept")
    small.table("search", pd.DataFrame({"n": [121]}), caption="A stand-in, from -1 on.")
    assert "This run (reduced). A stand-in, from −1 on." in shown[0]
    assert "Stored run (laptop). All perovskites." in shown[1]


def test_the_same_table_is_told_once_whatever_its_texts_look_like(tmp_path, shown):
    rows = pd.DataFrame({"formula": ["NaN", "KCl"], "reason": ["None", None]})
    large = Report("cgcnn", profile="laptop", output=tmp_path / "laptop" / "cgcnn", stored_results=tmp_path / "kept")
    large.table("search", rows, caption="Found.")
    stored.store(large.finish().parent, tmp_path / "kept")
    shown.clear()
    small = Report("cgcnn", profile="reduced", output=tmp_path / "reduced" / "cgcnn", stored_results=tmp_path / "kept")
    small.table("search", rows, caption="Found.")
    (content,) = shown
    assert "This run (reduced) and the stored run (laptop)" in content
    assert "NaN" in content


def test_stored_tables_that_are_the_same_to_the_caption_are_told_together(tmp_path, shown):
    rows = pd.DataFrame({"property": ["band gap"], "difference": [0.25]})
    for profile, found, caption in (
        ("better", rows, "Moved."),
        ("full", rows + rows, "Moved."),
        ("laptop", rows, "Moved."),
        ("mine", rows, "Other."),
    ):
        large = Report("cgcnn", profile=profile, output=tmp_path / profile / "cgcnn", stored_results=tmp_path / "none")
        large.table("moved", found, caption=caption)
        stored.store(large.finish().parent, tmp_path / "kept")
    shown.clear()
    small = Report("cgcnn", profile="reduced", output=tmp_path / "reduced" / "cgcnn", stored_results=tmp_path / "kept")
    small.table("moved", pd.DataFrame(), caption="Moved.")
    headings = ["Stored runs (better and laptop). Moved.", "Stored run (full). Moved.", "Stored run (mine). Other."]
    assert [heading in content for heading, content in zip(headings, shown, strict=True)] == [True] * 3


@pytest.mark.parametrize(("inches", "wide"), [(5.0, False), (5.68, True)])
def test_pictures_too_wide_for_half_a_page_are_known_by_their_width(inches, wide):
    header = f'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="{inches * 72}pt" height="10pt"></svg>'
    assert Picture(header.encode(), "svg").wide is wide
