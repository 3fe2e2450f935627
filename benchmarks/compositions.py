"""Speed of composition vectors beside matminer's: the same crystals, in the same process, in processor seconds."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
from matminer.featurizers.composition import ElementProperty
from pymatgen.core import Composition

from benchmarks.features import _copies, _seconds, _small_cells
from recryst.features import magpie

COPIES = 2500
"""Our vectors are made for that many copies of the small crystals at once, as for a data set; matminer takes one composition by one."""

PEERS = 50
GOAL = 50_000


def measure(repeats: int = 5) -> pd.DataFrame:
    """Vectors of 132 statistics per processor second, ours from crystals and matminer's from compositions.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which both take turns
    """
    small = _small_cells()
    many = _copies(small, COPIES)
    compositions = [Composition(formula) for formula in small.formulas()] * PEERS
    by_matminer = ElementProperty.from_preset("magpie", impute_nan=True)
    magpie.of_crystals(small)  # the first call reads the table
    ours, theirs = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns of properties that matminer does not take from it
        for _ in range(repeats):
            ours.append(len(many) / _seconds(partial(magpie.of_crystals, many)))
            theirs.append(len(compositions) / _seconds(partial(_each, by_matminer, compositions)))
    speed, peer = float(np.median(ours)), float(np.median(theirs))
    name = "composition vectors a second, 132 statistics"
    row = (name, speed, "matminer ElementProperty", peer, speed / peer, f"ours at least {GOAL:,}", speed >= GOAL)
    return pd.DataFrame([row], columns=["name", "ours", "peer", "peer_speed", "ratio", "goal", "met"])


def _each(featurizer: ElementProperty, compositions: list[Composition]) -> None:
    for composition in compositions:
        featurizer.featurize(composition)
