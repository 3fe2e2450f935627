"""What the charge-density chapter records of its forests: errors, paired differences, and experiments that leave an element out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr, wilcoxon

from recryst.analysis import cross_validation, learning_curve, regression
from recryst.chapters.charge_density.forests import ALL, BOTH, COMPOSITION, CONTROL, DENSITY, LOGARITHM, OUTER_CONTROL, SETS, Forests
from recryst.chapters.charge_density.study import MODULI, UNIT, Modulus, Study, element_counts, left_out
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
UNSEEN = ("density-adds", "free-atoms-add", "bonds-add", "outer-atoms-add", "nuclei-add", "density-alone")
"""Those that are asked of crystals with an element that was left out."""
SIGNIFICANCE = 0.05
METRIC_UNITS = {"r2": "", "rmse": UNIT, "mae": UNIT}
WITHOUT_DENSITY = ("SrCaIn2", "Mn23C6")
"""Crystals of Fig. 1, both with a high bulk modulus according to the text."""
NAMED, BINS = 10, 50
"""Crystals of others' data that a parity plot names, the worst; and bins along its axes for all of them."""
OTHERS = 5
"""Further elements that are left out."""


def record_cross_validation(report: Report, forests: Forests) -> None:
    """Record the paper's baseline in Table 2, and all sets of features and the differences between them beyond it."""
    study = forests.study
    seeds = tuple(range(study.settings.seed, study.settings.seed + study.settings.repeats))
    for modulus in MODULI:
        folds = forests.folds(modulus)
        about = study.evidence(modulus, split="cross-validation")
        for row in cross_validation.summary(folds).to_dict("records"):
            found = about | cross_validated(row, seeds)
            if row["model"] == COMPOSITION and row["metric"] != "mae":
                report.record("table-2", f"{modulus}/magpie-forest/{row['metric']}", **found)
            if row["model"] in SLUGS:
                report.record("beyond-features", f"{modulus}/{SLUGS[row['model']]}/{row['metric']}", **found)
        for name, (model, reference) in _asked(forests):
            for value_id, recorded in paired(cross_validation.paired(folds, model, reference), modulus, name):
                report.record("beyond-density-adds", value_id, **{**about, "n": len(study.task(modulus)), **recorded})


def cross_validated(row: dict[Any, Any], seeds: tuple[int, ...]) -> dict[str, Any]:
    """What a row of `recryst.analysis.cross_validation.summary` is recorded with, from so many repeats."""
    found = {"value": row["value"], "n": row["n"], "interval": (row["low"], row["high"]), "unit": METRIC_UNITS[row["metric"]]}
    return found | ({"spread": row["spread"], "seeds": seeds} if len(seeds) > 1 else {})


def paired(differences: pd.DataFrame, modulus: Modulus, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to record of `recryst.analysis.cross_validation.paired`, by value id; also whether the RMSE differs by more than chance."""
    for row in differences.to_dict("records"):
        interval = (row["low"], row["high"])
        yield f"{modulus}/{name}/{row['metric']}", {"value": row["value"], "interval": interval, "unit": METRIC_UNITS[row["metric"]]}
        if row["metric"] == "rmse":
            # the interval lies on one side of zero
            yield f"{modulus}/{name}/more-than-chance", {"value": bool(row["low"] * row["high"] > 0), "unit": ""}


def set_bars(forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: an error of the forests on each set of features."""
    table = cross_validation.summary(forests.folds(modulus))
    rows = table[(table["metric"] == metric) & table["model"].isin(SETS)]
    return rows.rename(columns={"model": "label"})[["label", "value", "low", "high"]].round(3)


def difference_bars(forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: what each of `QUESTIONS` changes in an error."""
    rows = []
    for name, (model, reference) in _asked(forests):
        found = cross_validation.paired(forests.folds(modulus), model, reference).set_index("metric").loc[metric]
        rows.append((QUESTIONS[name], found["value"], found["low"], found["high"]))
    return pd.DataFrame(rows, columns=["label", "value", "low", "high"]).round(3)


def summary_table(forests: Forests) -> pd.DataFrame:
    """R², RMSE and MAE of every forest in the cross-validation, with their intervals."""
    parts = [cross_validation.summary(forests.folds(modulus)).assign(property=f"{modulus} modulus") for modulus in MODULI]
    table = pd.concat(parts, ignore_index=True).round(3)
    return table[["property", "model", "metric", "value", "low", "high", "spread", "n", "repeats"]]


def parity(forests: Forests) -> pd.DataFrame:
    """Test crystals of the first repeat, predicted by the forests on everything, by panel; see `named`."""
    parts = []
    for modulus in MODULI:
        table = forests.cross_validated(modulus)
        rows = table[(table["model"] == ALL) & (table["repeat"] == table["repeat"].min())]
        shown = named(rows[["id", "target", "prediction"]], forests.study, forests.study.task(modulus).crystals)
        parts.append(shown.assign(panel=f"{modulus} modulus"))
    return pd.concat(parts, ignore_index=True)


def record_learning(report: Report, forests: Forests) -> None:
    """Record how far the forest on the composition is behind that on everything, at the smallest and the largest training size.

    The gap is that of the mean absolute errors, relative to the smaller of the two; of a composition that catches up it shrinks.
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
        report.record("beyond-learning", f"{modulus}/folds-in-which-it-shrinks", value=shrinks, **{**about, "unit": ""})


def named(predictions: pd.DataFrame, study: Study, crystals: Crystals) -> pd.DataFrame:
    """What a parity plot shows: embedded crystals by name, of others' data the worst ones above counts in bins."""
    table = regression.named_parity(predictions, crystals, NAMED if study.real else None, BINS)
    return table.round({"target": 2, "prediction": 2})


def curve(forests: Forests, modulus: Modulus) -> pd.DataFrame:
    """Points of the learning curve, see `recryst.analysis.learning_curve.table`."""
    return learning_curve.table(forests.learning_curve(modulus)).round(4)


def most_frequent(study: Study) -> tuple[str, ...]:
    """The elements in most crystals here that are none of the paper's."""
    counts = element_counts(study).set_index("element")["value"].drop(list(left_out()), errors="ignore")
    return tuple(counts.sort_values(ascending=False, kind="stable").index[:OTHERS])


def left_out_errors(forests: Forests, elements: tuple[str, ...]) -> pd.DataFrame:
    """Rows property, element, model, n, r2, rmse, mae of forests that saw no crystal with the element."""
    columns, parts = ["property", "element", "model", "n", *cross_validation.METRICS], []
    for modulus in MODULI:
        table = forests.left_out(modulus, elements)
        if len(table):
            parts.append(cross_validation.errors(table, ["element", "model"]).assign(property=modulus))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return found[columns]


def record_left_out(report: Report, forests: Forests, errors: pd.DataFrame) -> None:
    """Record the paper's baseline in Table 3, and how often a density helps beyond it.

    More than chance: by Wilcoxon's signed-rank test on the ratios of the errors, over the elements.

    Parameters
    ----------
    errors : from `left_out_errors`, of the paper's eleven elements and of others
    """
    study = forests.study
    printed = errors[(errors["model"] == COMPOSITION) & errors["element"].isin(left_out())]
    for row in printed.to_dict("records"):
        for metric in ("r2", "rmse"):
            about = study.evidence(row["property"], split="test", unit=METRIC_UNITS[metric])
            value_id = f"{row['element']}/{row['property']}/magpie-forest/{metric}"
            report.record("table-3", value_id, value=float(row[metric]), n=int(row["n"]), **about)
    for modulus in MODULI:
        wide = _by_model(errors, modulus)
        about = study.evidence(modulus, split="test", unit="%")
        for name in UNSEEN:
            model, reference = COMPARED[name]
            if not {model, reference} <= {*wide}:
                continue
            better = 100 * float((wide[model] < wide[reference]).mean())
            report.record("beyond-left-out", f"{modulus}/{name}/better", value=better, n=len(wide), **about)
            gain = 100 * float((wide[model] / wide[reference] - 1).median())
            report.record("beyond-left-out", f"{modulus}/{name}/median-change", value=gain, n=len(wide), **about)
            if study.real:  # of so few embedded elements chance decides
                known = bool(wilcoxon(np.log(wide[model] / wide[reference])).pvalue < SIGNIFICANCE)
                report.record("beyond-left-out", f"{modulus}/{name}/more-than-chance", value=known, n=len(wide), **{**about, "unit": ""})


def unseen_questions() -> dict[str, str]:
    """Those of `QUESTIONS` that are asked of elements left out."""
    return {name: QUESTIONS[name] for name in UNSEEN}


def left_out_bars(errors: pd.DataFrame, modulus: Modulus) -> pd.DataFrame:
    """Rows label, value, low, high: by how many percent the density changes the error on each element's crystals."""
    wide = _by_model(errors, modulus)
    if wide.empty:
        return pd.DataFrame()
    n = errors[(errors["property"] == modulus) & (errors["model"] == ALL)].set_index("element")["n"]
    change = (100 * (wide[ALL] / wide[BOTH] - 1)).sort_values()
    rows = {"label": change.index, "value": change.round(2), "low": float("nan"), "high": float("nan"), "n": n[change.index].to_numpy()}
    return pd.DataFrame(rows).reset_index(drop=True)


def record_mixing(report: Report, study: Study, mixed: pd.DataFrame, errors: pd.DataFrame) -> None:
    """Record whether densities gain where they mix better: rank correlation over elements of the gain in mixing with that in error.

    Of embedded crystals nothing is: a plane of so few turns on the last digit of its vectors.

    Parameters
    ----------
    mixed : from `recryst.chapters.charge_density.planes.mixed`
    errors : from `left_out_errors`
    """
    for modulus in MODULI if study.real else ():
        rows = mixing_points(mixed, errors, modulus)
        about = study.evidence(modulus, split="test", unit="")
        rank = spearmanr(rows["x"], rows["y"])
        report.record("beyond-mixing", f"{modulus}/rank-correlation", value=float(rank.statistic), n=len(rows), **about)
        report.record("beyond-mixing", f"{modulus}/more-than-chance", value=bool(rank.pvalue < SIGNIFICANCE), n=len(rows), **about)


def mixing_points(mixed: pd.DataFrame, errors: pd.DataFrame, modulus: Modulus) -> pd.DataFrame:
    """Points x (how much better an element's crystals mix by density), y (change of the error in percent), name of each element."""
    share = mixed.pivot_table(index="element", columns="features", values="in the plane", sort=False)
    wide = _by_model(errors, modulus)
    if share.empty or wide.empty:
        return pd.DataFrame()
    gain = (share["density"] - share["Magpie"]).rename("x").to_frame()
    gain["y"] = 100 * (wide[DENSITY] / wide[COMPOSITION] - 1)
    return gain.dropna().round(3).reset_index().rename(columns={"element": "name"}).assign(about=lambda rows: rows["name"])


def record_named(report: Report, forests: Forests) -> None:
    """Record the bulk moduli of those crystals of Fig. 1 that have neither density nor modulus here, by their compositions."""
    about = forests.study.evidence("bulk") | {"caveat": "predicted by a random forest on Magpie"}
    for formula, modulus in zip(WITHOUT_DENSITY, forests.of_formulas(WITHOUT_DENSITY), strict=True):
        report.record("beyond-figure-1", f"{formula}/bulk-modulus", value=float(modulus), **about)


def _by_model(errors: pd.DataFrame, modulus: Modulus) -> pd.DataFrame:
    """RMSE of a modulus, a row for each element that was left out, a column for each model."""
    return errors[errors["property"] == modulus].pivot_table(index="element", columns="model", values="rmse", sort=False)


def _asked(forests: Forests) -> list[tuple[str, tuple[str, str]]]:
    """The questions for which there are both models."""
    there = {*forests.sets, ALL + LOGARITHM}
    return [(name, pair) for name, pair in COMPARED.items() if set(pair) <= there]
