"""Repeated k-fold cross-validation: errors fold by fold, and whether one model is better than another on the same folds.

The folds of a repeated cross-validation share most of their training crystals, so their errors are no independent samples, and a plain t
test finds differences that are none. Intervals here are those of the corrected resampled t test (Nadeau and Bengio, Machine Learning 52,
239 (2003)): the variance of the mean over J folds is not s²/J but s² (1/J + tested / trained on). Crystals that a network validates on
count as trained on, which they are for a forest.
"""

import numpy as np
import pandas as pd
from scipy import stats

from recryst.analysis.bootstrap import LEVEL
from recryst.analysis.predictions import require, require_finite
from recryst.crystals import FloatArray
from recryst.errors import BadInputError

COLUMNS = ["model", "repeat", "fold", "id", "target", "prediction"]
METRICS = ("r2", "rmse", "mae")


def by_fold(predictions: pd.DataFrame) -> pd.DataFrame:
    """Coefficient of determination, root mean squared and mean absolute error of each model on the test crystals of each fold.

    Parameters
    ----------
    predictions : model, repeat, fold, id, target, prediction; each crystal once a model and repeat

    Returns
    -------
    model, repeat, fold, n (crystals tested), others (crystals of the other folds), r2, rmse, mae, tested (the same number for the same
    crystals) : one row a fold; errors in the unit of the target

    Raises
    ------
    BadInputError : a column is missing, there are no predictions, a number is not finite, or a crystal is predicted twice in a repeat
    """
    require(predictions, COLUMNS, "predictions of a cross-validation")
    require_finite(predictions, ["target", "prediction"], "predictions of a cross-validation")
    twice = predictions.duplicated(["model", "repeat", "id"])
    if twice.any():
        first = predictions[twice].iloc[0]
        raise BadInputError(
            f"{first['model']} predicts {first['id']} more than once in repeat {first['repeat']}; a crystal is tested once."
        )
    found = errors(predictions, ["model", "repeat", "fold"])
    others = found.groupby(["model", "repeat"], sort=False)["n"].transform("sum") - found["n"]
    hashes = pd.Series(pd.util.hash_array(predictions["id"].to_numpy(dtype=object)), predictions.index)
    keys = [predictions[name] for name in ("model", "repeat", "fold")]
    tested = hashes.groupby(keys, sort=False).sum().to_numpy()  # a sum, as the order of the crystals says nothing
    return found.assign(others=others, tested=tested)[["model", "repeat", "fold", "n", "others", *METRICS, "tested"]]


def errors(predictions: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Coefficient of determination (NaN where all targets are one), root mean squared and mean absolute error of groups of predictions.

    Parameters
    ----------
    predictions : target, prediction, and the columns ``by`` that make a group

    Returns
    -------
    the columns ``by``, n, r2, rmse, mae : one row a group, in order of appearance; errors in the unit of the target
    """
    error = (predictions["prediction"] - predictions["target"]).to_numpy(float)
    groups = predictions[[*by, "target"]].assign(squared=error**2, mae=np.abs(error)).groupby(by, sort=False)
    found = groups.agg(n=("target", "size"), squared=("squared", "mean"), mae=("mae", "mean"))
    variance = groups["target"].var(ddof=0)
    found["rmse"] = np.sqrt(found["squared"])
    found["r2"] = 1 - found["squared"] / variance.where(variance > 0)
    return found.reset_index()[[*by, "n", *METRICS]]


def summary(folds: pd.DataFrame) -> pd.DataFrame:
    """Mean of each metric over all folds of all repeats.

    Parameters
    ----------
    folds : from `by_fold`

    Returns
    -------
    model, metric ("r2", "rmse", "mae"), value, spread (standard deviation over the repeats' means, NaN for one repeat), low, high (95 %
    interval), n (crystals), repeats
    """
    rows = []
    for model, part in folds.groupby("model", sort=False):
        repeats = part.groupby("repeat")
        n = int(repeats["n"].sum().iloc[0])
        for metric in METRICS:
            low, high = _interval(part[metric], part)
            rows.append((model, metric, part[metric].mean(), repeats[metric].mean().std(ddof=1), low, high, n, len(repeats)))
    return pd.DataFrame(rows, columns=["model", "metric", "value", "spread", "low", "high", "n", "repeats"])


def paired(folds: pd.DataFrame, model: str, reference: str) -> pd.DataFrame:
    """What a model gains over another on the same folds: differences of each metric, model less reference.

    Parameters
    ----------
    folds : from `by_fold`

    Returns
    -------
    metric, value, low, high (95 % interval), p (two-sided, of the same test), folds; where the interval holds 0, p is above 5 % and these
    folds could show no difference

    Raises
    ------
    BadInputError : one of the two is not there, or they were tested on other folds
    """
    first, second = (_of(folds, name) for name in (model, reference))
    if not first["tested"].sort_index().equals(second["tested"].sort_index()):
        raise BadInputError(f"{model} and {reference} were tested on different folds, so that their errors can't be paired.")
    rows = []
    for metric in METRICS:
        difference = first[metric] - second[metric]
        low, high = _interval(difference, first)
        rows.append((metric, difference.mean(), low, high, _chance(difference, first), len(difference)))
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high", "p", "folds"])


def _of(folds: pd.DataFrame, model: str) -> pd.DataFrame:
    part = folds[folds["model"] == model].set_index(["repeat", "fold"])
    if part.empty:
        raise BadInputError(f"No model {model!r} was tested; there are {', '.join(map(repr, folds['model'].unique()))}.")
    return part


def _interval(values: "pd.Series[float]", folds: pd.DataFrame) -> tuple[float, float]:
    """Ends of the corrected interval of the mean of one value a fold; NaN for a single fold."""
    mean, error = _mean_and_error(values, folds)
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, len(values) - 1)) * error
    return mean - reach, mean + reach


def _chance(values: "pd.Series[float]", folds: pd.DataFrame) -> float:
    """How likely chance makes the mean of one value a fold as far from zero as it is: two-sided; NaN for a single fold."""
    mean, error = _mean_and_error(values, folds)
    if error == 0:  # the same in every fold
        return float(mean == 0)
    return 2 * float(stats.t.sf(abs(mean) / error, len(values) - 1))


def _mean_and_error(values: "pd.Series[float]", folds: pd.DataFrame) -> tuple[float, float]:
    """The mean of one value a fold and its corrected standard error, NaN for a single fold."""
    sample: FloatArray = values.to_numpy(dtype=float)
    if len(sample) < 2:
        return float(sample.mean()), float("nan")
    ratio = float((folds["n"] / folds["others"]).mean())
    return float(sample.mean()), float(np.sqrt(sample.var(ddof=1) * (1 / len(sample) + ratio)))
