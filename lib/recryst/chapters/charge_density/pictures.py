"""Pictures of densities in the charge-density chapter, and what they say of the modulus: Fig. 1."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from recryst.chapters.charge_density.study import MODULI, UNIT, Study, expanded
from recryst.chapters.evidence import results
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.datasets import charge_density, embedded, tables
from recryst.features import density as densities
from recryst.features import density_images, density_statistics
from recryst.notation import listed
from recryst.report import Report

OF_THE_PAPER = {"high": {"VSiOs2": "mp-865506"}, "low": {"RbI": "mp-22903", "CsBr": "mp-571222", "Rb2TeBr6": "mp-23383"}}
"""Crystals of Fig. 1 that are on the list of densities, by the row in which they stand."""
PRINTED = {"high": ("SrCaIn2", "Mn23C6", "VSiOs2"), "low": ("RbI", "CsBr", "Rb2TeBr6")}
"""All crystals of Fig. 1 by the row in which they stand."""
EACH = 3
"""Crystals in a row of Fig. 1."""
EMPTY = 0.05
"""Electrons / angstrom^3 below which space counts as empty: on the surface of a free atom's van der Waals sphere there are some 0.02."""
EVERY = 4
"""One point in so many along each edge is drawn in clouds and surfaces of equal density."""
BEFORE = (0.125, 0.125)
"""Where the slices begin, along face diagonal and edge, so that no atom lies on their frame."""
GROUPS = 15
"""Groups of crystals whose moduli are shown against a density."""
FRAME = 60
"""Points along each edge of an image, and along half a face diagonal."""


def shown(study: Study) -> tuple[Crystals, pd.DataFrame]:
    """The crystals whose densities are drawn: three with a high and three with a low bulk modulus.

    Of real crystals those of Fig. 1 that are computed, and in place of each other one the crystal with the highest or lowest bulk modulus
    among those that networks learn from. Moduli are of one vintage, the older one, which all of them have.

    Returns
    -------
    crystals, table : row ("high", "low"), formula, bulk_modulus (GPa), title
    """
    if study.real:
        crystals = charge_density.load().crystals
        named = [identifier for row in OF_THE_PAPER.values() for identifier in row.values()]
        learned = pd.Index([*named, *study.task("bulk").crystals.ids])
        moduli = tables.elastic()["bulk_modulus"].reindex(crystals.ids).where(np.isin(crystals.ids, learned))
    else:
        task = study.task("bulk")
        crystals, moduli = task.crystals, pd.Series(task.targets, task.crystals.ids)
    known = moduli[moduli > 0].sort_values(kind="stable")
    chosen: dict[str, list[str]] = {}
    for row, of_row in OF_THE_PAPER.items():
        first = [identifier for identifier in of_row.values() if identifier in known]
        others = [str(name) for name in (known.index[::-1] if row == "high" else known.index) if name not in first]
        chosen[row] = [*first, *others][:EACH]
    ids = [identifier for row in chosen.values() for identifier in row]
    picked = crystals.select(ids)
    table = pd.DataFrame({"row": np.repeat(list(chosen), EACH), "formula": picked.formulas(), "bulk_modulus": known[ids].to_numpy()})
    titles = [f"{formula}\n{modulus:.0f} {UNIT}" for formula, modulus in zip(table["formula"], table["bulk_modulus"], strict=True)]
    return picked, table.assign(title=titles)


def caption(study: Study, table: pd.DataFrame) -> str:
    """Which crystals stand in for which of Fig. 1, and of which vintage the moduli are."""
    words = []
    for row, printed in PRINTED.items():
        formulas = [*table.loc[table["row"] == row, "formula"]]
        others, missing = [name for name in formulas if name not in printed], [name for name in printed if name not in formulas]
        words += [f"{listed(others)} in place of {listed(missing)}"] if missing else []
    origin = "the older ones of the Materials Project" if study.real else "computed for this project"
    return "; ".join([*words, f"moduli are {origin}"])


def slices(picked: Crystals, table: pd.DataFrame) -> pd.DataFrame:
    """The plane (110) of each crystal: crystal, across, up, density, element, for `recryst.figures.density_slices`."""
    images, _ = density_images.build(picked)
    planes = [_plane(expanded(images, index)) for index in range(len(picked))]
    return _in_the_plane(picked, table, "density", [np.maximum(values, 1e-3) for values in planes])


def localisation(study: Study, picked: Crystals, table: pd.DataFrame) -> pd.DataFrame:
    """The same of the electron localisation function, for `recryst.figures.localisation_slices`; none of real crystals, which have none."""
    if study.real:
        return pd.DataFrame()
    grids = [embedded.electronic_structure(str(identifier)).localisation for identifier in picked.ids]
    # waves overshoot beside steps
    return _in_the_plane(picked, table, "localisation", [np.clip(_plane(densities.conventional(grid)), 0, 1) for grid in grids])


def clouds(picked: Crystals, table: pd.DataFrame) -> pd.DataFrame:
    """Points of each cell: crystal, x, y, z, density, for `recryst.figures.density_clouds`."""
    images, _ = density_images.build(picked)
    steps = np.arange(0, FRAME + 1, EVERY)
    grid = np.indices((len(steps),) * 3).reshape(3, -1)
    parts = []
    for index, title in enumerate(table["title"]):
        coarse = expanded(images, index)[np.ix_(*3 * [steps % FRAME])]
        values = dict(zip("xyz", grid, strict=True)) | {"density": np.maximum(coarse.ravel(), 1e-3).round(3)}
        parts.append(pd.DataFrame(values).assign(crystal=title))
    return pd.concat(parts, ignore_index=True)[["crystal", "x", "y", "z", "density"]]


def interpolated(picked: Crystals) -> list[FloatArray]:
    """(60, 60, 60) each: densities as interpolated, before their symmetry is used."""
    of_crystal = density_images.computed()
    return [densities.conventional(of_crystal(picked.take([index]))) for index in range(len(picked))]


def empty_share(study: Study) -> np.ndarray:
    """(n,) percent of the cell of each crystal with a bulk modulus in which the density is below `EMPTY`."""
    return 100 * ((study.images("bulk").wedges < EMPTY) @ density_images.shares())


def figure_1_results(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Fig. 1: what the text says of high and low bulk moduli; the rules stand with the printed statements.

    A caveat names the crystals that a statement is judged on where they are not all of the paper's.
    """
    targets, empty = study.task("bulk").targets, empty_share(study)
    low, high = np.quantile(targets, (0.25, 0.75))
    rows: list[tuple[str, str, Any, int | None]] = [
        ("figure-1", "clouds-everywhere", bool(np.median(empty[targets >= high]) < 1), int((targets >= high).sum())),
        ("figure-1", "empty-spaces", bool(np.median(empty[targets <= low]) > 10), int((targets <= low).sum())),
    ]
    caveats: list[str | None] = [None, None]
    if study.real:
        # the table's moduli are older ones, so all others must be too
        older = tables.elastic()["bulk_modulus"].reindex(study.task("bulk").crystals.ids)
        for row, printed in PRINTED.items():
            moduli = table[table["formula"].isin(printed)].set_index("formula")["bulk_modulus"]
            if moduli.empty:
                continue
            holds = moduli.min() >= older.quantile(0.75) if row == "high" else moduli.max() <= older.quantile(0.25)
            rows.append(("figure-1", f"{row}-bulk-moduli", bool(holds), len(moduli)))
            here = listed([name for name in printed if name in moduli])
            caveats.append(f"judged on {here} alone of the {len(printed)} in the figure" if len(moduli) < len(printed) else None)
    return results(*rows).assign(caveat=np.array(caveats, dtype=object))


def density_against_modulus(study: Study) -> pd.DataFrame:
    """Groups of crystals of equal size, by the median density of their cell: x (that density), y, low, high (median and quartiles of the
    bulk modulus), see `by_density`.
    """
    task = study.task("bulk")
    return by_density(study.statistics(task)[:, density_statistics.names().index("quantile 0.5")], task.targets)


def by_density(density: FloatArray, modulus: FloatArray) -> pd.DataFrame:
    """Groups of crystals of equal size in the order of a density: x (its median), y, low, high (median and quartiles of the modulus)."""
    rows = []
    for group in np.array_split(np.argsort(density, kind="stable"), min(GROUPS, len(density))):
        low, middle, high = np.quantile(modulus[group], (0.25, 0.5, 0.75))
        rows.append((float(np.median(density[group])), middle, low, high))
    return pd.DataFrame(rows, columns=["x", "y", "low", "high"]).round({"x": 4, "y": 1, "low": 1, "high": 1})


def record_ranks(report: Report, study: Study, exhibit: str) -> None:
    """Record how well single numbers of the density rank both moduli: Spearman's rank correlation with the median and with the mean."""
    for modulus in MODULI:
        task = study.task(modulus)
        table = study.statistics(task)
        for name, words in (("quantile 0.5", "median"), ("mean", "mean"), ("quantile 0", "lowest")):
            rank = float(spearmanr(table[:, density_statistics.names().index(name)], task.targets).statistic)
            report.record(exhibit, f"{modulus}/{words}-density", value=rank, n=len(task), level="re-analysed", data=task.label)


def _in_the_plane(picked: Crystals, table: pd.DataFrame, column: str, values: list[FloatArray]) -> pd.DataFrame:
    """Rows crystal, across, up, ``column``, element: points of the plane of each crystal with its values, and names of its atoms."""
    parts = []
    across, up = _places()
    for index, (title, of_crystal) in enumerate(zip(table["title"], values, strict=True)):
        points = pd.DataFrame({"across": across / FRAME, "up": up / FRAME, column: of_crystal.round(4), "element": ""})
        atoms = _names(picked, index).reindex(columns=points.columns)
        rows = {name: np.r_[points[name].to_numpy(), atoms[name].to_numpy()] for name in points}
        parts.append(pd.DataFrame(rows).assign(crystal=title))
    return pd.concat(parts, ignore_index=True)[["crystal", "across", "up", column, "element"]].round({"across": 4, "up": 4})


def _plane(image: FloatArray) -> FloatArray:
    """Values of an image (60, 60, 60) at `_places`."""
    diagonal, edge = _places()
    return image[diagonal % FRAME, diagonal % FRAME, edge % FRAME]


def _places() -> tuple[IntArray, IntArray]:
    """Points of the plane (110), along the face diagonal and along the edge."""
    steps = np.arange(0, FRAME + 1, 2)
    first, second = (round(begin * FRAME) for begin in BEFORE)
    diagonal, edge = np.meshgrid(steps + first, steps + second, indexing="ij")
    return diagonal.ravel(), edge.ravel()


def _names(picked: Crystals, index: int) -> pd.DataFrame:
    """Where the name of each element stands in the slice: at the first of its atoms that lies in it."""
    structure = picked.structure(index)
    edge = 2 * abs(structure.lattice.matrix[0]).max()
    found: dict[str, tuple[float, float]] = {}
    for site in structure:
        # all images of the site in the planes x = y of the cubic cell
        for shift in np.ndindex(3, 3, 3):
            x, y, z = (site.coords + (np.array(shift) - 1) @ structure.lattice.matrix) / edge
            for turned in ((x, y, z), (y, z, x), (z, x, y)):
                across, up = (turned[0] - BEFORE[0]) % 1, (turned[2] - BEFORE[1]) % 1
                if abs(turned[0] - turned[1]) < 1e-3 and min(across, 1 - across, up, 1 - up) > 0.08:
                    found.setdefault(site.specie.symbol, (across + BEFORE[0], up + BEFORE[1]))
    places = pd.DataFrame([(across, up, element) for element, (across, up) in found.items()], columns=["across", "up", "element"])
    return places
