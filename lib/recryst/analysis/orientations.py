"""Predictions of the same crystals in many orientations: how far they spread, and what their average gains.

A table has one row an image: ``id``, ``orientation`` (counted from 0), ``target``, ``prediction``, as
`recryst.training.orientations.predictions` gives it. A prediction of the paper is the mean of many images; here the means of
images that follow each other, none used twice, so that they are as independent as the images are.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recryst.analysis import bootstrap
from recryst.analysis.predictions import require, require_finite
from recryst.errors import BadInputError

COLUMNS = ["id", "orientation", "target", "prediction"]


def means(predictions: pd.DataFrame, images: int) -> pd.DataFrame:
    """Predictions that are each the mean of so many images.

    Parameters
    ----------
    predictions : see the module; images that are left over are not used
    images : in one mean; 1 leaves the table as it is

    Returns
    -------
    id, orientation (counted from 0, now of means), target, prediction; crystals in their order of appearance

    Raises
    ------
    BadInputError : a column is missing, a number is not finite, the crystals have different numbers of images, or fewer than ``images``
    """
    values = _matrix(predictions)
    count = values.shape[1]
    if not 1 <= images <= count:
        raise BadInputError(f"{count} images of a crystal can't be averaged {images} at a time.")
    groups = count // images
    averaged = values.to_numpy()[:, : groups * images].reshape(len(values), groups, images).mean(axis=2)
    targets = predictions.groupby("id", sort=False)["target"].first()
    return pd.DataFrame(
        {
            "id": np.repeat(values.index.to_numpy(), groups),
            "orientation": np.tile(np.arange(groups), len(values)),
            "target": np.repeat(targets[values.index].to_numpy(), groups),
            "prediction": averaged.ravel(),
        }
    )


def spread(predictions: pd.DataFrame) -> pd.DataFrame:
    """How far the predictions of each crystal spread over its orientations (Fig. 3), and how far off their mean is.

    Returns
    -------
    id, target
    mean, minimum, q1, median, q3, maximum : of the predictions, unit of the target
    interquartile_range : q3 - q1
    standard_deviation : n - 1 in the denominator
    absolute_error : of the mean
    orientations : how many

    Raises
    ------
    BadInputError : as in `means`, or there is one orientation alone
    """
    values = _matrix(predictions)
    if values.shape[1] < 2:
        raise BadInputError("A spread over orientations needs at least two of them.")
    minimum, q1, median, q3, maximum = np.percentile(values, [0, 25, 50, 75, 100], axis=1)
    targets = predictions.groupby("id", sort=False)["target"].first()[values.index].to_numpy()
    mean = values.mean(axis=1).to_numpy()
    return pd.DataFrame(
        {
            "id": values.index.to_numpy(),
            "target": targets,
            "mean": mean,
            "minimum": minimum,
            "q1": q1,
            "median": median,
            "q3": q3,
            "maximum": maximum,
            "interquartile_range": q3 - q1,
            "standard_deviation": values.std(axis=1, ddof=1).to_numpy(),
            "absolute_error": np.abs(mean - targets),
            "orientations": values.shape[1],
        }
    )


def about_the_mean(spreads: pd.DataFrame) -> pd.DataFrame:
    """Rows label, minimum, q1, median, q3, maximum of `spread`, each less the crystal's mean, for boxes (Fig. 3(b))."""
    ends = ["minimum", "q1", "median", "q3", "maximum"]
    return spreads[ends].sub(spreads["mean"], axis=0).assign(label=spreads["id"])[["label", *ends]]


def error_by_images(predictions: pd.DataFrame, counts: Sequence[int]) -> pd.DataFrame:
    """Mean absolute error of all crystals when a prediction is the mean of so many images (Fig. S7).

    Parameters
    ----------
    counts : numbers of images; those above what there is are left out

    Returns
    -------
    images
    minimum, q1, median, q3, maximum : over the sets of images that the orientations can be divided into, unit of the target
    sets : how many; one alone says nothing of its own chance

    Raises
    ------
    BadInputError : as in `means`
    """
    available = _matrix(predictions).shape[1]
    rows = []
    for images in (count for count in counts if count <= available):
        errors = error_by_orientation(means(predictions, images))
        five = np.percentile(errors, [0, 25, 50, 75, 100])
        rows.append((images, *five, len(errors)))
    return pd.DataFrame(rows, columns=["images", "minimum", "q1", "median", "q3", "maximum", "sets"])


def error_by_orientation(predictions: pd.DataFrame) -> pd.Series:
    """Mean absolute error of all crystals in each orientation, in order (Fig. S7)."""
    return _absolute_errors(predictions).mean(axis=0)


def error_of_means(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error of each crystal's mean over all its images.

    Returns
    -------
    value (unit of the target), low, high (95 % bootstrap interval over crystals), n; one row
    """
    return _one_mean(spread(predictions)["absolute_error"])


def error_of_single_images(predictions: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error of single images, over all images of each crystal; columns as in `error_of_means`."""
    return _one_mean(_single_errors(predictions))


def gain_of_averaging(predictions: pd.DataFrame) -> pd.DataFrame:
    """How much smaller the error of each crystal's mean is than the mean error of its images; columns as in `error_of_means`.

    Never negative, whatever the network: the absolute value of a mean is at most the mean of the absolute values.
    """
    return _one_mean(_single_errors(predictions) - spread(predictions)["absolute_error"])


def paired_gain(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """How much smaller the error of ``one``'s means over all its images is than that of ``other``'s, on the same crystals.

    Returns
    -------
    value (unit of the target; positive where ``one`` is better), low, high (95 % bootstrap interval over crystals), n; one row

    Raises
    ------
    BadInputError : the crystals differ, or as in `spread`
    """
    first, second = (spread(table).set_index("id")["absolute_error"] for table in (one, other))
    if set(first.index) != set(second.index):
        raise BadInputError("Two ways to average can be compared only on the same crystals.")
    return _one_mean(second[first.index] - first)


def _single_errors(predictions: pd.DataFrame) -> pd.Series:
    """Mean absolute error of each crystal over its images, in the order of `spread`."""
    return _absolute_errors(predictions).mean(axis=1).reset_index(drop=True)


def _absolute_errors(predictions: pd.DataFrame) -> pd.DataFrame:
    """(crystals, orientations) absolute errors of single images."""
    values = _matrix(predictions)
    targets = predictions.groupby("id", sort=False)["target"].first()[values.index].to_numpy()
    return values.sub(targets, axis=0).abs()


def _one_mean(values: pd.Series) -> pd.DataFrame:
    return bootstrap.of_groups(values.to_numpy(float), np.ones((len(values), 1), dtype=bool))


def _matrix(predictions: pd.DataFrame) -> pd.DataFrame:
    """(crystals, orientations) predictions, crystals in order of appearance."""
    require(predictions, COLUMNS, "predictions by orientation")
    require_finite(predictions, ["target", "prediction"], "predictions by orientation")
    if predictions.duplicated(["id", "orientation"]).any():
        raise BadInputError("A crystal has two predictions in the same orientation; take one network at a time.")
    values = predictions.pivot_table(index="id", columns="orientation", values="prediction", sort=False)
    if values.isna().any(axis=None):
        raise BadInputError("All crystals must have been predicted in the same number of orientations.")
    return values.loc[predictions["id"].unique()].sort_index(axis=1)
