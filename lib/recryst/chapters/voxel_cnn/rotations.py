"""What the voxel-CNN chapter finds of crystals in many orientations: how far predictions spread, and what their average gains.

Rows exhibit, value_id, value, n, as in `recryst.chapters.evidence`; empty where no network has been trained. Where the
paper's words leave room, the reading stands in the docstring.
"""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from recryst.analysis import orientations, uncertainty
from recryst.chapters.evidence import record_all, results
from recryst.chapters.voxel_cnn.training import Trained
from recryst.report import Report, published

TENFOLD = 8.0
"""From this factor on one number is "nearly an order of magnitude", or about ten times, below another."""
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 25, 32, 50)
"""Images in one prediction for which errors are shown."""
CUBE, RANDOM = "rotations of the cube", "random rotations"
"""Sets of equally many orientations."""
SPREAD, CONSTANT = "scaled spread", "one error bar for all"
"""Ways to an error bar, each with one factor from the validation crystals."""
FOUND, INDEPENDENT = "as found", "if images were independent"
"""Lines of the spread against the number of images."""


def record(report: Report, trained: Trained) -> None:
    """Record what Figs. 3, S6 and S7 print of orientations; of the stand-in on embedded crystals only numbers, no statement."""
    if not trained.has(trained.turning):
        return
    error = _error(trained.turned())
    printed = published.load("voxel_cnn").value("figure-2a", "test/mae")
    # a spread is easily small against a large error
    held = f"held against this network's own error, {error:.3f} {trained.task.unit}; the paper's network has {printed.shown}"
    _record(report, trained, repeated_results(trained, error), held)
    _record(report, trained, averaging_results(trained))


def _record(report: Report, trained: Trained, rows: pd.DataFrame, caveat: str | None = None) -> None:
    """Record numbers, and statements with a caveat of theirs where there is one."""
    is_statement = rows["value"].map(lambda value: isinstance(value, bool))
    record_all(report, rows[~is_statement], **trained.evidence(trained.turning, "deep", seeds=1, caveat=trained.other_images))
    if trained.settings.data == "released":
        told = "; ".join(filter(None, (trained.other_images, caveat))) or None
        record_all(report, rows[is_statement], **trained.evidence(trained.turning, "deep", seeds=1, caveat=told))


def repeated_results(trained: Trained, error: float) -> pd.DataFrame:
    """Figs. 3 and S6: the spread of repeated predictions, and how much larger that of single images is.

    Nearly an order of magnitude, about tenfold: the mean spread is at least `TENFOLD` times smaller than the mean absolute error of
    the test set, ``error``; the first sentence speaks of interquartile ranges and standard deviations, the second of the ranges.
    """
    single, settings = trained.repeated(), trained.settings
    several = orientations.spread(orientations.means(single, settings.images))
    wide, deviation = several["interquartile_range"], several["standard_deviation"]
    n = len(several)
    found = [
        ("figure-3a", "interquartile-range/mean", float(wide.mean()), n),
        ("figure-3a", "interquartile-range/maximum", float(wide.max()), n),
        ("figure-3a", "crystals", n, None),
        ("figure-3a", "rotations", settings.repeats, None),
        ("figure-3a", "images", settings.images, None),
        ("figure-3b", "standard-deviation/mean", float(deviation.mean()), n),
        ("figure-3b", "standard-deviation/maximum", float(deviation.max()), n),
        ("figure-3b", "order-of-magnitude-below-error", bool(max(wide.mean(), deviation.mean()) <= error / TENFOLD), n),
        ("figure-3b", "tenfold-below-error", bool(wide.mean() <= error / TENFOLD), n),
        ("figure-s6", "spread-ratio", float(orientations.spread(single)["interquartile_range"].mean() / wide.mean()), n),
    ]
    rows = results(*found)
    in_energies = rows["value_id"].str.contains("interquartile|deviation")
    return rows.assign(unit=np.where(in_energies, trained.task.unit, ""))


def averaging_results(trained: Trained) -> pd.DataFrame:
    """Fig. S7: errors of the test set from single images, orientation by orientation, and from means of all images.

    The spread of the latter over many such means, which the paper prints too, would take as many images again for each.
    """
    turned = trained.turned()
    single, n = orientations.error_by_orientation(turned), turned["id"].nunique()
    together = _error(turned)
    return results(
        ("figure-s7", "single/median", float(single.median()), n),
        ("figure-s7", "single/interquartile-range", float(single.quantile(0.75) - single.quantile(0.25)), n),
        ("figure-s7", "ensemble/median", together, n),
        ("figure-s7", "single/rotations", len(single), None),
        ("figure-s7", "averaging-helps", bool(together < single.median()), n),
    ).assign(unit=[trained.task.unit] * 3 + ["", ""])


def averaging_boxes(trained: Trained) -> pd.DataFrame:
    """Fig. S7: errors of the test set from so many images in a prediction, less the error from all, over the sets of so many.

    Returns
    -------
    label, minimum, q1, median, q3, maximum (a thousandth of the target's unit: meV/atom), n (sets); most images first
    """
    if not trained.has(trained.turning):
        return pd.DataFrame()
    turned = trained.turned()
    every = _error(turned)
    table = orientations.error_by_images(turned, COUNTS).iloc[::-1].reset_index(drop=True)
    labels = [f"{images} image{'s' if images > 1 else ''}" for images in table["images"]]
    ends = ["minimum", "q1", "median", "q3", "maximum"]
    return (1000 * (table[ends] - every)).round(3).assign(label=labels, n=table["sets"])[["label", *ends, "n"]]


def spread_lines(trained: Trained) -> pd.DataFrame:
    """Spread over orientations against the number of images in a prediction, mean over the crystals of Fig. 3; x, y, label.

    Beside it the spread of single images over the square root of their number, which independent ones would have.
    """
    if not trained.has(trained.turning):
        return pd.DataFrame()
    single = trained.repeated()
    counts = [images for images in COUNTS if images <= trained.settings.images]
    wide = [orientations.spread(orientations.means(single, images))["interquartile_range"].mean() for images in counts]
    lines = {FOUND: wide, INDEPENDENT: [wide[0] / images**0.5 for images in counts]}
    return pd.concat([pd.DataFrame({"x": counts, "y": y, "label": label}) for label, y in lines.items()], ignore_index=True).round(6)


def cube_bars(trained: Trained) -> pd.DataFrame:
    """Errors of single images and of means, over the cube's rotations and random ones; label, value, low, high (95 %, crystals), n."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    kinds = {"single images": orientations.error_of_single_images, "their means": orientations.error_of_means}
    rows = [
        error(table).assign(label=f"{kind}, {name}") for kind, error in kinds.items() for name, table in _cube_and_random(trained).items()
    ]
    return pd.concat(rows, ignore_index=True)[["label", "value", "low", "high", "n"]]


def record_cube(report: Report, trained: Trained) -> None:
    """Record whether averaging over the cube's rotations does as well as over random ones, and what makes the difference if not."""
    if not trained.has(trained.turning):
        return
    sets = _cube_and_random(trained)
    quantities = {
        "mae-of-single-images": orientations.error_of_single_images,
        "mae-of-means": orientations.error_of_means,
        "gain-of-averaging": orientations.gain_of_averaging,
    }
    found = {f"{quantity}/{_slug(name)}": of(table) for quantity, of in quantities.items() for name, table in sets.items()}
    found["mae-of-means/rotations-of-the-cube-less-random-ones"] = orientations.paired_gain(sets[RANDOM], sets[CUBE])
    context = trained.evidence(trained.turning, "deep", seeds=1)
    for value_id, table in found.items():
        (row,) = table.to_dict("records")
        report.record("beyond-cube", value_id, value=row["value"], n=row["n"], interval=(row["low"], row["high"]), **context)
    for name, table in sets.items():
        deviation = orientations.spread(table)["standard_deviation"]
        report.record("beyond-cube", f"standard-deviation/{_slug(name)}", value=float(deviation.mean()), n=len(deviation), **context)


def record_spread(report: Report, trained: Trained) -> None:
    """Record whether the spread over orientations goes with the error, and what it is worth as an error bar beside one bar for all.

    The factor on it is recorded of released crystals alone: how far a network of four filters on embedded ones varies over orientations
    hangs on how its short training went, and so on how a processor rounds.
    """
    if not trained.has(trained.turning):
        return
    spreads = orientations.spread(trained.turned())
    rank = float(spearmanr(spreads["interquartile_range"], spreads["absolute_error"]).statistic)
    context = {**trained.evidence(trained.turning, "deep", seeds=1), "unit": ""}
    report.record("beyond-spread", "rank-correlation-of-spread-and-error", value=rank, n=len(spreads), **context)
    for name, (factor, test) in error_bars(trained).items():
        scores = uncertainty.metrics(test, factor).set_index("metric")["value"]
        for metric in ("miscalibration_area", "negative_log_likelihood"):
            value_id = f"{_slug(name)}/{metric.replace('_', '-')}"
            report.record("beyond-spread", value_id, value=float(scores[metric]), n=len(test), **context)
        if name == SPREAD and trained.settings.data == "released":
            of_validation = {**context, "split": "validation", "n": len(trained.ensemble("validation"))}
            report.record("beyond-spread", "scaled-spread/factor", value=factor, **of_validation)


def error_bars(trained: Trained) -> dict[str, tuple[float, pd.DataFrame]]:
    """By way to an error bar: its factor, which the validation crystals fix, and the test crystals with the bar that it is a factor on."""
    validation, test = (trained.ensemble(part) for part in ("validation", "test"))
    alike = [table.assign(uncertainty=1.0) for table in (validation, test)]
    return {SPREAD: (uncertainty.scale(validation), test), CONSTANT: (uncertainty.scale(alike[0]), alike[1])}


def spread_points(trained: Trained) -> pd.DataFrame:
    """Absolute error of each test crystal against its interquartile range over orientations; x, y, about."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    spreads = orientations.spread(trained.turned())
    points = {"x": spreads["interquartile_range"], "y": spreads["absolute_error"], "about": spreads["id"]}
    return pd.DataFrame(points).round(5)


def spread_histogram(trained: Trained, bins: int = 20) -> pd.DataFrame:
    """Interquartile ranges over orientations of the test crystals; value (centre of a bar), width, count."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    counts, edges = np.histogram(orientations.spread(trained.turned())["interquartile_range"], bins)
    return pd.DataFrame({"value": (edges[:-1] + edges[1:]) / 2, "width": np.diff(edges), "count": counts}).round(6)


def calibration(trained: Trained) -> pd.DataFrame:
    """Observed against expected share of test crystals inside each error bar, see `analysis.uncertainty`; label: which bar."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    curves = [uncertainty.calibration(test, factor).assign(label=name) for name, (factor, test) in error_bars(trained).items()]
    return pd.concat(curves, ignore_index=True)


def error_by_spread(trained: Trained) -> pd.DataFrame:
    """Errors of groups of test crystals of growing spread, see `analysis.uncertainty`."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    factor, test = error_bars(trained)[SPREAD]
    return uncertainty.error_against_uncertainty(test, factor, bins=5)


def boxes(trained: Trained, images: int, about_mean: bool) -> pd.DataFrame:
    """Figs. 3 and S6: quartiles and extremes of each crystal's repeated predictions less its target, or less their own mean.

    Returns
    -------
    label, minimum, q1, median, q3, maximum; the crystal of lowest energy first
    """
    if not trained.has(trained.turning):
        return pd.DataFrame()
    spreads = orientations.spread(orientations.means(trained.repeated(), images)).sort_values("target", kind="stable")
    table = orientations.about_the_mean(spreads)
    ends = table.columns.drop("label")
    return (table if about_mean else table.assign(**{end: table[end] + spreads["mean"] - spreads["target"] for end in ends})).round(5)


def _cube_and_random(trained: Trained) -> dict[str, pd.DataFrame]:
    """Predictions of the same crystals in the cube's rotations and in as many random ones."""
    cube = trained.turned(count="cube")
    return {CUBE: cube, RANDOM: trained.turned(count=cube["orientation"].nunique())}


def _error(turned: pd.DataFrame) -> float:
    """Mean absolute error of means over all images."""
    return float(orientations.spread(turned)["absolute_error"].mean())


def _slug(name: str) -> str:
    return name.replace(" ", "-")
