"""What the charge-density chapter records of its forests: errors in the cross-validation, paired differences, learning curves."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from recryst.analysis import cross_validation, learning_curve, regression
from recryst.chapters import folds
from recryst.chapters.charge_density.forests import ALL, BOTH, COMPOSITION, CONTROL, DENSITY, LOGARITHM, OUTER_CONTROL, SETS, Forests
from recryst.chapters.charge_density.study import MODULI, UNIT, Modulus, Study
from recryst.crystals import Crystals
from recryst.report import Report

SLUGS = dict(zip(SETS, ("magpie", "structure", "magpie-structure", "density", "all", "free-atoms", "outer-free-atoms"), strict=True))
COMPARED = {
    "structure-adds": (BOTH, COMPOSITION),
    "density-adds": (ALL, BOTH),
    "free-atoms-add": (CONTROL, BOTH),
    "bonds-add": (ALL, CONTROL),
    "outer-atoms-add": (OUTER_CONTROL, BOTH),
    "nuclei-add": (CONTROL, OUTER_CONTROL),
    "density-alone": (DENSITY, COMPOSITION),
    "logarithm-adds": (ALL + LOGARITHM, ALL),
}
"""Questions to the forests: a model, and the one that it is held against on the same folds."""
QUESTIONS = {
    "structure-adds": "volume and distances, beside the composition",
    "density-adds": "the density, beside composition and structure",
    "free-atoms-add": "free atoms' density, beside composition and structure",
    "bonds-add": "the density in place of free atoms'",
    "outer-atoms-add": "free atoms' density in the emptier half of the cell, beside composition and structure",
    "nuclei-add": "free atoms' density in all of the cell, in place of the emptier half",
    "density-alone": "the density in place of the composition",
    "logarithm-adds": "learning the logarithm",
}
OVER_STRUCTURE = ("density-adds", "free-atoms-add", "bonds-add")
"""Questions whether a density, calculated or of free atoms, tells more than composition and structure together."""
SIGNIFICANCE = 0.05
METRIC_UNITS = {"r2": "", "rmse": UNIT, "mae": UNIT}
JUDGED = ("rmse", "mae")
"""Errors by which questions are answered."""
WITHOUT_DENSITY = ("SrCaIn2", "Mn23C6")
"""Crystals of Fig. 1, both with a high bulk modulus according to the text."""
NAMED, BINS = 10, 50
"""Crystals of others' data that a parity plot names, the worst; and bins along its axes for all of them."""


def record_cross_validation(report: Report, forests: Forests) -> None:
    """Record the paper's baseline in Table 2, and all sets of features and the differences between them beyond it."""
    study = forests.study
    seeds = tuple(range(study.settings.seed, study.settings.seed + study.settings.repeats))
    for modulus in MODULI:
        about = study.evidence(modulus, split="cross-validation")
        for row in cross_validation.summary(forests.folds(modulus)).to_dict("records"):
            found = about | folds.recorded(row, seeds, UNIT)
            if row["model"] == COMPOSITION and row["metric"] != "mae":
                report.record("table-2", f"{modulus}/magpie-forest/{row['metric']}", **found)
            if row["model"] in SLUGS:
                report.record("beyond-features", f"{modulus}/{SLUGS[row['model']]}/{row['metric']}", **found)
    record_paired(report, "beyond-density-adds", study, _differences(forests))


def record_paired(report: Report, exhibit: str, study: Study, differences: pd.DataFrame) -> None:
    """Record what each question to models of a kind changes in both errors, with p-values adjusted for the number of all of these.

    Parameters
    ----------
    differences : modulus, question, and what `recryst.analysis.cross_validation.paired` returns, of all questions together
    """
    asked = differences[differences["metric"].isin(JUDGED)]
    asked = asked.assign(value_id=asked["modulus"] + "/" + asked["question"] + "/" + asked["metric"])
    about = {modulus: study.evidence(modulus, split="cross-validation", n=len(study.task(modulus))) for modulus in MODULI}
    folds.record_differences(report, exhibit, asked, lambda row: about[row["modulus"]])


def set_bars(forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: an error of the forests on each set of features."""
    table = cross_validation.summary(forests.folds(modulus))
    rows = table[(table["metric"] == metric) & table["model"].isin(SETS)]
    return rows.rename(columns={"model": "label"})[["label", "value", "low", "high"]].round(3)


def difference_bars(forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: what each of `QUESTIONS` changes in an error."""
    return asked_bars(_differences(forests), QUESTIONS, modulus, metric)


def asked_bars(differences: pd.DataFrame, questions: Mapping[str, str], modulus: Modulus, metric: str) -> pd.DataFrame:
    """Rows label, value, low, high: differences as `record_paired` takes them, of one modulus and error, with their questions in words."""
    rows = differences[(differences["modulus"] == modulus) & (differences["metric"] == metric)]
    return rows.assign(label=rows["question"].map(questions))[["label", "value", "low", "high"]].reset_index(drop=True).round(3)


def summary_table(forests: Forests) -> pd.DataFrame:
    """R², RMSE and MAE of every forest in the cross-validation, see `by_model`."""
    parts = [cross_validation.summary(forests.folds(modulus)).assign(property=f"{modulus} modulus") for modulus in MODULI]
    return by_model(pd.concat(parts, ignore_index=True)).round(3)


def by_model(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a modulus and model of what has one row a metric too.

    Parameters
    ----------
    rows : property, and what `recryst.analysis.cross_validation.summary` returns

    Returns
    -------
    property, model, r2, r2_from, r2_to (95 % interval), and so on for rmse and mae (GPa), n (crystals), repeats
    """
    keys = ["property", "model"]
    parts = [
        rows[rows["metric"] == metric]
        .set_index(keys)[["value", "low", "high"]]
        .set_axis([metric, f"{metric}_from", f"{metric}_to"], axis=1)
        for metric in cross_validation.METRICS
    ]
    counts = rows.drop_duplicates(keys).set_index(keys)[["n", "repeats"]]
    return pd.concat([*parts, counts], axis=1).reset_index()


def parity(forests: Forests) -> pd.DataFrame:
    """Test crystals of the first repeat, predicted by the forests on everything, by panel; see `named`."""
    parts = [
        named(_first_repeat(forests, modulus), forests.study, forests.study.task(modulus).crystals).assign(panel=f"{modulus} modulus")
        for modulus in MODULI
    ]
    return pd.concat(parts, ignore_index=True)


def record_parity(report: Report, forests: Forests) -> None:
    """Record R², RMSE and MAE of what `parity` shows: of the crystals of all folds together, where Table 2 has means over folds."""
    for modulus in MODULI:
        metrics = regression.metrics(_first_repeat(forests, modulus))
        for metric, unit in METRIC_UNITS.items():
            about = forests.study.evidence(modulus, split="cross-validation", unit=unit)
            report.record_metrics("beyond-parity", {f"{modulus}/{metric}": metric}, metrics, **about)


def record_learning(report: Report, forests: Forests) -> None:
    """Record how far the forest on the composition is behind that on everything, at the smallest and the largest training size.

    The gap is that of the mean absolute errors, relative to that of everything; what becomes of it, `answers.catching_up` says.
    """
    for modulus in MODULI:
        points = forests.learning_curve(modulus)
        behind, ahead = (
            points[points["label"] == name].pivot_table(index="seed", columns="n_train", values="mae") for name in (COMPOSITION, ALL)
        )
        relative = 100 * (behind / ahead - 1)
        about = forests.study.evidence(modulus, split="cross-validation", n=len(forests.study.task(modulus)))
        smallest, largest = relative.columns.min(), relative.columns.max()
        for words, size in (("smallest", smallest), ("largest", largest)):
            gap = float((behind[size] - ahead[size]).mean())
            report.record("beyond-learning", f"{modulus}/{words}/training-crystals", value=int(size), **{**about, "unit": ""})
            report.record("beyond-learning", f"{modulus}/{words}/gap", value=gap, **about)
            report.record(
                "beyond-learning", f"{modulus}/{words}/relative-gap", value=float(relative[size].mean()), **{**about, "unit": "%"}
            )
        shrinks = int((relative[largest] < relative[smallest]).sum())
        report.record("beyond-learning", f"{modulus}/folds", value=len(relative), **{**about, "unit": ""})
        report.record("beyond-learning", f"{modulus}/folds-in-which-it-shrinks", value=shrinks, **{**about, "unit": ""})


def named(predictions: pd.DataFrame, study: Study, crystals: Crystals) -> pd.DataFrame:
    """What a parity plot shows: embedded crystals by name, of others' data the worst ones above counts in bins."""
    table = regression.named_parity(predictions, crystals, NAMED if study.real else None, BINS)
    return table.round({"target": 2, "prediction": 2})


def curve(forests: Forests, modulus: Modulus) -> pd.DataFrame:
    """Points of the learning curve, see `recryst.analysis.learning_curve.table`."""
    return learning_curve.table(forests.learning_curve(modulus)).round(4)


def record_named(report: Report, forests: Forests) -> None:
    """Record the bulk moduli of those crystals of Fig. 1 that have neither density nor modulus here, by their compositions, and between
    which moduli the middle half of the crystals lies that the forest has learned from.
    """
    n = len(forests.study.task("bulk"))
    about = forests.study.evidence("bulk", n=n, caveat=f"predicted by a random forest on Magpie, trained on {n:,} crystals")
    for formula, modulus in zip(WITHOUT_DENSITY, forests.of_formulas(WITHOUT_DENSITY), strict=True):
        report.record("beyond-figure-1", f"{formula}/bulk-modulus", value=float(modulus), **about)
    for quarter, share in (("lowest", 0.25), ("highest", 0.75)):
        edge = float(np.quantile(forests.study.task("bulk").targets, share))
        report.record("beyond-figure-1", f"{quarter}-quarter", value=edge, **forests.study.evidence("bulk", n=n))


def _first_repeat(forests: Forests, modulus: Modulus) -> pd.DataFrame:
    """Predictions of test crystals by the forest on everything in the first repeat: id, target, prediction."""
    table = forests.cross_validated(modulus)
    rows = table[(table["model"] == ALL) & (table["repeat"] == table["repeat"].min())]
    return rows[["id", "target", "prediction"]]


# recorded, and drawn for each modulus
@cache
def _differences(forests: Forests) -> pd.DataFrame:
    """What each question changes in the errors of both moduli, as `record_paired` takes it."""
    parts = [
        cross_validation.paired(forests.folds(modulus), *pair).assign(modulus=modulus, question=name)
        for modulus in MODULI
        for name, pair in _asked(forests)
    ]
    return pd.concat(parts, ignore_index=True)


def _asked(forests: Forests) -> list[tuple[str, tuple[str, str]]]:
    """The questions for which there are both models."""
    there = {*forests.sets, ALL + LOGARITHM}
    return [(name, pair) for name, pair in COMPARED.items() if set(pair) <= there]
