"""The first sieve of the search of Fig. 5 on the test compounds, whose formation energies by DFT are known.

Of the two thresholds this is the one on the formation energy. The other one, and most of what makes a compound unstable, needs the
energies of all competing phases, which are not released with the predictions.
"""

from functools import partial

import pandas as pd

from recryst.chapters.esnet import compounds
from recryst.chapters.esnet.study import row, slug
from recryst.crystals import FloatArray
from recryst.report import published

KINDS = (compounds.ALL, compounds.METALS_AND_METALLOIDS, compounds.WITH_NONMETAL)


def statistics(target: FloatArray, prediction: FloatArray, threshold: float, stable: float) -> dict[str, float]:
    """What passes, in percent, and how well that agrees with DFT; NaN where there is nothing to divide by.

    Parameters
    ----------
    target, prediction : formation energies, eV/atom
    threshold : a compound passes if it is predicted at or below
    stable : and should if by DFT it is at or below

    Returns
    -------
    passed, below_zero : of all compounds, by prediction and by DFT; that of the latter is the precision of letting all pass
    precision : of those that passed, which should
    recall : of those that should, which passed
    """
    passes, should = prediction <= threshold, target <= stable
    both = float((passes & should).sum())
    return {
        "passed": _percent(float(passes.sum()), len(target)),
        "below_zero": _percent(float(should.sum()), len(target)),
        "precision": _percent(both, float(passes.sum())),
        "recall": _percent(both, float(should.sum())),
    }


def sieve_results(table: pd.DataFrame) -> pd.DataFrame:
    """The same from unrelaxed structures with the paper's two thresholds, as results of ours, with 95 % intervals over elements."""
    paper = published.load("esnet")
    threshold = float(paper.value("figure-5c", "threshold").number)
    judged = partial(statistics, threshold=threshold, stable=float(paper.value("text-stability", "formation-energy").number))
    rows = []
    for kind in KINDS:
        found = compounds.over_elements(table[compounds.kinds(table)[kind]], ["target", "is2re"], judged)
        rows += [row("beyond-sieve", slug(kind, one["metric"]), one, "%") for one in found.to_dict("records")]
    return pd.DataFrame(rows)


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else float("nan")
