"""What the CGCNN chapter tells of its trainings: their cost, the errors of each run, how the recipe was chosen, and where others stand."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from recryst import storage
from recryst.analysis import chemistry, drawing, recipes, regression, uncertainty
from recryst.analysis.predictions import absolute_errors, averaged, correct, mean_absolute_error
from recryst.chapters import benchmark
from recryst.chapters.cgcnn.experiments import EQUATIONS, PROPERTIES, printed_crystals
from recryst.chapters.cgcnn.study import LABELS, Study, error_of_released, if_any
from recryst.models.cgcnn import GatedNetwork
from recryst.notation import in_unit, words
from recryst.outcomes.models import name_of
from recryst.outcomes.recipes import validation_errors
from recryst.report import Report
from recryst.report.printed import Paper
from recryst.training import networks, plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run
from recryst.training.runs import predictions

RECIPES = "cgcnn_recipes"
"""The plan that tries recipes."""
SIZES = "cgcnn_sizes"
"""The plan that tries networks of other sizes on the perovskites."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
RELEASED_CODE = "168 to 202"
"""Crystals a second that the released code learns from, measured for this project's design on a machine of the same kind."""
SHOWN = 12
"""Recipes of which the picture shows the errors: the best."""


def record_crystals(report: Report, study: Study) -> None:
    """Record how many crystals each network of Table I learned from, and that of the formation energy for the text too."""
    for name in study.trained(PROPERTIES):
        about = study.evidence(name) | {"unit": "", "split": "train"}
        for exhibit, value_id in (("table-1", f"{name}/training-crystals"), ("text-scope", "training-crystals")):
            if exhibit == "table-1" or name == "formation-energy":
                report.record(exhibit, value_id, value=study.runs(name)[0].training_crystals, **about)


def any_network(study: Study) -> GatedNetwork:
    """A network of Eq. 5 before its training, which changes neither its layers nor under what it is invariant."""
    trained = study.trained(PROPERTIES)
    configuration = study.runs(trained[0])[0].configuration if trained else Configuration.checked(task=study.task("formation-energy").name)
    return networks.build(configuration, classification=False)


def runs(study: Study) -> pd.DataFrame:
    """One row a network: what it learned from, what it cost, and its errors, by the key that makes it again.

    Returns
    -------
    property, network, varied (which choice of Fig. S3 differs from the recipe of the others; "" for none), crystals (training), seed,
    epochs, best_epoch, validation_error, test_error (mean absolute errors; for a classification 1 - area under the curve, and share of
    wrong classes), seconds_per_epoch, crystals_per_second, hours, peak_memory_gb, device, run
    """
    varied: dict[str, str] = {}
    for equation in ("eq-5", "eq-4"):
        varied |= {run.key: f"{choice}: {setting:g}" for choice, setting, run in study.experiments.variants(equation)}
        # one setting of each choice is the recipe itself
        varied |= {run.key: "" for run in study.runs("formation-energy", equation)}
    return pd.DataFrame([_row(run, varied.get(run.key, "")) for run in study.experiments.everything()])


def costs(table: pd.DataFrame) -> pd.DataFrame:
    """What a training costs: rows of `runs` that differ in seed alone as one, for each network on the most crystals it learned from."""
    table = table[table["varied"] == ""]
    largest = table.groupby(["property", "network"])["crystals"].transform("max")
    grouped = table[table["crystals"] == largest].groupby(["property", "network", "crystals", "epochs", "device"], sort=False)
    means = grouped.agg(
        runs=("run", "size"),
        seconds_per_epoch=("seconds_per_epoch", "mean"),
        crystals_per_second=("crystals_per_second", "mean"),
        hours=("hours", "sum"),
        peak_memory_gb=("peak_memory_gb", "max"),
    )
    return means.reset_index().round({"seconds_per_epoch": 2, "crystals_per_second": 0, "hours": 2, "peak_memory_gb": 2})


def speeds() -> pd.DataFrame:
    """Training speed of the network beside that of the original layer and of the released code, from the last `make bench`.

    Returns
    -------
    code, and crystals a second on one core, in a column of the benchmark's name
    """
    (row,) = benchmark.speeds("CGCNN training")
    told = [("this project's network", row["ours"]), (f"the same with the {row['peer']}", row["peer_speed"])]
    rows = [(name, f"{speed:.0f}") for name, speed in told]
    return pd.DataFrame(
        [*rows, ("the released code, on PyTorch (measured apart, on a machine of the same kind)", RELEASED_CODE)],
        columns=["code", row["name"]],
    )


def errors(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of `runs` that say how well each network did."""
    return table[["property", "network", "varied", "crystals", "seed", "best_epoch", "validation_error", "test_error", "run"]]


def error_quantiles(study: Study) -> pd.DataFrame:
    """Rows property, network, n, and a column for each of `QUANTILES`: absolute errors of test crystals, mean of the seeds' predictions."""
    rows = []
    for name, equation in _regressions(study):
        errors = absolute_errors(averaged(study.predictions(name, equation)))
        rows.append((words(name), LABELS[equation], len(errors), *errors.quantile(list(QUANTILES))))
    return pd.DataFrame(rows, columns=["property", "network", "n", *(f"{100 * quantile:g} %" for quantile in QUANTILES)])


def calibrations(study: Study) -> pd.DataFrame:
    """How far the disagreement of the seeds tells the error, for whatever was trained from two seeds or more.

    Returns
    -------
    property, network, seeds, factor (on the deviation of the seeds, right for validation crystals), the shares of test crystals within
        the uncertainty and within twice of it, with what they should be, n (test crystals), and how many more were left out because all
        seeds agree on them exactly; nothing of what has no crystals left in one of the two parts
    """
    rows = []
    for name, equation in _regressions(study):
        if len(study.runs(name, equation)) > 1:
            ensemble = uncertainty.ensemble(study.predictions(name, equation, "validation", "test"))
            (validation, _), (test, agreed) = (
                uncertainty.disagreeing(ensemble[ensemble["split"] == part]) for part in ("validation", "test")
            )
            if validation.empty or test.empty:
                continue
            factor = uncertainty.scale(validation)
            shares = [round(100 * uncertainty.inside(test, factor, times), 1) for times in (1, 2)]
            rows.append((words(name), LABELS[equation], int(test["seeds"].min()), round(factor, 2), *shares, len(test), agreed))
    shares_named = ["within the uncertainty (%; 68.3 should be)", "within twice of it (%; 95.4 should be)"]
    return pd.DataFrame(rows, columns=["property", "network", "seeds", "factor", *shares_named, "n", "left out"])


def error_by_element(study: Study) -> pd.DataFrame:
    """Errors of the formation energy by element, where three crystals or more hold it; see `recryst.analysis.chemistry`."""
    table = if_any(chemistry.error_by_element, study.predictions("formation-energy"), study.task("formation-energy").crystals)
    return table if table.empty else table[table["n"] >= 3]


def worst_crystals(study: Study, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The test crystals with the largest errors of the formation energy, and their scene in three dimensions."""
    crystals = study.task("formation-energy").crystals
    worst = if_any(chemistry.worst, study.predictions("formation-energy"), crystals, count)
    if worst.empty:
        return worst, worst
    return worst, drawing.scene(crystals.select(worst["id"]), (worst["formula"] + ", " + worst["id"]).tolist())


def recipe_errors(study: Study) -> tuple[pd.DataFrame, int]:
    """Validation errors of the finished runs that try recipes, and how many there should be; none where the notebook trains itself."""
    if not study.settings.plan:
        return pd.DataFrame(), 0
    path = plans.named(RECIPES)
    configurations = plans.read(path)
    found = validation_errors(configurations, plans.finished(path))
    return found.assign(property=found["property"].map(_property)), len(configurations)


def recipe_table(errors: pd.DataFrame) -> pd.DataFrame:
    """Recipes, the best first, see `recryst.analysis.recipes.compare`."""
    return if_any(recipes.compare, errors).round(3)


def recipe_bars(table: pd.DataFrame) -> pd.DataFrame:
    """Rows label, value of the best `SHOWN` recipes that were tried on everything: how many percent above the best of each property."""
    if table.empty:
        return table
    best = table.dropna(subset="score")[:SHOWN]
    return pd.DataFrame({"label": best["recipe"], "value": 100 * (best["score"] - 1), "low": float("nan"), "high": float("nan")})


def leaderboard(study: Study) -> pd.DataFrame:
    """What Matbench's leaderboards publish, beside the errors of this run's networks on crystals of the same kind.

    Returns
    -------
    property, unit, training crystals, then a column for each published network: mean absolute error over five folds and its deviation; and
    for this run's networks of each equation, where there are any: training crystals, how many networks, and their error, mean and deviation
    over the seeds, which another split makes not comparable
    """
    published = pd.read_csv(storage.PROJECT / "data" / "benchmarks" / "matbench.csv")
    rows = []
    for name, group in published.groupby("property", sort=False):
        row: dict[str, object] = {"property": words(str(name)), "unit": group["unit"].iloc[0]}
        row["training crystals"] = round(0.8 * int(group["crystals"].iloc[0]))
        row |= {entry["network"]: f"{entry['mae']:.4f} ± {entry['std']:.4f}" for entry in group.to_dict("records")}
        for equation in ("eq-5", "eq-4"):
            if study.real_data and (trained := study.benchmark_runs(str(name), equation)):
                row[f"our crystals, {LABELS[equation]}"] = trained[0].training_crystals
                row[f"our networks, {LABELS[equation]}"] = len(trained)
                row[f"ours, {LABELS[equation]}"] = _with_spread(_mean_absolute_error(predictions(trained, "test")))
        rows.append(row)
    return pd.DataFrame(rows)


def against_print(study: Study, paper: Paper, released: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How far our errors are from the printed ones, and whether anything could have reached those on these crystals.

    Parameters
    ----------
    released : predictions of the released models by property, rows id, target, prediction; see `Study.published_predictions`

    Returns
    -------
    property (with network and unit), crystals printed (training), our crystals, printed, ours (mean absolute error on the test crystals,
        mean and standard deviation over the seeds), 95 % interval (bootstrap over the test crystals), above print (%), averaged
        (the error of the mean of the seeds' predictions, or nothing for one seed), released model (its error on the same test crystals,
        most of which it was trained on, or nothing where none was released): a row for each property that has a network and a printed
        error; none on data that are not the paper's
    """
    rows = []
    printed = [(name, "eq-5", "table-1", f"{name}/mae") for name in PROPERTIES]
    printed += [("perovskites", "eq-4", "figure-s6", "mae"), ("perovskites", "linear", "figure-3b", "mae")]
    for name, equation, exhibit, value_id in printed:
        if not (study.real_data and (trained := study.runs(name, equation))):
            continue
        test, entry = study.predictions(name, equation), paper.value(exhibit, value_id)
        error = _mean_absolute_error(test)
        reference = error_of_released(released, name, test)
        rows.append(
            {
                "property": in_unit(f"{words(name)}, {LABELS[equation]}", study.task(name).unit),
                "crystals printed": printed_crystals(study.settings.data, name),
                "our crystals": trained[0].training_crystals,
                "printed": entry.shown,
                "ours": _with_spread(error),
                "95 % interval": f"{error['low']:.4f} to {error['high']:.4f}" if pd.notna(error["low"]) else "",
                "above print (%)": round(100 * (error["value"] / float(entry.numbers[0]) - 1), 1),
                "averaged": f"{mean_absolute_error(averaged(test)):.4f}" if len(trained) > 1 else "",
                "released model": f"{reference:.4f}" if pd.notna(reference) else "",
            }
        )
    return pd.DataFrame(rows)


def sizes(study: Study) -> pd.DataFrame:
    """Networks of which one choice of Table S1 differs from ours, the best on validation crystals first.

    Returns
    -------
    changed (which choice; "nothing" for ours), parameters (their number), validation_error, test_error (of the first row alone: no
        other may be chosen by it); empty where the notebook trains itself, or fewer than two are finished
    """
    path = plans.named(SIZES)
    finished = plans.finished(path) if study.settings.plan else []
    if len(finished) < 2:
        return pd.DataFrame()
    ours = plans.read(path)[0].model_dump()
    rows: list[tuple[str, int, float, float]] = []
    for run in sorted(finished, key=lambda run: float(run.record()["best_validation_error"])):
        changed = [
            f"{words(name.replace('_', '-'))}: {value}" for name, value in run.configuration.model_dump().items() if value != ours[name]
        ]
        record = run.record()
        test = float("nan") if rows else mean_absolute_error(run.predictions("test"))
        rows.append((", ".join(changed) or "nothing", record["parameters"], record["best_validation_error"], test))
    return pd.DataFrame(rows, columns=["changed", "parameters", "validation_error", "test_error"])


def _regressions(study: Study) -> Iterator[tuple[str, str]]:
    """Each property and equation that has a network; whatever else were asked for would be trained."""
    everything = (*PROPERTIES, "perovskites")
    # the paper has the perovskites by Eq. 4, and them alone by the linear pooling
    yield from ((name, "eq-5") for name in study.trained(everything if study.real_data else PROPERTIES, "eq-5"))
    yield from ((name, "eq-4") for name in study.trained(everything, "eq-4"))
    yield from ((name, "linear") for name in study.trained(("perovskites",), "linear"))


def _property(task: str) -> str:
    """What a data set is about, in words."""
    return words(name_of(task.removeprefix("embedded/")))


def _with_spread(error: dict[Any, Any]) -> str:
    """A row of `recryst.analysis.regression.metrics`: mean over the seeds and, where there are several, standard deviation."""
    return f"{error['value']:.4f}" + (f" ± {error['spread']:.4f}" if pd.notna(error["spread"]) else "")


def _mean_absolute_error(predictions: pd.DataFrame) -> dict[Any, Any]:
    return regression.metrics(predictions).set_index("metric").T["mae"].to_dict()


def _row(run: Run, varied: str) -> dict[str, object]:
    record, settings = run.record(), run.configuration
    test = run.predictions("test")
    crystals, seconds = record["crystals"]["train"], record["seconds"]
    return {
        "property": _property(run.task.name),
        "network": {network: LABELS[name] for name, network in EQUATIONS.items()}[settings.network],
        "varied": varied,
        "crystals": crystals,
        "seed": settings.seed,
        "epochs": record["epochs"],
        "best_epoch": record["best_epoch"],
        "validation_error": record["best_validation_error"],
        "test_error": float((~correct(test)).mean()) if run.task.kind == "classification" else mean_absolute_error(test),
        "seconds_per_epoch": seconds / record["epochs"],
        "crystals_per_second": crystals * record["epochs"] / seconds,
        "hours": seconds / 3600,
        "peak_memory_gb": record["environment"]["peak_memory_bytes"] / 1e9,
        "device": record["environment"]["device"],
        "run": run.key,
    }
