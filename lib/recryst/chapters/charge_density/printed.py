"""What the charge-density paper says of its own tables, computed again from the numbers that they print.

Everything here is of level "re-analysed", and none of it needs data: sums, quotients, and who is better than whom.
"""

from typing import Any

import pandas as pd
from pymatgen.core import Element

from recryst.chapters.charge_density import table_3
from recryst.chapters.charge_density.names import MODELS, ON_DENSITIES, ON_MAGPIE
from recryst.chapters.charge_density.study import MODULI, left_out, paper, printed_errors
from recryst.chapters.evidence import FROM_PRINTED, results


def table_2() -> pd.DataFrame:
    """Rows modulus, model, r2, rmse of the printed cross-validation."""
    rows = [
        (modulus, model, *printed_errors("table-2", f"{modulus}/{model}")) for modulus in MODULI for model in MODELS if model != "cgcnn"
    ]
    return pd.DataFrame(rows, columns=["modulus", "model", "r2", "rmse"])


def statements() -> pd.DataFrame:
    """Rows exhibit, value_id, value, n, unit, split: what Tables 1 to 3 and Fig. 4 say by their own numbers.

    Better by all measures: in both moduli, by R² and by RMSE, every model of the one kind than every model of the other. Overall
    better: in the mean R² of both moduli. Much less: less than two thirds of the gain. Of Table 3 see `table_3.statements`.
    """
    n, experiments = len(table_2()), table_3.printed()
    r2, rmse = (table_2().pivot_table(index="modulus", columns="model", values=measure) for measure in ("r2", "rmse"))
    magpie, density = list(ON_MAGPIE), list(ON_DENSITIES)
    all_better = (r2[magpie].min(axis=1) > r2[density].max(axis=1)) & (rmse[magpie].max(axis=1) < rmse[density].min(axis=1))
    forest = r2["magpie-forest"] - r2["magpie-cnn"]
    flat = (r2["density-2d-cnn"] > r2["density-3d-cnn"]) & (rmse["density-2d-cnn"] < rmse["density-3d-cnn"])
    chlorine, thallium = (table_3.gains(experiments, element) for element in ("Cl", "Tl"))
    thallium_bulk = experiments[(experiments["element"] == "Tl") & (experiments["modulus"] == "bulk")].set_index("model")["r2"]
    rows: list[tuple[str, str, Any, int | None]] = [
        ("table-2", "magpie-better-than-density", bool(all_better.all()), n),
        ("table-2", "forest-better-than-network", bool(forest.mean() > 0), n),
        ("table-2", "bulk/forest-below-network", round(-float(forest["bulk"]), 6), None),
        ("table-2", "shear/forest-above-network", round(float(forest["shear"]), 6), None),
        ("table-2", "fusion-best", bool((r2.idxmax(axis=1) == "fusion").all() and (rmse.idxmin(axis=1) == "fusion").all()), n),
        ("table-2", "2d-better-than-3d", bool(flat.all()), n),
        ("table-3", "experiments", len(experiments[["element", "modulus"]].drop_duplicates()), None),
        ("figure-4b", "bulk/gain", chlorine["bulk"], None),
        ("figure-4b", "shear/gain", chlorine["shear"], None),
        ("figure-4d", "bulk/gain", thallium["bulk"], None),
        ("figure-4d", "shear/gain", thallium["shear"], None),
        ("figure-4d", "bulk/best", bool(thallium_bulk.idxmax() == "density-2d-cnn"), len(thallium_bulk)),
        ("figure-4d", "gaps-smaller-than-chlorine", all(thallium[modulus] < 2 / 3 * chlorine[modulus] for modulus in MODULI), None),
        ("table-1", "elements", len(left_out()), None),
        ("table-1", "groups", all(map(_of_named_groups, left_out())), None),
        ("text-data", "data-sets-for-extrapolation", len(left_out()), None),
    ]
    table = pd.concat([results(*rows), table_3.statements(experiments)], ignore_index=True)
    splits = {"table-2": "cross-validation", "table-1": "all", "text-data": "all"}
    units = ["%" if name.endswith("/gain") else "" for name in table["value_id"]]
    return table.assign(split=[splits.get(exhibit, "test") for exhibit in table["exhibit"]], unit=units, caveat=FROM_PRINTED)


def sums() -> pd.DataFrame:
    """Rows exhibit, value_id, value, n, unit, split, caveat: training crystals of Table 1, from all crystals less the test crystals."""
    crystals = int(paper().value("text-data", "crystals").number)
    rows = [
        ("table-1", f"{element}/training-crystals", crystals - int(paper().value("table-1", f"{element}/test-crystals").number), crystals)
        for element in left_out()
    ]
    return results(*rows).assign(split="train", unit="", caveat="the printed number of crystals less the printed test crystals")


def _of_named_groups(symbol: str) -> bool:
    """Whether an element is an alkali metal, a halogen, indium, thallium or scandium."""
    element = Element(symbol)
    return bool(element.is_alkali or element.is_halogen or symbol in ("In", "Tl", "Sc"))
