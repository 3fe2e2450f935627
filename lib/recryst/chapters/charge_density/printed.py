"""What the charge-density paper says of its own tables, computed again from the numbers that they print.

Everything here is of level "re-analysed", and none of it needs data: sums, quotients, and who is better than whom.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pymatgen.core import Element
from scipy.stats import wilcoxon

from recryst.chapters.charge_density.study import MODULI, left_out, paper
from recryst.chapters.evidence import results

MODELS = ("magpie-forest", "magpie-cnn", "density-3d-cnn", "density-2d-cnn", "fusion", "cgcnn")
NAMES = {
    "magpie-forest": "random forest on Magpie",
    "magpie-cnn": "CNN on Magpie",
    "density-3d-cnn": "3D CNN on densities",
    "density-2d-cnn": "2D CNN on densities",
    "fusion": "fusion",
    "cgcnn": "CGCNN",
}
ON_MAGPIE, ON_DENSITIES = ("magpie-forest", "magpie-cnn"), ("density-3d-cnn", "density-2d-cnn")
RIVALS = {"both models on Magpie": ON_MAGPIE, "the random forest": ("magpie-forest",), "CGCNN": ("cgcnn",)}
CAVEAT = "from the numbers that the paper prints"


def table_2() -> pd.DataFrame:
    """Rows modulus, model, r2, rmse of the printed cross-validation."""
    rows = [(modulus, model, *_errors("table-2", f"{modulus}/{model}")) for modulus in MODULI for model in MODELS if model != "cgcnn"]
    return pd.DataFrame(rows, columns=["modulus", "model", "r2", "rmse"])


def table_3() -> pd.DataFrame:
    """Rows element, modulus, model, r2, rmse of the printed experiments that leave an element out."""
    rows = [
        (element, modulus, model, *_errors("table-3", f"{element}/{modulus}/{model}"))
        for element in left_out()
        for modulus in MODULI
        for model in MODELS
        if model != "fusion"
    ]
    return pd.DataFrame(rows, columns=["element", "modulus", "model", "r2", "rmse"])


def wins() -> pd.DataFrame:
    """How often each model alone is the best in the printed Table 3, by each measure, and how often densities beat which others.

    Returns
    -------
    model, by R², by RMSE
    """
    rows: list[tuple[object, ...]] = []
    # the larger the better, in both
    better = [_wide("r2"), -_wide("rmse")]
    lead = [table.eq(table.max(axis=1), axis=0) for table in better]
    alone = [best[best.sum(axis=1) == 1] for best in lead]
    rows += [(NAMES[model], *(int(best[model].sum()) for best in alone)) for model in better[0].columns]
    rows.append(("two of them equally", *(int((best.sum(axis=1) > 1).sum()) for best in lead)))
    for words, rivals in RIVALS.items():
        rows.append((f"a network on densities better than {words}", *(int(_density_wins(table, rivals).sum()) for table in better)))
    return pd.DataFrame(rows, columns=["model", "by R²", "by RMSE"])


def statements() -> pd.DataFrame:
    """Rows exhibit, value_id, value, n, unit, split: what Tables 1 to 3 and Fig. 4 say by their own numbers.

    Better by all measures: in both moduli, by R² and by RMSE, every model of the one kind than every model of the other. Overall
    better: in the mean R² of both moduli. In over half: by R², over both models on Magpie. Significantly better extrapolation: the better
    network on densities has a higher R² than the better model on Magpie, by Wilcoxon's signed-rank test over all experiments with 5 %
    significance. Much less: less than two thirds of the gain.
    """
    n, wins_by_r2 = len(table_2()), _density_wins(_wide("r2"), ON_MAGPIE)
    r2, rmse = (table_2().pivot_table(index="modulus", columns="model", values=measure) for measure in ("r2", "rmse"))
    magpie, density = list(ON_MAGPIE), list(ON_DENSITIES)
    all_better = (r2[magpie].min(axis=1) > r2[density].max(axis=1)) & (rmse[magpie].max(axis=1) < rmse[density].min(axis=1))
    forest = r2["magpie-forest"] - r2["magpie-cnn"]
    flat = (r2["density-2d-cnn"] > r2["density-3d-cnn"]) & (rmse["density-2d-cnn"] < rmse["density-3d-cnn"])
    chlorine, thallium = (gains(element) for element in ("Cl", "Tl"))
    best = _wide("r2").loc[[("Tl", "bulk")]]
    # as Table 3's last row counts
    best_by_rmse = wins().set_index("model")["by RMSE"].rename(index={name: model for model, name in NAMES.items()})
    rows: list[tuple[str, str, Any, int | None]] = [
        ("table-2", "magpie-better-than-density", bool(all_better.all()), n),
        ("table-2", "forest-better-than-network", bool(forest.mean() > 0), n),
        ("table-2", "bulk/forest-below-network", round(-float(forest["bulk"]), 6), None),
        ("table-2", "shear/forest-above-network", round(float(forest["shear"]), 6), None),
        ("table-2", "fusion-best", bool((r2.idxmax(axis=1) == "fusion").all() and (rmse.idxmin(axis=1) == "fusion").all()), n),
        ("table-2", "2d-better-than-3d", bool(flat.all()), n),
        ("table-3", "experiments", len(wins_by_r2), None),
        ("table-3", "density-extrapolates-better", _extrapolates_better(), len(wins_by_r2)),
        ("table-3", "density-better-in-over-half", bool(wins_by_r2.sum() > len(wins_by_r2) / 2), len(wins_by_r2)),
        *(("table-3", f"{model}/best", best_by_rmse[model], len(wins_by_r2)) for model in table_3()["model"].unique()),
        ("figure-4b", "bulk/gain", chlorine["bulk"], None),
        ("figure-4b", "shear/gain", chlorine["shear"], None),
        ("figure-4d", "bulk/gain", thallium["bulk"], None),
        ("figure-4d", "shear/gain", thallium["shear"], None),
        ("figure-4d", "bulk/best", bool(best.idxmax(axis=1).iloc[0] == "density-2d-cnn"), best.size),
        ("figure-4d", "gaps-smaller-than-chlorine", all(thallium[modulus] < 2 / 3 * chlorine[modulus] for modulus in MODULI), None),
        ("table-1", "elements", len(left_out()), None),
        ("table-1", "groups", all(map(_of_named_groups, left_out())), None),
        ("text-data", "data-sets-for-extrapolation", len(left_out()), None),
    ]
    table = results(*rows)
    splits = {"table-2": "cross-validation", "table-1": "all", "text-data": "all"}
    units = ["%" if name.endswith("/gain") else "" for name in table["value_id"]]
    return table.assign(split=[splits.get(exhibit, "test") for exhibit in table["exhibit"]], unit=units, caveat=CAVEAT)


def sums() -> pd.DataFrame:
    """Rows exhibit, value_id, value, n, unit, split, caveat: training crystals of Table 1, from all crystals less the test crystals."""
    crystals = int(paper().value("text-data", "crystals").number)
    rows = [
        ("table-1", f"{element}/training-crystals", crystals - int(paper().value("table-1", f"{element}/test-crystals").number), crystals)
        for element in left_out()
    ]
    return results(*rows).assign(split="train", unit="", caveat="the printed number of crystals less the printed test crystals")


def gains(element: str) -> dict[str, float]:
    """Percent by which the best R² of networks on densities is above the best on Magpie, by modulus, from Table 3."""
    wide = _wide("r2")
    wide = wide[wide.index.get_level_values("element") == element].droplevel("element")
    best, other = wide[list(ON_DENSITIES)].max(axis=1), wide[list(ON_MAGPIE)].max(axis=1)
    return {str(modulus): round(100 * float(gain), 4) for modulus, gain in (best / other - 1).items()}


def best_points() -> pd.DataFrame:
    """Points x (best R² on Magpie), y (best R² on densities), name (element), group (modulus) of the 22 experiments of Table 3."""
    wide = _wide("r2")
    best, other = wide[list(ON_DENSITIES)].max(axis=1), wide[list(ON_MAGPIE)].max(axis=1)
    table = pd.DataFrame({"x": other, "y": best}).reset_index()
    groups = table["modulus"] + " modulus"
    return pd.DataFrame({"x": table["x"], "y": table["y"], "name": table["element"], "about": table["element"], "group": groups})


def _of_named_groups(symbol: str) -> bool:
    """Whether an element is an alkali metal, a halogen, indium, thallium or scandium."""
    element = Element(symbol)
    return bool(element.is_alkali or element.is_halogen or symbol in ("In", "Tl", "Sc"))


def _extrapolates_better() -> bool:
    points = best_points()
    return bool(wilcoxon(points["y"] - points["x"], alternative="greater").pvalue < 0.05)


def _density_wins(better: pd.DataFrame, rivals: Sequence[str]) -> "pd.Series[bool]":
    """By element and modulus whether a network on densities is better than all rivals; in the table the larger number is the better one."""
    return better[list(ON_DENSITIES)].max(axis=1) > better[list(rivals)].max(axis=1)


def _wide(measure: str) -> pd.DataFrame:
    table = table_3()
    return table.pivot_table(index=["element", "modulus"], columns="model", values=measure, sort=False, aggfunc="first")


def _errors(exhibit: str, name: str) -> tuple[float, float]:
    r2, rmse = (float(paper().value(exhibit, f"{name}/{metric}").number) for metric in ("r2", "rmse"))
    return r2, rmse
