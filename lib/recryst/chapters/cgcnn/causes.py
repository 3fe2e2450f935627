"""Why an error of the CGCNN chapter is as large as it is: learning, single elements, few crystals, or targets that have changed."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from recryst.analysis import chemistry
from recryst.analysis.predictions import absolute_errors, mean_absolute_error, versions
from recryst.chapters.cgcnn import goals
from recryst.chapters.cgcnn.experiments import PROPERTIES
from recryst.chapters.cgcnn.study import Study, error_of_released
from recryst.datasets import elasticity, tables, voxel_cnn_predictions
from recryst.errors import MissingDataError
from recryst.notation import in_unit, unit, words
from recryst.report import Report
from recryst.report.printed import Paper

ERRORS = "error-sources"
"""Name of the table of `of_errors`."""

BEHIND = {"element": "element", "n": "its crystals", "share_of_error": "its share (%)", "mae_without": "without it"}
"""Columns of `recryst.analysis.chemistry.elements_behind`, and what readers call them."""


def of_errors(study: Study, paper: Paper, released: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What the errors of Eq. 5's networks are made of, a row for each property that has one; none on data that are not the paper's.

    Parameters
    ----------
    released : predictions of the released models by property, see `Study.published_predictions`

    Returns
    -------
    property (with its unit), printed, test, training (mean absolute errors: the printed one, and ours on test and on training crystals),
        released model (on the same test crystals, most of which it was trained on, or nothing where none was released), median (of the
        test errors), worst hundredth (percent of the sum of all test errors that the worst hundredth of the crystals holds), element
        (whose crystals hold most error beyond their number), its crystals (of the test set), its share (percent of the sum of all test
        errors), without it (mean absolute error of all others)
    """
    rows = []
    for name in study.trained(PROPERTIES) if study.real_data else ():
        test, crystals = study.predictions(name), study.task(name).crystals
        behind = chemistry.elements_behind(test, crystals)[list(BEHIND)].rename(columns=BEHIND).head(1).to_dict("records")
        row: dict[Any, Any] = {
            "property": in_unit(words(name), study.task(name).unit),
            "printed": paper.value("table-1", f"{name}/mae").shown,
            "test": mean_absolute_error(test),
            "training": mean_absolute_error(study.predictions(name, "eq-5", "train")),
            "released model": error_of_released(released, name, test),
            "median": absolute_errors(test).median(),
            "worst hundredth (%)": chemistry.held_by_the_worst(test),
        }
        rows.append(row | (behind[0] if behind else {}))
    return pd.DataFrame(rows).round(4).round({"worst hundredth (%)": 1, "its share (%)": 1})


def of_targets(study: Study, paper: Paper) -> pd.DataFrame:
    """How far other releases of the database lie from the targets that networks learn here: of the crystals that have both.

    Returns
    -------
    property (with its unit), other release, crystals, mean difference, median difference (absolute ones), printed error, beyond it (percent
        of the crystals that differ by more): a row for each property of which another release is at hand; none on data that are not the
        paper's
    """
    rows: list[dict[str, Any]] = []
    for name, release, other in _other_releases() if study.real_data else ():
        task, printed = study.task(name), paper.value("table-1", f"{name}/mae")
        moved = absolute_errors(versions(pd.Series(task.targets, task.crystals.ids), other))
        rows.append(
            {
                "property": in_unit(words(name), task.unit),
                "other release": release,
                "crystals": len(moved),
                "mean difference": round(moved.mean(), 4),
                "median difference": round(moved.median(), 4),
                "printed error": printed.shown,
                "beyond it (%)": round(100 * (moved > float(printed.number)).mean(), 1),
            }
        )
    return pd.DataFrame(rows)


def told(report: Report) -> str:
    """Of each property whose error is not below the printed one: what the parts of its error say of the reason, in sentences."""
    return " ".join(filter(None, (_told_of(report, name) for name in PROPERTIES)))


def _told_of(report: Report, name: str) -> str:
    """Nothing where the printed error is reached, no run has a comparable one, or that run has no table of its parts."""
    profile, below = goals.decided(report, "table-1", f"{name}/mae") or ("", True)
    table = None if below else report.run(profile).table(ERRORS)
    rows: list[dict[Any, Any]] = [] if table is None else table[table["property"].str.startswith(words(name))].to_dict("records")
    printed = report.paper.value("table-1", f"{name}/mae")
    return f"The {words(name)} ({profile}): {_parts(rows[0], float(printed.number), printed.unit)}" if rows else ""


def _parts(row: Mapping[Any, Any], printed: float, in_units: str) -> str:
    """The network errs by 0.09 eV/atom on the crystals that it learned from and by 0.12 on test crystals, where 0.07 is printed."""
    learned = (
        "So it has not learned all that can be learned from what it has seen."
        if row["training"] > printed
        else "So it has learned what it has seen, and carries too little of it over to others."
    )
    error = f"{row['training']:.4g}{unit(in_units)}"
    text = (
        f"the network errs by {error} on the crystals that it learned from and by {row['test']:.4g} on test crystals, where "
        f"{row['printed']} is printed. {learned}"
    )
    if pd.notna(row["released model"]):
        near = row["released model"] < (printed + row["test"]) / 2
        text += (
            f" The released model, which has seen most of these test crystals, errs by {row['released model']:.4g} on them: targets and "
            f"structures that have changed since {'are not the main reason' if near else 'may be a reason'}."
        )
    return text + (
        f" The worst hundredth of the test crystals hold {row['worst hundredth (%)']:.0f} % of the error. The "
        f"{int(row['its crystals'])} crystals with {row['element']} hold {row['its share (%)']:.0f} %, and without them the error is "
        f"{row['without it']:.4g}."
    )


def _other_releases() -> Iterator[tuple[str, str, pd.Series]]:
    """Property, release in words, and its values by id in the unit of the property; only what is on this machine."""
    with suppress(MissingDataError):
        table = voxel_cnn_predictions.load().table
        yield "formation-energy", "May 2021, as the voxel CNN's authors released it", table.set_index("id")["target"]
    newer = tables.elastic_2025()
    bulk, shear = (newer[column].where(newer[column].between(0, elasticity.LARGEST, "neither")) for column in newer)
    release = "2024 and 2025 (mp_elasticity)"
    yield "bulk-modulus", release, np.log10(bulk)
    yield "shear-modulus", release, np.log10(shear)
    # of an isotropic solid, by which the older ones come from the moduli too
    yield "poisson-ratio", f"{release}, from both moduli", (3 * bulk - 2 * shear) / (2 * (3 * bulk + shear))
