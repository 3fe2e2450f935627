"""Learning curves of the CGCNN chapter: what the paper says of them, and where they reach an error (Figs. 2b and S5)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from recryst.analysis import learning_curve
from recryst.chapters.cgcnn.study import LABELS
from recryst.chapters.evidence import results
from recryst.report import Report

CROSSING = {
    "label": "convolution",
    "level": "error to reach (eV/atom)",
    "n_train": "training crystals needed",
    "spread": "standard deviation",
    "low": "fewest",
    "high": "most",
    "above": "largest size above it",
    "below": "smallest size below it",
    "seeds_crossing": "seeds that reach it",
}
"""What readers call the columns of `recryst.analysis.learning_curve.crossing`."""

IN_REACH = 10_000
"""Training crystals, the paper's some ten thousand."""


def curve_results(curve: pd.DataFrame) -> pd.DataFrame:
    """Fig. 2b's statements, from points label, n_train, seed, mae: each curve falls from its first to its last size; Eq. 5 is lower
    than Eq. 4 at the largest size that both have.
    """
    means = curve.pivot_table(index="n_train", columns="label", values="mae")
    rows: list[tuple[str, str, Any, int | None]] = []
    for equation in [equation for equation in ("eq-4", "eq-5") if LABELS[equation] in means]:
        points = means[LABELS[equation]].dropna()
        if len(points) > 1:  # one point is no curve
            rows.append(("figure-2b", f"{equation}/error-falls-with-data", bool(points.iloc[-1] < points.iloc[0]), None))
    common = means.dropna()
    if {LABELS["eq-4"], LABELS["eq-5"]} <= set(means) and len(common):
        lower = bool(common[LABELS["eq-5"]].iloc[-1] < common[LABELS["eq-4"]].iloc[-1])
        rows.append(("figure-2b", "eq-5-better-than-eq-4", lower, None))
    return results(*rows).assign(unit="eV/atom")


def reach_results(curve: pd.DataFrame, level: float) -> pd.DataFrame:
    """Fig. S5's statement: a power law through the curve reaches the error of DFT at no more than `IN_REACH` crystals."""
    curves = learning_curve.begun(curve)
    if curves.empty:
        return results()
    needed = learning_curve.power_law(curves, level)["n_train"].iloc[0]
    return results(("figure-s5", "dft-accuracy-in-reach", bool(needed <= IN_REACH), None))


def crossings(curve: pd.DataFrame, levels: Sequence[float]) -> pd.DataFrame:
    """From how many training crystals on each curve lies below each level, see `recryst.analysis.learning_curve.crossing`."""
    begun = learning_curve.begun(curve)
    if begun.empty:
        return begun
    return pd.concat([learning_curve.crossing(begun, level) for level in levels], ignore_index=True).rename(columns=CROSSING)


def rest_on(report: Report, curve: pd.DataFrame, levels: Sequence[float]) -> str:
    """A list in Markdown: between which two measured sizes each curve of Fig. 2b crosses, in this run and in stored ones.

    It looks at the mean over the seeds, which is what stored runs keep.
    """
    tables = {run.profile: figure.data for run in report.stored if (figure := run.figure("figure-2b")) is not None}
    if len(curve):
        tables = {report.profile: learning_curve.table(curve), **tables}
    return "\n".join(line for profile, table in tables.items() for level in levels for line in _brackets(profile, table, level))


def _brackets(profile: str, table: pd.DataFrame, level: float) -> list[str]:
    """Such as: Eq. 4 (better): 0.136 eV/atom between 1,000 and 28,046 training crystals, 1 seed."""
    lines = []
    for row in learning_curve.crossing(table.assign(seed=0), level).query("state == 'crosses'").to_dict("records"):
        ends = table[(table["label"] == row["label"]) & table["n_train"].isin([row["above"], row["below"]])]
        seeds = int(ends["seeds"].min())
        lines.append(
            f"- {row['label']} ({profile}): {level:g} eV/atom between {row['above']:,} and {row['below']:,} training crystals, "
            f"{seeds} seed{'s' if seeds > 1 else ''}"
        )
    return lines
