"""Tasks on elastic properties: of the paper's crystals, of all that have them, and of those that are not the paper's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recryst.datasets import materials_project, published_models, tables
from recryst.datasets.logarithm import log10
from recryst.datasets.task import Task


@dataclass(frozen=True)
class ElasticProperty:
    """How one column of the elastic table becomes targets."""

    column: str
    plural: str
    rounding: str
    unit: str
    convert: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    check: Callable[[float], str | None]


LARGEST = 600.0
"""GPa; no crystal has a larger modulus (diamond's are 440 and 535), so that such a value is an error."""


def _bulk_modulus(value: float) -> str | None:
    return None if value > 0 else f"bulk modulus of {value:g} GPa is not positive"


def _shear_modulus(value: float) -> str | None:
    return None if 0 < value < LARGEST else f"shear modulus of {value:g} GPa is not between 0 and {LARGEST:g} GPa"


def _logarithms(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([log10(value) for value in values.tolist()])


def _poisson_ratio(value: float) -> str | None:
    return None if -1 <= value <= 0.5 else f"Poisson ratio of {value:g} is not between -1 and 0.5"


PROPERTIES = {
    "bulk-modulus": ElasticProperty(
        "bulk_modulus", "bulk moduli (Voigt-Reuss-Hill)", "whole GPa", "log10(GPa)", _logarithms, _bulk_modulus
    ),
    "shear-modulus": ElasticProperty(
        "shear_modulus", "shear moduli (Voigt-Reuss-Hill)", "whole GPa", "log10(GPa)", _logarithms, _shear_modulus
    ),
    "poisson-ratio": ElasticProperty("poisson_ratio", "Poisson ratios", "0.01", "", np.asarray, _poisson_ratio),
}

POPULATIONS = {
    "paper": "{n:,} of the paper's 3,402 crystals",
    "all": "{n:,} crystals, the paper's among them",
    "new": "{n:,} crystals that are not among the paper's 3,402, another population than its 1,585 new crystals, whose ids are not public",
}


def elastic(name: str, population: Literal["paper", "all", "new"]) -> Task:
    """An elastic property of the paper's 3,402 crystals, of all crystals that have it, or of those not in the paper's list.

    Moduli are log10 of GPa, as in the paper. Left out are bulk moduli that are not positive, shear moduli outside
    (0, 600) GPa and Poisson ratios outside [-1, 0.5], the bounds of an isotropic solid.

    Parameters
    ----------
    name : "bulk-modulus", "shear-modulus" or "poisson-ratio"
    population : "paper", "all", or "new": those of all that are not the paper's
    """
    chosen, table, paper = PROPERTIES[name], tables.elastic(), published_models.crystal_lists().elastic
    ids = {"paper": paper, "all": table.index.tolist(), "new": table.index.difference(paper, sort=False).tolist()}
    return materials_project.join(
        name if population == "paper" else f"{name}-{population}",
        table[chosen.column],
        ids[population],
        chosen.unit,
        f"Older {chosen.plural} of the Materials Project (Gong's table in mp_elasticity), rounded to {chosen.rounding}, for "
        f"{POPULATIONS[population]}; {materials_project.STRUCTURES}.",
        "no elastic properties in Gong's table of mp_elasticity",
        check=chosen.check,
        convert=chosen.convert,
    )
