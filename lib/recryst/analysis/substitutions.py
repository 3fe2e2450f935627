"""How redundant a set of crystals is: crystals that become another one of the set when a single element is exchanged."""

import numpy as np
import pandas as pd

from recryst.crystals import Crystals


def partners(crystals: Crystals) -> pd.DataFrame:
    """For each crystal the number of others of the same stoichiometry whose elements are the same but for one, each in the same amount.

    Crystals of one element have no partners: all would have one.

    Returns
    -------
    id, elements (how many different ones), partners
    """
    rows: dict[int, list[tuple[object, ...]]] = {}
    for index in range(len(crystals)):
        numbers, amounts = np.unique(crystals.numbers[crystals.offsets[index] : crystals.offsets[index + 1]], return_counts=True)
        amounts = amounts // np.gcd.reduce(amounts)
        pairs = list(zip(numbers.tolist(), amounts.tolist(), strict=True))
        # what is left when one element is taken out, and the amount of the one that is missing
        rows[index] = [(frozenset(pairs) - {pair}, pair[1]) for pair in pairs] if len(pairs) > 1 else []
    long = pd.DataFrame([(index, key) for index, keys in rows.items() for key in keys], columns=["crystal", "left"])
    long["others"] = long.groupby("left")["crystal"].transform("size") - 1
    # crystals of the same composition fit into each other's gaps for every element; they are no substitutions
    compositions = pd.Series([frozenset(map(str, rows[index])) for index in rows])
    same = compositions.map(compositions.value_counts()).to_numpy() - 1
    found = long.groupby("crystal")["others"].sum().reindex(range(len(crystals)), fill_value=0)
    counts = np.array([len(rows[index]) for index in rows])
    return pd.DataFrame({"id": crystals.ids, "elements": np.maximum(counts, 1), "partners": found.to_numpy() - same * counts})
