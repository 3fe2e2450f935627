"""Does the disagreement of networks with different seeds tell how far off they are?

An ensemble predicts the mean over its members, and their standard deviation is its uncertainty. Members that saw the
same data agree too well, so the standard deviation is multiplied by one factor, fitted on validation data; after that,
the share of targets inside the central interval of a normal distribution can be held against what it should be.
"""

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm, spearmanr

from recryst.analysis import bootstrap
from recryst.analysis.predictions import checked, require, require_finite
from recryst.crystals import FloatArray
from recryst.errors import BadInputError

ONE_SIGMA = 0.6826894921370859
LEVELS = tuple(np.linspace(0.05, 0.95, 19).round(2).tolist())


def ensemble(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the seeds of each crystal.

    Parameters
    ----------
    predictions : id, target, prediction, seed [, split]; several splits may stand together

    Returns
    -------
    id, split (where given), target
    prediction : mean over seeds, unit of the target
    uncertainty : standard deviation over seeds (n - 1 in the denominator), unit of the target
    seeds : how many

    Raises
    ------
    BadInputError : a crystal was predicted by fewer than two seeds, or the predictions are unsound
    """
    table = checked(predictions, several_splits=True)
    keys = ["id", "split"] if "split" in table else ["id"]
    rows = table.groupby(keys, sort=False, observed=True).agg(
        target=("target", "first"), mean=("prediction", "mean"), uncertainty=("prediction", "std"), seeds=("prediction", "count")
    )
    rows = rows.rename(columns={"mean": "prediction"}).reset_index()
    if (rows["seeds"] < 2).any():
        raise BadInputError(f"An ensemble needs at least two seeds; {rows[rows['seeds'] < 2].iloc[0]['id']} has one.")
    return rows


def disagreeing(ensemble: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The crystals on which the members differ, and how many are left out: no factor makes an error bar of no spread.

    Parameters
    ----------
    ensemble : rows of `ensemble`
    """
    differ = ensemble["uncertainty"] != 0
    return ensemble[differ].reset_index(drop=True), int((~differ).sum())


def scale(validation: pd.DataFrame) -> float:
    """The factor on the uncertainty with which 68.3 % of the validation targets lie within one standard deviation.

    Parameters
    ----------
    validation : rows of `ensemble` that no test crystal is among

    Raises
    ------
    BadInputError : the table is empty, or all members agree on a crystal exactly
    """
    return float(np.quantile(_deviations(validation, 1.0), ONE_SIGMA))


def inside(ensemble: pd.DataFrame, scale: float = 1.0, times: float = 1.0) -> float:
    """Share of targets that lie within ``times`` the scaled uncertainty of the prediction.

    68.3 % should lie within once, 95.4 % within twice of it; errors with longer tails than a normal distribution's can fit the one alone.

    Raises
    ------
    BadInputError : as in `calibration`
    """
    return float(np.mean(_deviations(ensemble, scale) <= times))


def calibration(ensemble: pd.DataFrame, scale: float = 1.0) -> pd.DataFrame:
    """Share of targets inside the central interval of probability p, for p from 0.05 to 0.95.

    Parameters
    ----------
    ensemble : rows of `ensemble`, those of the test set
    scale : factor on the uncertainty, from `scale`

    Returns
    -------
    expected, observed : p, and the share of targets within the scaled uncertainty times the normal quantile of (1 + p) / 2
    low, high : 95 % Wilson interval of the share
    n : crystals

    Raises
    ------
    BadInputError : as in `scale`, or the factor is not positive
    """
    deviations = _deviations(ensemble, scale)
    rows = []
    for level in LEVELS:
        inside = int(np.sum(deviations <= norm.ppf((1 + level) / 2)))
        interval = binomtest(inside, len(deviations)).proportion_ci(method="wilson")
        rows.append(
            {"expected": level, "observed": inside / len(deviations), "low": interval.low, "high": interval.high, "n": len(deviations)}
        )
    return pd.DataFrame(rows)


def metrics(ensemble: pd.DataFrame, scale: float = 1.0) -> pd.DataFrame:
    """What one number each says of the uncertainty.

    Returns
    -------
    metric, value, n : miscalibration_area (between the calibration curve and the diagonal: 0 perfect, 0.5 worst),
        sharpness (root mean square of the scaled uncertainty, unit of the target), rank_correlation (Spearman, of
        uncertainty and absolute error; NaN of one error bar for all), negative_log_likelihood (of normal distributions of these
        widths, mean over the crystals: the lower, the better), mae (of the ensemble's mean), scale

    Raises
    ------
    BadInputError : as in `calibration`
    """
    deviations = np.sort(_deviations(ensemble, scale))
    error = (ensemble["prediction"] - ensemble["target"]).abs()
    ranked = len(ensemble) > 2 and bool(np.ptp(ensemble["uncertainty"]) > 0)
    values = {
        "miscalibration_area": _area_to_diagonal(2 * norm.cdf(deviations) - 1),
        "sharpness": float(np.sqrt(np.mean((scale * ensemble["uncertainty"]) ** 2))),
        "rank_correlation": float(spearmanr(ensemble["uncertainty"], error).statistic) if ranked else np.nan,
        "negative_log_likelihood": float(-norm.logpdf(error, scale=scale * ensemble["uncertainty"]).mean()),
        "mae": float(error.mean()),
        "scale": scale,
    }
    return pd.DataFrame({"metric": list(values), "value": list(values.values()), "n": len(ensemble)})


def error_against_uncertainty(ensemble: pd.DataFrame, scale: float = 1.0, bins: int = 10) -> pd.DataFrame:
    """Error of crystals of similar uncertainty; where the uncertainty is right, the two are equal.

    Parameters
    ----------
    ensemble, scale : as in `calibration`
    bins : groups of equal numbers of crystals, from the most to the least certain

    Returns
    -------
    uncertainty : root mean square of the scaled uncertainty of a group, unit of the target
    rmse, mae : root mean squared and mean absolute error of the group
    low, high : 95 % bootstrap interval of the rmse
    n : its crystals

    Raises
    ------
    BadInputError : there are fewer crystals than groups, or as in `calibration`
    """
    _deviations(ensemble, scale)
    if not 1 <= bins <= len(ensemble):
        raise BadInputError(f"{len(ensemble)} crystals can't be divided into {bins} groups.")
    groups = np.array_split(np.argsort(ensemble["uncertainty"].to_numpy(), kind="stable"), bins)
    members = np.zeros((len(ensemble), bins), dtype=bool)
    for group, rows in enumerate(groups):
        members[rows, group] = True
    squared = ((ensemble["prediction"] - ensemble["target"]) ** 2).to_numpy(dtype=float)
    uncertainty = scale * ensemble["uncertainty"].to_numpy(dtype=float)
    table = bootstrap.of_groups(squared, members)
    return pd.DataFrame(
        {
            "uncertainty": [np.sqrt(np.mean(uncertainty[rows] ** 2)) for rows in groups],
            "rmse": np.sqrt(table["value"]),
            "mae": [np.mean(np.sqrt(squared[rows])) for rows in groups],
            "low": np.sqrt(table["low"]),
            "high": np.sqrt(table["high"]),
            "n": table["n"],
        }
    )


def _deviations(ensemble: pd.DataFrame, scale: float) -> FloatArray:
    """Absolute error in units of the scaled uncertainty, one a crystal."""
    columns = ["target", "prediction", "uncertainty"]
    require(ensemble, columns, "ensemble predictions")
    require_finite(ensemble, columns, "ensemble predictions")
    if not (np.isfinite(scale) and scale > 0):
        raise BadInputError(f"The scale of an uncertainty must be a positive number, not {scale}.")
    agreeing = ensemble["uncertainty"] <= 0
    if agreeing.any():
        raise BadInputError(f"The uncertainty of {agreeing.sum()} crystals is zero: all members agree; leave them out.")
    return ((ensemble["prediction"] - ensemble["target"]).abs() / (scale * ensemble["uncertainty"])).to_numpy(dtype=float)


def _area_to_diagonal(needed: FloatArray) -> float:
    """Area between the diagonal and the share of crystals inside their interval, a step curve of p.

    ``needed``, ascending: the probability p from which on each crystal's target is inside its central interval.
    """
    edges = np.r_[0.0, needed, 1.0]
    share = np.arange(len(needed) + 1) / len(needed)
    low, high = edges[:-1] - share, edges[1:] - share
    # the integral of |p - share| from edge to edge
    return float(np.sum(high * np.abs(high) - low * np.abs(low)) / 2)
