"""What Table 1 prints of the other models, how much each loses from relaxed to unrelaxed structures, and what the search found."""

from decimal import Decimal

import numpy as np
import pandas as pd

from recryst.chapters.esnet import compounds
from recryst.chapters.esnet.study import row
from recryst.chapters.evidence import of_exhibit
from recryst.crystals import FloatArray
from recryst.report import published
from recryst.report.printed import Value

METRICS = ("mae", "rmse")


def others(ending: str) -> dict[str, float]:
    """Printed errors of the other models by their names; ``ending``, such as ``is2re/mae``, says of which task and kind."""
    return {model: float(error) for model, error in _errors(ending).items() if model != "esnet"}


def losses() -> pd.DataFrame:
    """How much larger each printed error is from unrelaxed than from relaxed structures: model, MAE, RMSE (eV/atom)."""
    names = {value.id.partition("/")[0]: value.name.partition(",")[0] for value in _values()}
    # differences of decimal numbers, which have the printed digits
    lost = {metric: {model: _errors(f"is2re/{metric}")[model] - _errors(f"rs2re/{metric}")[model] for model in names} for metric in METRICS}
    rows = [(name, *(float(lost[metric][model]) for metric in METRICS)) for model, name in names.items()]
    return pd.DataFrame(rows, columns=["model", *(metric.upper() for metric in METRICS)])


def loss(table: pd.DataFrame) -> pd.DataFrame:
    """The same of ESNet's released predictions, compound by compound, with its interval over elements, as a result of ours."""

    def difference(target: FloatArray, unrelaxed: FloatArray, relaxed: FloatArray) -> dict[str, float]:
        return {"mae": float((np.abs(unrelaxed - target) - np.abs(relaxed - target)).mean())}

    (found,) = compounds.over_elements(table, ["target", "is2re", "rs2re"], difference).to_dict("records")
    return pd.DataFrame([row("beyond-losses", "ESNet/mae", found)])


def search() -> pd.DataFrame:
    """The success ratio of the search, and the share of its alloys that passed the first sieve, as results of ours, in percent."""
    paper = published.load("esnet")
    unrelaxed = int(paper.value("figure-5a", "unrelaxed").number)
    passed, relaxed, stable = (int(paper.value(f"figure-5{panel}", "left").number) for panel in "cde")
    shares = {"success-ratio": (stable, relaxed), "passed-the-first-sieve": (passed, unrelaxed)}
    return of_exhibit("beyond-search", *((name, 100 * part / whole, whole, "%") for name, (part, whole) in shares.items()))


def _values() -> tuple[Value, ...]:
    table = published.load("esnet").exhibit("table-1")
    return tuple(value for value in table.values if value.type == "number")  # noqa: PD011


def _errors(ending: str) -> dict[str, Decimal]:
    return {value.id.removesuffix(f"/{ending}"): value.number for value in _values() if value.id.endswith(f"/{ending}")}
