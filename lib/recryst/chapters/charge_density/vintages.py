"""The two vintages of moduli of the charge-density chapter: which crystals have each, and how far the newer ones are from the older.

Networks learn the newer moduli, and Fig. 5's crystals have older ones alone. A model that knew the newer modulus of a crystal exactly would
still miss the older one: by how much, crystals that have both tell.
"""

from typing import Any

import pandas as pd
from pymatgen.core import Composition
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict

from recryst import datasets
from recryst.analysis import regression
from recryst.analysis.predictions import versions
from recryst.chapters.charge_density.study import MODULI, UNIT, Modulus, Study
from recryst.chapters.folds import FOLDS
from recryst.datasets import charge_density, tables
from recryst.datasets.elasticity import LARGEST
from recryst.features import magpie
from recryst.report import Report

HALIDES = ("F", "Cl", "Br")


def listed() -> pd.DataFrame:
    """Rows vintage, crystals, F, Cl, Br: of the crystals on the list of densities, those with both moduli usable, and those with halogens.

    Usable are moduli between 0 and 600 GPa, as in the tasks.
    """
    wanted = charge_density.wanted()
    holds = pd.DataFrame({name: [name in Composition(formula) for formula in wanted["formula"]] for name in HALIDES})
    rows = []
    for vintage, table in (("newer", tables.elastic_2025()), ("older", tables.elastic())):
        moduli = table[["bulk_modulus", "shear_modulus"]].reindex(wanted["id"])
        usable = ((moduli > 0) & (moduli < LARGEST)).all(axis=1).to_numpy()
        rows.append((vintage, int(usable.sum()), *holds[usable].sum()))
    return pd.DataFrame(rows, columns=["vintage", "crystals", *HALIDES])


def of_both(study: Study, modulus: Modulus) -> pd.DataFrame:
    """Rows id, target (the older modulus, GPa), prediction (the newer one) of the crystals that models learn from and that have both."""
    task, older = study.task(modulus), datasets.load(f"charge-density/{modulus}-modulus-older")
    return versions(pd.Series(older.targets, older.crystals.ids), pd.Series(task.targets, task.crystals.ids))


def record(report: Report, study: Study) -> None:
    """Record both: counts, the newer moduli as predictions of the older ones, and how well compositions predict each of them.

    Nothing of embedded crystals, which have one vintage.
    """
    if not study.real:
        return
    for row in listed().to_dict("records"):
        for name in ("crystals", *HALIDES):
            report.record("beyond-listed", f"{row['vintage']}/{name}", level="re-analysed", value=int(row[name]))
    for modulus in MODULI:
        table = of_both(study, modulus)
        about: dict[str, Any] = {"level": "re-analysed", "data": study.task(modulus).label}
        metrics = regression.metrics(table)
        report.record_metrics("beyond-vintages", {f"{modulus}/r2": "r2"}, metrics, **about)
        report.record_metrics("beyond-vintages", {f"{modulus}/rmse": "rmse"}, metrics, unit=UNIT, **about)
        bias = float((table["prediction"] - table["target"]).mean())
        report.record("beyond-vintages", f"{modulus}/mean-difference", value=bias, unit=UNIT, n=len(table), **about)
        for vintage, column in (("newer", "prediction"), ("older", "target")):
            r2 = predictability(study, modulus, table.set_index("id")[column])
            said = {**study.evidence(modulus, split="cross-validation", unit="", n=len(table)), "caveat": "by a random forest on Magpie"}
            report.record("beyond-vintages", f"{modulus}/{vintage}-from-composition/r2", value=r2, **said)


def predictability(study: Study, modulus: Modulus, moduli: "pd.Series[float]") -> float:
    """R² of moduli (GPa, indexed by id) of crystals that models learn from, as a forest on compositions predicts them in five folds."""
    crystals, settings = study.task(modulus).crystals.select(moduli.index), study.settings
    folds = KFold(FOLDS, shuffle=True, random_state=settings.seed)
    forest = RandomForestRegressor(settings.trees, random_state=settings.seed)
    return float(r2_score(moduli, cross_val_predict(forest, magpie.of_crystals(crystals), moduli, cv=folds)))


def caveat(study: Study, modulus: Modulus) -> str:
    """What to know of an error against older moduli: that of the newer ones themselves."""
    table = of_both(study, modulus)
    found = regression.metrics(table).set_index("metric")["value"]
    missed = f"an RMSE of {found['rmse']:.1f} {UNIT}, R² {found['r2']:.3f}"
    return f"learned from newer moduli, which themselves miss the older ones of {len(table):,} crystals by {missed}"
