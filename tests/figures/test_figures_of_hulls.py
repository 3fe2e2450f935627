"""What hull diagrams, heatmaps over pairs of elements and named points show."""

import json

import numpy as np
import pandas as pd
import pytest

from recryst import figures
from recryst.figures import pair_hulls


def test_a_hull_runs_through_its_corners_from_left_to_right(every_kind):
    data, options = every_kind["hull_diagram"]
    figure = figures.hull_diagram(data.sample(frac=1, random_state=0), **options)
    for axes in figure.axes[:3]:
        calculated, predicted = axes.lines[:2]
        assert calculated.get_xdata().tolist() == [0, 0.5, 1]
        assert calculated.get_ydata().tolist() == [0, -1, 0]
        assert predicted.get_ydata().tolist() == [0.05, -0.95, 0.05]
        # an entry at 1.5 eV/atom would press the hull flat: it is out of sight, and said to be
        assert axes.get_ylim()[1] < 1
        assert "1 above" in axes.texts[0].get_text()


def test_a_heatmap_is_symmetric_and_its_scale_ends_before_outliers(every_kind):
    data, options = every_kind["pairs_with_hulls"]
    figure = figures.pairs_with_hulls(data, **options)
    values = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(values.filled(np.nan), values.filled(np.nan).T)
    low, high, beyond = pair_hulls.ends(np.r_[np.linspace(0, 1, 99), 50.0], None)
    assert (low, beyond) == (0, "max")
    assert 0.9 < high < 2
    assert pair_hulls.ends(np.array([-1.0, 3.0]), 0.0)[:2] == pytest.approx((-2.96, 2.96))
    assert pair_hulls.ends(np.array([np.nan]), None) == (0, 1, "neither")


def test_the_pointer_names_a_system_and_the_page_can_open_its_hulls(every_kind):
    data, options = every_kind["pairs_with_hulls"]
    drawn = figures.pairs_with_hulls.interactive(data, **options)
    figure = json.loads(drawn.to_json())
    heatmap, calculated, predicted = figure["data"]
    names = heatmap["x"]
    place = names.index("Mo"), names.index("Se")
    assert heatmap["customdata"][place[0]][place[1]] == heatmap["customdata"][place[1]][place[0]] == "Mo-Se"
    assert heatmap["text"][place[0]][place[1]] == "MAE 0.09 eV/atom<br>depth error 8.2 %"
    assert "depth error none" in heatmap["text"][names.index("K")][names.index("Cl")]
    assert heatmap["customdata"][0][0] == ""
    linked = figure["layout"]["meta"]["linked"]
    assert linked["of"]["Na-Cl"] == "0 0;0.5 -1.9;1 0|0 0.1;0.5 -1.7;1 -0.02"
    assert [figure["data"][trace]["name"] for trace in linked["traces"]] == ["DFT", "predicted"]
    # before anything is pointed at: the system of the largest first measure
    assert "Mo-Se" in figure["layout"]["annotations"][linked["title"]]["text"]
    assert (calculated["y"], predicted["y"]) == ([0, -1.9, 0], [0, 0.3, 0])
    second = figure["layout"]["updatemenus"][0]["buttons"][1]
    assert second["label"] == "depth error"
    assert second["args"][1] == [0]
    assert drawn.layout.updatemenus[0].buttons[1].args[0]["z"][0][place] == pytest.approx(8.2)


def test_points_bend_and_name_what_they_show(every_kind):
    data, options = every_kind["points"]
    drawn = figures.points.interactive(data, **options)
    figure = json.loads(drawn.to_json())
    np.testing.assert_allclose(np.sinh(drawn.data[0].y), data["y"], rtol=1e-3)
    assert drawn.data[0].customdata[1] == "<b>C</b><br>depth error: 67"
    axis = figure["layout"]["yaxis"]
    assert dict(zip(axis["ticktext"], np.sinh(axis["tickvals"]).round(6), strict=True)) == {"−1": -1, "0": 0, "1": 1, "10": 10}
    still = figures.points(data, **options)
    # of two points that lie on each other the first keeps its name
    assert [text.get_text() for text in still.axes[0].texts] == ["Pu", "C", "F"]


def test_equal_values_lie_on_a_line_within_both_axes():
    data = pd.DataFrame({"x": [0.5, 2.0], "y": [1.5, 0.2], "name": ["A", "B"]})
    options = {"x_label": "one (Å)", "y_label": "other (Å)", "equal": True}
    (line,) = figures.points(data, **options).axes[0].lines
    assert (line.get_xy1(), line.get_slope()) == ((0, 0), 1)
    (shape,) = figures.points.interactive(data, **options).layout.shapes
    assert (shape.x0, shape.y0, shape.x1, shape.y1) == (0, 0, 1.5, 1.5)


def test_half_of_a_density_lies_on_either_side_of_its_line():
    value = np.linspace(0, 1, 201)
    data = pd.DataFrame({"label": "metal", "value": value, "density": 2 * value, "n": 10})
    (axes,) = figures.densities(data, axis="x").axes
    assert axes.lines[1].get_xdata()[0] == pytest.approx(np.sqrt(0.5), abs=1e-3)


def test_boxes_are_cut_where_they_reach_too_far(every_kind):
    data, options = every_kind["boxes"]
    (axes,) = figures.boxes(data, **options).axes
    assert axes.get_xlim() == (-0.45, 0.45)
    (whole,) = figures.boxes(data, **{**options, "reach": None}).axes
    assert whole.get_xlim()[1] > 0.5
