"""What pictures of predictions and of curves contain."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import BarContainer, ErrorbarContainer

from recryst import figures
from recryst.analysis import regression


def labels(axes) -> tuple[str, str]:
    return axes.get_xlabel(), axes.get_ylabel()


def written(axes) -> str:
    return "\n".join(piece.get_text() for piece in axes.texts)


def by_name(predictions: pd.DataFrame) -> pd.DataFrame:
    """As `recryst.analysis.regression.named_parity` gives them: single crystals have no width."""
    return predictions.assign(width=0.0, count=1, n=len(predictions))


def test_crystals_by_name_are_points_on_square_axes(predictions: pd.DataFrame) -> None:
    (axes,) = figures.parity_histogram(by_name(predictions), unit="eV/atom", label="formation energy", notes="MAE 0.08 eV/atom").axes
    points = axes.collections[0].get_offsets()
    assert np.array_equal(points, predictions[["target", "prediction"]])
    assert labels(axes) == ("calculated formation energy (eV/atom)", "predicted formation energy (eV/atom)")
    assert axes.get_xlim() == axes.get_ylim()
    low, high = axes.get_xlim()
    assert low < points.min()
    assert high > points.max()
    assert written(axes) == "400 crystals\nMAE 0.08 eV/atom"
    diagonal = axes.lines[0].get_data()
    assert np.array_equal(diagonal[0], diagonal[1])


def test_each_panel_has_its_title_unit_and_points(predictions: pd.DataFrame) -> None:
    data = pd.concat([by_name(predictions).assign(panel="Band gap"), by_name(predictions[:50]).assign(panel="Bulk modulus")])
    figure = figures.parity_histogram(data, unit={"Band gap": "eV", "Bulk modulus": "log10(GPa)"})
    gap, modulus = figure.axes
    assert (gap.get_title(loc="left"), modulus.get_title(loc="left")) == ("Band gap", "Bulk modulus")
    assert labels(gap) == ("calculated (eV)", "predicted (eV)")
    assert labels(modulus) == ("calculated (log₁₀(GPa))", "predicted (log₁₀(GPa))")
    assert [len(axes.collections[0].get_offsets()) for axes in (gap, modulus)] == [400, 50]


def test_2d_histogram_shows_each_count_in_its_bin(predictions: pd.DataFrame) -> None:
    bins = regression.histogram2d(predictions, bins=25)
    axes, bar = figures.parity_histogram(bins, unit="eV/atom", label="formation energy", notes="MAE 0.08 eV/atom").axes
    image = axes.images[0]
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (bottom, top) == axes.get_xlim() == axes.get_ylim()
    counts = image.get_array()
    width = bins["width"][0]
    assert counts.compressed().sum() == 400
    for row in bins.to_dict("records"):
        assert counts[int((row["prediction"] - bottom) / width), int((row["target"] - left) / width)] == row["count"]
    assert written(axes) == "400 crystals\nMAE 0.08 eV/atom"
    assert bar.get_ylabel() == "crystals in a bin"
    assert image.norm.vmin == 1
    assert image.norm.vmax == bins["count"].max()


def test_2d_histogram_says_what_lies_outside(predictions: pd.DataFrame) -> None:
    axes = figures.parity_histogram(regression.histogram2d(predictions, bins=10, range=(-1, 0))).axes[0]
    inside = predictions[["target", "prediction"]].pipe(lambda rows: (rows >= -1) & (rows <= 0)).all(axis=1).sum()
    assert written(axes) == f"{inside} of 400 crystals"


def test_six_panels_share_one_scale(predictions: pd.DataFrame) -> None:
    data = pd.concat([regression.histogram2d(predictions[: 50 * n], bins=10).assign(panel=f"({n})") for n in range(1, 7)])
    *panels, bar = figures.parity_histogram(data).axes
    assert [axes.get_title(loc="left") for axes in panels] == [f"({n})" for n in range(1, 7)]
    assert {axes.images[0].norm.vmax for axes in panels} == {data["count"].max()}
    assert bar.get_xlabel() == "crystals in a bin"


def test_learning_curve_is_logarithmic_with_its_band(every_kind: dict) -> None:
    data, options = every_kind["learning_curve"]
    figure = figures.learning_curve(data, **options)
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    curves = [curve for curve in axes.containers if isinstance(curve, ErrorbarContainer)]
    assert [curve.lines[0].get_ydata().tolist() for curve in curves] == [[0.4, 0.2, 0.1], [0.3, 0.1, 0.05]]
    assert curves[0].lines[0].get_color() != curves[1].lines[0].get_color()
    assert curves[0].lines[0].get_linestyle() != curves[1].lines[0].get_linestyle()
    ends = curves[0].lines[2][0].get_segments()[0][:, 1]
    assert ends.tolist() == pytest.approx([0.36, 0.48])
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.y0, band.y1) == pytest.approx((0.081, 0.136))
    assert [entry.get_text() for entry in figure.legends[0].get_texts()] == ["Eq. 4", "Eq. 5", "DFT against experiment"]
    assert labels(axes) == ("training crystals", "MAE (eV/atom)")
    figure.draw_without_rendering()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["100", "1,000", "10,000"]


def test_a_level_below_all_errors_is_still_in_the_picture(every_kind: dict) -> None:
    figure = figures.learning_curve(every_kind["learning_curve"][0], level=0.01, level_label="goal")
    (axes,) = figure.axes
    assert axes.lines[-1].get_ydata()[0] == 0.01
    assert axes.get_ylim()[0] < 0.01


def test_roc_names_the_area_and_its_spread_over_seeds() -> None:
    curve = pd.DataFrame({"false_positive_rate": [0, 0.1, 1], "true_positive_rate": [0, 0.9, 1]})
    one = figures.roc(curve.assign(auc=0.95)).axes[0]
    assert [entry.get_text() for entry in one.get_legend().get_texts()] == ["AUC 0.950", "chance"]
    assert one.lines[0].get_xydata().tolist() == [[0, 0], [0.1, 0.9], [1, 1]]
    both = figures.roc(pd.concat([curve.assign(auc=0.94, seed=0), curve.assign(auc=0.96, seed=1)])).axes[0]
    # standard deviation of 0.94 and 0.96
    assert both.get_legend().get_texts()[0].get_text() == "AUC 0.950 ± 0.014"
    assert len(both.lines) == 3


def test_calibration_has_its_diagonal_and_interval(every_kind: dict) -> None:
    (axes,) = figures.calibration(every_kind["calibration"][0], x="probability", y="share").axes
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[0, 0], [1, 1]], [[0.2, 0.3], [0.8, 0.7]]]
    assert {tuple(vertex) for vertex in axes.collections[0].get_paths()[0].vertices.round(6)} >= {(0.2, 0.2), (0.2, 0.4), (0.8, 0.8)}
    assert labels(axes) == ("probability", "share")
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 1), (0, 1))


def test_error_against_uncertainty_shares_both_scales(every_kind: dict) -> None:
    data, options = every_kind["error_against_uncertainty"]
    (axes,) = figures.error_against_uncertainty(data, **options).axes
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[0] < 0.01 < 0.2 < axes.get_xlim()[1]
    assert labels(axes) == ("predicted uncertainty (eV/atom)", "root mean squared error (eV/atom)")
    (points,) = axes.containers
    assert points.lines[0].get_xydata().tolist() == [[0.01, 0.02], [0.1, 0.1]]


def test_an_interval_down_to_zero_has_room_on_logarithmic_axes() -> None:
    data = pd.DataFrame({"uncertainty": [0.1, 0.2], "rmse": [0.05, 0.2], "low": [0.0, 0.1], "high": [0.1, 0.3]})
    (axes,) = figures.error_against_uncertainty(data).axes
    assert axes.get_xlim() == pytest.approx((0.04, 0.375))


def test_groups_of_few_crystals_have_no_interval_and_are_drawn_all_the_same() -> None:
    data = pd.DataFrame({"uncertainty": [0.1, 0.2], "rmse": [0.05, 0.2], "low": [0.04, np.nan], "high": [0.1, np.nan]})
    (axes,) = figures.error_against_uncertainty(data).axes
    assert axes.get_xlim() == pytest.approx((0.032, 0.25))
    (axes,) = figures.bars(data.rename(columns={"rmse": "value"}).assign(label=["many", "few"]), axis="error").axes
    drawn = [len(segment) == 2 for segment in axes.containers[0].lines[2][0].get_segments()]
    assert drawn == [True, False]
    assert [bar.get_width() for bar in axes.patches] == [0.05, 0.2]


def test_hyperparameters_have_a_panel_each_and_one_legend(every_kind: dict) -> None:
    data, options = every_kind["hyperparameters"]
    figure = figures.hyperparameters(data, **options)
    *panels, spare = figure.axes
    assert [axes.get_xlabel() for axes in panels] == ["layers", "features", "ln(step)"]
    assert [sum(len(points.get_offsets()) for points in axes.collections) for axes in panels] == [6, 6, 6]
    assert panels[0].get_ylabel() == "validation MAE (eV/atom)"
    assert [entry.get_text() for entry in spare.get_legend().get_texts()] == ["Eq. 4", "Eq. 5"]
    two = figures.hyperparameters(data[data["hyperparameter"] != "layers"], **options)
    assert len(two.axes) == len(two.legends) + 1 == 2


def test_bars_carry_labels_intervals_and_numbers(every_kind: dict) -> None:
    data, options = every_kind["bars"]
    (axes,) = figures.bars(data, **options).axes
    (bars,) = [group for group in axes.containers if isinstance(group, BarContainer)]
    assert [bar.get_width() for bar in bars] == [0.03, 0.05]
    assert bars.errorbar.lines[2][0].get_segments()[1][:, 0].tolist() == pytest.approx([0.04, 0.07])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["with a twin\nn = 1,200", "without\nn = 30"]
    assert axes.get_xlabel() == "MAE (eV/atom)"
    assert axes.yaxis_inverted()


def test_histogram_numbers_its_bars_where_there_is_room() -> None:
    few = pd.DataFrame({"value": [1, 2], "width": 1, "count": [1234, 5]})
    (axes,) = figures.histogram(few, label="number of elements").axes
    assert [bar.get_height() for bar in axes.patches] == [1234, 5]
    assert written(axes) == "1,234\n5"
    assert labels(axes) == ("number of elements", "crystals")
    many = pd.DataFrame({"value": np.arange(40) * 10 + 5.5, "width": 10, "count": 7})
    (axes,) = figures.histogram(many, label="size", unit="atoms").axes
    assert written(axes) == ""
    assert axes.get_xlabel() == "size (atoms)"
    assert axes.patches[1].get_x() > axes.patches[0].get_x() + axes.patches[0].get_width()
