"""What the test compounds are: their elements, pairs and kinds, and how far a number depends on which elements they hold."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.analysis import bootstrap
from recryst.chapters.evidence import results

BoolArray = NDArray[np.bool_]

NONMETALS = ("C", "N", "F", "S", "Cl", "Se", "Br", "I")
"""With one of these a binary compound is a carbide, nitride, sulfide, selenide or halide, and no alloy."""
METALLOIDS = ("Sb", "Te")
"""Those among the elements of the test compounds; tellurides and antimonides need not be alloys either."""
ALL, METALS_AND_METALLOIDS, METALS, WITH_NONMETAL = "all compounds", "metals and metalloids", "metals alone", "with nonmetal or halogen"
"""Kinds of compounds."""


def census(table: pd.DataFrame) -> pd.DataFrame:
    """How many compounds there are, beside how many were relaxed, and how many elements, pairs and prototypes they share.

    Parameters
    ----------
    table : id (two elements and the prototype, ``Au_Cu_mp-30``), first, second
    """
    n = len(table)
    counts = {
        "elements": pd.concat([table["first"], table["second"]]).nunique(),
        "pairs-of-elements": pair_of(table).nunique(),
        "prototypes": table["id"].str.rpartition("_")[2].nunique(),
    }
    ours = [("beyond-compounds", name, count, n) for name, count in counts.items()]
    return results(("figure-5a", "relaxed", n, n), ("figure-a5", "crystals", n, n), *ours)


def pair_of(table: pd.DataFrame) -> "pd.Series[str]":
    """The two elements of each compound, in alphabetical order: Ag-Au for Au_Ag too."""
    return pd.Series(["-".join(sorted(both)) for both in zip(table["first"], table["second"], strict=True)], table.index, dtype=object)


def kinds(table: pd.DataFrame) -> dict[str, BoolArray]:
    """Which compounds are of a kind, by its name; those of metals alone are among those of metals and metalloids."""
    other, metalloid = (_holds(table, symbols) for symbols in (NONMETALS, METALLOIDS))
    return {
        ALL: np.ones(len(table), bool),
        METALS_AND_METALLOIDS: ~other,
        METALS: ~other & ~metalloid,
        WITH_NONMETAL: other,
    }


def by_nonmetal(table: pd.DataFrame) -> dict[str, BoolArray]:
    """Which compounds hold each of `NONMETALS`, by ``with C`` and so on."""
    return {f"with {symbol}": _holds(table, (symbol,)) for symbol in NONMETALS}


def over_elements(table: pd.DataFrame, columns: Sequence[str], statistics: Callable[..., Mapping[str, float]]) -> pd.DataFrame:
    """Statistics of rows that belong to two elements each, with 95 % intervals from drawing elements.

    Compounds with an element in common have errors in common, so that drawing compounds would give far too narrow intervals; see
    `recryst.analysis.bootstrap.draws_of_pairs`.

    Parameters
    ----------
    table : first, second and ``columns``, numbers
    statistics : takes these columns, (rows,) each, and returns named numbers

    Returns
    -------
    metric, value, n (rows), low, high : these NaN for fewer than `recryst.analysis.bootstrap.FEWEST` rows
    """
    numbers = table[list(columns)].to_numpy(dtype=float)
    found = statistics(*numbers.T)
    low = high = np.full(len(found), np.nan)
    if len(table) >= bootstrap.FEWEST:
        drawn = bootstrap.draws_of_pairs(table["first"], table["second"])
        low, high = bootstrap.percentiles(np.array([list(statistics(*np.repeat(numbers, draw, axis=0).T).values()) for draw in drawn]))
    return pd.DataFrame({"metric": list(found), "value": list(found.values()), "n": len(table), "low": low, "high": high})


def _holds(table: pd.DataFrame, symbols: Sequence[str]) -> BoolArray:
    return table[["first", "second"]].isin(symbols).any(axis=1).to_numpy()
