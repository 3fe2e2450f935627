"""Which entries a binary system A-B has: the compounds of both elements, and every structure of A and of B alone.

The elements of a system stand in the order in which formulas are written, the more electronegative last: Na-Cl, Mo-Se.
"""

from functools import cache

import numpy as np
import pandas as pd

from recryst import elements
from recryst.crystals import Crystals, IntArray
from recryst.errors import BadInputError


def of_crystals(crystals: Crystals) -> pd.DataFrame:
    """Entries of every binary system that has a compound among the crystals.

    Parameters
    ----------
    crystals : elements and binary compounds; `up_to_two_elements` finds them among others

    Returns
    -------
    system ("Na-Cl"), first, second (symbols), id, fraction (atoms of the second element over all, 0 to 1); a system's entries
    stand together, by fraction; an element's crystals are in each of its systems, those of elements without compounds in none

    Raises
    ------
    BadInputError : a crystal has three or more elements, or there is no binary compound
    """
    amounts = crystals.amounts()
    n_elements = np.diff(amounts.indptr)
    if (n_elements > 2).any():
        fault = int(np.flatnonzero(n_elements > 2)[0])
        raise BadInputError(
            f"{crystals.ids[fault]} has {n_elements[fault]} elements; a binary system holds compounds of two elements and the elements "
            "alone."
        )
    if not (n_elements == 2).any():
        raise BadInputError(f"There is no binary compound among {len(crystals)} entries, so there is no binary system.")
    starts = amounts.indptr[:-1]
    two = np.flatnonzero(n_elements == 2)
    pair, atoms = (part[starts[two][:, None] + [0, 1]] for part in (amounts.indices, amounts.data))
    order = np.argsort(np.array(formula_order())[pair], axis=1)
    pair, atoms = np.take_along_axis(pair, order, axis=1), np.take_along_axis(atoms, order, axis=1)
    compounds = pd.DataFrame({"a": pair[:, 0], "b": pair[:, 1], "position": two, "fraction": atoms[:, 1] / atoms.sum(axis=1)})
    one = np.flatnonzero(n_elements == 1)
    pure = pd.DataFrame({"element": amounts.indices[starts[one]], "position": one})
    systems = compounds[["a", "b"]].drop_duplicates()
    ends = [
        systems.merge(pure, left_on=side, right_on="element")[["a", "b", "position"]].assign(fraction=fraction)
        for side, fraction in (("a", 0.0), ("b", 1.0))
    ]
    table = pd.concat([compounds, *ends]).sort_values(["a", "b", "fraction", "position"], ignore_index=True)
    symbols = np.array(elements.symbols())
    first, second = symbols[table["a"]], symbols[table["b"]]
    return pd.DataFrame(
        {
            "system": np.char.add(np.char.add(first, "-"), second).astype(object),
            "first": first.astype(object),
            "second": second.astype(object),
            "id": crystals.ids.astype(object)[table["position"]],
            "fraction": table["fraction"],
        }
    )


def up_to_two_elements(crystals: Crystals) -> IntArray:
    """Positions of the crystals of one or two elements."""
    return np.flatnonzero(np.diff(crystals.amounts().indptr) <= 2)


@cache
def formula_order() -> tuple[int, ...]:
    """(119,) rank of each atomic number in formulas: by Pauling electronegativity, then number; those without one last."""
    known = elements.properties()["electronegativity"].reindex(range(119)).fillna(np.inf).to_numpy()
    return tuple(np.argsort(np.lexsort((np.arange(119), known))).tolist())
