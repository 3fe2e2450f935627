"""What experiments say in which an element is left out of training: the paper's, as Table 3 prints them, or the same of our models.

Such experiments are a table with rows element, modulus, model (as in `recryst.chapters.charge_density.names`), r2, rmse (GPa).
"""

from collections.abc import Sequence

import pandas as pd
from scipy.stats import wilcoxon

from recryst.analysis import cross_validation
from recryst.chapters.charge_density.forests import COMPOSITION
from recryst.chapters.charge_density.names import MODELS, NAMES, ON_DENSITIES, ON_MAGPIE, SLUGS
from recryst.chapters.charge_density.results import METRIC_UNITS, SIGNIFICANCE
from recryst.chapters.charge_density.study import MODULI, left_out, printed_errors
from recryst.chapters.charge_density.trained import Trained
from recryst.chapters.evidence import results
from recryst.notation import listed
from recryst.report import Report

RIVALS = {"both models on Magpie": ON_MAGPIE, "the random forest": ("magpie-forest",), "CGCNN": ("cgcnn",)}
FEWEST = 12
"""Experiments by which the paper's statements on its 22 are held against models of ours; of fewer, no number would be over half."""


def printed() -> pd.DataFrame:
    """The experiments of Table 3, of two moduli and all models but the fusion, which the paper does not ask for them."""
    rows = [
        (element, modulus, model, *printed_errors("table-3", f"{element}/{modulus}/{model}"))
        for element in left_out()
        for modulus in MODULI
        for model in MODELS
        if model != "fusion"
    ]
    return pd.DataFrame(rows, columns=["element", "modulus", "model", "r2", "rmse"])


def of_networks(trained: Trained) -> pd.DataFrame:
    """The experiments of finished networks, with n (test crystals); none of a single crystal, of which there is no R²."""
    parts = []
    for modulus in MODULI:
        table = trained.left_out(modulus)
        if len(table):
            parts.append(cross_validation.errors(table, ["element", "model"]).assign(modulus=modulus))
    if not parts:
        return pd.DataFrame(columns=["element", "modulus", "model", "n", "r2", "rmse"])
    found = pd.concat(parts, ignore_index=True)
    found = found[(found["n"] > 1) & found["model"].isin(SLUGS)]
    return found.assign(model=found["model"].map(SLUGS))[["element", "modulus", "model", "n", "r2", "rmse"]].reset_index(drop=True)


def ours(trained: Trained, errors: pd.DataFrame) -> pd.DataFrame:
    """The paper's experiments with our models, as far as all of these have done them; none without a network on densities.

    Parameters
    ----------
    errors : of forests, from `recryst.chapters.charge_density.extrapolation.left_out_errors`
    """
    networks = of_networks(trained)
    if not networks["model"].isin(ON_DENSITIES).any():
        return networks[:0]
    forest = errors[(errors["model"] == COMPOSITION) & errors["element"].isin(left_out())]
    forest = forest.rename(columns={"property": "modulus"}).assign(model="magpie-forest")
    table = pd.concat([forest, networks[networks["model"] != "fusion"]], ignore_index=True)[["element", "modulus", "model", "r2", "rmse"]]
    models = table.groupby(["element", "modulus"])["model"].transform("nunique")
    return table[models == table["model"].nunique()].reset_index(drop=True)


def record_networks(report: Report, trained: Trained) -> None:
    """Record the errors of networks on elements that they have not seen; the fusion's stand beyond the paper."""
    for row in of_networks(trained).to_dict("records"):
        for metric in ("r2", "rmse"):
            about = trained.study.evidence(row["modulus"], unit=METRIC_UNITS[metric], split="test")
            exhibit = "beyond-left-out" if row["model"] == "fusion" else "table-3"
            report.record(exhibit, f"{row['element']}/{row['modulus']}/{row['model']}/{metric}", value=row[metric], n=row["n"], **about)


def record_statements(report: Report, trained: Trained, experiments: pd.DataFrame) -> None:
    """Record what the paper says of its experiments, of ours: nothing of too few, which chance would decide."""
    n = len(experiments[["element", "modulus"]].drop_duplicates())
    if n < FEWEST:
        return
    models = listed([NAMES[model] for model in MODELS if model in set(experiments["model"])])
    about = trained.study.evidence("bulk", unit="", split="test", caveat=f"of {n} experiments with {models}")
    for row in statements(experiments).to_dict("records"):
        report.record(row["exhibit"], row["value_id"], value=row["value"], n=row["n"], **about)


def statements(experiments: pd.DataFrame) -> pd.DataFrame:
    """Rows exhibit, value_id, value, n: what is said of Table 3, by the numbers of a table like it.

    In over half: by R², over both models on Magpie. Significantly better extrapolation: the better network on densities has a higher R²
    than the better model on Magpie, by Wilcoxon's signed-rank test over all experiments with 5 % significance. Best: by RMSE, as Table 3's
    last row counts.
    """
    won, best = _density_wins(_wide(experiments, "r2"), ON_MAGPIE), wins(experiments).set_index("model")["by RMSE"]
    return results(
        ("table-3", "density-extrapolates-better", _extrapolates_better(experiments), len(won)),
        ("table-3", "density-better-in-over-half", bool(won.sum() > len(won) / 2), len(won)),
        *(("table-3", f"{model}/best", best[NAMES[model]], len(won)) for model in experiments["model"].unique()),
    )


def wins(experiments: pd.DataFrame) -> pd.DataFrame:
    """How often each model alone is the best, by each measure, and how often densities beat which others.

    Returns
    -------
    model, by R², by RMSE : none of no experiments
    """
    if experiments.empty:
        return pd.DataFrame(columns=["model", "by R²", "by RMSE"])
    rows: list[tuple[object, ...]] = []
    # the larger the better, in both
    better = [_wide(experiments, "r2"), -_wide(experiments, "rmse")]
    lead = [table.eq(table.max(axis=1), axis=0) for table in better]
    alone = [best[best.sum(axis=1) == 1] for best in lead]
    rows += [(NAMES[model], *(int(best[model].sum()) for best in alone)) for model in better[0].columns]
    rows.append(("two of them equally", *(int((best.sum(axis=1) > 1).sum()) for best in lead)))
    for words, rivals in RIVALS.items():
        if {*rivals} <= {*better[0].columns}:
            rows.append((f"a network on densities better than {words}", *(int(_density_wins(table, rivals).sum()) for table in better)))
    return pd.DataFrame(rows, columns=["model", "by R²", "by RMSE"])


def gains(experiments: pd.DataFrame, element: str) -> dict[str, float]:
    """Percent by which the best R² of networks on densities is above the best on Magpie, by modulus."""
    of_one = _best_of_both(experiments).loc[element]
    return {str(modulus): round(100 * float(gain), 4) for modulus, gain in (of_one["y"] / of_one["x"] - 1).items()}


def best_points(experiments: pd.DataFrame) -> pd.DataFrame:
    """Points x (best R² on Magpie), y (best R² on densities), name and about (element), group (modulus): one an experiment."""
    if experiments.empty:
        return pd.DataFrame()
    table = _best_of_both(experiments).reset_index()
    names = {"name": table["element"], "about": table["element"], "group": table["modulus"] + " modulus"}
    return table[["x", "y"]].assign(**names)


def _extrapolates_better(experiments: pd.DataFrame) -> bool:
    points = _best_of_both(experiments)
    return bool(wilcoxon(points["y"] - points["x"], alternative="greater").pvalue < SIGNIFICANCE)


def _best_of_both(experiments: pd.DataFrame) -> pd.DataFrame:
    """The best R² on Magpie, x, and on densities, y, by element and modulus."""
    wide = _wide(experiments, "r2")
    return pd.DataFrame({"x": _best(wide, ON_MAGPIE), "y": _best(wide, ON_DENSITIES)})


def _density_wins(better: pd.DataFrame, rivals: Sequence[str]) -> "pd.Series[bool]":
    """By element and modulus whether a network on densities is better than all rivals; in the table the larger number is the better one."""
    return _best(better, ON_DENSITIES) > _best(better, rivals)


def _best(better: pd.DataFrame, models: Sequence[str]) -> "pd.Series[float]":
    return better[[model for model in models if model in better]].max(axis=1)


def _wide(experiments: pd.DataFrame, measure: str) -> pd.DataFrame:
    order = [model for model in MODELS if model in set(experiments["model"])]
    return experiments.pivot_table(index=["element", "modulus"], columns="model", values=measure, sort=False, aggfunc="first")[order]
