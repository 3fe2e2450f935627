"""How far a network's numbers are from the calculated ones: metrics, error fractions, and the tables behind parity plots."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from recryst.analysis import bootstrap
from recryst.analysis.predictions import checked, one_seed
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.errors import BadInputError


def metrics(predictions: pd.DataFrame) -> pd.DataFrame:
    """Error metrics of a regression, with their spread over seeds and their bootstrap interval over crystals.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]

    Returns
    -------
    metric : mae (mean absolute error), rmse (root mean squared error), r2 (coefficient of determination),
        median_absolute_error, quantile_90 (the absolute error that 90 % of the crystals don't exceed)
    value : mean over seeds; unit of the target, r2 without unit
    n : crystals
    spread : standard deviation over seeds, NaN for one seed
    low, high : 95 % bootstrap interval over crystals, 1,000 resamples

    Raises
    ------
    BadInputError : the table is empty, lacks a column, holds a number that is not finite, or mixes splits
    """
    return bootstrap.over_seeds(checked(predictions), _regression_statistics)


def errors_within(predictions: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """Fraction of crystals that are predicted within each threshold (the paper: 90 % within 0.08 eV/atom for Eq. 5).

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]
    thresholds : largest absolute errors that count as within, unit of the target

    Returns
    -------
    threshold, fraction, n, spread, low, high : as in `metrics`

    Raises
    ------
    BadInputError : a threshold is negative or not finite, or `metrics` would refuse the predictions
    """
    limits = np.asarray(thresholds, dtype=float)
    if limits.size == 0 or not np.all(np.isfinite(limits)) or np.any(limits < 0):
        raise BadInputError(f"Thresholds of the absolute error must be numbers from 0 up, not {list(thresholds)}.")

    def statistics(target: FloatArray, prediction: FloatArray) -> bootstrap.Statistics:
        within = np.abs(prediction - target)[:, None] <= limits

        def fractions(counts: IntArray) -> Mapping[str, float]:
            return dict(zip(map(str, limits), counts @ within / counts.sum(), strict=True))

        return fractions

    table = bootstrap.over_seeds(checked(predictions), statistics)
    return (
        table.drop(columns="metric")
        .rename(columns={"value": "fraction"})
        .assign(threshold=limits)[["threshold", "fraction", "n", "spread", "low", "high"]]
    )


def histogram2d(predictions: pd.DataFrame, bins: int = 80, range: tuple[float, float] | None = None) -> pd.DataFrame:
    """Counts of crystals over target and prediction: the paper's Fig. 2(c), 3(b), S4 and S6 in aggregated form.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; the lowest seed is taken
    bins : square bins along each axis
    range : ends of both axes, unit of the target; the smallest and largest number in the table where none is given

    Returns
    -------
    target, prediction : centre of a bin
    width : its side
    count : crystals in it; empty bins are left out
    n : crystals in the table, those outside ``range`` included

    Raises
    ------
    BadInputError : fewer than one bin, an empty range, or `metrics` would refuse the predictions
    """
    table = one_seed(predictions)
    values = table[["target", "prediction"]].to_numpy(dtype=float)
    low, high = (values.min(), values.max()) if range is None else range
    if bins < 1 or not low <= high:
        raise BadInputError(f"A histogram needs at least one bin and a range that rises, not {bins} bins from {low} to {high}.")
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges, _ = np.histogram2d(values[:, 0], values[:, 1], bins=bins, range=[[low, high], [low, high]])
    centres = (edges[:-1] + edges[1:]) / 2
    column, row = np.nonzero(counts)
    return pd.DataFrame(
        {
            "target": centres[column],
            "prediction": centres[row],
            "width": (high - low) / bins,
            "count": counts[column, row].astype(int),
            "n": len(table),
        }
    )


def parity_table(predictions: pd.DataFrame, crystals: Crystals) -> pd.DataFrame:
    """One row a crystal, for sets small enough to draw every point.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; the lowest seed is taken
    crystals : those of the predictions, in any order, others too

    Returns
    -------
    id, formula, target, prediction, error : error = prediction - target

    Raises
    ------
    BadInputError : an id has no crystal, or `metrics` would refuse the predictions
    """
    table = one_seed(predictions)
    formulas = crystals.select(table["id"]).formulas()
    columns = table[["id", "target", "prediction"]].assign(error=table["prediction"] - table["target"])
    columns.insert(1, "formula", formulas)
    return columns


def named_parity(predictions: pd.DataFrame, crystals: Crystals, named: int | None = None, bins: int = 80) -> pd.DataFrame:
    """What a parity plot shows of a set: counts in bins and, by name, the crystals that are farthest off.

    So a page can say which crystal a point is, while no set of others' data is copied into its results.

    Parameters
    ----------
    predictions : id, target, prediction [, seed, split]; the lowest seed is taken
    crystals : those of the predictions, in any order, others too
    named : how many crystals have their name told; None stands for all of them, and then there are no bins
    bins : square bins along each axis

    Returns
    -------
    target, prediction, width, count, n : as of `histogram2d`; a crystal by itself has no width
    id, formula : of a crystal; None for a bin

    Raises
    ------
    BadInputError : as of `histogram2d` and `parity_table`
    """
    every = parity_table(predictions, crystals)
    farthest = every.reindex(every["error"].abs().sort_values(ascending=False, kind="stable").index)[:named]
    points = farthest[["target", "prediction", "id", "formula"]].assign(width=0.0, count=1, n=len(every))
    counts = histogram2d(predictions, bins).assign(id=None, formula=None) if named is not None else points[:0]
    columns = ["target", "prediction", "width", "count", "n", "id", "formula"]
    return pd.concat([part[columns].astype({"id": object, "formula": object}) for part in (counts, points) if len(part)], ignore_index=True)


def _regression_statistics(target: FloatArray, prediction: FloatArray) -> bootstrap.Statistics:
    absolute = np.abs(prediction - target)
    squared = absolute**2
    order = np.argsort(absolute)
    ascending = absolute[order]

    def statistics(counts: IntArray) -> Mapping[str, float]:
        n = counts.sum()
        mean_target = counts @ target / n
        variance = counts @ (target - mean_target) ** 2
        drawn = np.cumsum(counts[order])
        return {
            "mae": counts @ absolute / n,
            "rmse": np.sqrt(counts @ squared / n),
            "r2": 1 - counts @ squared / variance if variance > 0 else np.nan,
            "median_absolute_error": bootstrap.quantile(ascending, drawn, 0.5),
            "quantile_90": bootstrap.quantile(ascending, drawn, 0.9),
        }

    return statistics
