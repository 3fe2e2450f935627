"""How the error falls with the number of training crystals, and where it passes a level (Fig. 2(b), S5).

Points are measured errors: ``label`` (which network), ``n_train`` (training crystals), ``seed`` and ``mae``; either a
DataFrame with these columns or an iterable of tuples in this order.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from recryst.analysis.predictions import require, require_finite
from recryst.crystals import FloatArray
from recryst.errors import BadInputError

Points = pd.DataFrame | Iterable[tuple[str, int, int, float]]
COLUMNS = ["label", "n_train", "seed", "mae"]


def begun(points: pd.DataFrame) -> pd.DataFrame:
    """The points without those of seeds that have one size so far: one point is no curve."""
    return points[points.groupby(["label", "seed"])["n_train"].transform("nunique") > 1]


def table(points: Points) -> pd.DataFrame:
    """Mean and spread over seeds at every training size.

    Returns
    -------
    label, n_train
    mae : mean over seeds, unit of the target
    spread : standard deviation over seeds, NaN for one seed
    low, high : smallest and largest over seeds
    seeds : how many

    Raises
    ------
    BadInputError : no points, a column is missing, or a training size or an error is not a positive number
    """
    rows = _checked(points).groupby(["label", "n_train"], sort=False)["mae"]
    summary = rows.agg(mae="mean", spread="std", low="min", high="max", seeds="count").reset_index()
    first_seen = pd.Categorical(summary["label"], categories=summary["label"].unique())
    return summary.assign(order=first_seen.codes).sort_values(["order", "n_train"], ignore_index=True).drop(columns="order")


def crossing(points: Points, level: float) -> pd.DataFrame:
    """Training size from which on the error stays at or below ``level``, interpolated between two measured sizes.

    Along a straight line in the logarithms of size and error, as a power law between the two sizes would run.

    Parameters
    ----------
    level : unit of the error

    Returns
    -------
    label, level
    n_train : mean over the seeds whose curve crosses the level, NaN where none does
    spread : standard deviation over these seeds
    low, high : smallest and largest of them
    above, below : the measured sizes between which these curves cross, the smallest and the largest over the seeds; far apart, they make
        ``n_train`` a guess. NA where none crosses
    seeds_crossing, seeds : how many cross, and how many there are
    state : "crosses", "above throughout", "above at the largest size", "below throughout" or "differs between seeds"

    Raises
    ------
    BadInputError : the level is not positive, or as in `table`
    """
    _positive_level(level)
    rows = []
    for label, curves in _checked(points).groupby("label", sort=False):
        outcomes = [_crossing_of_one(curve, level) for _, curve in curves.groupby("seed")]
        crossed = [(size, between) for size, between, _ in outcomes if np.isfinite(size)]
        sizes = np.array([size for size, _ in crossed])
        states = {state for *_, state in outcomes}
        rows.append(
            {
                "label": label,
                "level": level,
                "n_train": sizes.mean() if len(sizes) else np.nan,
                "spread": sizes.std(ddof=1) if len(sizes) > 1 else np.nan,
                "low": sizes.min() if len(sizes) else np.nan,
                "high": sizes.max() if len(sizes) else np.nan,
                "above": min((above for _, (above, _) in crossed), default=pd.NA),
                "below": max((below for _, (_, below) in crossed), default=pd.NA),
                "seeds_crossing": len(sizes),
                "seeds": len(outcomes),
                "state": states.pop() if len(states) == 1 else "differs between seeds",
            }
        )
    return pd.DataFrame(rows).astype({"above": "Int64", "below": "Int64"})


def power_law(points: Points, level: float) -> pd.DataFrame:
    """Fit mae = c n^(-a) to each seed's curve, and the training size where the fit reaches ``level``.

    An extrapolation where that size is larger than any measured one: so the paper expects the accuracy of DFT for the
    bulk modulus at about 10⁴ crystals (Fig. S5).

    Returns
    -------
    label
    exponent, exponent_spread : a, mean and standard deviation over seeds (NaN for one)
    level
    n_train, low, high : mean, smallest and largest over seeds of the size at the level; infinite where the error doesn't
        fall with size
    largest_measured : the largest measured size
    seeds : how many

    Raises
    ------
    BadInputError : a curve has fewer than two sizes, or as in `crossing`
    """
    _positive_level(level)
    rows = []
    for label, curves in _checked(points).groupby("label", sort=False):
        if curves.groupby("seed")["n_train"].nunique().min() < 2:
            raise BadInputError(f"A power law needs at least two training sizes of each seed; {label} has one.")
        fits = [np.polyfit(np.log(curve["n_train"]), np.log(curve["mae"]), 1) for _, curve in curves.groupby("seed")]
        exponents = np.array([-slope for slope, _ in fits])
        with np.errstate(over="ignore"):
            sizes = np.array([np.exp((intercept - np.log(level)) / -slope) if slope < 0 else np.inf for slope, intercept in fits])
        rows.append(
            {
                "label": label,
                "exponent": exponents.mean(),
                "exponent_spread": exponents.std(ddof=1) if len(fits) > 1 else np.nan,
                "level": level,
                "n_train": sizes.mean(),
                "low": sizes.min(),
                "high": sizes.max(),
                "largest_measured": curves["n_train"].max(),
                "seeds": len(fits),
            }
        )
    return pd.DataFrame(rows)


def _crossing_of_one(curve: pd.DataFrame, level: float) -> tuple[float, tuple[int, int], str]:
    """Size at the level, the two measured sizes around it, and the state, as in `crossing`."""
    ordered = curve.sort_values("n_train")
    size: FloatArray = np.log(ordered["n_train"].to_numpy(dtype=float))
    error: FloatArray = np.log(ordered["mae"].to_numpy(dtype=float))
    goal = np.log(level)
    above = np.flatnonzero(error > goal)
    if len(above) == 0:
        return np.nan, (0, 0), "below throughout"
    last = above[-1]
    if last == len(error) - 1:
        return np.nan, (0, 0), "above throughout" if len(above) == len(error) else "above at the largest size"
    fraction = (error[last] - goal) / (error[last] - error[last + 1])
    between = int(ordered["n_train"].iloc[last]), int(ordered["n_train"].iloc[last + 1])
    return float(np.exp(size[last] + fraction * (size[last + 1] - size[last]))), between, "crosses"


def _checked(points: Points) -> pd.DataFrame:
    rows = points if isinstance(points, pd.DataFrame) else pd.DataFrame(list(points), columns=COLUMNS)
    require(rows, COLUMNS, "learning-curve points")
    require_finite(rows, ["n_train", "mae"], "learning-curve points")
    if (rows[["n_train", "mae"]] <= 0).any(axis=None):
        raise BadInputError("Training sizes and errors of a learning curve must be positive: it is drawn over logarithms.")
    if rows.duplicated(["label", "n_train", "seed"]).any():
        first = rows[rows.duplicated(["label", "n_train", "seed"])].iloc[0]
        raise BadInputError(f"{first['label']} has two errors at {first['n_train']} training crystals with seed {first['seed']}.")
    return rows[COLUMNS]


def _positive_level(level: float) -> None:
    if not (np.isfinite(level) and level > 0):
        raise BadInputError(f"The level of a learning curve must be a positive number, not {level}.")
