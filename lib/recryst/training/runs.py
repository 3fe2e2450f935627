"""Several runs at once: trained side by side, and their predictions in one table."""

from collections.abc import Sequence

import pandas as pd

from recryst import parallel
from recryst.training import networks, sources
from recryst.training.configuration import Configuration
from recryst.training.run import Run


def train_all(runs: Sequence[Run], jobs: int = 1, progress: bool = False) -> None:
    """Finish all runs, ``jobs`` at a time; first make the features they share, so that no run waits for another's."""
    waiting = {run.key: run for run in runs if not run.is_finished()}
    for run in {run.features: run for run in waiting.values()}.values():
        sources.prepare(run.task.crystals, run.configuration, jobs, progress)
    configurations = [run.configuration for run in waiting.values()]
    parallel.map(_train_one, configurations, jobs=jobs, progress=progress, description="training runs")


def predictions(runs: Sequence[Run], *parts: str) -> pd.DataFrame:
    """Predictions of several runs, for example of all seeds, one below the other."""
    return pd.concat([run.predictions(*parts) for run in runs], ignore_index=True)


def _train_one(configuration: Configuration) -> None:
    Run.from_configuration(configuration).train()
    networks.forget()
