"""Speed of composition vectors beside matminer's: the same crystals, in the same process, in processor seconds."""

import warnings
from functools import partial

import pandas as pd
from matminer.featurizers.composition import ElementProperty
from pymatgen.core import Composition

from benchmarks import cells
from benchmarks.speeds import at_least, compare, each
from recryst.features import magpie

COPIES = 2500
"""Our vectors are made for that many copies of the small crystals at once, as for a data set; matminer takes one composition by one."""

PEERS = 50


def measure(repeats: int = 5) -> pd.DataFrame:
    """Vectors of 132 statistics per processor second, ours from crystals and matminer's from compositions.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which both take turns
    """
    small = cells.small()
    many = cells.copies(small, COPIES)
    compositions = [Composition(formula) for formula in small.formulas()] * PEERS
    by_matminer = ElementProperty.from_preset("magpie", impute_nan=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns of properties that matminer does not take from it
        return compare(
            "composition vectors a second, 132 statistics",
            (len(many), partial(magpie.of_crystals, many)),
            {"matminer ElementProperty": each(by_matminer.featurize, compositions)},
            at_least(50_000),
            repeats,
        )
