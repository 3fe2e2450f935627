"""What the voxel-CNN chapter finds of its own networks: their errors, their training, and how they take a crystal in many orientations.

Rows exhibit, value_id, value, n, as in `recryst.chapters.evidence`; empty where no network has been trained. Where the
paper's words leave room, the reading stands in the docstring.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from recryst.analysis import learning_curve, orientations, regression, uncertainty
from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.evidence import record_all, results
from recryst.chapters.voxel_cnn_evidence import Reanalysis
from recryst.chapters.voxel_cnn_training import GRAPHS, NETWORKS, Trained, authors_history, history_lines
from recryst.report import Report

TENFOLD = 8.0
"""From this factor on one number is "nearly an order of magnitude", or about ten times, below another."""
CONVERGED = 0.1
"""Training and validation error that differ by at most this share of the latter have come together."""
AUTHORS = "authors"
NAMED = 10
"""Crystals of others' data that a parity plot names: the worst."""
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 25, 32, 50)
"""Images in one prediction for which errors are shown."""
CUBE = "the 24 rotations of the cube"
RANDOM = "as many random rotations"


def record(report: Report, trained: Trained) -> None:
    """Record what the printed exhibits say of networks: Table I, and Figs. 3, S3 to S7.

    Of the stand-in on embedded crystals only numbers: a yes or no that hangs on a handful of crystals may be the contrary on another
    processor.
    """
    for kind in ("deep", "shallow"):
        if trained.has(kind):
            turned = trained.turned(kind)
            mae = float(orientations.spread(turned)["absolute_error"].mean())
            report.record("table-1", f"{kind}-cnn/mae", value=mae, n=turned["id"].nunique(), **trained.evidence(kind, seeds=1))
    if trained.has(trained.main):
        for table in (repeated_results(trained), averaging_results(trained)):
            numbers = table[~table["value"].map(lambda value: isinstance(value, bool))]
            rows = table if trained.settings.data == "released" else numbers
            record_all(report, rows, **trained.evidence(trained.main, seeds=1))
    if trained.settings.data == "released":
        _record_comparisons(report, trained)


def _record_comparisons(report: Report, trained: Trained) -> None:
    """Statements on networks that differ in depth, skip connections, augmentation or representation, where both have been trained."""
    if trained.has("deep", "shallow"):
        deep, shallow = (mean_absolute_error(trained.predictions(kind)) for kind in ("deep", "shallow"))
        report.record("table-1", "depth-matters", value=deep < shallow, **_statement(trained, "deep"))
    if trained.has(trained.main, "unturned"):
        record_all(report, history_results(trained), **{**_statement(trained, "unturned"), "split": "validation"})
    if trained.has(trained.main):
        record_all(report, curve_results(trained.learning_curve()), **_statement(trained, trained.main))
    if trained.has("deep", "plain"):
        best = trained.history("deep", "plain").groupby(["kind", "seed"])["validation_error"].min().groupby("kind").mean()
        context = {**_statement(trained, "plain"), "split": "validation"}
        report.record("figure-s5", "skip-connections-help", value=bool(best["deep"] < best["plain"]), **context)


def repeated_results(trained: Trained) -> pd.DataFrame:
    """Figs. 3 and S6: the spread of repeated predictions, and how much larger that of single images is.

    Nearly an order of magnitude, about tenfold: the mean spread is at least `TENFOLD` times smaller than the mean absolute error of
    the test set; the first sentence speaks of interquartile ranges and standard deviations, the second of the ranges.
    """
    single, settings = trained.repeated(), trained.settings
    several = orientations.spread(orientations.means(single, settings.images))
    error = float(orientations.spread(trained.turned(trained.main))["absolute_error"].mean())
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
    turned = trained.turned(trained.main)
    single, n = orientations.error_by_orientation(turned), turned["id"].nunique()
    together = float(orientations.spread(turned)["absolute_error"].mean())
    return results(
        ("figure-s7", "single/median", float(single.median()), n),
        ("figure-s7", "single/interquartile-range", float(single.quantile(0.75) - single.quantile(0.25)), n),
        ("figure-s7", "ensemble/median", together, n),
        ("figure-s7", "single/rotations", len(single), None),
        ("figure-s7", "averaging-helps", bool(together < single.median()), n),
    ).assign(unit=[trained.task.unit] * 3 + ["", ""])


def curve_results(curve: pd.DataFrame) -> pd.DataFrame:
    """Fig. S3's statement, from points label, n_train, seed, mae: at every size that both have, CGCNN's error is the smaller one."""
    means = curve.pivot_table(index="n_train", columns="label", values="mae").dropna()
    if GRAPHS not in means or means.shape[1] < 2 or means.empty:
        return results()
    voxels = means.drop(columns=GRAPHS).iloc[:, 0]
    return results(("figure-s3", "needs-more-crystals", bool((voxels > means[GRAPHS]).all()), None))


def history_results(trained: Trained) -> pd.DataFrame:
    """Fig. S4's statements, on means over the seeds; the end is the last tenth of the epochs.

    The gap narrows: at the end it is smaller with rotation than without. The validation error stops falling: without rotation its
    lowest value lies in the first four fifths of the epochs, and the training error at the end is below that of its epoch. They
    converge: at the end, with rotation, they differ by at most `CONVERGED` of the validation error.
    """
    history = trained.history(trained.main, "unturned")
    turned, unturned = (_means(history, kind) for kind in (trained.main, "unturned"))
    last = max(1, len(turned) // 10)
    end, end_unturned = turned.tail(last).mean(), unturned.tail(last).mean()
    gaps = [float(part["validation_error"] - part["training_error"]) for part in (end, end_unturned)]
    lowest = int(unturned["validation_error"].argmin())
    stops = lowest < 0.8 * len(unturned) and end_unturned["training_error"] < unturned["training_error"].iloc[lowest]
    return results(
        ("figure-s4", "gap-narrows", gaps[0] < gaps[1], None),
        ("figure-s4", "validation-error-stops-falling", bool(stops), None),
        ("figure-s4", "errors-converge", bool(abs(gaps[0]) <= CONVERGED * end["validation_error"]), None),
    )


def training_lines(trained: Trained, study: Reanalysis) -> pd.DataFrame:
    """Validation error of our networks, and of the authors' where it is at hand, against the steps of the optimiser; x, y, label."""
    names: dict[Any, str] = {
        kind: f"{NETWORKS[kind]}, trained here" for kind in trained.kinds if kind in ("deep", "shallow") and trained.has(kind)
    }
    history = trained.history(*names)
    if study.is_released:
        history = pd.concat([history, authors_history().assign(kind=AUTHORS)], ignore_index=True)
    return history_lines(history, ["validation_error"], {**names, AUTHORS: "the authors' training, lowest so far"}, x="steps")


def parity(trained: Trained) -> pd.DataFrame:
    """What a parity plot shows of the main network's test crystals: all by name, or of others' data the worst above counts in bins."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    named = NAMED if trained.settings.data == "released" else None
    return regression.named_parity(trained.predictions(trained.main), trained.task.crystals, named, bins=60)


def curve_table(curve: pd.DataFrame) -> pd.DataFrame:
    """`learning_curve.table` of points; empty where there are none."""
    return learning_curve.table(curve) if len(curve) else curve


def averaging_lines(trained: Trained) -> pd.DataFrame:
    """Error against the number of images in a prediction, random ones and the 24 of the cube; x, y, low, high, label."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    table = orientations.error_by_images(trained.turned(trained.main), COUNTS)
    return table.rename(columns={"images": "x", "mae": "y"})[["x", "y", "low", "high"]].round(5)


def cube_bars(trained: Trained) -> pd.DataFrame:
    """Error of means over the cube's rotations and over as many random ones; label, value, low, high (95 %, over crystals), n."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    cube = trained.turned(trained.main, count="cube")
    random = trained.turned(trained.main, count=cube["orientation"].nunique())
    rows = [orientations.error_of_means(table).assign(label=name) for table, name in ((cube, CUBE), (random, RANDOM))]
    return pd.concat(rows, ignore_index=True)[["label", "value", "low", "high", "n"]]


def record_beyond(report: Report, trained: Trained) -> None:
    """Record what the paper does not ask: does averaging over the cube do as well, and is the spread an uncertainty?"""
    if not trained.has(trained.main):
        return
    one = trained.evidence(trained.main, seeds=1)
    cube = trained.turned(trained.main, count="cube")
    random = trained.turned(trained.main, count=cube["orientation"].nunique())
    (gain,) = orientations.paired_gain(cube, random).to_dict("records")
    context = {**one, "n": int(gain["n"])}
    interval = (float(gain["low"]), float(gain["high"]))
    report.record("beyond-cube", "cube-below-random", value=float(gain["value"]), interval=interval, **context)
    spreads = orientations.spread(trained.turned(trained.main))
    rank = float(spearmanr(spreads["interquartile_range"], spreads["absolute_error"]).statistic)
    factor, test = calibrated(trained)
    scores = uncertainty.metrics(test, factor).set_index("metric")["value"]
    report.record("beyond-spread", "rank-correlation", value=rank, **{**context, "unit": "", "n": len(spreads)})
    without_unit = {**context, "unit": "", "n": len(test)}
    report.record("beyond-spread", "factor", value=factor, **without_unit)
    report.record("beyond-spread", "miscalibration-area", value=float(scores["miscalibration_area"]), **without_unit)


def calibrated(trained: Trained) -> tuple[float, pd.DataFrame]:
    """The factor that makes an error bar of the spread on the validation crystals, and the test crystals' ensemble."""
    return uncertainty.scale(trained.ensemble("validation")), trained.ensemble("test")


def spread_points(trained: Trained) -> pd.DataFrame:
    """Absolute error of each test crystal against its interquartile range over orientations; x, y, about."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    spreads = orientations.spread(trained.turned(trained.main))
    points = {"x": spreads["interquartile_range"], "y": spreads["absolute_error"], "about": spreads["id"]}
    return pd.DataFrame(points).round(5)


def spread_histogram(trained: Trained, bins: int = 20) -> pd.DataFrame:
    """Interquartile ranges over orientations of the test crystals; value (centre of a bar), width, count."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    counts, edges = np.histogram(orientations.spread(trained.turned(trained.main))["interquartile_range"], bins)
    return pd.DataFrame({"value": (edges[:-1] + edges[1:]) / 2, "width": np.diff(edges), "count": counts}).round(6)


def calibration(trained: Trained) -> pd.DataFrame:
    """Observed against expected share of test crystals inside the interval that the spread predicts, see `analysis.uncertainty`."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    factor, test = calibrated(trained)
    return uncertainty.calibration(test, factor)


def error_by_spread(trained: Trained) -> pd.DataFrame:
    """Errors of groups of test crystals of growing spread, see `analysis.uncertainty`."""
    if not trained.has(trained.main):
        return pd.DataFrame()
    factor, test = calibrated(trained)
    return uncertainty.error_against_uncertainty(test, factor, bins=5)


def boxes(trained: Trained, images: int, about_mean: bool) -> pd.DataFrame:
    """Figs. 3 and S6: quartiles and extremes of each crystal's repeated predictions less its target, or less their own mean.

    Returns
    -------
    label, minimum, q1, median, q3, maximum; the crystal of lowest energy first
    """
    if not trained.has(trained.main):
        return pd.DataFrame()
    spreads = orientations.spread(orientations.means(trained.repeated(), images)).sort_values("target", kind="stable")
    table = orientations.about_the_mean(spreads)
    ends = table.columns.drop("label")
    return (table if about_mean else table.assign(**{end: table[end] + spreads["mean"] - spreads["target"] for end in ends})).round(5)


def _means(history: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Errors of one kind of network along its epochs, mean over the seeds."""
    rows = history[history["kind"] == kind]
    return rows.groupby("epoch")[["training_error", "validation_error"]].mean()


def _statement(trained: Trained, kind: Any) -> dict[str, Any]:
    return {**trained.evidence(kind), "unit": ""}
