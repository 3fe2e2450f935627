"""One recipe for all properties: chosen by the validation errors of a plan's finished runs, and written for other plans to use."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from recryst.analysis import recipes
from recryst.errors import MissingDataError
from recryst.storage import write_text
from recryst.training import plans
from recryst.training.configuration import Configuration
from recryst.training.run import Run

FIELDS = (
    "loss",
    "huber_delta",
    "optimiser",
    "learning_rate",
    "momentum",
    "weight_decay",
    "schedule",
    "warm_up",
    "averaged_epochs",
    "clip_norm",
    "batch_size",
)
"""What makes a recipe; network, crystals and number of epochs do not."""

NAMES = {"learning_rate": "rate", "weight_decay": "decay", "averaged_epochs": "averaged over epochs", "batch_size": "batch"}


def validation_errors(configurations: Sequence[Configuration], finished: Sequence[Run]) -> pd.DataFrame:
    """Rows recipe (in words), property, network, validation_error, run, of the finished runs of a plan; nothing of test crystals.

    A recipe's words name the settings in which the plan's recipes differ, whether their runs are finished or not.
    """
    varied = [name for name in FIELDS if len({str(getattr(c, name)) for c in configurations}) > 1]
    rows = [
        (
            _words(run.configuration, varied),
            run.configuration.task,
            run.configuration.network,
            run.record()["best_validation_error"],
            run.key,
        )
        for run in finished
    ]
    return pd.DataFrame(rows, columns=["recipe", "property", "network", "validation_error", "run"])


def choose(plan: Path, recipe: Path) -> pd.DataFrame:
    """Write the best recipe of a plan to a file; returns all of them, ranked by `recryst.analysis.recipes.compare`.

    Raises
    ------
    MissingDataError : no recipe has been tried on all of the plan's properties yet
    """
    configurations, finished = plans.read(plan), plans.finished(plan)
    errors = validation_errors(configurations, finished)
    ranked = recipes.compare(errors)
    wanted = {configuration.task for configuration in configurations}
    if ranked.empty or wanted - set(errors["property"]) or ranked["score"].isna().all():
        raise MissingDataError(
            f"{len(finished)} of {len(configurations)} runs of {plan} are finished, and no recipe on all {len(wanted)} data sets; "
            f"go on with: recryst train {plan}."
        )
    best = ranked["recipe"].iloc[0]
    run = next(run for run in finished if run.key == errors.loc[errors["recipe"] == best, "run"].iloc[0])
    comment = (
        f"# Written by `recryst choose {plan.name}`: the best of {ranked['score'].notna().sum()} recipes by validation error on\n"
        f"# {', '.join(sorted(wanted))};\n"
        f"# {len(finished)} of {len(configurations)} runs were finished.\n"
    )
    write_text(recipe, comment + yaml.safe_dump(_settings(run.configuration), sort_keys=False))
    return ranked


def _settings(configuration: Configuration) -> dict[str, object]:
    """The fields of a recipe, but for those that say nothing beside the others."""
    silent = {
        "momentum": configuration.optimiser != "sgd",
        "huber_delta": configuration.loss != "huber",
        "warm_up": configuration.schedule != "cosine",
    }
    return {name: getattr(configuration, name) for name in FIELDS if not silent.get(name, False)}


def _words(configuration: Configuration, varied: Sequence[str]) -> str:
    """Settings in words: "mae, rate 0.003, decay 0.01, averaged over epochs 2"."""
    values = {name: getattr(configuration, name) for name in varied if name in _settings(configuration)}
    return ", ".join(value if isinstance(value, str) else f"{NAMES.get(name, name)} {value:g}" for name, value in values.items() if value)
