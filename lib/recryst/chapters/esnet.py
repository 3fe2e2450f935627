"""What the ESNet chapter re-analyses: the errors of the authors' released predictions, in all and for those compounds that are alloys."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import error_distribution, regression
from recryst.chapters.evidence import record_all, results
from recryst.datasets import esnet_predictions
from recryst.datasets.esnet_predictions import TASKS, ReleasedPredictions
from recryst.parameters import EsnetParameters
from recryst.report import Report, published

UNIT = "eV/atom"
NONMETALS = ("C", "N", "F", "S", "Cl", "Se", "Br", "I")
"""With one of these a binary compound is a carbide, nitride, sulfide, selenide or halide, and no alloy."""
WORDS = {"is2re": "unrelaxed structures (IS2RE)", "rs2re": "relaxed structures (RS2RE)"}
SPOKEN = {"is2re": "unrelaxed", "rs2re": "relaxed"}
BAR, REACH = 0.05, 1.0
"""Width of a bar of errors, and the largest error shown, eV/atom."""


Row = dict[str, Any]


@dataclass(frozen=True)
class Reanalysis:
    """The released predictions, if the profile asks for them; without them every table below is empty.

    Raises
    ------
    MissingDataError : the profile asks for them and they are not on this machine
    """

    settings: EsnetParameters

    @cached_property
    def predictions(self) -> ReleasedPredictions | None:
        """Every compound with its target and both predictions; None where the profile does without."""
        return esnet_predictions.load() if self.settings.data == "released" else None

    def record(self, report: Report, rows: pd.DataFrame) -> None:
        """Record rows of `results`, which may have units and intervals."""
        record_all(report, rows, level="re-analysed", **self._evidence)

    @property
    def _evidence(self) -> dict[str, Any]:
        return {"data": self.predictions.label, "split": "test"} if self.predictions else {}

    def errors(self) -> pd.DataFrame:
        """Table 1: MAE and RMSE of both tasks, with intervals over compounds, and what they say beside the printed errors of others.

        Most accurate: by the mean absolute error, as by the other one not even the printed table says so. Better than the CNN: by both.
        """
        if self.predictions is None:
            return results()
        rows: list[Row] = []
        smallest, better = True, True
        for task in TASKS:
            metrics = regression.metrics(self.predictions.of(task)).set_index("metric")
            for name in ("mae", "rmse"):
                rows.append(_row("table-1", f"esnet/{task}/{name}", metrics.loc[name].to_dict()))
                others = _printed(f"/{task}/{name}")
                better &= bool(rows[-1]["value"] < others["cnn"])
                smallest &= name != "mae" or bool(rows[-1]["value"] < min(others.values()))
        statements = {"esnet-most-accurate": smallest, "esnet-better-than-cnn": better}
        told: list[Row] = [
            {"exhibit": "table-1", "value_id": name, "value": holds, "n": rows[0]["n"], "unit": "", "interval": None}
            for name, holds in statements.items()
        ]
        return pd.DataFrame(rows + told)

    def census(self) -> pd.DataFrame:
        """How many compounds there are, beside how many were relaxed."""
        n = len(self.predictions.table) if self.predictions else 0
        return results(("figure-5a", "relaxed", n, n), ("figure-a5", "crystals", n, n)) if n else results()

    def parity(self, task: str) -> pd.DataFrame:
        """Counts over target and prediction, without names."""
        return regression.histogram2d(self.predictions.of(task), bins=60) if self.predictions else pd.DataFrame()

    def error_curves(self) -> pd.DataFrame:
        """Lines x (error), y (percent of the compounds in a bar), label of both tasks; what is beyond `REACH` is in none."""
        if self.predictions is None:
            return pd.DataFrame()
        counted = {words: error_distribution.histogram(self.predictions.of(task), BAR, REACH) for task, words in WORDS.items()}
        total = len(self.predictions.table)
        return pd.concat(
            [
                pd.DataFrame({"x": bars["value"].round(4), "y": 100 * bars["count"] / total, "label": words})
                for words, bars in counted.items()
            ],
            ignore_index=True,
        )

    def shapes(self) -> pd.DataFrame:
        """Mean and median error of both tasks, with intervals, under names of ours."""
        if self.predictions is None:
            return results()
        rows = []
        for task in TASKS:
            shape = error_distribution.shape(self.predictions.of(task)).set_index("metric")
            for metric in ("mean_error", "median_error"):
                name = f"{SPOKEN[task]}/{metric}".replace("_", "-").replace(" ", "-")
                rows.append(_row("beyond-errors", name, shape.loc[metric].to_dict()))
        return pd.DataFrame(rows)

    def kinds(self) -> pd.DataFrame:
        """Rows label, value (MAE), low, high, n: all compounds, those of two metals or metalloids, and those with a nonmetal."""
        if self.predictions is None:
            return pd.DataFrame()
        table = self.predictions.table
        other = table[["first", "second"]].isin(NONMETALS).any(axis=1).to_numpy()
        parts = {"all compounds": np.ones(len(table), bool), "alloys": ~other, "with nonmetal or halogen": other}
        rows = []
        for task in TASKS:
            for words, chosen in parts.items():
                mae = regression.metrics(self.predictions.of(task)[chosen]).set_index("metric").loc["mae"]
                label = f"{words}, {SPOKEN[task]}"
                rows.append((label, float(mae["value"]), float(mae["low"]), float(mae["high"]), int(mae["n"])))
        return pd.DataFrame(rows, columns=["label", "value", "low", "high", "n"])

    def kind_results(self, kinds: pd.DataFrame) -> pd.DataFrame:
        """The same as results of ours."""
        return pd.DataFrame(
            [_row("beyond-kinds", f"{row['label']}/mae".replace(", ", "/").replace(" ", "-"), row) for row in kinds.to_dict("records")]
        )

    def by_element(self) -> pd.DataFrame:
        """MAE from unrelaxed structures over the compounds with an element: element, value, n."""
        if self.predictions is None:
            return pd.DataFrame()
        table = self.predictions.table
        error = (table["is2re"] - table["target"]).abs()
        long = pd.concat([pd.DataFrame({"element": table[side], "error": error}) for side in ("first", "second")])
        return long.groupby("element")["error"].agg(value="mean", n="size").reset_index()


def _row(exhibit: str, value_id: str, measured: Mapping[Any, Any]) -> Row:
    interval = (float(measured["low"]), float(measured["high"]))
    row: Row = {"exhibit": exhibit, "value_id": value_id, "value": float(measured["value"]), "n": int(measured["n"])}
    return row | {"unit": UNIT, "interval": interval}


def _printed(ending: str) -> dict[str, float]:
    """Printed errors of the other models, by their names; ``ending`` says of which task and kind."""
    values = published.load("esnet").exhibit("table-1").values  # noqa: PD011
    return {
        value.id.removesuffix(ending): float(value.number)
        for value in values
        if value.id.endswith(ending) and not value.id.startswith("esnet/")
    }
