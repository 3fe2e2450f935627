"""What the charge-density chapter records of its trained networks: Tables 2 and 3, and whether they gain by the density."""

from functools import cache
from typing import Any

import pandas as pd

from recryst.analysis import cross_validation, learning_curve
from recryst.chapters.charge_density.forests import ALL, COMPOSITION, Forests
from recryst.chapters.charge_density.names import BEYOND, NAMES, SLUGS
from recryst.chapters.charge_density.results import asked_bars, by_model, record_paired
from recryst.chapters.charge_density.study import MODULI, UNIT, Modulus
from recryst.chapters.charge_density.trained import FREE_ATOMS, STRUCTURE, TRAINED_ON, Trained, model, own_plan
from recryst.chapters.folds import recorded
from recryst.report import Report

MAGPIE, VOLUME, PROJECTION, FUSION, GRAPHS = (NAMES[name] for name in ("magpie-cnn", "density-3d-cnn", "density-2d-cnn", "fusion", "cgcnn"))
FUNCTIONAL = BEYOND["semilocal-functional"] + STRUCTURE
TABLED = ("r2", "rmse")
"""Metrics of the paper's tables."""
FOREST = "random forest on "
MEAN = "mean of CNN on Magpie and 2D CNN"
MEANS = {MEAN: (MAGPIE, PROJECTION), MEAN + FREE_ATOMS: (MAGPIE, PROJECTION + FREE_ATOMS)}
"""Predictions that are the mean of two networks', the simplest way to join them."""
COMPARED = {
    "density-alone": ("the density in place of the composition", PROJECTION, MAGPIE),
    "structure-adds": ("volume and distances, beside the composition", MAGPIE + STRUCTURE, MAGPIE),
    "density-adds": ("the density, beside the composition", FUSION, MAGPIE),
    "bonds-alone": ("the density in place of free atoms'", PROJECTION, PROJECTION + FREE_ATOMS),
    "fusion-over-structure": ("the fusion, over volume and distances", FUSION, MAGPIE + STRUCTURE),
    "density-beside-structure": ("the density, beside volume and distances", FUSION + STRUCTURE, MAGPIE + STRUCTURE),
    "bonds-add": ("the density in place of free atoms', in the fusion", FUSION, FUSION + FREE_ATOMS),
    "mean-adds": ("the density, beside the composition, by the mean of two predictions", MEAN, MAGPIE),
    "mean-over-structure": ("the mean, over volume and distances", MEAN, MAGPIE + STRUCTURE),
    "bonds-in-mean": ("the density in place of free atoms', in the mean", MEAN, MEAN + FREE_ATOMS),
    "training-on": ("a fusion that trains both networks on", FUSION + TRAINED_ON, FUSION),
    "mean-for-fusion": ("the mean of two predictions in place of the fusion", MEAN, FUSION),
    "graphs-for-fusion": ("CGCNN in place of the fusion", GRAPHS, FUSION),
    "volume-network": ("three dimensions in place of three views", VOLUME, PROJECTION),
    "functional-over-structure": ("the density by a semilocal functional, beside volume and distances", FUNCTIONAL, MAGPIE + STRUCTURE),
    "bonds-in-functional": ("the density in place of free atoms', in the functional", FUNCTIONAL, FUNCTIONAL + FREE_ATOMS),
    "functional-for-images": ("the functional in place of a fusion that is given volume and distances too", FUNCTIONAL, FUSION + STRUCTURE),
    "functional-for-graphs": ("the functional in place of CGCNN", FUNCTIONAL, GRAPHS),
    "functional-over-forest": ("the functional in place of a forest on everything", FUNCTIONAL, FOREST + ALL),
    "mean-over-forest": ("the mean in place of a forest on everything", MEAN, FOREST + ALL),
}
"""Questions to the networks, in words: a model, and the one that it is held against on the same folds."""
OVER_STRUCTURE = ("density-beside-structure", "mean-over-structure", "fusion-over-structure", "functional-over-structure")
"""Questions whether a density tells more than composition and structure together."""
NO_DIFFERENCES = pd.DataFrame(columns=["modulus", "question", "metric", "value", "low", "high", "p"])


def record_table_2(report: Report, trained: Trained) -> None:
    """Record what the finished networks reach in Table 2; nothing where there are none.

    It has no CGCNN, which stands among the other networks (`record_comparisons`).
    """
    for modulus in MODULI:
        about = trained.study.evidence(modulus)
        for row in _summary(trained.cross_validated(modulus)):
            if row["model"] in SLUGS and row["model"] != GRAPHS and row["metric"] in TABLED:
                report.record("table-2", f"{modulus}/{SLUGS[row['model']]}/{row['metric']}", **_about(row, about))


def record_comparisons(report: Report, trained: Trained, forests: Forests) -> None:
    """Record all networks of the cross-validation beside two forests, and the paired differences between them; nothing without networks."""
    for modulus in MODULI:
        about = trained.study.evidence(modulus)
        for row in _summary(predictions(trained, forests, modulus)):
            if row["metric"] in TABLED:
                report.record("beyond-networks", f"{modulus}/{slug(row['model'])}/{row['metric']}", **_about(row, about))
    record_paired(report, "beyond-network-density", trained.study, _differences(trained, forests))


def predictions(trained: Trained, forests: Forests, modulus: Modulus) -> pd.DataFrame:
    """Predictions of test crystals by networks, by means of two of them, and by two forests, in the repeats that networks have.

    The forests are those on the composition and on everything.

    Returns
    -------
    model, repeat, fold, id, target, prediction (GPa) : empty without networks
    """
    networks = trained.cross_validated(modulus)
    if networks.empty:
        return networks
    table = forests.cross_validated(modulus)
    table = table[table["model"].isin([COMPOSITION, ALL]) & table["repeat"].isin(networks["repeat"])]
    means = [_mean(networks, name, pair) for name, pair in MEANS.items()]
    return pd.concat([networks, *means, table.assign(model=FOREST + table["model"])], ignore_index=True)


def names() -> dict[str, str]:
    """What readers call the networks, and the means of two, by the part of a value id that names them."""
    planned = dict.fromkeys(model(configuration) for configuration in own_plan())
    return {slug(name): name for name in (*planned, *MEANS)}


def questions(*names: str) -> dict[str, str]:
    """Some of `COMPARED`, or all, in words."""
    return {name: COMPARED[name][0] for name in names or COMPARED}


def bars(trained: Trained, forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: an error of networks and forests, the smallest first."""
    rows = [row for row in _summary(predictions(trained, forests, modulus)) if row["metric"] == metric]
    table = pd.DataFrame(rows, columns=["model", "value", "low", "high"]).rename(columns={"model": "label"})
    return table.sort_values("value", ignore_index=True).round(3)


def difference_bars(trained: Trained, forests: Forests, modulus: Modulus, metric: str = "rmse") -> pd.DataFrame:
    """Rows label, value, low, high: what each of `COMPARED` changes in an error."""
    return asked_bars(_differences(trained, forests), questions(), modulus, metric)


def curve(trained: Trained, modulus: Modulus) -> pd.DataFrame:
    """Points of the networks' learning curve, see `recryst.analysis.learning_curve.table`; none before two sizes of a network are there."""
    points = learning_curve.begun(trained.learning_curve(modulus))
    return points if points.empty else learning_curve.table(points).round(4)


def summary_table(trained: Trained, forests: Forests) -> pd.DataFrame:
    """R², RMSE and MAE of every network in the cross-validation, and of two forests on the same repeats, see `results.by_model`.

    Also validation_mae, the mean absolute error on validation crystals (GPa), of networks alone.
    """
    rows, validated = [], []
    for modulus in MODULI:
        said = {"property": f"{modulus} modulus"}
        rows += [{**said, **row} for row in _summary(predictions(trained, forests, modulus))]
        validated += [{**said, **row} for row in trained.validation_errors(modulus).to_dict("records")]
    table = by_model(pd.DataFrame(rows, columns=["property", "model", "metric", "value", "low", "high", "n", "repeats"]))
    return table.merge(pd.DataFrame(validated, columns=["property", "model", "validation_mae"]), how="left").round(3)


def slug(name: str) -> str:
    """A model's name as part of a value id or of a file's name."""
    return name.replace(", ", "-").replace(" ", "-").lower()


def _mean(networks: pd.DataFrame, name: str, pair: tuple[str, str]) -> pd.DataFrame:
    """Predictions as the mean of two networks', in the repeats that both have."""
    rows = networks[networks["model"].isin(pair)].groupby(["repeat", "fold", "id"], sort=False)
    means = rows.agg(target=("target", "first"), prediction=("prediction", "mean"), models=("model", "nunique")).reset_index()
    return means[means["models"] == len(pair)].assign(model=name)[networks.columns]


# recorded, and drawn for each modulus
@cache
def _differences(trained: Trained, forests: Forests) -> pd.DataFrame:
    """What each question changes in the errors of both moduli, on the repeats that both models have, as `record_paired` takes it."""
    parts = []
    for modulus in MODULI:
        table = predictions(trained, forests, modulus)
        folds = cross_validation.by_fold(table) if len(table) else pd.DataFrame(columns=["model", "repeat"])
        for name, (_, first, second) in COMPARED.items():
            repeats = [set(folds.loc[folds["model"] == one, "repeat"]) for one in (first, second)]
            if shared := repeats[0] & repeats[1]:
                found = cross_validation.paired(folds[folds["repeat"].isin(shared)], first, second)
                parts.append(found.assign(modulus=modulus, question=name))
    return pd.concat(parts, ignore_index=True) if parts else NO_DIFFERENCES


def _summary(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return cross_validation.summary(cross_validation.by_fold(table)).to_dict("records") if len(table) else []


def _about(row: dict[Any, Any], about: dict[str, Any]) -> dict[str, Any]:
    return about | {"split": "cross-validation"} | recorded(row, range(int(row["repeats"])), UNIT)
