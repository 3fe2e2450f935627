"""One quantity along another: the pointer tells size, error and seeds of a point, or the threshold behind it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from plotly import graph_objects as go

from recryst.figures import style
from recryst.figures.interactive import layout


def learning_curve(
    data: pd.DataFrame,
    unit: str = "",
    band: Sequence[float] | None = None,
    band_label: str = "",
    level: float | None = None,
    level_label: str = "",
) -> go.Figure:
    """Training crystals, error, its range over seeds and their number at every point; see `recryst.figures.learning_curve`."""
    ((_, rows),) = style.panels(data, ["label", "n_train", "mae", "low", "high"], "learning-curve points")
    figure = layout.panels([""])
    for number, (name, curve, of_series) in enumerate(style.series(rows, "label")):
        seeds = curve["seeds"] if "seeds" in curve else [1] * len(curve)
        told = np.column_stack([curve["low"], curve["high"], seeds])
        figure.add_trace(
            go.Scatter(
                x=curve["n_train"].tolist(),
                y=layout.packed(curve["mae"]),
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": layout.packed(np.clip(curve["high"] - curve["mae"], 0, None)),
                    "arrayminus": layout.packed(np.clip(curve["mae"] - curve["low"], 0, None)),
                    "thickness": 1,
                },
                mode="lines+markers",
                name=name,
                customdata=layout.packed(told),
                hovertemplate=f"{name}, n = %{{x:,}} training crystals<br>MAE %{{y:.3g}} {unit}<br>"
                f"%{{customdata[2]}} seeds: %{{customdata[0]:.3g}} to %{{customdata[1]:.3g}} {unit}<extra></extra>",
                **layout.look(of_series, number),
            )
        )
    if band is not None:
        figure.add_hrect(y0=band[0], y1=band[1], fillcolor=style.FAINT, opacity=0.25, line_width=0, layer="below")
        figure.add_annotation(x=0.01, xref="paper", y=np.log10(band[1]), text=band_label, showarrow=False, yanchor="bottom", xanchor="left")
    if level is not None:
        figure.add_hline(y=level, line={"color": style.INK, "width": 1, "dash": "dash"})
        figure.add_annotation(x=0.01, xref="paper", y=np.log10(level), text=level_label, showarrow=False, yanchor="bottom", xanchor="left")
    sizes = sorted(rows["n_train"].unique().tolist())
    figure.update_xaxes(type="log", title_text="training crystals", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    ticks = layout.log_ticks(0.9 * float(rows["low"].min()), 1.1 * float(rows["high"].max()))
    figure.update_yaxes(type="log", title_text=style.with_unit("MAE", unit), tickvals=ticks)
    return figure


def roc(data: pd.DataFrame) -> go.Figure:
    """The threshold behind each point, where the table has it, and the seed of each curve; see `recryst.figures.roc`."""
    ((_, rows),) = style.panels(data, ["false_positive_rate", "true_positive_rate", "auc"], "points of a ROC curve")
    figure = layout.panels([""])
    for name, curves, of_series in style.series(rows, "label"):
        for number, (seed, curve) in enumerate(curves.groupby("seed") if "seed" in curves else [(None, curves)]):
            thresholds = curve["threshold"] if "threshold" in curve else np.full(len(curve), np.nan)
            which = f"{name} seed {seed!s}".strip() if seed is not None else name
            figure.add_trace(
                go.Scatter(
                    x=layout.packed(curve["false_positive_rate"]),
                    y=layout.packed(curve["true_positive_rate"]),
                    mode="lines",
                    line={"color": of_series["color"], "width": 1.5, "dash": layout.DASHES[number % len(layout.DASHES)]},
                    name=f"{which}: AUC {float(curve['auc'].iloc[0]):.3f}".removeprefix(": "),
                    customdata=layout.packed(np.minimum(thresholds, 1)),  # no probability is as large as the first one
                    hovertemplate="metals recognised %{y:.1%}<br>semiconductors called metals %{x:.1%}<br>"
                    "called a metal from probability %{customdata:.3f} on<extra></extra>",
                )
            )
    chance = {"color": style.FAINT, "width": 1, "dash": "dash"}
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=chance, name="chance", hoverinfo="skip"))
    figure.update_xaxes(title_text="false positive rate", range=[-0.01, 1.01])
    figure.update_yaxes(title_text="true positive rate", range=[-0.01, 1.01])
    return figure


def hyperparameters(data: pd.DataFrame, unit: str = "") -> go.Figure:
    """Setting and error of every trained network; see `recryst.figures.hyperparameters`."""
    ((_, rows),) = style.panels(data, ["hyperparameter", "setting", "mae", "label"], "hyperparameter points")
    parts = list(rows.groupby("hyperparameter", sort=False))
    figure = layout.panels([str(title) for title, _ in parts])
    looks = style.looks_by_name(rows, "label")
    ticks = layout.log_ticks(0.9 * float(rows["mae"].min()), 1.1 * float(rows["mae"].max()))
    for number, (title, part) in enumerate(parts):
        where = layout.place(number)
        for name, points in part.groupby("label"):
            figure.add_trace(
                go.Scatter(
                    x=layout.packed(points["setting"]),
                    y=layout.packed(points["mae"]),
                    mode="markers",
                    marker=layout.look(looks[str(name)], 0)["marker"],
                    name=str(name),
                    legendgroup=str(name),
                    showlegend=number == 0,
                    hovertemplate=f"{name}, {title} %{{x:.3g}}<br>validation MAE %{{y:.3g}} {unit}<extra></extra>",
                ),
                **where,
            )
        # one scale for all, so that what matters much can be told from what matters little
        ends = np.log10([0.93 * float(rows["mae"].min()), 1.07 * float(rows["mae"].max())]).tolist()
        figure.update_yaxes(type="log", title_text=style.with_unit("MAE", unit), tickvals=ticks, range=ends, **where)
        settings = sorted(part["setting"].unique().tolist())
        if style.over_decades(settings):
            figure.update_xaxes(type="log", tickvals=settings, **where)
    figure.update_layout(legend={"y": 1.08}, margin={"t": 70})
    return figure
