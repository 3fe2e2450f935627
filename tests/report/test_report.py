"""The report of a notebook from first value to finished page, read as HTML by a parser."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from recryst import figures
from recryst.errors import BadInputError
from recryst.notation import NO_BREAK
from recryst.report import Report, comparison, display, published, results, stored

MAE = {"level": "retrained", "unit": "eV/atom"}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    pages: list[str] = []
    monkeypatch.setattr(display, "html", lambda content, text: pages.append(content))
    return pages


@pytest.fixture
def report(tmp_path: Path, shown: list[str]) -> Report:
    return begin(tmp_path)


def begin(folder: Path, profile: str = "laptop", **settings: object) -> Report:
    return Report("cgcnn", profile=profile, output=folder / profile / "cgcnn", settings=settings, stored_results=folder / "kept")


def tree(page: str) -> ElementTree.Element:
    """The page as a tree: an open tag or a stray quote, which browsers forgive, is an error here."""
    return ElementTree.fromstring(f"<body>{page}</body>")


def cells(page: str) -> list[list[str]]:
    """Texts of the cells of the first table."""
    table = next(tree(page).iter("table"))
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")]


def cloud(data: pd.DataFrame, unit: str = "eV") -> Figure:
    figure = Figure(figsize=(2, 2))
    figure.add_subplot().plot(data["x"], data["y"])
    return figure


def test_printed_value_ours_and_verdict_stand_in_one_row(report: Report, shown: list[str]) -> None:
    report.record("table-1", "formation-energy/mae", value=0.0368, spread=0.0004, seeds=(0, 1, 2), split="test", **MAE)
    report.record("table-1", "band-gap/mae", level="retrained", unit="eV", value=0.5, caveat="fewer crystals")
    report.record("table-1", "poisson-ratio/mae", level="re-analysed", value=0.0299, split="all")
    report.show("table-1")
    rows = {row[0]: row[1:] for row in cells(shown[0])}
    assert rows["quantity"] == ["printed", "this run (laptop)"]
    assert rows["Formation energy, MAE (test)"] == ["0.039 eV/atom", "0.0368 ± 0.0004 retrained, 3 seeds ✓ reaches"]
    assert rows["Band gap, MAE (test)"] == ["0.388 eV", "0.5000 retrained ▼ falls short1"]
    assert rows["Poisson ratio, MAE (test)"] == ["0.030", "0.0299 re-analysed, on all ○ not comparable2"]
    assert rows["Absolute energy, MAE (test)"] == ["0.072 eV/atom", "–"]
    notes = [item.text for item in tree(shown[0]).iter("li")]
    assert notes == ["Fewer crystals.", "Found on split 'all', printed for 'test'."]


def test_a_recorded_value_is_replaced_by_the_next_one(report: Report) -> None:
    for value in (0.05, 0.04):
        report.record("table-1", "formation-energy/mae", value=value, **MAE)
    assert [result.value for result in report.results.results] == [0.04]


def test_retrained_values_of_the_reduced_profile_are_not_comparable(tmp_path: Path, shown: list[str]) -> None:
    report = begin(tmp_path, "reduced")
    report.record("table-1", "formation-energy/mae", value=0.039, **MAE)
    report.record("table-1", "poisson-ratio/mae", level="retrained", value=0.03, not_comparable="another population")
    report.record("figure-3a", "a-coordination", level="re-analysed", value=12)
    verdicts = {level: comparison.exhibit_verdict(report.paper, "table-1", report.results, level) for level in comparison.LEVELS}
    assert verdicts == {"re-analysed": "", "rebuilt": "", "retrained": "not comparable"}
    assert [result.not_comparable for result in report.results.results] == [
        "a reduced run: few crystals, short training",
        "another population",
        None,
    ]
    structure = comparison.exhibit_verdict(report.paper, "figure-3a", report.results, "re-analysed")
    assert structure == "matches"


@pytest.mark.parametrize(
    ("exhibit", "value_id", "fields", "words"),
    [
        ("table-2", "mae", {"value": 1.0}, "no exhibit 'table-2'; did you mean table-"),
        ("table-1", "formation/mae", {"value": 1.0}, "no value 'formation/mae'; did you mean formation-energy/mae"),
        ("table-1", "formation-energy/mae", {"value": 39.0, "unit": "meV/atom"}, "is in 'eV/atom' and the result in 'meV/atom'"),
        ("table-1", "formation-energy/mae", {"value": "0.04", "unit": "eV/atom"}, "must be a number"),
        ("table-1", "formation-energy/mae", {"value": np.nan, "unit": "eV/atom"}, "finite"),
        ("table-1", "close-to-dft-accuracy", {"value": 1}, "must be yes or no"),
        ("table-1", "formation-energy/mae", {"value": 0.04, "unit": "eV/atom", "level": "guessed"}, "level"),
    ],
)
def test_what_can_not_be_recorded_is_one_sentence(report: Report, exhibit: str, value_id: str, fields: dict, words: str) -> None:
    with pytest.raises(BadInputError) as error:
        report.record(exhibit, value_id, **{"level": "retrained"} | fields)
    assert words in str(error.value)
    assert report.results.results == ()


def test_metrics_become_values(report: Report) -> None:
    metrics = pd.DataFrame(
        {
            "metric": ["mae", "rmse"],
            "value": [0.054, 0.105],
            "n": [679, 679],
            "spread": [np.nan, 0.002],
            "low": [0.05, np.nan],
            "high": [0.06, np.nan],
        }
    )
    context = {"level": "retrained", "unit": "log10(GPa)", "data": "mp@1", "split": "test"}
    report.record_metrics("table-1", {"bulk-modulus/mae": "mae"}, metrics, seeds=(0,), **context)
    report.record_metrics("text-elasticity", {"bulk-modulus/rmse": "rmse"}, metrics, seeds=(0, 1), **context)
    mae, rmse = report.results.results
    assert (mae.value, mae.n, mae.spread, mae.interval, mae.seeds) == (0.054, 679, None, (0.05, 0.06), (0,))
    assert (rmse.value, rmse.spread, rmse.interval) == (0.105, 0.002, None)
    with pytest.raises(BadInputError, match="0 rows 'r2', not one; it has mae, rmse"):
        report.record_metrics("table-1", {"bulk-modulus/mae": "r2"}, metrics, **context)


def test_a_figure_without_own_numbers_shows_those_it_refers_to(report: Report, shown: list[str]) -> None:
    report.record("table-1", "band-gap/mae", level="retrained", unit="eV", value=0.39)
    report.show("figure-s4b")
    assert cells(shown[0])[1] == ["Band gap, MAE (test)", "0.388 eV", "0.3900 retrained ✓ reaches"]


def test_what_is_ours_needs_no_printed_value(report: Report, shown: list[str]) -> None:
    report.record("beyond-calibration", "expected-error", level="retrained", value=0.12, unit="eV")
    report.show("beyond-calibration")
    rows = cells(shown[0])
    assert rows == [["quantity", "this run (laptop)"], ["expected error", "0.1200 eV retrained"]]
    report.show("beyond-calibration", title="Are intervals as wide as they should be?")
    assert "Beyond the paper. Are intervals as wide as they should be?" in shown[1]
    assert "recryst-finding" not in shown[1]


def test_what_no_run_has_is_announced_and_not_shown_empty(tmp_path: Path, shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(display, "markdown", said.append)

    def tell(report: Report, count: int, drawn: pd.DataFrame, listed: pd.DataFrame) -> tuple[int, list[str]]:
        """How many sections and tables were shown, and what was said instead."""
        shown.clear(), said.clear()
        if count:
            report.record("beyond-counts", "crystals", level="re-analysed", value=count)
        report.figure("beyond-line", cloud, drawn, caption="Line.", alt="A line.")
        report.show("beyond-counts", otherwise="*No counts.*")
        report.show("beyond-line", otherwise="*No line.*")
        report.table("sizes", listed, caption="Sizes.", otherwise="*No sizes.*")
        return len(shown), list(said)

    nothing = pd.DataFrame()
    line, sizes = pd.DataFrame({"x": [0, 1], "y": [5, 7]}), pd.DataFrame({"n": [1]})
    assert tell(begin(tmp_path, "reduced"), 0, nothing, nothing) == (0, ["*No counts.*", "*No line.*", "*No sizes.*"])
    large = begin(tmp_path, "laptop")
    assert tell(large, 3, line, sizes) == (3, [])
    stored.store(large.finish().parent, tmp_path / "kept")
    assert tell(begin(tmp_path, "reduced"), 0, nothing, nothing) == (3, []), "a stored run has them"


def test_a_run_is_found_by_its_profile(tmp_path: Path, shown: list[str]) -> None:
    large = begin(tmp_path, "laptop")
    large.record("table-1", "formation-energy/mae", value=0.0371, **MAE)
    stored.store(large.finish().parent, tmp_path / "kept")
    small = begin(tmp_path, "reduced")
    small.record("table-1", "formation-energy/mae", value=0.25, **MAE)
    small.record("table-1", "absolute-energy/mae", value=0.5, **MAE)

    def values(profile: str) -> list[object]:
        return [result.value for result in small.run(profile).results.of("table-1", "formation-energy/mae")]

    assert (values("reduced"), values("laptop"), values("full")) == ([0.25], [0.0371], [])
    assert len(small.run("reduced").results.of("table-1")) == 2
    assert small.run("full").table("sizes") is None


def test_text_from_data_can_not_break_the_page(report: Report, shown: list[str]) -> None:
    evil = '<script>alert("x")</script> & "quotes"'
    report.record("table-1", "band-gap/mae", level="retrained", unit="eV", value=0.39, caveat=evil, data=evil, run=evil)
    report.show("table-1")
    report.table("evil", pd.DataFrame({evil: [evil]}), caption=evil)
    report.figure("figure-2c", cloud, pd.DataFrame({"x": [0, 1], "y": [0, 1]}), caption=evil, alt=evil)
    report.show("figure-2c")
    assert len(shown) == 3
    for page in shown:
        assert "<script>" not in page
        assert evil in "".join(tree(page).itertext())


def test_a_stored_run_stands_beside_this_one(tmp_path: Path, shown: list[str]) -> None:
    large = begin(tmp_path, "laptop")
    large.record("table-1", "formation-energy/mae", value=0.0371, **MAE)
    large.figure("figure-2c", cloud, pd.DataFrame({"x": [0, 1], "y": [5, 7]}), caption="The large one.", alt="A line.", unit="meV")
    large.show("figure-2c")
    stored.store(large.finish().parent, tmp_path / "kept")
    shown.clear()

    small = begin(tmp_path, "reduced")
    small.record("table-1", "formation-energy/mae", value=0.25, **MAE)
    small.show("table-1")
    rows = {row[0]: row[1:] for row in cells(shown[0])}
    assert rows["quantity"] == ["printed", "this run (reduced)", "stored run (laptop)"]
    assert rows["Formation energy, MAE (test)"] == ["0.039 eV/atom", "0.2500 retrained ○ not comparable1", "0.0371 retrained ✓ reaches"]

    drawn: list[tuple[list[int], str]] = []

    def recording(data: pd.DataFrame, unit: str = "eV") -> Figure:
        drawn.append((data["y"].tolist(), unit))
        return cloud(data, unit)

    small.figure("figure-2c", recording, pd.DataFrame({"x": [0, 1], "y": [1, 2]}), caption="The small one.", alt="A line.", unit="eV")
    small.show("figure-2c")
    assert drawn == [([1, 2], "eV"), ([5, 7], "meV")]  # the stored data with the stored options, by the same function
    assert shown[1].index("This run (reduced)") < shown[1].index("The small one.") < shown[1].index("Stored run (laptop)")
    assert 'href="../results/laptop/cgcnn/figures/figure-2c.csv"' in shown[1]
    assert 'href="../results/reduced/cgcnn/figures/figure-2c.csv"' in shown[1]


def test_figures_can_be_seen_by_those_who_can_not_see_them(report: Report, shown: list[str]) -> None:
    data = pd.DataFrame({"x": [0, 1], "y": [1, 2]})
    report.figure("figure-2c", cloud, data, caption="It rises.", alt='A line from "low" to high.')
    report.show("figure-2c")
    assert 'alt="A line from &quot;low&quot; to high."' in shown[0]
    assert "<figcaption>" in shown[0]
    for caption, alt in [("", "x"), ("x", " ")]:
        with pytest.raises(BadInputError, match="needs a caption and alt"):
            report.figure("figure-2c", cloud, data, caption=caption, alt=alt)


@pytest.mark.parametrize(
    ("exhibit", "data", "picture", "words"),
    [
        ("figure-2x", pd.DataFrame({"x": [0.0]}), None, "no exhibit 'figure-2x'"),
        ("figure-2c", np.zeros(3), None, "drawn from a DataFrame, not from ndarray"),
        ("figure-2c", pd.DataFrame({"x": [0.0]}), "../secret", "can't name a file"),
    ],
)
def test_a_figure_that_can_not_be_kept_is_refused(report: Report, exhibit: str, data: object, picture: str | None, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        report.figure(exhibit, cloud, data, caption="c", alt="a", picture=picture)  # type: ignore[arg-type]


def test_finishing_writes_everything_down(tmp_path: Path, shown: list[str]) -> None:
    report = begin(tmp_path, "laptop", n_train=2000, output=str(tmp_path))
    report.record("table-1", "formation-energy/mae", value=0.0368, spread=0.0004, seeds=(1, 0), data="mp@5fb1c0", **MAE)
    report.figure("figure-2c", cloud, pd.DataFrame({"x": [0, 1], "y": [1, 2]}), caption="c", alt="a")
    report.show("figure-2c")
    report.table("rejected", pd.DataFrame({"id": ["mp-1"], "reason": ["no atoms"]}), caption="Rejected crystals")
    report.show("table-1")
    path = report.finish()
    assert path == tmp_path / "laptop" / "cgcnn" / "results.json"
    found = results.read(path.parent)
    assert found == report.results
    assert (found.figures, found.tables) == (("figure-2c",), ("rejected",))
    origin = json.loads((path.parent / "provenance.json").read_text())
    assert (origin["settings"], origin["seeds"], origin["data"]) == ({"n_train": 2000}, [0, 1], {"mp": "5fb1c0"})
    assert str(tmp_path) not in (path.parent / "provenance.json").read_text()
    assert pd.read_csv(path.parent / "tables" / "rejected.csv").to_dict("list") == {"id": ["mp-1"], "reason": ["no atoms"]}
    compared = pd.read_csv(path.parent / "tables" / "table-1-compared.csv")
    row = compared.set_index("value_id").loc["formation-energy/mae"]
    assert (row["printed"], row["value"], row["verdict"]) == ("0.039", 0.0368, "reaches")
    summary = pd.read_csv(path.parent / "tables" / "summary.csv").set_index("exhibit")
    assert summary.loc["table-1", ["printed", "compared", "retrained"]].tolist() == [9, 1, "reaches"]
    shows = {row[0]: row[1:] for row in cells(shown[-1])}
    assert shows["Table I: Mean absolute errors for seven properties"] == [
        "✓ reaches",
        "1 of 9 values reaches what is printed. The other 8 are not reproduced yet.",
    ]
    assert shows["Supplement, Table I: Hyperparameters that were optimised"][0] == ""
    assert '<a href="#table-1">Table I</a>' in shown[-1]


def test_a_figure_that_nobody_shows_is_an_error(report: Report, shown: list[str]) -> None:
    report.figure("figure-2c", cloud, pd.DataFrame({"x": [0, 1], "y": [1, 2]}), caption="c", alt="a")
    with pytest.raises(BadInputError, match=r"Figure figure-2c was drawn and never shown; call report\.show\('figure-2c'\)"):
        report.finish()
    assert shown == []
    report.show("figure-2c")
    report.finish()


def test_an_exhibit_is_a_section_with_its_id_title_and_finding(report: Report, shown: list[str]) -> None:
    report.record("table-1", "formation-energy/mae", value=0.0368, **MAE)
    report.figure("table-1", cloud, pd.DataFrame({"x": [0, 1], "y": [1, 2]}), caption="c", alt="a", picture="table-1-errors")
    report.show("table-1")
    (section,) = tree(shown[0])
    assert (section.tag, section.get("id")) == ("section", "table-1")
    heading = section.find("h3")
    assert heading is not None
    assert heading.text == "Table I. Mean absolute errors for seven properties"
    assert section.get("aria-labelledby") == heading.get("id")
    kinds = [part.get("class", part.tag) for part in section]
    assert kinds[:3] == ["recryst-title", "recryst-finding", "recryst-figure"]
    finding = next(part for part in section if part.get("class") == "recryst-finding")
    assert "".join(finding.itertext()) == "✓ reaches 1 of 9 values reaches what is printed. The other 8 are not reproduced yet."
    folded = [summary.text for summary in section.iter("summary")]
    assert folded == ["What the paper says, and when ours is yes", "Where these numbers come from"]
    said = ["".join(item.itertext()) for item in next(section.iter("dl"))]
    value = published.load("cgcnn").value("table-1", "elastic-errors-above-dft")
    assert said[-3:] == [value.name, f"“{value.quote}”", f"Ours is yes if {value.rule}."]
    origins = next(part for part in section.iter("details") if part[0].text == folded[1]).find("dl")
    assert origins is not None
    assert [term.text for term in origins.iter("dt")] == ["this run (laptop)"]
    assert next(origins.iter("dd")).text.startswith("code 0.")  # type: ignore[union-attr]


def test_an_exhibit_of_which_nothing_was_found_shows_what_is_printed_and_says_so(report: Report, shown: list[str]) -> None:
    report.show("table-1")
    assert cells(shown[0])[0] == ["quantity", "printed"]
    assert ">not reproduced yet</span>" in shown[0]
    assert shown[0].count("recryst-badge") == 1
    assert "Where these numbers come from" not in shown[0]


def test_prose_says_what_was_found(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(display, "markdown", said.append)
    report.record("table-1", "formation-energy/mae", value=0.0368, spread=0.0004, seeds=(0, 1), **MAE)
    report.say("Found {found:table-1:formation-energy/mae}, printed {printed:table-1:formation-energy/mae}.")
    assert said == [f"Found 0.0368 ± 0.0004{NO_BREAK}eV/atom, printed 0.039{NO_BREAK}eV/atom."]


def test_a_figure_alike_in_a_stored_run_is_shown_once(tmp_path: Path, shown: list[str]) -> None:
    data = pd.DataFrame({"x": [0, 1], "y": [1, 2]})
    large = begin(tmp_path, "laptop")
    large.figure("figure-2c", cloud, data, caption="c", alt="a")
    large.show("figure-2c")
    large.table("cells", data, caption="Cells.")
    stored.store(large.finish().parent, tmp_path / "kept")
    shown.clear()
    small = begin(tmp_path, "reduced")
    small.figure("figure-2c", cloud, data, caption="c", alt="a")
    small.show("figure-2c")
    assert len(list(tree(shown[0]).iter("img"))) == 1
    assert "This run (reduced) and the stored run (laptop)" in shown[0]
    small.table("cells", data, caption="Cells.")
    assert len(shown) == 2
    assert "This run (reduced) and the stored run (laptop). Cells." in shown[1]


def test_an_interactive_figure_goes_out_for_jupyter_beside_its_still_picture(
    report: Report, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[dict, dict]] = []
    monkeypatch.setattr(display, "display", lambda content, raw, metadata=None: sent.append((content, metadata)))
    bars = pd.DataFrame({"value": [1, 2], "width": 1, "count": [3, 18928]})
    report.figure("figure-2a", figures.histogram, bars, label="elements", caption="Elements.", alt="Bars.")
    report.show("figure-2a")
    assert 'data-interactive="figure-2a"><img' in shown[0]
    ((content, metadata),) = sent
    specification = content["application/vnd.plotly.v1+json"]
    assert [trace["type"] for trace in specification["data"]] == ["bar"]
    assert "Elements." in specification["layout"]["title"]["subtitle"]["text"]
    assert metadata["recryst"]["figure"] == "figure-2a"
    assert "title" not in metadata["recryst"]["layout"]
    assert content["text/plain"].startswith("This run (laptop). Elements.")


def test_a_long_table_shows_its_beginning_and_keeps_the_rest(report: Report, shown: list[str]) -> None:
    report.table("long", pd.DataFrame({"n": range(100), "x": np.linspace(0, 1, 100)}), caption="Long")
    assert len(cells(shown[0])) == 31
    assert "The first 30 of 100 rows." in shown[0]
    assert len(pd.read_csv(report.output / "tables" / "long.csv")) == 100


def test_errata_and_departures_are_shown_whole(report: Report, shown: list[str]) -> None:
    report.errata()
    report.departures()
    assert len(cells(shown[0])) == 1 + len(report.paper.errata)
    assert len(cells(shown[1])) == 1 + len(report.paper.departures)
    assert cells(shown[1])[0] == ["paper", "ours", "why"]


def test_every_exhibit_can_be_shown_before_anything_is_found(report: Report, shown: list[str]) -> None:
    for exhibit in report.paper.exhibits:
        report.show(exhibit.id)
        rows = cells(shown[-1])
        assert len(rows) == 1 + len(exhibit.values) + len(exhibit.see)
