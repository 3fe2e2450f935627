"""What is to be computed: crystals read from files, made symmetric, refused where need be, each with its settings and its cost."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recryst.crystals import Crystals
from recryst.datasets import files
from recryst.dft import cells, costs, gpaw_environment
from recryst.dft.cells import Cell
from recryst.dft.costs import Estimate
from recryst.dft.settings import Settings, as_record, grid, settings
from recryst.errors import BadInputError
from recryst.features import validity
from recryst.storage import content_hash


@dataclass(frozen=True, eq=False)
class Calculation:
    """One quantity of one crystal.

    Parameters
    ----------
    identifier, file : of the crystal, and where it was read
    formula : reduced
    quantity, profile : of `recryst.dft.settings`
    cell : that is computed
    electrons : valence electrons in it
    """

    identifier: str
    file: str
    formula: str
    quantity: str
    profile: str
    cell: Cell
    electrons: int

    @property
    def settings(self) -> Settings:
        """Of the quantity in the profile."""
        return settings(self.quantity, self.profile)

    @property
    def stem(self) -> str:
        """The beginning of the names of its files: the id, less what file systems don't like."""
        return re.sub(r"[^\w.#+=-]+", "_", self.identifier).strip("_.") or "crystal"

    @property
    def fingerprint(self) -> str:
        """Equal for the same cell, quantity and settings: what is finished need not be done again."""
        cell = self.cell
        # another version of spglib may give another last digit
        rounded = [np.round(values, 6) + 0.0 for values in (cell.lattice, cell.positions)]
        return content_hash(*rounded, cell.numbers.tolist(), self.quantity, as_record(self.quantity, self.settings))

    @property
    def estimate(self) -> Estimate:
        """CPU-seconds."""
        return costs.estimate(self.cell, self.electrons, self.quantity, self.profile)


@dataclass(frozen=True, eq=False)
class Plan:
    """Calculations to do, and what can't be done.

    Parameters
    ----------
    calculations : in the order of the files
    rejected : DataFrame(file, id, reason)
    versions : of GPAW and what it works with
    """

    calculations: list[Calculation]
    rejected: pd.DataFrame
    versions: dict[str, str]


def table(calculations: Sequence[Calculation]) -> pd.DataFrame:
    """What they are and cost: id, formula, space group, atoms, electrons, CPU-seconds (estimate), from, to; one row a calculation."""
    columns = ["id", "formula", "space group", "atoms", "electrons", "CPU-seconds", "from", "to"]
    rows = []
    for one in calculations:
        cost = one.estimate
        head = (one.identifier, one.formula, one.cell.space_group_symbol, len(one.cell.numbers), one.electrons)
        rows.append((*head, *(f"{value:.2g}" if value < 100 else f"{value:.0f}" for value in (cost.likely, cost.low, cost.high))))
    return pd.DataFrame(rows, columns=columns)


def plan(paths: Sequence[Path], quantity: str, profile: str) -> Plan:
    """Read crystals and decide what is computed of each.

    Parameters
    ----------
    paths : CIF, POSCAR, and what else `recryst.datasets.files` reads
    quantity, profile : of `recryst.dft.settings`

    Raises
    ------
    BadInputError : there is no such quantity or profile
    MissingProgramError : GPAW is not there
    """
    chosen = settings(quantity, profile)
    read = files.read_files(paths)
    found: dict[str, Cell] = {}
    rejected = read.rejected.to_dict("records")
    origin = read.origin.set_index("id")["file"]
    unfit = validity.reasons(read.crystals)
    rejected += unfit.assign(file=unfit["id"].map(origin)).to_dict("records")
    sound = validity.without(read.crystals, [unfit])
    for index, identifier in enumerate(sound.ids.tolist()):
        try:
            found[identifier] = _computable(sound, index, quantity, chosen)
        except BadInputError as error:
            rejected.append({"file": origin[identifier], "id": identifier, "reason": str(error)})
    elements = {symbol for cell in found.values() for symbol in cell.symbols}
    versions, valence = gpaw_environment.describe(elements, chosen.functional)
    formulas = dict(zip(sound.ids.tolist(), sound.formulas(), strict=True))
    calculations = []
    for identifier, cell in found.items():
        without = sorted({symbol for symbol in cell.symbols if symbol not in valence})
        if without:
            rejected.append({"file": origin[identifier], "id": identifier, "reason": f"GPAW has no data set for {', '.join(without)}"})
            continue
        electrons = sum(valence[symbol] for symbol in cell.symbols)
        calculations.append(Calculation(identifier, origin[identifier], formulas[identifier], quantity, profile, cell, electrons))
    return Plan(_with_names_of_their_own(calculations), pd.DataFrame(rejected, columns=["file", "id", "reason"], dtype=object), versions)


def _computable(crystals: Crystals, index: int, quantity: str, chosen: Settings) -> Cell:
    cell = cells.standard(crystals, index)
    if quantity == "elastic" and not cell.is_cubic:
        group = cell.space_group_symbol
        raise BadInputError(
            f"is of space group {group}, not cubic; elastic constants are those of cubic crystals only, of others compute eos"
        )
    grid(cell.lattice, chosen.cutoff)
    return cell


def _with_names_of_their_own(calculations: list[Calculation]) -> list[Calculation]:
    """Refuse two crystals whose files would have one name.

    Raises
    ------
    BadInputError : there are two
    """
    by_stem: dict[str, Calculation] = {}
    for one in calculations:
        other = by_stem.setdefault(one.stem, one)
        if other is not one:
            raise BadInputError(f"{one.identifier} and {other.identifier} would both be written to {one.stem}.*; rename one of the files.")
    return calculations
