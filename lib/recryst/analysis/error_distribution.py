"""How errors are spread: their shape, and their quartiles along the target (voxel-CNN paper, Section II.B, Fig. 2(b), S2)."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from recryst.analysis import bootstrap
from recryst.analysis.predictions import checked, one_seed
from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError

EQUAL = 1e-12
"""Errors that differ by less, over the largest, are one number but for rounding."""


def shape(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean, median and skewness of the errors, prediction less target.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]

    Returns
    -------
    metric : mean_error, median_error (unit of the target); skewness (third standardised moment, below zero where the long tail is one of
        predictions that are too low)
    value, n, spread, low, high : as in `recryst.analysis.regression.metrics`

    Raises
    ------
    BadInputError : as in `recryst.analysis.regression.metrics`
    """
    return bootstrap.over_seeds(checked(predictions), _shape_statistics)


def equal_groups(predictions: pd.DataFrame, groups: int = 4) -> pd.DataFrame:
    """Mean absolute error in groups of equally many crystals, sorted by target: the four of Section II.B.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; errors are averaged over seeds
    groups : how many

    Returns
    -------
    group : 1 for the lowest targets
    target_low, target_high : smallest and largest target in the group
    mae, n, low, high : mean absolute error, crystals, 95 % bootstrap interval over crystals

    Raises
    ------
    BadInputError : fewer crystals than groups, or as in `recryst.analysis.regression.metrics`
    """
    table = _of_crystals(predictions)
    if not 1 <= groups <= len(table):
        raise BadInputError(f"{len(table)} crystals can't be put into {groups} groups.")
    table = table.sort_values("target", kind="stable", ignore_index=True)
    # as equal as possible: of 24,853 crystals in four groups the first has one more
    group = np.concatenate([np.full(len(part), number) for number, part in enumerate(np.array_split(np.arange(len(table)), groups))])
    errors = bootstrap.of_groups(table["absolute"].to_numpy(), group[:, None] == np.arange(groups)).rename(columns={"value": "mae"})
    ends = table.groupby(group)["target"].agg(target_low="min", target_high="max")
    return pd.concat([pd.Series(np.arange(1, groups + 1), name="group"), ends, errors], axis=1)


def boxes(predictions: pd.DataFrame, edges: Sequence[float]) -> pd.DataFrame:
    """Boxes and whiskers of the errors in intervals of the target (Fig. 2(b)).

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; the lowest seed is taken
    edges : of the intervals, rising, unit of the target; each holds its left edge, the last both

    Returns
    -------
    label : "-3 to -2"
    minimum, q1, median, q3, maximum : of prediction less target
    mae, n

    Raises
    ------
    BadInputError : edges do not rise, or as in `recryst.analysis.regression.metrics`
    """
    limits = np.asarray(edges, dtype=float)
    if len(limits) < 2 or not np.all(np.diff(limits) > 0):
        raise BadInputError(f"Intervals need at least two edges that rise, not {list(edges)}.")
    table = one_seed(predictions)
    error = (table["prediction"] - table["target"]).to_numpy(dtype=float)
    target = table["target"].to_numpy(dtype=float)
    rows = []
    for low, high in pairwise(limits.tolist()):
        inside = error[(target >= low) & ((target < high) | ((high == limits[-1]) & (target == high)))]
        if len(inside):
            five = np.quantile(inside, [0, 0.25, 0.5, 0.75, 1])
            rows.append((f"{low:g} to {high:g}", *five, np.abs(inside).mean(), len(inside)))
    return pd.DataFrame(rows, columns=["label", "minimum", "q1", "median", "q3", "maximum", "mae", "n"])


def histogram(predictions: pd.DataFrame, width: float, limit: float) -> pd.DataFrame:
    """Counts of errors (Fig. S2(b)); what is beyond ``limit``, in whole bars, is in none.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; the lowest seed is taken
    width, limit : of a bar, and largest absolute error shown, unit of the target

    Returns
    -------
    value, width, count : centre of a bar, its width, crystals
    """
    if not 0 < width <= limit:
        raise BadInputError(f"Bars of a width above 0 and up to the limit are needed, not {width} up to {limit}.")
    table = one_seed(predictions)
    half = max(1, round(limit / width))
    counts, edges = np.histogram(table["prediction"] - table["target"], bins=2 * half, range=(-half * width, half * width))
    return pd.DataFrame({"value": (edges[:-1] + edges[1:]) / 2, "width": width, "count": counts})


def _of_crystals(predictions: pd.DataFrame) -> pd.DataFrame:
    table = checked(predictions)
    return table.assign(absolute=(table["prediction"] - table["target"]).abs()).groupby("id", sort=False)[["target", "absolute"]].mean()


def _shape_statistics(target: FloatArray, prediction: FloatArray) -> bootstrap.Statistics:
    error = prediction - target
    ascending = np.sort(error)
    order = np.argsort(error)
    # about their mean, as powers of equal errors would differ by rounding and be taken for a spread
    centre = error.mean()
    third = np.column_stack([error - centre, (error - centre) ** 2, (error - centre) ** 3])
    least = (EQUAL * np.abs(error).max()) ** 2

    def statistics(counts: IntArray) -> Mapping[str, float]:
        n = counts.sum()
        mean, square, cube = counts @ third / n
        variance = square - mean**2
        drawn = np.cumsum(counts[order])
        return {
            "mean_error": float(centre + mean),
            "median_error": bootstrap.quantile(ascending, drawn, 0.5),
            "skewness": float((cube - 3 * mean * square + 2 * mean**3) / variance**1.5) if variance > least else float("nan"),
        }

    return statistics
