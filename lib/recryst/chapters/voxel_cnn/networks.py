"""What the voxel-CNN chapter finds of its own networks: their errors, what their training shows, and how many crystals it takes.

Rows exhibit, value_id, value, n, as in `recryst.chapters.evidence`; empty where no network has been trained. Where the
paper's words leave room, the reading stands in the docstring.
"""

import math
from typing import Any

import pandas as pd

from recryst.analysis import learning_curve, regression
from recryst.analysis.predictions import mean_absolute_error
from recryst.chapters.evidence import record_all, results
from recryst.chapters.voxel_cnn import authors
from recryst.chapters.voxel_cnn.evidence import Reanalysis
from recryst.chapters.voxel_cnn.training import GRAPHS, NETWORKS, Kind, Trained, history_lines, printed_training_crystals
from recryst.notation import listed
from recryst.report import Report, published

NAMED = 10
"""Crystals of others' data that a parity plot names: the worst."""


def record(report: Report, trained: Trained) -> None:
    """Record the errors of Table I, and statements on networks that differ in depth, skip connections, augmentation or representation.

    Of the stand-in on embedded crystals only errors: a yes or no that hangs on a handful of crystals may be the contrary on another
    processor.
    """
    kinds: tuple[Kind, ...] = ("deep", "shallow")
    for kind in kinds:
        if trained.has(kind):
            context = trained.evidence(kind, kind, caveat=trained.other_images)
            report.record_metrics("table-1", {f"{kind}-cnn/mae": "mae"}, regression.metrics(trained.means(kind)), **context)
    if trained.settings.data == "released":
        _record_comparisons(report, trained)


def _record_comparisons(report: Report, trained: Trained) -> None:
    """Statements on networks that differ in depth, skip connections, augmentation or representation, where both have been trained."""
    if trained.has("deep", "shallow"):
        deep, shallow = (mean_absolute_error(trained.predictions(kind)) for kind in ("deep", "shallow"))
        report.record("table-1", "depth-matters", value=deep < shallow, **_statement(trained, "deep", "shallow"))
    if trained.has(trained.main, "unturned"):
        record_all(report, history_results(trained), **{**_statement(trained, "unturned", trained.main), "split": "validation"})
    record_curve(report, trained)
    if trained.has("deep", "plain"):
        best = trained.history("deep", "plain").groupby(["kind", "seed"])["validation_error"].min().groupby("kind").mean()
        context = {**_statement(trained, "plain", "deep"), "split": "validation"}
        report.record("figure-s5", "skip-connections-help", value=bool(best["deep"] < best["plain"]), **context)


def record_curve(report: Report, trained: Trained) -> None:
    """Fig. S3's statement, wherever the main network and CGCNN have been trained on equally many crystals."""
    curve = trained.learning_curve()
    both = sizes_of_both(curve)
    if not both:
        return
    seeds = curve[curve["n_train"].isin(both)].groupby("label")["seed"].nunique()
    on, of = listed([f"{size:,}" for size in both]), listed([f"{n} of {str(name).split(': ')[-1]}" for name, n in seeds.items()])
    caveat = f"compared on {on} training crystals; seeds: {of}"
    others = [run for size in both for run in (*trained.runs(trained.main, size), *trained.graphs(size))]
    context = trained.evidence(trained.main, "deep", n_train=both[-1], caveat=caveat, others=others)
    record_all(report, curve_results(curve), **{**context, "unit": ""})


def sizes_of_both(curve: pd.DataFrame) -> list[int]:
    """Training crystals, ascending, on which both networks of a learning curve have been trained; ``curve``: label, n_train, ..."""
    labels = curve.groupby("n_train")["label"].nunique()
    return [int(size) for size in labels.index[labels == 2]]


def curve_results(curve: pd.DataFrame) -> pd.DataFrame:
    """Fig. S3's statement, from points label, n_train, seed, mae: at every size that both have, CGCNN's error is the smaller one."""
    both = curve[curve["n_train"].isin(sizes_of_both(curve))]
    if both.empty:
        return results()
    means = both.pivot_table(index="n_train", columns="label", values="mae")
    others = means.drop(columns=GRAPHS).iloc[:, 0]
    return results(("figure-s3", "needs-more-crystals", bool((others > means[GRAPHS]).all()), None))


def history_results(trained: Trained) -> pd.DataFrame:
    """Fig. S4's statements, on means over the seeds; the end is the last tenth of the epochs.

    The gap narrows: at the end it is smaller with rotation than without. The validation error stops falling: without rotation its
    lowest value lies in the first four fifths of the epochs, and the training error at the end is below that of its epoch. They
    converge: as `authors.converge` says, with rotation.
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
        ("figure-s4", "errors-converge", authors.converge(turned), None),
    )


def training_lines(trained: Trained, study: Reanalysis) -> pd.DataFrame:
    """Validation error of our networks, and of the authors' where it is at hand, against the steps of the optimiser; x, y, label."""
    names: dict[Any, str] = {
        kind: f"{NETWORKS[kind]}, trained here" for kind in trained.kinds if kind in ("deep", "shallow") and trained.has(kind)
    }
    history = trained.history(*names)
    if study.is_released:
        history = pd.concat([history, authors.lowest_so_far().assign(kind=authors.AUTHORS)], ignore_index=True)
    return history_lines(history, ["validation_error"], {**names, authors.AUTHORS: "the authors' training, lowest so far"}, x="steps")


def networks(trained: Trained) -> pd.DataFrame:
    """Every network that the chapter has, by kind and training crystals: what it was trained on and how long, and its errors.

    Errors are those of single images, mean over the seeds; the last column has those of the crystals that are turned, whose means
    over many images are in Table I.
    """
    rows, units, turned = [], f"({trained.task.unit})", trained.settings.turned
    for label, run in trained.everything():
        steps = math.ceil(run.training_crystals / run.configuration.batch_size) * run.configuration.epochs
        test = run.predictions("test")
        errors = [mean_absolute_error(part) for part in (run.predictions("validation"), test, test.head(turned))]
        rows.append((label, run.training_crystals, run.configuration.epochs, steps, len(test), run.configuration.seed, *errors))
    first = f"MAE of the first {turned:,} of them {units}"
    errors_of = [f"MAE of validation crystals {units}", f"MAE of test crystals {units}", first]
    names = ["network", "training crystals", "epochs", "steps of the optimiser", "test crystals", "seeds", *errors_of]
    groups = pd.DataFrame(rows, columns=names).groupby(names[:5], sort=False)
    return groups.agg({"seeds": "count", **dict.fromkeys(errors_of, "mean")}).reset_index().round(4)


def parity(trained: Trained) -> pd.DataFrame:
    """What a parity plot shows of one network's test crystals: all by name, or of others' data the worst above counts in bins."""
    if not trained.has(trained.turning):
        return pd.DataFrame()
    named = NAMED if trained.settings.data == "released" else None
    return regression.named_parity(trained.predictions(trained.turning), trained.task.crystals, named, bins=60)


def curve_table(curve: pd.DataFrame) -> pd.DataFrame:
    """`learning_curve.table` of points; empty where there are none."""
    return learning_curve.table(curve) if len(curve) else curve


def printed_level(trained: Trained) -> dict[str, Any]:
    """Options of the learning curve's picture: the printed error of single images, of networks on the authors' crystals."""
    if trained.settings.data != "released":
        return {}
    level = float(published.load("voxel_cnn").value("figure-s7", "single/median").number)
    return {"level": level, "level_label": f"the paper's deep network on {printed_training_crystals():,} crystals"}


def extrapolated(trained: Trained, curve: pd.DataFrame) -> pd.DataFrame:
    """How a power law through the points of each network with two sizes or more would go on; none of the stand-in on embedded crystals.

    Returns
    -------
    network, how many sizes, the largest, the exponent, and the training crystals at which the line has the printed error of single
    images, with the fewest and the most over the seeds
    """
    points = learning_curve.begun(curve)
    level = printed_level(trained).get("level")
    if points.empty or level is None:
        return pd.DataFrame()
    sizes = points.groupby("label")["n_train"].nunique()
    fits = learning_curve.power_law(points, level)
    return pd.DataFrame(
        {
            "network": fits["label"],
            "sizes measured": fits["label"].map(sizes),
            "largest": fits["largest_measured"],
            "exponent": fits["exponent"].round(3),
            f"crystals for {level:g} {trained.task.unit}": fits["n_train"].round(-3),
            "fewest": fits["low"].round(-3),
            "most": fits["high"].round(-3),
            "seeds": fits["seeds"],
        }
    )


def _means(history: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Errors of one kind of network along its epochs, mean over the seeds."""
    rows = history[history["kind"] == kind]
    return rows.groupby("epoch")[["training_error", "validation_error"]].mean()


def _statement(trained: Trained, kind: Kind, other: Kind) -> dict[str, Any]:
    """What a comparison of two kinds of networks is recorded with."""
    return {**trained.evidence(kind, kind if kind == "plain" else "deep", others=trained.runs(other)), "unit": ""}
