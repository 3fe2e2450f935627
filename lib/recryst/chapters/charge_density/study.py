"""The crystals of the charge-density chapter, with their moduli and densities: real ones, or the embedded ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from recryst import datasets, elements
from recryst.analysis import population, substitutions
from recryst.chapters.evidence import results
from recryst.crystals import Crystals, FloatArray
from recryst.datasets.task import Task
from recryst.features import density_images, density_statistics
from recryst.features.density_images import DensityImages
from recryst.parameters import ChargeDensityParameters
from recryst.report import published
from recryst.report.printed import Paper

Modulus = Literal["bulk", "shear"]
MODULI: tuple[Modulus, ...] = ("bulk", "shear")
UNIT = "GPa"
"""Of moduli and of their errors."""
ANOTHER = "another population: {n:,} crystals, {halides} of them with F, Cl or Br, and the Materials Project's moduli"
EMBEDDED = "crystals computed for this project"


@dataclass(frozen=True)
class Study:
    """Crystals, moduli and densities that the chapter's settings ask for.

    Raises
    ------
    MissingDataError : the profile asks for real moduli and they are not on this machine
    """

    settings: ChargeDensityParameters

    @property
    def real(self) -> bool:
        """Whether these are real crystals with the Materials Project's moduli."""
        return self.settings.data == "computed"

    def task(self, modulus: Modulus) -> Task:
        """Crystals with one modulus, GPa."""
        return _task(modulus, "" if self.real else "-embedded")

    @cached_property
    def unseen(self) -> dict[Modulus, Task]:
        """Crystals that have a modulus of the older vintage alone; of embedded ones there are none."""
        return {modulus: _task(modulus, "-older-only") for modulus in MODULI} if self.real else {}

    def images(self, modulus: Modulus) -> DensityImages:
        """Densities of a task's crystals, in its order."""
        return _images(self.task(modulus).crystals, "computed")

    def statistics(self, task: Task, kind: density_images.Kind = "computed") -> FloatArray:
        """(n, 21) densities of a task's crystals in numbers, see `recryst.features.density_statistics`."""
        return _statistics(task.crystals, kind)

    @property
    def subject(self) -> str:
        """What the pictures show, as the beginning of a caption."""
        return "Real crystals, densities computed for this project" if self.real else "Embedded crystals, a stand-in for the paper's"

    def evidence(self, modulus: Modulus, **changes: Any) -> dict[str, Any]:
        """What a value is recorded with: level, unit, data, and why it can't be compared with the printed one."""
        task = self.task(modulus)
        halides = int(holding(task, ("F", "Cl", "Br")).sum())
        reason = ANOTHER.format(n=len(task), halides=halides) if self.real else EMBEDDED
        return {"level": "retrained", "unit": UNIT, "data": task.label, "not_comparable": reason, **changes}


@cache
def left_out() -> tuple[str, ...]:
    """The elements that Table 1 leaves out, one a test set, in its order."""
    of_elements = [value.id.partition("/")[0] for value in paper().exhibit("table-1").values if "/" in value.id]  # noqa: PD011
    return tuple(dict.fromkeys(of_elements))


def holding(task: Task, symbols: tuple[str, ...]) -> np.ndarray:
    """(n,) whether a crystal holds any of some elements."""
    return task.crystals.holding([elements.symbols().index(symbol) for symbol in symbols])


def element_counts(study: Study) -> pd.DataFrame:
    """Rows element, value: crystals with a bulk modulus that hold each element."""
    counts = np.asarray(population.element_membership(study.task("bulk").crystals).sum(axis=0)).astype(np.int64)
    present = np.flatnonzero(counts)
    return pd.DataFrame({"element": [elements.symbols()[number] for number in present], "value": counts[present]})


def population_results(study: Study) -> pd.DataFrame:
    """Section 2.1 and Table 1: crystals, those with each of the eleven elements and without, and whether compositions are redundant.

    Many crystals of similar composition: most have a partner that differs in one element.
    """
    task = study.task("bulk")
    rows: list[tuple[str, str, Any, int | None]] = [("text-data", "crystals", len(task), len(task))]
    similar = substitutions.partners(task.crystals)
    rows.append(("text-data", "redundant", bool((similar["partners"] > 0).mean() > 0.5), len(task)))
    for element in left_out():
        tested = int(holding(task, (element,)).sum())
        rows.append(("table-1", f"{element}/training-crystals", len(task) - tested, len(task)))
        rows.append(("table-1", f"{element}/test-crystals", tested, len(task)))
    table = results(*rows)
    splits = {"training-crystals": "train", "test-crystals": "test"}
    return table.assign(split=[splits.get(name.rpartition("/")[2], "all") for name in table["value_id"]], unit="")


def similar_results(study: Study) -> list[tuple[str, float]]:
    """Value id and number: percent of crystals with a partner that differs in one element, and the median number of partners."""
    similar = substitutions.partners(study.task("bulk").crystals)["partners"]
    return [("with-partner", 100 * float((similar > 0).mean())), ("partners", float(similar.median()))]


def moduli(study: Study, bins: int = 30) -> pd.DataFrame:
    """Smooth-free histogram of both moduli as curves: label, value (GPa), density (share of crystals in a GPa), n."""
    parts = []
    for modulus in MODULI:
        targets = study.task(modulus).targets
        density, edges = np.histogram(targets, bins, range=(0, float(targets.max())), density=True)
        centres = (edges[1:] + edges[:-1]) / 2
        parts.append(pd.DataFrame({"label": f"{modulus} modulus", "value": centres, "density": density, "n": len(targets)}))
    return pd.concat(parts, ignore_index=True)


@cache
def paper() -> Paper:
    """What the paper prints."""
    return published.load("charge_density")


def printed_errors(exhibit: str, name: str) -> tuple[float, float]:
    """R² and RMSE (GPa) that a table prints of a model, such as ``"F/bulk/cgcnn"`` of Table 3."""
    r2, rmse = (float(paper().value(exhibit, f"{name}/{metric}").number) for metric in ("r2", "rmse"))
    return r2, rmse


def printed_deviation(modulus: Modulus, model: str = "magpie-forest", element: str = "") -> float:
    """Standard deviation (GPa) of the paper's moduli that its errors imply: RMSE / sqrt(1 - R²).

    Parameters
    ----------
    element : of the test crystals that hold it (Table 3); of all crystals without (Table 2)
    """
    exhibit, first = ("table-3", f"{element}/{modulus}") if element else ("table-2", modulus)
    r2, rmse = printed_errors(exhibit, f"{first}/{model}")
    return rmse / (1 - r2) ** 0.5


def deviation_table(study: Study) -> pd.DataFrame:
    """How much the moduli vary, in the paper (as its errors imply) and here: of all crystals, and of those with each of the elements."""
    rows = []
    for modulus in MODULI:
        task = study.task(modulus)
        groups: Mapping[str, Any] = {"": np.ones(len(task), dtype=bool), **{name: holding(task, (name,)) for name in left_out()}}
        for element, members in groups.items():
            here = float(task.targets[members].std()) if members.sum() > 1 else float("nan")
            mean = float(task.targets[members].mean()) if members.any() else float("nan")
            printed = printed_deviation(modulus, element=element)
            rows.append((modulus, element or "all", int(members.sum()), round(mean, 1), round(here, 1), round(printed, 1)))
    columns = ["modulus", "crystals with", "crystals here", "mean here (GPa)", "deviation here (GPa)", "deviation in the paper (GPa)"]
    return pd.DataFrame(rows, columns=columns)


def expanded(images: DensityImages, index: int) -> FloatArray:
    """(60, 60, 60) the density of one crystal, electrons / angstrom^3."""
    return images.images(np.array([index]))[0]


@cache
def _task(modulus: Modulus, which: str) -> Task:
    task = datasets.load(f"charge-density/{modulus}-modulus{which}")
    if modulus == "shear" and np.array_equal(task.crystals.ids, _task("bulk", which).crystals.ids):
        # one object, so that what is made of its crystals is made once
        return replace(task, crystals=_task("bulk", which).crystals)
    return task


@cache
def _images(crystals: Crystals, kind: density_images.Kind) -> DensityImages:
    images, rejected = density_images.build(crystals, kind)
    assert rejected.empty, rejected  # tasks hold crystals with a density alone
    return images


@cache
def _statistics(crystals: Crystals, kind: density_images.Kind) -> FloatArray:
    images = _images(crystals, kind)
    return np.array([density_statistics.describe(expanded(images, index)) for index in range(len(images))])
