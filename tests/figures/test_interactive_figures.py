"""What plotly draws: the values, and what the pointer is told of them."""

import numpy as np
import pandas as pd
import pytest

from recryst import figures
from recryst.analysis import regression
from recryst.figures.interactive import crystals


def test_the_pointer_names_crystals_with_formula_id_and_error() -> None:
    data = pd.DataFrame({"id": ["mp-1", "mp-2"], "formula": ["NaCl", "KCl"], "target": [-2.0, -1.5], "prediction": [-1.9, -1.75]})
    points, diagonal = figures.parity_histogram.interactive(data.assign(width=0.0, count=1, n=2), unit="eV/atom").data
    assert points.x.tolist() == [-2.0, -1.5]
    assert points.y.tolist() == pytest.approx([-1.9, -1.75])
    assert points.customdata == ("<b>NaCl</b><br><b>mp-1</b><br>error 0.1 eV/atom", "<b>KCl</b><br><b>mp-2</b><br>error −0.25 eV/atom")
    assert "predicted %{y:.4g} eV/atom" in points.hovertemplate
    assert diagonal.x == diagonal.y


def test_bins_tell_their_counts_and_named_crystals_stand_above_them() -> None:
    """Two bins: 30 crystals at (0, 0), one at (3, 3), which has a name."""
    bins = pd.DataFrame(
        {"target": [0.0, 3.0], "prediction": [0.0, 3.0], "width": 1.0, "count": [30, 1], "n": 31, "id": None, "formula": None}
    )
    named = pd.DataFrame({"target": [3.2], "prediction": [2.9], "width": 0.0, "count": 1, "n": 31, "id": ["mp-9"], "formula": ["LiF"]})
    heatmap, points, _ = figures.parity_histogram.interactive(pd.concat([bins, named]), unit="eV").data
    assert heatmap.type == "heatmap"
    counts = np.array(heatmap.customdata)
    assert counts.shape == (4, 4)
    assert (counts[0, 0], counts[3, 3], counts.sum()) == (30, 1, 31)
    assert heatmap.z[0][0] == pytest.approx(np.log10(30), abs=0.01)
    assert np.isnan(heatmap.z[0][1])
    assert (heatmap.x0, heatmap.dx, heatmap.y0) == (0, 1, 0)
    assert points.customdata == ("<b>LiF</b><br><b>mp-9</b><br>error −0.3 eV",)
    still = figures.parity_histogram(pd.concat([bins, named]), unit="eV").axes[0]
    assert still.collections[0].get_offsets().tolist() == [[3.2, 2.9]]
    assert still.texts[0].get_text() == "31 crystals"


def test_a_set_of_named_crystals_alone_has_no_bins() -> None:
    named = pd.DataFrame(
        {"target": [0, 1.0], "prediction": [0, 1.1], "width": 0.0, "count": 1, "n": 2, "id": ["a", "b"], "formula": ["Li", "Na"]}
    )
    assert [trace.type for trace in figures.parity_histogram.interactive(named).data] == ["scatter", "scatter"]
    still = figures.parity_histogram(named)
    assert len(still.axes) == 1  # no scale of counts
    assert still.axes[0].texts[0].get_text() == "2 crystals"


def test_a_stored_histogram_without_names_is_still_drawn(predictions: pd.DataFrame) -> None:
    bins = regression.histogram2d(predictions, bins=20)
    heatmap, _ = figures.parity_histogram.interactive(bins).data
    assert np.array(heatmap.customdata).sum() == 400


def test_a_learning_curve_tells_size_and_seeds() -> None:
    curve = pd.DataFrame(
        {"label": "Eq. 5", "n_train": [100, 1000], "mae": [0.2, 0.1], "low": [0.18, 0.1], "high": [0.21, 0.1], "seeds": [2, 2]}
    )
    figure = figures.learning_curve.interactive(curve, unit="eV/atom", band=[0.08, 0.13], band_label="DFT")
    (trace,) = figure.data
    assert trace.customdata == pytest.approx(np.array([[0.18, 0.21, 2], [0.1, 0.1, 2]]))
    assert trace.error_y.array == pytest.approx([0.01, 0])
    assert trace.error_y.arrayminus == pytest.approx([0.02, 0])
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert (figure.layout.shapes[0].y0, figure.layout.shapes[0].y1) == (0.08, 0.13)


def test_elements_tell_value_and_count_and_those_without_say_so() -> None:
    data = pd.DataFrame({"element": ["H", "Fe"], "mae": [0.1, 0.25], "n": [3, 1200]})
    cells, scale = figures.periodic_table.interactive(data, label="MAE", unit="eV/atom", column="mae").data
    assert (scale.marker.cmin, scale.marker.cmax, scale.marker.colorbar.title.text) == (0.1, 0.25, "MAE (eV/atom)")
    told = dict(zip(cells.text, cells.customdata, strict=True))
    assert told["H"] == "<b>H</b> (1)<br>MAE 0.1 eV/atom<br>n = 3"
    assert told["Fe"] == "<b>Fe</b> (26)<br>MAE 0.25 eV/atom<br>n = 1,200"
    assert told["He"] == "<b>He</b> (2)<br>no value"
    assert len(told) == 103


def test_a_threshold_stands_behind_each_point_of_a_roc_curve() -> None:
    curve = pd.DataFrame(
        {"seed": 0, "false_positive_rate": [0, 0.1], "true_positive_rate": [0, 0.9], "threshold": [np.inf, 0.51], "auc": 0.95}
    )
    trace, _ = figures.roc.interactive(curve).data
    assert trace.customdata.tolist() == [1, pytest.approx(0.51)]
    assert trace.name == "seed 0: AUC 0.950"


def test_balls_are_round_closed_and_face_outwards() -> None:
    places, faces = crystals._sphere(60)
    assert np.linalg.norm(places, axis=1) == pytest.approx(1)
    assert len(faces) == 2 * 60 - 4
    first, second, third = (places[faces[:, corner]] for corner in range(3))
    outwards = np.cross(second - first, third - first)
    assert (np.sum(outwards * (first + second + third), axis=1) > 0).all()
    # the volume of a closed surface from its triangles; a ball has 4.19
    assert np.sum(outwards * first) / 6 == pytest.approx(4 * np.pi / 3, rel=0.1)


def test_crystals_in_3d_name_their_atoms_and_look_from_infinity(perovskite: pd.DataFrame) -> None:
    figure = figures.crystal_3d.interactive(pd.concat([perovskite, perovskite.assign(crystal="again")]))
    assert [note.text for note in figure.layout.annotations] == ["SrTiO3", "again"]
    for scene in (figure.layout.scene, figure.layout.scene2):
        assert scene.camera.projection.type == "orthographic"
        assert scene.xaxis.range == scene.zaxis.range
    balls = [trace for trace in figure.data if trace.type == "mesh3d"]
    assert [(trace.name, len(trace.x) // crystals.FINE, trace.showlegend) for trace in balls] == [
        ("Sr", 8, True),
        ("Ti", 1, True),
        ("O", 6, True),
        ("Sr", 8, False),
        ("Ti", 1, False),
        ("O", 6, False),
    ]
    assert balls[0].hovertemplate == "Sr<extra></extra>"
    # titanium: covalent radius 1.60 angstrom, drawn at 0.45 of it
    assert np.max(balls[1].z) == pytest.approx(0.45 * 1.60, rel=0.02)
    assert len(figure.to_json()) < 300_000


def test_polyhedra_of_a_structure_can_be_turned_with_it(perovskite: pd.DataFrame) -> None:
    figure = figures.structure.interactive(perovskite, polyhedra="Ti", labels={"Sr": "A site: Sr"})
    octahedron = figure.data[-1]
    # six corners and eight faces
    assert (len(octahedron.x), len(octahedron.i), octahedron.opacity) == (6, 8, 0.25)
    assert {trace.name for trace in figure.data if trace.showlegend} == {"A site: Sr", "Ti", "O"}
