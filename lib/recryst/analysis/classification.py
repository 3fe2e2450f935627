"""Metal or semiconductor: how well the predicted probability of being a metal sorts the crystals (Fig. 2(d)).

Targets are 1 for a metal and 0 for a semiconductor; a prediction is the probability of a metal. A crystal counts as
predicted metal when its probability is at least the threshold.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as every_threshold

from recryst.analysis import bootstrap
from recryst.analysis.predictions import checked, of_class_1
from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError


def metrics(predictions: pd.DataFrame) -> pd.DataFrame:
    """Area under the ROC curve and accuracies at a threshold of 0.5.

    Parameters
    ----------
    predictions : id, target (1 or 0), prediction (probability of 1) [, seed, split]

    Returns
    -------
    metric : auc; accuracy; metal_accuracy and semiconductor_accuracy, the share of the metals (semiconductors) that are recognised
    value, n, spread, low, high : as in `recryst.analysis.regression.metrics`

    Raises
    ------
    BadInputError : a target is neither 0 nor 1, one of the two classes is absent, a probability is outside 0..1, or the
        table is empty, lacks a column or mixes splits

    Notes
    -----
    The paper prints "metal prediction accuracy 0.80, semiconductor prediction accuracy 0.95, overall 0.90" and doesn't
    say which of the two readings it means; its ROC curve speaks of "correctly identified metals", which is the first.
    """
    return bootstrap.over_seeds(_checked_probabilities(predictions), _classification_statistics)


def roc_curve(predictions: pd.DataFrame, points: int = 200) -> pd.DataFrame:
    """Share of the metals recognised against share of the semiconductors mistaken, at falling thresholds.

    Parameters
    ----------
    predictions : as in `metrics`
    points : a longer curve is thinned to this many points a seed; its ends stay

    Returns
    -------
    seed, false_positive_rate, true_positive_rate, threshold : the first threshold of a curve is infinite (no crystal is
        called a metal)
    auc : area under the whole curve of that seed, before thinning

    Raises
    ------
    BadInputError : fewer than two points, or as in `metrics`
    """
    if points < 2:
        raise BadInputError(f"A curve needs at least two points, not {points}.")
    curves = []
    for seed, table in _checked_probabilities(predictions).groupby("seed"):
        false_positive, true_positive, threshold = every_threshold(table["target"], table["prediction"])
        kept = np.unique(np.linspace(0, len(threshold) - 1, min(points, len(threshold))).round().astype(int))
        curves.append(
            pd.DataFrame(
                {
                    "seed": seed,
                    "false_positive_rate": false_positive[kept],
                    "true_positive_rate": true_positive[kept],
                    "threshold": threshold[kept],
                    "auc": roc_auc_score(table["target"], table["prediction"]),
                }
            )
        )
    return pd.concat(curves, ignore_index=True)


def _checked_probabilities(predictions: pd.DataFrame) -> pd.DataFrame:
    table = checked(predictions)
    odd = table[~table["target"].isin([0, 1])]
    if not odd.empty:
        raise BadInputError(f"Targets of a classification are 1 or 0; that of {odd.iloc[0]['id']} is {odd.iloc[0]['target']}.")
    outside = table[(table["prediction"] < 0) | (table["prediction"] > 1)]
    if not outside.empty:
        crystal, value = outside.iloc[0][["id", "prediction"]]
        raise BadInputError(f"Predictions of a classification are probabilities from 0 to 1; that of {crystal} is {value}.")
    if table.groupby("seed")["target"].nunique().min() < 2:
        raise BadInputError("Both classes, 1 and 0, must occur among the targets of a classification; one is absent.")
    return table


def _classification_statistics(target: FloatArray, prediction: FloatArray) -> bootstrap.Statistics:
    metal, called_metal = target == 1, of_class_1(prediction)
    _, level = np.unique(prediction, return_inverse=True)

    def statistics(counts: IntArray) -> Mapping[str, float]:
        return {"auc": _area_under_curve(level, metal, counts), **_accuracies(counts, metal, called_metal)}

    return statistics


def _accuracies(counts: IntArray, metal: np.ndarray, called_metal: np.ndarray) -> dict[str, float]:
    right = metal == called_metal

    def share(among: np.ndarray) -> float:
        drawn = counts @ among
        return float(counts @ (right & among) / drawn) if drawn else np.nan

    return {
        "accuracy": share(np.ones_like(metal)),
        "metal_accuracy": share(metal),
        "semiconductor_accuracy": share(~metal),
    }


def _area_under_curve(level: IntArray, metal: np.ndarray, counts: IntArray) -> float:
    """Chance that a metal ranks above a semiconductor, ties half; ``level`` is the rank of each distinct prediction.

    scikit-learn's function gives the same and sorts each time, which a thousand resamples of 36,000 crystals can't afford.
    """
    metals = np.bincount(level, counts * metal)
    others = np.bincount(level, counts * ~metal)
    pairs = metals.sum() * others.sum()
    return float(metals @ (np.cumsum(others) - others / 2) / pairs) if pairs else np.nan
