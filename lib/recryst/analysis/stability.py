"""Does a network find the stable compounds? Precision and recall beside errors of the same size that know no chemistry.

A compound counts as stable when it is at most a threshold above the hull of its binary system. Mean absolute errors say
little about that: an error that all structures of a system share changes no hull at all, while one of the same size that
differs from structure to structure blurs every hull that is shallower. So the network is held against invented
predictions whose errors are as large as its own:

============================================  ==========================================================================
predictions                                   errors, for compounds and for elements each of the network's mean absolute
                                              size
============================================  ==========================================================================
one error for all                             of every structure, elements included
all compounds too low                         the elements right, every compound too low by the same
all compounds too high                        the elements right, every compound too high by the same
normally distributed errors                   drawn from a normal distribution
own errors exchanged                          the network's, exchanged among all compounds and among all structures of
                                              elements
own errors exchanged among the same elements  the network's, exchanged among the structures of the same elements only
own errors exchanged at like heights          the network's, exchanged among compounds that lie about as far above their
                                              calculated hulls, and among structures of elements that do
own errors with random signs                  the network's, each of the size that it has, too high or too low by chance
============================================  ==========================================================================

The last two tell apart why a network may do better than its errors exchanged. Errors may be small where it matters, near the
hull and in certain systems: of that the first keeps the nearness, the second all. Or the errors of a system share a sign and
cancel: neither keeps that. With the signs goes also what may do harm, a lean of the stable ones to one side.

That the predictions of one system can be better than random ones of the same size is known from other networks: C. J. Bartel
et al., npj Comput. Mater. 6, 97 (2020), the paper's reference 9.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.analysis import bootstrap, hulls
from recryst.analysis.hull_metrics import is_compound
from recryst.analysis.predictions import require, require_finite
from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError

BoolArray = NDArray[np.bool_]

ROUNDING = 1e-8
"""eV/atom by which a stable entry may seem to lie above its hull."""
THRESHOLDS = (0.0, 0.025, 0.05, 0.1)
HEIGHTS = (0.0, 0.025, 0.05, 0.1, 0.2, 0.5)
"""eV/atom; energies above the hull between two of these are alike."""
SCORES = ("precision", "recall", "f1", "accuracy")
SEED = 0


def scores(entries: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> pd.DataFrame:
    """How well the network's hulls tell stable from unstable compounds.

    Parameters
    ----------
    entries : system, first, second, fraction, above_hull, predicted_above_hull, from `recryst.analysis.hull_metrics.compare`;
        elements are left out, since the lowest structure of an element is on its hull by definition. Any part of a comparison's
        entries, such as those of the test set, is judged on the hulls of all
    thresholds : eV/atom, for calculation and prediction alike

    Returns
    -------
    threshold, metric (precision, recall, f1, accuracy; always_stable: the precision of calling every compound stable)
    value, low, high : percent, and the 95 % bootstrap interval over elements, as systems share them
    n, stable, predicted_stable : compounds

    Raises
    ------
    BadInputError : a column is missing, or there is no compound
    """
    require(entries, ["system", "first", "second", "fraction", "above_hull", "predicted_above_hull"], "entries")
    compounds = entries[is_compound(entries)]
    require(compounds, [], "compounds")
    codes, systems = pd.factorize(compounds["system"])
    draws = list(_draws(compounds, codes))
    tables = []
    for threshold in thresholds:
        stable, predicted = (compounds[column].to_numpy() <= threshold + ROUNDING for column in ("above_hull", "predicted_above_hull"))
        in_system = np.array([np.bincount(codes, part, len(systems)) for part in _parts(stable, predicted)])
        values = _percent(_scores(*in_system.sum(axis=1)))
        drawn = [_percent(_scores(*(in_system @ draw))) for draw in draws]
        low, high = bootstrap.percentiles(np.array([list(one.values()) for one in drawn]))
        tables.append(
            pd.DataFrame(
                {
                    "threshold": threshold,
                    "metric": list(values),
                    "value": list(values.values()),
                    "low": low,
                    "high": high,
                    "n": len(compounds),
                    "stable": int(stable.sum()),
                    "predicted_stable": int(predicted.sum()),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def screening(entries: pd.DataFrame, cuts: Sequence[float] = tuple(np.round(np.arange(0, 0.2001, 0.01), 3))) -> pd.DataFrame:
    """Precision and recall of the truly stable compounds (on the hull) when all up to a cut above the predicted hull are kept.

    Parameters
    ----------
    entries : as in `scores`
    cuts : eV/atom above the predicted hull

    Returns
    -------
    cut, kept (compounds), precision, recall (percent)
    """
    require(entries, ["system", "fraction", "above_hull", "predicted_above_hull"], "entries")
    compounds = entries[is_compound(entries)]
    stable, predicted = (compounds[column].to_numpy() for column in ("above_hull", "predicted_above_hull"))
    rows = []
    for cut in cuts:
        counted = _scores(*_counts(stable <= ROUNDING, predicted <= cut + ROUNDING))
        rows.append((cut, int(counted["true_positive"] + counted["false_positive"]), 100 * counted["precision"], 100 * counted["recall"]))
    return pd.DataFrame(rows, columns=["cut", "kept", "precision", "recall"])


def against_errors_of_the_same_size(entries: pd.DataFrame, threshold: float = 0.0, repeats: int = 50) -> pd.DataFrame:
    """The network beside the invented predictions of the module's table.

    Parameters
    ----------
    entries : system, first, second, id, fraction, target, prediction (eV/atom)
    threshold : as in `scores`
    repeats : how often random errors are drawn anew

    Returns
    -------
    predictions : "as predicted", which are the network's own, or a name of the module's table
    metric : precision, recall, f1 of stable compounds, hull_accuracy (share of all corners of calculated hulls that are corners of
        the predicted ones, elements included: the paper's accuracy, pooled) in percent; above_hull_mae (compounds) in eV/atom
    value : mean over the repeats
    low, high : central 95 % of the repeats; of the network and of constant errors the 95 % bootstrap interval over elements
    repeats : how many there were

    Raises
    ------
    BadInputError : a column is missing, the table is empty, a number is not finite, or there are no repeats
    """
    require(entries, ["system", "first", "second", "id", "fraction", "target", "prediction"], "entries")
    require_finite(entries, ["fraction", "target", "prediction"], "entries")
    if repeats < 1:
        raise BadInputError(f"Random errors must be drawn at least once, not {repeats} times.")
    judge = _Judge(entries, threshold)
    generator = np.random.default_rng(SEED)
    rows = []
    for name, (errors, random) in _INVENTED.items():
        drawn = [errors(judge, generator) for _ in range(repeats if random else 1)]
        if random:
            every = np.array([judge.scores(judge.target + error) for error in drawn])
            value, (low, high) = every.mean(axis=0), bootstrap.percentiles(every)
        else:
            value, low, high = judge.with_interval(judge.target + drawn[0])
        rows.append(
            pd.DataFrame({"predictions": name, "metric": _Judge.METRICS, "value": value, "low": low, "high": high, "repeats": len(drawn)})
        )
    return pd.concat(rows, ignore_index=True)


class _Judge:
    """The calculated hulls of a set of entries, and what predictions are worth on them."""

    METRICS = ("precision", "recall", "f1", "hull_accuracy", "above_hull_mae")

    def __init__(self, entries: pd.DataFrame, threshold: float) -> None:
        self.system, systems = pd.factorize(entries["system"])
        self.systems = len(systems)
        self.draws = list(_draws(entries, self.system))
        self.fraction = entries["fraction"].to_numpy(dtype=float)
        self.target = entries["target"].to_numpy(dtype=float)
        self.compound = is_compound(entries).to_numpy()
        # an element's structure is in many systems, and has one error
        self.row_of_crystal, self.crystal = _first_rows(entries["id"])
        self.error = (entries["prediction"] - entries["target"]).to_numpy(dtype=float)[self.row_of_crystal]
        self.of_compound = self.compound[self.row_of_crystal]
        own = np.where(self.compound, entries["system"], np.where(self.fraction < 0.5, entries["first"], entries["second"]))
        self.chemistry = pd.factorize(own[self.row_of_crystal])[0]
        self.threshold = threshold
        self.hulls = hulls.lower_hulls(self.system, self.fraction, self.target)
        # a structure of an element lies as far above the lowest one in each of its systems
        height = np.searchsorted(np.add(HEIGHTS, ROUNDING), self.hulls.energy_above_hull[self.row_of_crystal])
        self.height = height + (len(HEIGHTS) + 1) * self.of_compound

    def size(self) -> FloatArray:
        """(crystals,) mean absolute error of the compounds for each compound, of the elements for each structure of an element."""
        absolute = np.abs(self.error)
        kinds = (self.of_compound, ~self.of_compound)
        return np.select(kinds, [absolute[kind].mean() if kind.any() else 0.0 for kind in kinds])

    def of_entries(self, errors: FloatArray) -> FloatArray:
        """(n,) errors of entries from those of crystals."""
        return errors[self.crystal]

    def exchanged(self, generator: np.random.Generator, groups: IntArray) -> FloatArray:
        """(crystals,) the network's errors in another order within each group."""
        order = np.lexsort((generator.random(len(groups)), groups))
        errors = np.empty(len(groups))
        errors[np.argsort(groups, kind="stable")] = self.error[order]
        return errors

    def scores(self, prediction: FloatArray) -> FloatArray:
        """(5,) `METRICS`."""
        return self._summed(self._of_systems(prediction).sum(axis=1))

    def with_interval(self, prediction: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(5,) each: the metrics and their bootstrap interval over elements."""
        parts = self._of_systems(prediction)
        drawn = np.array([self._summed(parts @ draw) for draw in self.draws])
        return self._summed(parts.sum(axis=1)), *bootstrap.percentiles(drawn)

    def _of_systems(self, prediction: FloatArray) -> FloatArray:
        """(8, systems) sums in each system that `_summed` needs."""
        predicted = hulls.lower_hulls(self.system, self.fraction, prediction)
        stable, found = (hull.energy_above_hull[self.compound] <= self.threshold + ROUNDING for hull in (self.hulls, predicted))
        error = np.abs(predicted.energy_above_hull - self.hulls.energy_above_hull)[self.compound]
        error[error < ROUNDING] = 0.0
        in_system = self.system[self.compound]
        sums = [np.bincount(in_system, part, self.systems) for part in (*_parts(stable, found), error)]
        corners = [self.hulls.vertex & predicted.vertex, self.hulls.vertex]
        return np.array([*sums, *(np.bincount(self.system, part, self.systems) for part in corners)])

    @staticmethod
    def _summed(sums: FloatArray) -> FloatArray:
        counted = _scores(*sums[:4])
        with np.errstate(invalid="ignore"):
            rest = [100 * np.divide(sums[5], sums[6]), np.divide(sums[4], sums[:4].sum())]
        return np.array([*(100 * counted[name] for name in ("precision", "recall", "f1")), *rest])


def _constant(sign: int) -> Callable[[_Judge, np.random.Generator], FloatArray]:
    return lambda judge, _: judge.of_entries(sign * judge.size() * judge.of_compound)


_INVENTED: dict[str, tuple[Callable[[_Judge, np.random.Generator], FloatArray], bool]] = {
    "as predicted": (lambda judge, _: judge.of_entries(judge.error), False),
    "one error for all": (lambda judge, _: np.full(len(judge.target), np.abs(judge.error).mean()), False),
    "all compounds too low": (_constant(-1), False),
    "all compounds too high": (_constant(1), False),
    # of a normal distribution the mean absolute value is sqrt(2 / pi) of the standard deviation
    "normally distributed errors": (
        lambda judge, random: judge.of_entries(random.normal(0, 1, len(judge.error)) * judge.size() * np.sqrt(np.pi / 2)),
        True,
    ),
    "own errors exchanged": (lambda judge, random: judge.of_entries(judge.exchanged(random, judge.of_compound.astype(np.int64))), True),
    "own errors exchanged among the same elements": (
        lambda judge, random: judge.of_entries(judge.exchanged(random, judge.chemistry)),
        True,
    ),
    "own errors exchanged at like heights": (lambda judge, random: judge.of_entries(judge.exchanged(random, judge.height)), True),
    "own errors with random signs": (
        lambda judge, random: judge.of_entries(judge.error * random.choice([-1, 1], len(judge.error))),
        True,
    ),
}
"""Errors of each kind of predictions, and whether they are random."""


def _first_rows(ids: pd.Series) -> tuple[IntArray, IntArray]:
    codes, unique = pd.factorize(ids)
    first = np.full(len(unique), -1)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first, codes


def _draws(entries: pd.DataFrame, system: IntArray) -> Iterator[IntArray]:
    """How often each system is drawn, once a resample of the elements."""
    _, rows = np.unique(system, return_index=True)
    one = entries.iloc[rows]
    return bootstrap.draws_of_pairs(one["first"], one["second"])


def _parts(stable: BoolArray, predicted: BoolArray) -> list[FloatArray]:
    """True positives, false positives, false negatives and true negatives as ones among zeros."""
    return [(a & b).astype(float) for a, b in ((stable, predicted), (~stable, predicted), (stable, ~predicted), (~stable, ~predicted))]


def _counts(stable: BoolArray, predicted: BoolArray) -> list[float]:
    return [float(part.sum()) for part in _parts(stable, predicted)]


def _scores(true_positive: float, false_positive: float, false_negative: float, true_negative: float) -> dict[str, float]:
    total = true_positive + false_positive + false_negative + true_negative
    return {
        "true_positive": true_positive,
        "false_positive": false_positive,
        "false_negative": false_negative,
        "true_negative": true_negative,
        "precision": _share(true_positive, true_positive + false_positive),
        "recall": _share(true_positive, true_positive + false_negative),
        "f1": _share(2 * true_positive, 2 * true_positive + false_positive + false_negative),
        "accuracy": _share(true_positive + true_negative, total),
        "always_stable": _share(true_positive + false_negative, total),
    }


def _percent(counted: dict[str, float]) -> dict[str, float]:
    return {name: 100 * counted[name] for name in (*SCORES, "always_stable")}


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
