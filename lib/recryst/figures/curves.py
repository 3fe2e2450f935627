"""Pictures of one quantity along another: learning, classification, calibration, hyperparameters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from recryst.figures import style


@style.explored_with("curves.learning_curve")
@style.house_style
def learning_curve(
    data: pd.DataFrame,
    unit: str = "",
    band: Sequence[float] | None = None,
    band_label: str = "",
    level: float | None = None,
    level_label: str = "",
) -> Figure:
    """Error against the number of training crystals, both logarithmic (Fig. 2(b), S5).

    Parameters
    ----------
    data : label, n_train, mae, low, high, from `recryst.analysis.learning_curve.table`
    unit : of the error
    band, band_label : ends of a shaded range of errors, and what it is
    level, level_label : an error to mark with a dashed line, and what it is
    """
    ((_, rows),) = style.panels(data, ["label", "n_train", "mae", "low", "high"], "learning-curve points")
    figure, grid = style.canvas(3.6)
    axes = grid[0, 0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    handles: list[Any] = []
    for name, curve, look in style.series(rows, "label"):
        reach = np.clip([curve["mae"] - curve["low"], curve["high"] - curve["mae"]], 0, None)
        handles.append(axes.errorbar(curve["n_train"], curve["mae"], yerr=reach, capsize=2, label=name, **look))
    if band is not None:
        handles.append(axes.axhspan(band[0], band[1], color=style.FAINT, alpha=0.25, lw=0, zorder=0, label=band_label))
    if level is not None:
        handles.append(axes.axhline(level, color=style.INK, lw=1, ls=(0, (4, 3)), label=level_label))
    axes.margins(0.06, 0.08)
    axes.autoscale_view()
    axes.set_xlabel("training crystals")
    axes.set_ylabel(style.with_unit("MAE", unit))
    style.plain_log_ticks(axes, "x")
    style.plain_log_ticks(axes, "y")
    if rows["n_train"].nunique() <= 6:
        axes.set_xticks(sorted(rows["n_train"].unique()))
    figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return figure


@style.explored_with("curves.roc")
@style.house_style
def roc(data: pd.DataFrame) -> Figure:
    """Metals recognised against semiconductors mistaken for metals, for every threshold (Fig. 2(d)).

    Parameters
    ----------
    data : false_positive_rate, true_positive_rate, auc, from `recryst.analysis.classification.roc_curve`; optionally seed
        (thin lines of one colour) and label (colours)
    """
    ((_, rows),) = style.panels(data, ["false_positive_rate", "true_positive_rate", "auc"], "points of a ROC curve")
    figure, grid = style.canvas(4.2)
    axes = grid[0, 0]
    for name, curves, look in style.series(rows, "label"):
        seeds = [curves] if "seed" not in curves else [curve for _, curve in curves.groupby("seed")]
        areas = [float(curve["auc"].iloc[0]) for curve in seeds]
        text = f"{name} AUC {np.mean(areas):.3f}".strip() + (f" ± {np.std(areas, ddof=1):.3f}" if len(areas) > 1 else "")
        for curve in seeds:
            axes.plot(
                curve["false_positive_rate"],
                curve["true_positive_rate"],
                color=look["color"],
                ls=look["linestyle"],
                lw=1.5 if len(seeds) == 1 else 0.9,
                label=text if curve is seeds[0] else None,
            )
    axes.plot([0, 1], [0, 1], color=style.FAINT, lw=0.8, ls="--", label="chance")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")
    axes.set_xlabel("false positive rate (semiconductors called metals)")
    axes.set_ylabel("true positive rate (metals recognised)")
    axes.legend(loc="lower right")
    return figure


@style.house_style
def calibration(data: pd.DataFrame, x: str = "expected share of targets inside the interval", y: str = "observed share") -> Figure:
    """Observed against expected share, with the diagonal of a calibrated model.

    Parameters
    ----------
    data : expected, observed; optionally low, high (interval of the observed share) and label
    x, y : texts of the axes; a reliability table of a classifier has others
    """
    ((_, rows),) = style.panels(data, ["expected", "observed"], "calibration")
    figure, grid = style.canvas(4.2)
    axes = grid[0, 0]
    axes.plot([0, 1], [0, 1], color=style.FAINT, lw=0.8, ls="--", label="calibrated")
    for name, curve, look in style.series(rows, "label"):
        if {"low", "high"} <= set(curve):
            axes.fill_between(curve["expected"], curve["low"], curve["high"], color=look["color"], alpha=0.2, lw=0)
        axes.plot(curve["expected"], curve["observed"], label=name or "observed", **look)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(loc="upper left")
    return figure


@style.house_style
def error_against_uncertainty(data: pd.DataFrame, unit: str = "") -> Figure:
    """Error of groups of crystals against their predicted uncertainty, both logarithmic; on the diagonal they agree.

    Parameters
    ----------
    data : uncertainty, rmse, low, high, from `recryst.analysis.uncertainty.error_against_uncertainty`; optionally label
    unit : of both
    """
    ((_, rows),) = style.panels(data, ["uncertainty", "rmse", "low", "high"], "errors against uncertainty")
    figure, grid = style.canvas(4.2)
    axes = grid[0, 0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    # the interval of a group without error reaches down to zero, which has no place on a logarithmic axis; few crystals have none
    ends = rows[["uncertainty", "rmse", "low", "high"]].to_numpy(dtype=float)
    low, high = 0.8 * ends[ends > 0].min(), 1.25 * ends[ends > 0].max()
    axes.plot([low, high], [low, high], color=style.FAINT, lw=0.8, ls="--", label="error = uncertainty")
    for name, curve, look in style.series(rows, "label"):
        reach = np.clip([curve["rmse"] - curve["low"], curve["high"] - curve["rmse"]], 0, None)
        axes.errorbar(curve["uncertainty"], curve["rmse"], yerr=reach, capsize=2, label=name or "groups of crystals", **look)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.set_xlabel(style.with_unit("predicted uncertainty", unit))
    axes.set_ylabel(style.with_unit("root mean squared error", unit))
    style.plain_log_ticks(axes, "x")
    style.plain_log_ticks(axes, "y")
    axes.legend(loc="upper left")
    return figure


@style.explored_with("curves.hyperparameters")
@style.house_style
def hyperparameters(data: pd.DataFrame, unit: str = "") -> Figure:
    """Validation error against each hyperparameter, a panel each (Fig. S3).

    Parameters
    ----------
    data : hyperparameter, setting (a number), mae, label (which network); one row a trained network
    unit : of the error
    """
    ((_, rows),) = style.panels(data, ["hyperparameter", "setting", "mae", "label"], "hyperparameter points")
    parts = list(rows.groupby("hyperparameter", sort=False))
    columns = min(2, len(parts))
    lines = -(-len(parts) // columns)
    figure, grid = style.canvas(2.3 * lines + 0.3, lines, columns, style.WIDE, sharey=True)
    labels = style.looks_by_name(rows, "label")
    for axes, (title, part) in zip(grid.ravel(), parts, strict=False):
        for name, points in part.groupby("label", sort=False):
            look = labels[str(name)]
            axes.scatter(points["setting"], points["mae"], s=26, color=look["color"], marker=look["marker"], alpha=0.7, lw=0)
        axes.set_yscale("log")
        axes.set_xlabel(title)
        axes.margins(x=0.12)
        if style.over_decades(part["setting"]):
            axes.set_xscale("log")
            style.plain_log_ticks(axes, "x")
            axes.set_xticks(sorted(part["setting"].unique()))
        elif np.all(part["setting"] == part["setting"].round()):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        style.plain_log_ticks(axes, "y")
    for row in grid:
        row[0].set_ylabel(style.with_unit("validation MAE", unit))
    handles = [grid.flat[0].scatter([], [], s=26, color=look["color"], marker=look["marker"], label=name) for name, look in labels.items()]
    spare = grid.ravel()[len(parts) :]
    for axes in spare:
        axes.set_axis_off()
    if len(spare):
        spare[0].legend(handles=handles, loc="center", labelspacing=1)
    else:
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    return figure
