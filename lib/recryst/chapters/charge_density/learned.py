"""What the charge-density chapter's networks have learned to see: crystals by the last hidden layer, beside what networks are given."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsRegressor

from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.charge_density.networks import FUSION, MAGPIE, PROJECTION, slug
from recryst.chapters.charge_density.planes import Features, plane, vectors
from recryst.chapters.charge_density.study import Study
from recryst.chapters.charge_density.trained import Trained
from recryst.crystals import FloatArray
from recryst.report import Report
from recryst.training import inspection

SHOWN = (MAGPIE, PROJECTION, FUSION)
"""Networks whose last hidden layer is looked at: those of the first fold of the first cross-validation, for the bulk modulus."""
GIVEN: dict[str, Features] = {"Magpie, as given": "Magpie", "density, as given": "density"}
"""What networks are given, as vectors of the paper's Fig. 4."""
NEIGHBOURS = 5
QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


def finished(trained: Trained) -> list[str]:
    """Those of `SHOWN` that are there."""
    return [name for name in SHOWN if trained.of_first_repeat("bulk", name)]


def points(trained: Trained, name: str) -> pd.DataFrame:
    """Points x, y, group, about: all crystals in the plane of t-SNE by a network's last hidden layer, by the quarter of their modulus."""
    if name not in finished(trained):
        return pd.DataFrame()
    task = trained.study.task("bulk")
    places = plane(_learned(trained, name), trained.study.settings.seed)
    quarters = np.searchsorted(np.quantile(task.targets, [0.25, 0.5, 0.75]), task.targets)
    # no moduli, which are others' data: the quarter alone
    groups = np.array(QUARTERS)[quarters]
    rows = {"x": places[:, 0].round(2), "y": places[:, 1].round(2), "about": task.crystals.formulas(), "group": groups}
    return pd.DataFrame(rows).iloc[np.argsort(quarters, kind="stable")].reset_index(drop=True)


def neighbours(trained: Trained) -> pd.DataFrame:
    """How alike in modulus neighbours are, in what networks are given and in what they make of it.

    Returns
    -------
    vectors (whose), neighbours (mean absolute error in GPa of test crystals, each predicted as the mean of its five nearest training
        crystals), network (error of the network itself; NaN for what is given), n (test crystals) : empty without networks
    """
    rows: list[tuple[str, float, float, int]] = []
    for name in finished(trained):
        run = trained.of_first_repeat("bulk", name)[0]
        n = len(run.split.test)
        if not rows:
            given = {words: vectors(trained.study, features) for words, features in GIVEN.items()}
            rows += [(words, _of_neighbours(trained.study, columns, run.split), np.nan, n) for words, columns in given.items()]
        error = _of_neighbours(trained.study, _learned(trained, name), run.split)
        rows.append((f"last hidden layer, {name}", error, mean_absolute_error(run.predictions("test")), n))
    return pd.DataFrame(rows, columns=["vectors", "neighbours", "network", "n"])


def record(report: Report, study: Study, table: pd.DataFrame) -> None:
    """Record the errors by neighbours of `neighbours`."""
    about = study.evidence("bulk", split="test")
    for row in table.to_dict("records"):
        report.record("beyond-learned", f"bulk/{slug(row['vectors'])}/neighbours", value=row["neighbours"], n=row["n"], **about)


def _of_neighbours(study: Study, columns: FloatArray, split: Any) -> float:
    targets = study.task("bulk").targets
    model = KNeighborsRegressor(NEIGHBOURS).fit(columns[split.train], targets[split.train])
    return float(np.abs(model.predict(columns[split.test]) - targets[split.test]).mean())


@cache
def _learned(trained: Trained, name: str) -> FloatArray:
    """(n, 32) of the crystals with a bulk modulus, in their order."""
    run = trained.of_first_repeat("bulk", name)[0]
    ids, columns = inspection.last_hidden(run)
    order = {identifier: row for row, identifier in enumerate(ids.tolist())}
    return columns[[order[identifier] for identifier in trained.study.task("bulk").crystals.ids.tolist()]]
