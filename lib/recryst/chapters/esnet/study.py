"""The released predictions, if the profile asks for them, and how what is made of them is recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from recryst.chapters.evidence import record_all
from recryst.datasets import esnet_predictions
from recryst.datasets.esnet_predictions import ReleasedPredictions
from recryst.parameters import EsnetParameters
from recryst.report import Report

UNIT = "eV/atom"
SPOKEN = {"is2re": "unrelaxed", "rs2re": "relaxed"}
"""Structures from which a task predicts."""


@dataclass(frozen=True)
class Reanalysis:
    """The released predictions, if the profile asks for them; without them every table made of them is empty.

    Raises
    ------
    MissingDataError : the profile asks for them and they are not on this machine
    """

    settings: EsnetParameters

    @cached_property
    def predictions(self) -> ReleasedPredictions | None:
        """Every compound with its target and both predictions; None where the profile does without."""
        return esnet_predictions.load() if self.settings.data == "released" else None

    def of(self, made: Callable[..., pd.DataFrame], *arguments: Any) -> pd.DataFrame:
        """What a function makes of the table of all compounds; an empty table where there are none."""
        return made(self.predictions.table, *arguments) if self.predictions else pd.DataFrame()

    def record(self, report: Report, rows: pd.DataFrame) -> None:
        """Record rows exhibit, value_id, value, n, which may have units and intervals, of the released predictions."""
        evidence = {"data": self.predictions.label, "split": "test"} if self.predictions else {}
        record_all(report, rows, level="re-analysed", **evidence)


def row(exhibit: str, value_id: str, measured: dict[Any, Any], unit: str = UNIT) -> dict[str, Any]:
    """One result as it is recorded.

    Parameters
    ----------
    measured : value, n, and low and high where there is an interval
    """
    interval = (float(measured["low"]), float(measured["high"])) if "low" in measured else None
    found = {"exhibit": exhibit, "value_id": value_id, "value": float(measured["value"]), "n": int(measured["n"])}
    return found | {"unit": unit, "interval": interval}


def slug(*words: str) -> str:
    """The id of a result from what it is of: ``metals-alone/unrelaxed/mae``."""
    return "/".join(words).replace(" ", "-").replace("_", "-")
