"""Printed values as rows and columns: which stand there, in what unit, and that results of ours never do."""

from xml.etree import ElementTree

import pandas as pd
import pytest

from recryst.report import Report, comparison, display, grid, published


def words(page: str) -> list[list[str]]:
    body = ElementTree.fromstring(f"<body>{page}</body>")
    return [["".join(cell.itertext()) for cell in row] for row in body.iter("tr")]


def compared(exhibit: str) -> pd.DataFrame:
    return comparison.compare(published.load("alphacrystal2"), exhibit, [])


def test_labels_say_row_and_column() -> None:
    inside, outside = grid.divided(compared("table-3"), ["GNOA", "best of 20"])
    assert len(inside) == 60
    assert inside["row"].tolist()[:4] == ["TiIn", "TiIn", "ScAl", "ScAl"]
    assert "formulas on which GNOA is the best" in set(outside["label"])
    assert len(inside) + len(outside) == len(compared("table-3"))


def test_without_columns_all_values_stand_below_each_other() -> None:
    inside, outside = grid.divided(compared("text-introduction"), ())
    assert (len(inside), len(outside)) == (0, 3)
    assert [len(part) for part in grid.divided(compared("figure-1").iloc[:0], ["MSE"])] == [0, 0]


def test_a_unit_that_all_share_stands_in_the_head() -> None:
    inside, _ = grid.divided(compared("table-5"), ["MSE", "RMSE", "overlap"])
    rows = words(grid.table(inside, ["MSE", "RMSE", "overlap"], "Errors", {"cubic/mse": "<sup>1</sup>"}))
    assert rows[0] == ["printed", "MSE (Å²)", "RMSE (Å)", "overlap"]
    assert rows[6] == ["cubic crystals", "1.01251", "0.7394", "0.9746"]


def test_what_is_not_printed_is_a_dash_and_none_is_printed() -> None:
    inside, _ = grid.divided(compared("table-4"), ["energy", "Sinkhorn"])
    rows = words(grid.table(inside, ["energy", "Sinkhorn"], "Distances", {}))
    assert rows[0] == ["printed", "energy (eV)", "Sinkhorn (Å)"]
    assert rows[1] == ["Pb4O4, AlphaCrystal-I", "None", "None"]
    inside = inside[~((inside["row"] == "Pb4O4, AlphaCrystal-II") & (inside["column"] == "energy"))]
    assert words(grid.table(inside, ["energy", "Sinkhorn"], "Distances", {}))[2] == ["Pb4O4, AlphaCrystal-II", "–", "13.8642"]


def test_a_value_of_ours_takes_its_printed_one_out_of_the_grid(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    monkeypatch.setattr(display, "html", lambda content, text: pages.append(content))
    report = Report("alphacrystal2", profile="laptop", output=tmp_path, stored_results=tmp_path)
    report.record("table-5", "cubic/mse", level="retrained", value=0.9, unit="angstrom2")
    report.show("table-5")
    rows = words(pages[0])
    assert ["cubic crystals", "–", "0.7394", "0.9746", "200"] in rows
    ours = next(row for row in rows if row[0].startswith("cubic crystals, MSE"))
    assert ours[2].startswith("0.90000")
