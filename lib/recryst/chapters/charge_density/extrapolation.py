"""What the charge-density chapter records of elements that no forest has seen: Table 3, and whether mixing in Fig. 4's planes decides."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr, wilcoxon

from recryst.analysis import cross_validation
from recryst.analysis.several_tests import holm
from recryst.chapters.charge_density.forests import ALL, BOTH, COMPOSITION, DENSITY, Forests
from recryst.chapters.charge_density.results import COMPARED, METRIC_UNITS, QUESTIONS, SIGNIFICANCE
from recryst.chapters.charge_density.study import MODULI, Modulus, Study, element_counts, left_out
from recryst.report import Report

UNSEEN = ("density-adds", "free-atoms-add", "bonds-add", "outer-atoms-add", "nuclei-add", "density-alone")
"""Questions that are asked of crystals with an element that was left out."""
OTHERS = 5
"""Further elements that are left out."""
FEWEST_ELEMENTS = 10
"""Elements left out by which it can be decided whether mixing decides."""


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

    More than chance: by Wilcoxon's signed-rank test on the ratios of the errors, over the elements, each question by itself; the adjusted
    p-values know of all questions.

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
    chances: dict[tuple[Modulus, str], float] = {}
    for modulus in MODULI:
        wide = _by_model(errors, modulus)
        about = study.evidence(modulus, split="test", unit="%", n=len(wide))
        for name in UNSEEN:
            model, reference = COMPARED[name]
            if not {model, reference} <= {*wide}:
                continue
            ratio = wide[model] / wide[reference]
            better, gain = 100 * float((ratio < 1).mean()), 100 * float((ratio - 1).median())
            report.record("beyond-left-out", f"{modulus}/{name}/better", value=better, **about)
            report.record("beyond-left-out", f"{modulus}/{name}/median-change", value=gain, **about)
            if study.real:  # of so few embedded elements chance decides
                chances[modulus, name] = float(wilcoxon(np.log(ratio)).pvalue)
                alone = chances[modulus, name] < SIGNIFICANCE
                report.record("beyond-left-out", f"{modulus}/{name}/more-than-chance", value=alone, **{**about, "unit": ""})
    for (modulus, name), adjusted in zip(chances, holm(np.array([*chances.values()])), strict=True):
        about = study.evidence(modulus, split="test", unit="", n=len(_by_model(errors, modulus)))
        report.record("beyond-left-out", f"{modulus}/{name}/median-change/adjusted-p", value=float(adjusted), **about)


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
    """Record whether densities gain where they mix better, and whether they lose where compositions mix well, as the paper has it.

    Both are rank correlations over elements, with the change in error from composition to density: of the gain in mixing, and of the mixing
    in the plane of Magpie features, by which the paper's statement is decided where there are elements enough. Of embedded crystals nothing
    is recorded: a plane of so few turns on the last digit of its vectors.

    Parameters
    ----------
    mixed : from `recryst.chapters.charge_density.planes.mixed`
    errors : from `left_out_errors`
    """
    if not study.real:
        return
    by_composition = mixed[mixed["features"] == "Magpie"].set_index("element")["in the plane"]
    points, chances = {modulus: mixing_points(mixed, errors, modulus) for modulus in MODULI}, []
    for modulus, rows in points.items():
        about = study.evidence(modulus, split="test", unit="", n=len(rows))
        rank = spearmanr(rows["x"], rows["y"])
        report.record("beyond-mixing", f"{modulus}/rank-correlation", value=float(rank.statistic), **about)
        report.record("beyond-mixing", f"{modulus}/more-than-chance", value=bool(rank.pvalue < SIGNIFICANCE), **about)
        rank = spearmanr(by_composition[rows["name"]], rows["y"], alternative="greater")
        report.record("beyond-mixing", f"{modulus}/rank-correlation-by-composition", value=float(rank.statistic), **about)
        chances.append(rank.pvalue)
    elements = min(map(len, points.values()))
    if elements >= FEWEST_ELEMENTS:
        about = study.evidence("bulk", split="test", unit="", n=elements, caveat="of random forests, not of networks")
        report.record("text-visualisation", "mixing-decides", value=bool(max(chances) < SIGNIFICANCE), **about)


def mixing_points(mixed: pd.DataFrame, errors: pd.DataFrame, modulus: Modulus) -> pd.DataFrame:
    """Points x (how much better an element's crystals mix by density), y (change of the error in percent), name of each element."""
    share = mixed.pivot_table(index="element", columns="features", values="in the plane", sort=False)
    wide = _by_model(errors, modulus)
    if share.empty or wide.empty:
        return pd.DataFrame()
    gain = (share["density"] - share["Magpie"]).rename("x").to_frame()
    gain["y"] = 100 * (wide[DENSITY] / wide[COMPOSITION] - 1)
    return gain.dropna().round(3).reset_index().rename(columns={"element": "name"}).assign(about=lambda rows: rows["name"])


def _by_model(errors: pd.DataFrame, modulus: Modulus) -> pd.DataFrame:
    """RMSE of a modulus, a row for each element that was left out, a column for each model."""
    return errors[errors["property"] == modulus].pivot_table(index="element", columns="model", values="rmse", sort=False)
