"""What the charge-density chapter records of its trained networks: Tables 2 and 3, and whether they gain by the density."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from recryst.analysis import cross_validation, learning_curve
from recryst.chapters.charge_density.forests import ALL, COMPOSITION, Forests
from recryst.chapters.charge_density.printed import NAMES
from recryst.chapters.charge_density.results import METRIC_UNITS, cross_validated, paired
from recryst.chapters.charge_density.study import MODULI, Modulus
from recryst.chapters.charge_density.trained import FREE_ATOMS, STRUCTURE, TRAINED_ON, Trained
from recryst.report import Report

MAGPIE, VOLUME, PROJECTION, FUSION, GRAPHS = (NAMES[name] for name in ("magpie-cnn", "density-3d-cnn", "density-2d-cnn", "fusion", "cgcnn"))
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
    "mean-over-forest": ("the mean in place of a forest on everything", MEAN, FOREST + ALL),
}
"""Questions to the networks, in words: a model, and the one that it is held against on the same folds."""


def record_tables(report: Report, trained: Trained) -> None:
    """Record what the finished networks reach in Tables 2 and 3; nothing where there are none.

    Table 2 has no CGCNN, which stands among the other networks (`record_comparisons`), and Table 3 no fusion, which stands beyond it.
    """
    slugs = {name: slug for slug, name in NAMES.items()}
    for modulus in MODULI:
        about = trained.study.evidence(modulus)
        for row in _summary(trained.cross_validated(modulus)):
            if row["model"] in slugs and row["model"] != GRAPHS and row["metric"] in TABLED:
                report.record("table-2", f"{modulus}/{slugs[row['model']]}/{row['metric']}", **_about(row, about))
        table = trained.left_out(modulus)
        for row in cross_validation.errors(table, ["element", "model"]).to_dict("records") if len(table) else ():
            for metric in TABLED if row["n"] > 1 and row["model"] in slugs else ():
                said = {**about, "unit": METRIC_UNITS[metric], "split": "test"}
                value_id = f"{row['element']}/{modulus}/{slugs[row['model']]}/{metric}"
                exhibit = "beyond-left-out" if row["model"] == FUSION else "table-3"
                report.record(exhibit, value_id, value=row[metric], n=row["n"], **said)


def record_comparisons(report: Report, trained: Trained, forests: Forests) -> None:
    """Record all networks of the cross-validation beside two forests, and the paired differences between them; nothing without networks."""
    for modulus in MODULI:
        about = trained.study.evidence(modulus)
        for row in _summary(predictions(trained, forests, modulus)):
            if row["metric"] in TABLED:
                report.record("beyond-networks", f"{modulus}/{slug(row['model'])}/{row['metric']}", **_about(row, about))
        for name, found in _differences(trained, forests, modulus):
            for value_id, recorded in paired(found[found["metric"] == "rmse"], modulus, name):
                about_pair = {**about, "split": "cross-validation", "n": len(trained.study.task(modulus))}
                report.record("beyond-network-density", value_id, **{**about_pair, **recorded})


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
    rows = []
    for name, found in _differences(trained, forests, modulus):
        row = found.set_index("metric").loc[metric]
        rows.append((COMPARED[name][0], row["value"], row["low"], row["high"]))
    return pd.DataFrame(rows, columns=["label", "value", "low", "high"]).round(3)


def curve(trained: Trained, modulus: Modulus) -> pd.DataFrame:
    """Points of the networks' learning curve, see `recryst.analysis.learning_curve.table`; none before two sizes of a network are there."""
    points = learning_curve.begun(trained.learning_curve(modulus))
    return points if points.empty else learning_curve.table(points).round(4)


def summary_table(trained: Trained, forests: Forests) -> pd.DataFrame:
    """R², RMSE and MAE of every network in the cross-validation, and of two forests on the same repeats, with their intervals.

    Also the mean absolute error on validation crystals (GPa), of networks alone.
    """
    rows, validated = [], []
    for modulus in MODULI:
        said = {"property": f"{modulus} modulus"}
        rows += [{**said, **row} for row in _summary(predictions(trained, forests, modulus))]
        validated += [{**said, **row} for row in trained.validation_errors(modulus).to_dict("records")]
    columns = ["property", "model", "metric", "value", "low", "high", "spread", "n", "repeats"]
    table = pd.DataFrame(rows, columns=columns)
    return table.merge(pd.DataFrame(validated, columns=["property", "model", "validation_mae"]), how="left").round(3)


def slug(name: str) -> str:
    """A model's name as part of a value id or of a file's name."""
    return name.replace(", ", "-").replace(" ", "-").lower()


def _mean(networks: pd.DataFrame, name: str, pair: tuple[str, str]) -> pd.DataFrame:
    """Predictions as the mean of two networks', in the repeats that both have."""
    rows = networks[networks["model"].isin(pair)].groupby(["repeat", "fold", "id"], sort=False)
    means = rows.agg(target=("target", "first"), prediction=("prediction", "mean"), models=("model", "nunique")).reset_index()
    return means[means["models"] == len(pair)].assign(model=name)[networks.columns]


def _differences(trained: Trained, forests: Forests, modulus: Modulus) -> Iterator[tuple[str, pd.DataFrame]]:
    """The questions for which there are both models, with their differences on the repeats that both have."""
    table = predictions(trained, forests, modulus)
    folds = cross_validation.by_fold(table) if len(table) else pd.DataFrame(columns=["model", "repeat"])
    for name, (_, first, second) in COMPARED.items():
        repeats = [set(folds.loc[folds["model"] == one, "repeat"]) for one in (first, second)]
        if shared := repeats[0] & repeats[1]:
            yield name, cross_validation.paired(folds[folds["repeat"].isin(shared)], first, second)


def _summary(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return cross_validation.summary(cross_validation.by_fold(table)).to_dict("records") if len(table) else []


def _about(row: dict[Any, Any], about: dict[str, Any]) -> dict[str, Any]:
    return about | {"split": "cross-validation"} | cross_validated(row, tuple(range(int(row["repeats"]))))
