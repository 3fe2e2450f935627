"""What the voxel-CNN chapter records of binary hulls beyond the paper: all of them together, stable compounds, stripes of the heatmaps."""

from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import hull_metrics, stability, training_frequency
from recryst.chapters.voxel_cnn.evidence import UNIT, Reanalysis
from recryst.report import Report

SUMMARY = {
    "mean_mae": "mae-of-a-system/mean",
    "median_mae": "mae-of-a-system/median",
    "mean_above_hull_mae": "mae-of-energies-above-the-hull/mean-over-systems",
    "median_depth_error": "depth-error/median",
    "median_absolute_depth_error": "size-of-the-depth-error/median",
    "depth_within_10_percent": "hulls-with-a-depth-error-of-at-most-10-percent",
    "mean_accuracy": "hull-accuracy/mean-over-systems",
    "pooled_accuracy": "hull-accuracy/pooled",
    "perfect_hulls": "perfect-hulls",
    "flat_hulls": "flat-hulls",
}
"""What `recryst.analysis.hull_metrics.summary` gives, by what readers call it."""
SCORES = {name: name for name in ("precision", "recall", "f1", "accuracy")} | {
    "always_stable": "precision-of-calling-every-compound-stable"
}
"""The same of `recryst.analysis.stability.scores`."""
OVERALL = {
    "f1": ("f1-of-stable-compounds", "%"),
    "hull_accuracy": ("pooled-hull-accuracy", "%"),
    "above_hull_mae": ("mae-of-energies-above-the-hull", UNIT),
}
"""And of `recryst.analysis.stability.against_errors_of_the_same_size`, with the unit."""


def record_stripes(report: Report, study: Reanalysis) -> None:
    """Record what the average error of an element's systems goes with: the error of its own structures, or of its compounds.

    The own structures are part of each of these systems, so both are recorded also for the error of the systems without them.
    """
    for average, part in (("average_mae", ""), ("average_mae_of_others", "-where-systems-are-without-own-structures")):
        for column, name in (("element_mae", "its-own-structures"), ("compound_mae", "its-compounds")):
            known = study.elements.dropna(subset=[column, average])
            found = training_frequency.association(known, x=column, y=average)
            context = {**study.evidence(structures=True), "n": int(found["n"]), "interval": _interval(found.to_dict())}
            report.record("beyond-stripes", f"rank-correlation{part}/with-the-error-of-{name}", value=float(found["value"]), **context)


def record_stability(report: Report, study: Reanalysis, repeats: int = 50) -> pd.DataFrame:
    """Record how well stable compounds are found, all and those of the test set, beside errors of the same size that know no chemistry.

    Returns
    -------
    what `recryst.analysis.stability.against_errors_of_the_same_size` does
    """
    entries = study.hulls.entries
    compounds, corners = int(hull_metrics.is_compound(entries).sum()), int(entries["on_hull"].sum())
    context = {**study.evidence(structures=True), "n": compounds}
    # the network has seen most compounds; those of the test set are judged on the hulls of all
    unseen = stability.scores(entries[entries["split"] == "test"], thresholds=(0.0,)).assign(part="/test-compounds-alone")
    scores = pd.concat([stability.scores(entries).assign(part=""), unseen]).sort_values("threshold", kind="stable")
    for row in scores.to_dict("records"):
        near = f"within-{1000 * row['threshold']:g}-meV-per-atom-of-the-hull" if row["threshold"] else "on-the-hull"
        given = {**context, "n": int(row["n"]), "interval": _interval(row)}
        report.record("beyond-stability", f"{SCORES[row['metric']]}/{near}{row['part']}", value=float(row["value"]), unit="%", **given)
    table = stability.against_errors_of_the_same_size(entries, repeats=repeats)
    for row in table[table["metric"].isin(OVERALL)].to_dict("records"):
        name, unit = OVERALL[row["metric"]]
        # the hull accuracy is a share of the corners of hulls, the elements' ends among them
        given = {**context, "n": corners if row["metric"] == "hull_accuracy" else compounds, "interval": _interval(row), "unit": unit}
        report.record(
            "beyond-errors-of-the-same-size", f"{row['predictions'].replace(' ', '-')}/{name}", value=float(row["value"]), **given
        )
    return table


def record_summary(report: Report, study: Reanalysis) -> None:
    """Record what all hulls together say, and which of their corners are found: elements, and compounds."""
    table = hull_metrics.summary(study.hulls.systems).dropna(subset=["value"])
    # depth errors, which are fractions, in percent like all shares
    table.loc[table["metric"].str.contains("depth_error"), ["value", "low", "high"]] *= 100
    for row in table.to_dict("records"):
        unit = UNIT if row["metric"].endswith("mae") else "%"
        context = {**study.evidence(structures=True), "n": int(row["n"]), "interval": _interval(row)}
        report.record("beyond-all-hulls", SUMMARY[row["metric"]], value=float(row["value"]), unit=unit, **context)
    corners = study.hulls.entries[study.hulls.entries["on_hull"]]
    compound = hull_metrics.is_compound(corners)
    for kind, found in (("elements", corners["predicted_on_hull"][~compound]), ("compounds", corners["predicted_on_hull"][compound])):
        context = {**study.evidence(structures=True), "n": len(found)}
        report.record("beyond-all-hulls", f"hull-accuracy/pooled/{kind}-alone", value=100 * float(found.mean()), unit="%", **context)


def _interval(row: dict[Any, Any]) -> tuple[float, float] | None:
    ends = (float(row["low"]), float(row["high"]))
    return ends if np.isfinite(ends).all() else None
