"""The charge-density chapter's Fig. 5: crystals that no model has seen, in place of the paper's, which were not published."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import regression
from recryst.analysis.predictions import averaged
from recryst.chapters.charge_density import vintages
from recryst.chapters.charge_density.forests import ALL, Forests
from recryst.chapters.charge_density.networks import FOREST, FUSION
from recryst.chapters.charge_density.results import METRIC_UNITS, named
from recryst.chapters.charge_density.study import MODULI, Modulus, Study
from recryst.chapters.charge_density.trained import Trained
from recryst.chapters.evidence import record_all, results
from recryst.report import Report

STAND_IN = f"a {FOREST}{ALL}"
OTHERS = "other crystals than the paper's, with older moduli of the Materials Project"
WORST = 0.01
"""Share of the crystals, those with the largest errors, without which errors are told too: a few can make most of a squared error."""


@dataclass(frozen=True)
class Unseen:
    """Predictions of crystals that have a modulus of the older vintage alone.

    Parameters
    ----------
    model : what predicts them
    tables : id, target, prediction (GPa), by modulus; empty for embedded crystals, of which there are none
    """

    study: Study
    model: str
    tables: dict[Modulus, pd.DataFrame]


def predict(trained: Trained, forests: Forests) -> Unseen:
    """By the fusions of the first cross-validation, the mean of its folds; by a forest on everything until both moduli have these."""
    study = trained.study
    fusions = {modulus: trained.of_first_repeat(modulus, FUSION) for modulus in MODULI}
    if not (study.unseen and all(fusions.values())):
        return Unseen(study, STAND_IN, {modulus: forests.unseen(modulus) for modulus in MODULI})
    tables = {}
    for modulus, runs in fusions.items():
        table = pd.concat([run.predict(study.unseen[modulus]) for run in runs])
        tables[modulus] = averaged(table)
    return Unseen(study, f"the mean of {len(runs)} fusions", tables)


def record(report: Report, unseen: Unseen) -> None:
    """Record Fig. 5, and beside it the errors of both moduli, of which the paper prints one.

    Most deviations at low moduli: of the predictions off by more than the root mean squared error more than half are of crystals below the
    median; a relative error would be large at low moduli by itself. Mostly too large: more than half of these are above the modulus.
    Well: R² of at least 0.9. Deviate much more: R² lower by at least 0.1.
    """
    found, study = unseen.tables, unseen.study
    if any(table.empty for table in found.values()):
        return
    metrics = {modulus: regression.metrics(table) for modulus, table in found.items()}
    rows: list[tuple[str, str, Any, int | None]] = []
    for modulus, exhibit in zip(MODULI, ("figure-5a", "figure-5b"), strict=True):
        table = found[modulus]
        error = table["prediction"] - table["target"]
        far = table[error.abs() > np.sqrt((error**2).mean())]
        rows.append((exhibit, "deviations-at-low-moduli", bool((far["target"] < table["target"].median()).mean() > 0.5), len(far)))
        rows.append((exhibit, "predicted-larger", bool((far["prediction"] > far["target"]).mean() > 0.5), len(far)))
    r2 = {modulus: float(table.loc[table["metric"] == "r2", "value"].iloc[0]) for modulus, table in metrics.items()}
    n = len(found["bulk"])
    rows += [
        ("figure-5a", "agrees-well", r2["bulk"] >= 0.9, n),
        ("figure-5b", "worse-than-bulk", r2["shear"] <= r2["bulk"] - 0.1, n),
        ("text-validation-by-dft", "bulk-better-than-shear", r2["bulk"] > r2["shear"], n),
        ("text-validation-by-dft", "crystals", n, n),
    ]
    reason = OTHERS + (f", and {STAND_IN} in place of the fusion" if unseen.model == STAND_IN else "")
    said = {
        modulus: {
            **{**study.evidence(modulus), "data": study.unseen[modulus].label, "split": "new", "not_comparable": reason},
            "caveat": f"predicted by {unseen.model}; {vintages.caveat(study, modulus)}",
        }
        for modulus in MODULI
    }
    about = said["bulk"]
    table = results(*rows)
    of_shear = table["exhibit"] == "figure-5b"
    record_all(report, table[~of_shear], **{**about, "unit": ""})
    record_all(report, table[of_shear], **{**said["shear"], "unit": ""})
    report.record_metrics("figure-5a", {"r2": "r2"}, metrics["bulk"], **{**about, "unit": ""})
    report.record_metrics("figure-5a", {"rmse": "rmse"}, metrics["bulk"], **about)
    for modulus in MODULI:
        for metric, unit in METRIC_UNITS.items():
            report.record_metrics("beyond-unseen", {f"{modulus}/{metric}": metric}, metrics[modulus], **{**said[modulus], "unit": unit})
        _record_worst(report, unseen, modulus, said[modulus])


def _record_worst(report: Report, unseen: Unseen, modulus: Modulus, about: dict[str, Any]) -> None:
    """Record what the worst crystals make of the squared error, errors without them, and how far older moduli go beyond those learned."""
    table, far = unseen.tables[modulus], worst(unseen, modulus)
    rest = regression.metrics(table.drop(index=far.index))
    for metric, unit in METRIC_UNITS.items():
        names = {f"{modulus}/without-worst/{metric}": metric}
        report.record_metrics("beyond-unseen", names, rest, **{**about, "unit": unit})
    squared = (table["prediction"] - table["target"]) ** 2
    share = 100 * float(squared[far.index].sum() / squared.sum())
    report.record("beyond-unseen", f"{modulus}/worst/share-of-squared-error", value=share, n=len(far), **{**about, "unit": "%"})
    for words, target in (("unseen", table["target"]), ("learned", pd.Series(unseen.study.task(modulus).targets))):
        report.record("beyond-unseen", f"{modulus}/largest-{words}", value=float(target.max()), n=len(target), **about)


def worst(unseen: Unseen, modulus: Modulus) -> pd.DataFrame:
    """The `WORST` of the predictions, at least one: rows of the table, the largest error first."""
    table = unseen.tables[modulus]
    error = (table["prediction"] - table["target"]).abs()
    return table.loc[error.nlargest(math.ceil(WORST * len(table))).index]


def caption(unseen: Unseen, modulus: Modulus) -> str:
    """What the figure shows, and the formulas of the `worst`."""
    said = f"Crystals that have older moduli alone: {modulus} modulus by {unseen.model}, against the Materials Project's."
    if unseen.tables[modulus].empty:
        return said
    formulas = unseen.study.unseen[modulus].select(worst(unseen, modulus)["id"].tolist()).crystals.formulas()
    return f"{said} Farthest off: {', '.join(formulas)}."


def parity(unseen: Unseen, modulus: Modulus) -> pd.DataFrame:
    """What a parity plot shows of them, see `recryst.chapters.charge_density.results.named`."""
    table = unseen.tables[modulus]
    return table if table.empty else named(table, unseen.study, unseen.study.unseen[modulus].crystals)
