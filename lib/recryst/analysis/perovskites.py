"""The combinational search for stable perovskites: the paper's last result and its supplement's Table V.

Large atoms of groups 13-15 on the A site, groups 4-6 on the B site; how many of these perovskites lie less than 0.2 eV
above the hull, and how many in the whole set? The data alone answer this; no network is needed.

Castelli's energies are printed as multiples of 0.02 eV and stored in single precision, so an energy at the threshold
is recognised within `TOLERANCE`.
"""

import re
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

LARGE_OF_GROUPS_13_TO_15 = ("In", "Tl", "Sn", "Pb", "Sb", "Bi")
GROUPS_4_TO_6 = ("Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "Mo", "W")
MISPRINTED, MEANT = "Ti", "Tl"
"""The A-site element that Table V prints, and the one that stands for it."""
ATOMS_PER_CELL = 5
TOLERANCE = 1e-4

_FORMULA = re.compile(r"([A-Z][a-z]?)([A-Z][a-z]?)((?:[A-Z][a-z]?\d*)+)")


def sites(formulas: Sequence[str]) -> pd.DataFrame:
    """Split formulas that are written in the order A, B, X3.

    Returns
    -------
    formula, a_site, b_site, anions : "PbTiO3" gives Pb, Ti and O3; "InTaO2F" gives In, Ta and O2F

    Raises
    ------
    BadInputError : a formula doesn't read so
    """
    rows = []
    for formula in formulas:
        parts = _FORMULA.fullmatch(formula)
        if parts is None:
            raise BadInputError(f"{formula!r} is no perovskite formula in the order A, B, X3.")
        rows.append((formula, *parts.groups()))
    return pd.DataFrame(rows, columns=["formula", "a_site", "b_site", "anions"])


def candidates(
    formulas: Sequence[str],
    energies: FloatArray,
    a_sites: Collection[str] = LARGE_OF_GROUPS_13_TO_15,
    b_sites: Collection[str] = GROUPS_4_TO_6,
) -> pd.DataFrame:
    """The perovskites with one of ``a_sites`` on the A site and one of ``b_sites`` on the B site.

    Parameters
    ----------
    formulas : of the whole data set, in the order A, B, X3
    energies : (perovskites,) energy above hull, eV/atom as the paper reads it

    Returns
    -------
    formula, a_site, b_site, anions, energy : in order of energy, then formula

    Raises
    ------
    BadInputError : lengths differ, an energy is not finite, or a formula is none of a perovskite
    """
    table = _with_energies(formulas, energies)
    chosen = table[table["a_site"].isin(a_sites) & table["b_site"].isin(b_sites)]
    return chosen.sort_values(["energy", "formula"], ignore_index=True)


def combinational_search(
    formulas: Sequence[str],
    energies: FloatArray,
    a_sites: Collection[str] = LARGE_OF_GROUPS_13_TO_15,
    b_sites: Collection[str] = GROUPS_4_TO_6,
    threshold: float = 0.2,
) -> pd.DataFrame:
    """How much the choice of A and B sites narrows the search for perovskites below a threshold.

    Parameters
    ----------
    formulas, energies, a_sites, b_sites : as in `candidates`
    threshold : eV/atom; the paper prints those "lower than 0.2 eV/atom"

    Returns
    -------
    quantity, value : "candidates", "candidates below", "candidates at or below", "perovskites", "perovskites below",
        "perovskites at or below", "search efficiency" (share below among candidates over that in the whole set; the
        paper's factor of 7), "search efficiency, at or below"

    Raises
    ------
    BadInputError : no perovskite is a candidate, the threshold is not finite, or as in `candidates`
    """
    if not np.isfinite(threshold):
        raise BadInputError(f"The threshold of the search must be a number, not {threshold}.")
    chosen = candidates(formulas, energies, a_sites, b_sites)["energy"].to_numpy()
    if len(chosen) == 0:
        raise BadInputError("No perovskite has these elements on its A and B sites.")
    every = np.asarray(energies, dtype=float)
    counts = {
        name: (len(values), int(np.sum(_below(values, threshold))), int(np.sum(values <= threshold + TOLERANCE)))
        for name, values in (("candidates", chosen), ("perovskites", every))
    }
    numbers: dict[str, float] = {}
    for name, (total, below, at_or_below) in counts.items():
        numbers |= {name: total, f"{name} below": below, f"{name} at or below": at_or_below}
    for label, position in (("search efficiency", 1), ("search efficiency, at or below", 2)):
        among, of_all = (counts[name][position] / counts[name][0] for name in ("candidates", "perovskites"))
        numbers[label] = among / of_all if of_all else np.nan
    return pd.DataFrame({"quantity": list(numbers), "value": np.array(list(numbers.values()), dtype=float)})


def unit_readings(formulas: Sequence[str], energies: FloatArray, threshold: float = 0.2) -> pd.DataFrame:
    """The search under both readings of the data's unit.

    The paper says eV/atom; the data set's documentation says eV per cell of five atoms, which puts 0.2 eV/atom at 1 eV.

    Returns
    -------
    reading : "eV/atom" or "eV/cell"
    quantity, value : as in `combinational_search`

    Raises
    ------
    BadInputError : as in `combinational_search`
    """
    readings = {"eV/atom": threshold, "eV/cell": threshold * ATOMS_PER_CELL}
    tables = [combinational_search(formulas, energies, threshold=value).assign(reading=name) for name, value in readings.items()]
    return pd.concat(tables, ignore_index=True)[["reading", "quantity", "value"]]


def compare_printed(printed: pd.DataFrame, formulas: Sequence[str], energies: FloatArray, threshold: float = 0.2) -> pd.DataFrame:
    """Every row that Table V prints beside the data, then the candidates below the threshold that it doesn't print.

    Titanium can't be meant on the A site: it belongs to group 4, and with thallium (group 13) all rows are in the data.

    Parameters
    ----------
    printed : formula, energy (eV/atom) and split as printed
    formulas, energies : as in `candidates`
    threshold : eV/atom

    Returns
    -------
    printed_formula, split, printed_energy : as printed; empty and NaN for candidates that aren't printed
    formula, anions, energy : of the data set; energy is NaN where the data set has no such formula
    difference : printed energy - energy
    energy_as_printed : energy of the printed formula taken literally, NaN where the A site is not in question
    status : "agrees", "differs" (by more than half a unit of the last printed digit, 0.005 eV), "not in the data", "not printed"

    Raises
    ------
    BadInputError : a printed formula is none of a perovskite, or as in `candidates`
    """
    every = _with_energies(formulas, energies)
    energy_of = every.set_index("formula")["energy"]
    rows = sites(printed["formula"].tolist())
    wrong = rows["a_site"] == MISPRINTED
    corrected = rows["a_site"].where(~wrong, MEANT) + rows["b_site"] + rows["anions"]
    table = pd.DataFrame(
        {
            "printed_formula": rows["formula"],
            "split": printed["split"].to_numpy(),
            "printed_energy": printed["energy"].to_numpy(dtype=float),
            "formula": corrected,
            "anions": rows["anions"],
            "energy": energy_of.reindex(corrected).to_numpy(),
            "energy_as_printed": np.where(wrong, energy_of.reindex(rows["formula"]).to_numpy(), np.nan),
        }
    )
    table["difference"] = table["printed_energy"] - table["energy"]
    table["status"] = np.where(table["difference"].abs() <= 0.005, "agrees", "differs")
    table.loc[table["energy"].isna(), "status"] = "not in the data"
    chosen = candidates(formulas, energies)
    unprinted = chosen[_below(chosen["energy"].to_numpy(), threshold) & ~chosen["formula"].isin(corrected)]
    missing = unprinted[["formula", "anions", "energy"]].assign(printed_formula="", split="", status="not printed")
    columns = ["printed_formula", "split", "printed_energy", "formula", "anions", "energy", "difference", "energy_as_printed", "status"]
    return pd.concat([table, missing], ignore_index=True).reindex(columns=columns)


def share_in_test_set(candidates: int, in_test_set: int, perovskites: int, test_set: int) -> pd.DataFrame:
    """Are the candidates in the test set as many as a random split would put there?

    Parameters
    ----------
    candidates, in_test_set : the paper's 378 and 58
    perovskites, test_set : the paper's 18,928 and 3,787

    Returns
    -------
    quantity, value : "expected", "standard deviation", "probability of so few" (as few or fewer, hypergeometric)

    Raises
    ------
    BadInputError : the numbers contradict each other
    """
    if not (0 <= in_test_set <= candidates <= perovskites and in_test_set <= test_set <= perovskites):
        raise BadInputError(f"{in_test_set} of {candidates} candidates can't lie in {test_set} of {perovskites} perovskites.")
    distribution = hypergeom(perovskites, candidates, test_set)
    numbers = {
        "expected": distribution.mean(),
        "standard deviation": distribution.std(),
        "probability of so few": distribution.cdf(in_test_set),
    }
    return pd.DataFrame({"quantity": list(numbers), "value": list(numbers.values())})


def _with_energies(formulas: Sequence[str], energies: FloatArray) -> pd.DataFrame:
    values = np.asarray(energies, dtype=float)
    if values.shape != (len(formulas),):
        raise BadInputError(f"{len(formulas)} formulas need as many energies; there are {values.shape}.")
    if not np.all(np.isfinite(values)):
        raise BadInputError(f"The energy of {formulas[int(np.argmin(np.isfinite(values)))]} is not a finite number; leave it out.")
    return sites(formulas).assign(energy=values)


def _below(energies: FloatArray, threshold: float) -> np.ndarray:
    return energies < threshold - TOLERANCE
