"""Does the network tell compounds of the same two elements apart? Its error beside that of a mean over them, and its order among them.

ESNet is given the elements of a compound, without their amounts, beside the densities of states; what differs between compounds of one
pair of elements, amounts and structure, it can have from the densities alone.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from recryst.chapters.esnet import compounds
from recryst.chapters.esnet.study import SPOKEN, UNIT, row, slug
from recryst.crystals import FloatArray

FEWEST = 10
"""Compounds of a pair from which on their order is looked at."""
KINDS = (compounds.ALL, compounds.METALS_AND_METALLOIDS)
RANKS = ("is2re_rank", "rs2re_rank")


def by_pair(table: pd.DataFrame) -> pd.DataFrame:
    """What is known of each pair of elements.

    Parameters
    ----------
    table : id, first, second, target, is2re, rs2re (eV/atom)

    Returns
    -------
    first, second, n : its elements and compounds
    mean, within : of the targets, and the sum of their squared distances from it
    others : sum of absolute errors of predicting each compound by the mean of the *other* compounds of its pair; NaN without others
    is2re, rs2re : sum of the network's absolute errors
    is2re_rank, rs2re_rank : Spearman's rank correlation of predictions and targets; NaN for fewer than `FEWEST` compounds
    """
    return pd.DataFrame([_of_pair(part) for _, part in table.groupby(compounds.pair_of(table).to_numpy())])


def shares(n: FloatArray, mean: FloatArray, within: FloatArray) -> dict[str, float]:
    """``between_pairs``: percent of the targets' variance that lies between the means of pairs; columns of `by_pair`."""
    between = n @ (mean - n @ mean / n.sum()) ** 2
    return {"between_pairs": 100 * float(between / (between + within.sum()))}


def yardstick(n: FloatArray, others: FloatArray, is2re: FloatArray) -> dict[str, float]:
    """Mean absolute errors of both, and by how much the network's is larger; columns of `by_pair`, without pairs of one compound."""
    mean, network = others.sum() / n.sum(), is2re.sum() / n.sum()
    return {"mean_of_the_others": float(mean), "ESNet": float(network), "difference": float(network - mean)}


def order(is2re_rank: FloatArray, rs2re_rank: FloatArray) -> dict[str, float]:
    """Median over pairs of the rank correlations, from unrelaxed and from relaxed structures."""
    return {SPOKEN["is2re"]: float(np.median(is2re_rank)), SPOKEN["rs2re"]: float(np.median(rs2re_rank))}


def pair_results(table: pd.DataFrame) -> pd.DataFrame:
    """All of it as results of ours, with 95 % intervals over elements: errors for all compounds and those without nonmetals."""
    pairs = by_pair(table)
    rows = _rows(compounds.over_elements(pairs, ["n", "mean", "within"], shares), len(table), "%", "variance")
    for kind in KINDS:
        several = pairs[compounds.kinds(pairs)[kind] & (pairs["n"] > 1)]
        if len(several):
            found = compounds.over_elements(several, ["n", "others", "is2re"], yardstick)
            rows += _rows(found, several["n"].sum(), UNIT, "error", kind)
            difference = found.set_index("metric").loc["difference"]
            holds = bool(difference["low"] > 0 or difference["high"] < 0)
            rows.append(
                {**rows[-1], "value_id": slug("error", kind, "difference-beyond-zero"), "value": holds, "unit": "", "interval": None}
            )
    large = pairs.dropna(subset=list(RANKS))
    if len(large):
        rows += _rows(compounds.over_elements(large, RANKS, order), len(large), "", "order")
    return pd.DataFrame(rows)


def _of_pair(part: pd.DataFrame) -> dict[str, Any]:
    target, n = part["target"].to_numpy(dtype=float), len(part)
    first, second = sorted(part[["first", "second"]].iloc[0])
    errors = {task: float((part[task] - part["target"]).abs().sum()) for task in SPOKEN}
    ranks = {f"{task}_rank": float(spearmanr(part[task], target).statistic) if n >= FEWEST else np.nan for task in SPOKEN}
    # the mean of the others is off by n / (n - 1) of the distance from the mean of all
    distances = np.abs(target - target.mean())
    others = float(distances.sum()) * n / (n - 1) if n > 1 else np.nan
    within = float((distances**2).sum())
    return {"first": first, "second": second, "n": n, "mean": target.mean(), "within": within, "others": others, **errors, **ranks}


def _rows(found: pd.DataFrame, n: int, unit: str, *about: str) -> list[dict[str, Any]]:
    return [row("beyond-pairs", slug(*about, one["metric"]), {**one, "n": n}, unit) for one in found.to_dict("records")]
