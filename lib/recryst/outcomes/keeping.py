"""From finished runs to models that are kept: which networks of a plan are the best, and what is known of their errors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from recryst import outcomes, storage
from recryst.analysis import uncertainty
from recryst.analysis.predictions import averaged, correct, mean_absolute_error
from recryst.datasets.folder import OWN
from recryst.datasets.registry import source
from recryst.elements import symbols
from recryst.errors import BadInputError, MissingDataError
from recryst.outcomes.cards import PUBLISHED, card
from recryst.outcomes.models import load, name_of
from recryst.training import finished, new_densities, orientations, plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run
from recryst.training.runs import predictions

MEMBERS = 3
"""Networks of an ensemble, at most: each takes some 0.4 MB."""
KINDS = ("graphs", "voxels", "points of densities and compositions")
"""What networks that are kept look at."""
TURNED = 500
"""Crystals of a part of which a network on images is asked in many orientations."""

DIVISION = ("train", "validation", "test", "split_seed", "fold", "folds", "left_out")
"""Settings that say which crystals validate; how many, a model's facts tell."""
COLUMNS = ["model", "networks", "validation_error", "folder", "message"]

SHARE_ALIKE = {"voxel-cnn/formation-energy": "xie_spp"}
"""Data sets whose licence also holds for what is made of them, and their sources."""


def keep_best(plan: Path, network: str | None = None) -> pd.DataFrame:
    """Keep the best finished networks of each data set of a plan, see `keep`.

    Candidates are runs on the most training crystals that the plan names for a data set, those that differ in seed alone together; the
    best have the smallest mean validation error. A candidate with fewer seeds than another gives way to it, since several networks know
    more of their uncertainty. So does a candidate to the model that is kept already, of the same crystals in the same parts.

    Parameters
    ----------
    network : of this one alone, such as "voxel-shallow"

    Returns
    -------
    model, networks (in the ensemble), validation_error (their mean), folder, message ("", or that the kept one is better and stays): what
        is kept now, a row each

    Raises
    ------
    BadInputError : the plan trains no such network, or for one data set networks of several `KINDS`, which share its name; or two data sets
        share a name, also with a model of other data that is kept
    MissingDataError : no such run is finished
    """
    named = [one for one in plans.read(plan) if one.takes in KINDS and network in (None, one.network)]
    kinds = {(one.task, one.takes) for one in named}
    if not named or len({task for task, _ in kinds}) < len(kinds):
        there = ", ".join(sorted({one.network for one in plans.read(plan) if one.takes in KINDS})) or "none"
        raise BadInputError(f"Name one network on graphs, voxel images or points of densities of {plan} with --network; it trains {there}.")
    most = {one.task: max(_size(other) for other in named if other.task == one.task) for one in named}
    groups: dict[str, list[Run]] = {}
    for run in plans.finished(plan):
        if run.configuration in named and _size(run.configuration) == most[run.configuration.task]:
            groups.setdefault(run.configuration.model_copy(update={"seed": 0}).model_dump_json(), []).append(run)
    best: dict[str, list[Run]] = {}
    for runs in (group[:MEMBERS] for group in groups.values()):
        task = runs[0].configuration.task
        if task not in best or _rank(runs) > _rank(best[task]):
            best[task] = runs
    if not best:
        what = f"No run of {plan} on most training crystals" + (f" with the network {network}" if network else "")
        raise MissingDataError(f"{what} is finished; train them with: recryst train {plan}.")
    names = [name_of(runs[0].task.name) for runs in best.values()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadInputError(f"Two data sets of {plan} are called {twice}; rename the folder of one, or give it a plan of its own.")
    # of all before any is written, as one of other data is refused
    standing = {task: _rank_of_kept(runs[0]) for task, runs in best.items()}
    return pd.DataFrame([_kept(runs, standing[task]) for task, runs in best.items()], columns=COLUMNS)


def _kept(runs: Sequence[Run], there: tuple[int, float] | None) -> tuple[str, int, float, Path, str]:
    """Keep runs, or leave the model that is there where it is better."""
    count, error = _rank(runs)
    name = name_of(runs[0].task.name)
    if there is not None and there > (count, error):
        networks, known = there
        message = f"stays as it was: that of this plan would have {count} of validation error {-error:.4g}"
        return name, networks, -known, outcomes.models_folder() / name, message
    return name, count, -error, keep(runs), ""


def keep(runs: Sequence[Run]) -> Path:
    """Write runs that differ in seed alone as one model, named by their data set; returns its folder.

    Test crystals take part in nothing but what is said of the model's errors.
    """
    first, weights = runs[0], [finished.find(run.key).folder / finished.WEIGHTS for run in runs]
    folder = outcomes.models_folder() / name_of(first.task.name)
    facts = {
        "predicts": first.task.description,
        "unit": first.task.unit,
        "kind": first.task.kind,
        "data": first.task.label,
        "configuration": first.configuration.settings() | {"task": first.task.name, "seed": 0},
        "elements": _elements(first),
        **_learned(first),
        "split": PUBLISHED if first.task.parts is not None else "by the hash of their ids",
        "orientations": _orientations(first.configuration),
        "crystals": {name: int(count) for name, count in first.record()["crystals"].items()},
        "parameters": first.record()["parameters"],
        "members": [_member(run) for run in runs],
        "test": _test_errors(runs),
        "uncertainty": _calibration(runs),
        "licence": _licence(first.task.name),
        "environment": {name: first.record()["environment"][name] for name in ("code", "backend", "device")},
    }
    with storage.replacing(folder) as made, storage.writing(folder):
        for trained, member in zip(weights, facts["members"], strict=True):
            path = made / member["weights"]
            with np.load(trained) as stored:
                np.savez_compressed(path, **{name: stored[name] for name in stored.files})
            member["sha256"] = storage.file_hash(path)
        storage.write_text(made / "card.md", card(folder.name, facts))
        storage.write_json(made / "model.json", facts)
    return folder


def _licence(task: str) -> str | None:
    """Licence of weights that were trained on a data set; None of those on somebody's own crystals."""
    if task.startswith(OWN):
        return None
    return source(SHARE_ALIKE[task]).licence if task in SHARE_ALIKE else "CC BY 4.0"


def _size(configuration: Configuration) -> float:
    """Training crystals that are asked for: all there are, without end."""
    return configuration.n_train or np.inf


def _elements(run: Run) -> str:
    """Symbols of the elements in the training crystals, by atomic number, with spaces between them."""
    crystals = run.task.crystals.select(run.source.ids[run.split.train].tolist())
    return " ".join(symbols()[number] for number in np.unique(crystals.numbers))


def _learned(run: Run) -> dict[str, Any]:
    """Of a network on charge densities, how large the training crystals are: what is not among them is told with a prediction."""
    if "densities" not in run.configuration.takes:
        return {}
    crystals = run.task.crystals.select(run.source.ids[run.split.train].tolist())
    return {"learned": new_densities.Learned.of(crystals).ranges}


def _rank(runs: Sequence[Run]) -> tuple[int, float]:
    """The larger, the better: networks in the ensemble, and their mean validation error with a minus."""
    return len(runs), -float(np.mean([run.record()["best_validation_error"] for run in runs]))


def _rank_of_kept(run: Run) -> tuple[int, float] | None:
    """The same of the model that is kept for a run's data set; None where none is, or one of other crystals or another division.

    Raises
    ------
    BadInputError : a model of this name is of other data
    """
    name = name_of(run.task.name)
    if name not in outcomes.kept_models():
        return None
    known = load(name)
    of = known.facts["data"].partition("@")[0]
    if of != run.task.name:
        raise BadInputError(f"{known.folder} holds the model of {of}; give {run.task.name} another name, or remove that model first.")
    divided = [tuple(getattr(one, setting) for setting in DIVISION) for one in (known.configuration, run.configuration)]
    if known.facts["data"] != run.task.label or known.facts["crystals"] != run.record()["crystals"] or divided[0] != divided[1]:
        return None
    members = known.facts["members"]
    return len(members), -float(np.mean([member["validation_error"] for member in members]))


def _member(run: Run) -> dict[str, Any]:
    record = run.record()
    told = {"run": run.key, "seed": run.configuration.seed, "best_epoch": record["best_epoch"], "epochs": record["epochs"]}
    told |= {"validation_error": record["best_validation_error"], "standardisation": record["standardisation"]}
    return {**told, "weights": f"seed-{run.configuration.seed}.npz"}


def _orientations(configuration: Configuration) -> int | None:
    """In how many orientations a network on images is asked; None of one on graphs."""
    return orientations.usual(configuration) if configuration.takes == "voxels" else None


def _asked(runs: Sequence[Run], *parts: Literal["validation", "test"]) -> pd.DataFrame:
    """Rows id, split, target, prediction, seed, orientation; of networks on images of the first `TURNED` crystals of a part alone."""
    count = _orientations(runs[0].configuration)
    if count is None:
        return predictions(runs, *parts).assign(orientation=0)
    tables = [
        orientations.predictions(run, part, count, TURNED).assign(split=part, seed=run.configuration.seed) for run in runs for part in parts
    ]
    return pd.concat(tables, ignore_index=True)


def _test_errors(runs: Sequence[Run]) -> dict[str, Any]:
    """Mean absolute error of each member and of their mean (accuracy for a classification) on the test crystals."""
    table = _asked(runs, "test")
    classifies = runs[0].task.kind == "classification"

    def score(rows: pd.DataFrame) -> float:
        mean = averaged(rows)
        return float(correct(mean).mean()) if classifies else mean_absolute_error(mean)

    return {
        "measure": "accuracy" if classifies else "MAE",
        "members": [score(rows) for _, rows in table.groupby("seed", sort=False)],
        "ensemble": score(table),
        "crystals": table["id"].nunique(),
    }


def _calibration(runs: Sequence[Run]) -> dict[str, float] | None:
    """Factor on the spread of all answers of all members from validation crystals, and the share of test crystals inside one and two of it.

    Crystals on which the answers agree exactly are left out; ``left_out``: how many of the test crystals, where there are any. None for a
    classification, for one answer alone, and where no crystal remains.
    """
    if len(runs) * (_orientations(runs[0].configuration) or 1) < 2 or runs[0].task.kind == "classification":
        return None
    table = _asked(runs, "validation", "test")
    answers = table.groupby(["seed", "orientation"]).ngroup()
    table = uncertainty.ensemble(table.drop(columns="orientation").assign(seed=answers))
    (validation, _), (test, agreed) = (uncertainty.disagreeing(table[table["split"] == part]) for part in ("validation", "test"))
    if validation.empty or test.empty:
        return None
    factor = uncertainty.scale(validation)
    area = uncertainty.metrics(test, factor).set_index("metric")["value"]["miscalibration_area"]
    inside = {f"inside_{percent}": uncertainty.inside(test, factor, times) for percent, times in ((68, 1), (95, 2))}
    return {"factor": factor, "miscalibration_area": float(area), **inside, **({"left_out": agreed} if agreed else {})}
