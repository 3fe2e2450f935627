"""The public structures beside the AlphaCrystal-II paper's tables, where the chapter's settings ask for them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from recryst import symmetry
from recryst.chapters.alphacrystal2 import printed, structures
from recryst.chapters.alphacrystal2.errors import LARGE
from recryst.chapters.alphacrystal2.structures import Distances
from recryst.chapters.evidence import of_exhibit, results
from recryst.crystals import Crystals, IntArray
from recryst.datasets import mp_structures
from recryst.parameters import Alphacrystal2Parameters

CAVEAT = "structures of 2024/25; which crystals the paper used is not published"
DIGIT = 5e-5
"""Å; half of the last digit that Table 3 prints."""
CUBIC = 195
"""The first cubic space group."""


@dataclass(frozen=True)
class Study:
    """Public structures, if the profile asks for them; without them every table below is empty.

    Raises
    ------
    MissingDataError : the profile asks for them and they are not on this machine
    """

    settings: Alphacrystal2Parameters

    @cached_property
    def structures(self) -> Crystals | None:
        """All structures at hand; None where the profile does without."""
        return mp_structures.load().crystals if self.settings.data == "materials-project" else None

    @cached_property
    def small(self) -> IntArray:
        """Which of them have 2 to 12 atoms in the cell, like those of the paper that have a distance at all."""
        if self.structures is None:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero((self.structures.n_atoms >= 2) & (self.structures.n_atoms <= structures.MOST_ATOMS))

    def crystals(self) -> pd.DataFrame:
        """The crystals of Table 3 that are at hand, a row each: what `printed.formulas` has of them, and what their structure is.

        Columns atoms, space_group, free_coordinates, and in Å from_centre, from_itself; see `structures`.
        """
        if self.structures is None:
            return pd.DataFrame()
        table = printed.formulas()
        position = pd.Index(self.structures.ids).get_indexer(pd.Index(table["material_id"]))
        rows = [self._measured(int(index)) for index in position[position >= 0]]
        columns = ["atoms", "space_group", "free_coordinates", "from_centre", "from_itself"]
        return pd.concat([table[position >= 0].reset_index(drop=True), pd.DataFrame(rows, columns=columns)], axis=1)

    def _measured(self, index: int) -> tuple[int, int | None, int | None, float, float]:
        assert self.structures is not None
        cell = symmetry.cell_of(self.structures, index)
        lattice, places = np.array(cell[0]), np.array(cell[1])
        group, free = structures.free_coordinates(cell) or (None, None)
        return len(places), group, free, structures.from_centre(places @ lattice), structures.from_itself(lattice, places)

    def shown(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same table as readers see it, by free coordinates and the distance of the best of twenty."""
        if table.empty:
            return table
        heads = {
            "formula": "formula",
            "space_group": "space group",
            "free_coordinates": "free coordinates",
            "top_20": "best of 20 (Å)",
            "gnoa": "GNOA (Å)",
            "from_centre": "all atoms in one place (Å)",
            "collapsed": "GNOA's is that",
            "from_itself": "from itself, origin moved (Å)",
        }
        sorted_ = table.sort_values(["free_coordinates", "top_20"])
        sorted_["collapsed"] = _collapsed(sorted_).astype(object).where(sorted_["gnoa"].notna())
        return sorted_[list(heads)].rename(columns=heads).round(4).reset_index(drop=True)

    def crystal_results(self, table: pd.DataFrame) -> pd.DataFrame:
        """Ours on the crystals of Table 3: hits by free coordinates, GNOA's collapsed structures, and distances from themselves."""
        if table.empty:
            return results()
        fixed = table["free_coordinates"] == 0
        collapsed = _collapsed(table)
        usable = printed.formulas()
        usable = usable[~usable["name"].isin(table.loc[collapsed, "name"])]
        ahead = printed.closer(usable)
        rows: list[tuple[str, Any, int, str]] = []
        for words, part in (("no-free-coordinate", table[fixed]), ("free-coordinates", table[~fixed])):
            rows += [
                (f"{words}/best-of-20/within-0.1-Å", int((part["top_20"] <= printed.NEAR).sum()), len(part), ""),
                (f"{words}/best-of-20/median-distance", float(part["top_20"].median()), len(part), "angstrom"),
            ]
        rows += [
            ("GNOA/all-atoms-in-one-place", int(collapsed.sum()), int(table["gnoa"].notna().sum()), ""),
            ("best-of-20/all-atoms-in-one-place", int(((table["top_20"] - table["from_centre"]).abs() <= DIGIT).sum()), len(table), ""),
            ("best-of-20-closer-than-GNOA/without-these", int(ahead.sum()), len(ahead), ""),
            ("from-itself-farther-than-best-of-20", int((table["from_itself"] > table["top_20"]).sum()), len(table), ""),
        ]
        return self._told("beyond-crystals", rows)

    @cached_property
    def pairs(self) -> dict[str, Distances]:
        """Distances between the atoms of all small crystals, in both readings."""
        if self.structures is None:
            return {}
        small = self.structures.take(self.small)
        return {words: structures.distances(small, periodic) for words, periodic in (("nearest-images", True), ("within-the-cell", False))}

    def kinds(self) -> dict[str, IntArray]:
        """Which of the small crystals are of each kind that the paper trains a network on."""
        if self.structures is None:
            return {}
        elements = np.diff(self.structures.take(self.small).amounts().indptr)
        groups = mp_structures.space_groups()[self.small]
        chosen = {"all": elements > 0, "cubic": groups >= CUBIC, "binary": elements == 2, "ternary": elements == 3}
        return {words: np.flatnonzero(members) for words, members in chosen.items()}

    def constants(self) -> pd.DataFrame:
        """Ours beside Table 5: what one distance for all pairs errs by, for the kinds of crystals that networks were trained on."""
        rows: list[tuple[str, Any, int, str]] = []
        for reading, chosen in (("nearest-images", self.kinds()), ("within-the-cell", {"all": np.arange(len(self.small))})):
            for words, members in chosen.items() if self.pairs else ():
                centre, mse, rmse = structures.constant(self.pairs[reading].of(members))
                name, n = f"{reading}/{words}-crystals", len(members)
                rows += [(f"{name}/distance", centre, n, "angstrom"), (f"{name}/MSE", mse, n, "angstrom2")]
                rows.append((f"{name}/RMSE", rmse, n, "angstrom"))
        return self._told("beyond-constants", rows)

    def distances(self) -> pd.DataFrame:
        """Ours on Fig. 3 and Eq. 4: shares of the distances in both readings, and how many crystals have one beyond the largest printed."""
        pairs_of_cells = len(self.small) * structures.MOST_ATOMS**2 / 2
        largest, n = printed.group_width(1), len(self.small)
        cutoff = float(printed.paper().value("text-metrics", "overlap/threshold").number)
        rows: list[tuple[str, Any, int, str]] = []
        for reading, pairs in self.pairs.items():
            second = (pairs.lengths >= largest / 10) & (pairs.lengths < largest / 5)
            beyond = np.unique(pairs.crystal[pairs.lengths > largest])
            rows += [
                (f"{reading}/below-8-Å", 100 * float((pairs.lengths < cutoff).mean()), n, "%"),
                (f"{reading}/from-2.33-to-4.67-Å", 100 * float(second.mean()), n, "%"),
                (
                    f"{reading}/from-2.33-to-4.67-Å/of-the-padded-matrix",
                    100 * float(second.sum()) / pairs_of_cells,
                    n,
                    "%",
                ),
                (f"{reading}/crystals-with-a-distance-above-23.34-Å", len(beyond), n, ""),
            ]
        return self._told("beyond-distances", rows)

    def rounding(self, networks: pd.DataFrame) -> pd.DataFrame:
        """Ours on Table 5: the MSE that rounding alone makes of distances to nearest images, and what it leaves of the printed one.

        Parameters
        ----------
        networks : as from `printed.networks`
        """
        errors, n = networks.set_index("name")["mse"], len(self.small)
        rows: list[tuple[str, Any, int, str]] = []
        for groups, name in LARGE.items() if self.pairs else ():
            made = structures.rounded(self.pairs["nearest-images"], printed.group_width(groups))
            rows += [
                (f"{groups}-groups/MSE-of-rounded-distances", made, n, "angstrom2"),
                (f"{groups}-groups/printed-MSE-less-that", float(errors[name]) - made, n, "angstrom2"),
            ]
        return self._told("beyond-rounding", rows)

    def _told(self, exhibit: str, rows: list[tuple[str, Any, int, str]]) -> pd.DataFrame:
        if self.structures is None:
            return results()
        return of_exhibit(exhibit, *rows, data=f"{mp_structures.PACK}@{self.structures.fingerprint[:6]}", caveat=CAVEAT)


def _collapsed(table: pd.DataFrame) -> pd.Series:
    """Whether GNOA's printed distance is that of a structure whose atoms all stand in one place, digit for digit."""
    return (table["gnoa"] - table["from_centre"]).abs() <= DIGIT
