"""Plans: lists of runs in a YAML file, worked through in order, in as many sittings as it takes.

.. code-block:: yaml

    defaults: {network: gated, epochs: 200}
    runs:
      - {task: materials-project/band-gap, seed: [0, 1, 2]}     # a list means one run for each of its values
      - {task: materials-project/metal, dropout: 0.5, epochs: 100}
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml

from recryst import parallel
from recryst.errors import BadInputError
from recryst.training.configuration import Configuration
from recryst.training.run import Run

Item = tuple[Configuration, float]


def read(path: Path) -> list[Configuration]:
    """All configurations of a plan, in order.

    Raises
    ------
    BadInputError : the file is missing or no plan, or a run in it is wrong
    """
    try:
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"The plan {path} can't be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise BadInputError(f"The plan {path} is not valid YAML: {str(error).splitlines()[0]}.") from error
    if not isinstance(plan, dict) or not isinstance(plan.get("runs"), list) or set(plan) - {"defaults", "runs"}:
        raise BadInputError(f"The plan {path} must have a list `runs` and may have a mapping `defaults`, and nothing else.")
    configurations = []
    for number, entry in enumerate(plan["runs"], start=1):
        try:
            configurations += [Configuration.checked(**fields) for fields in _expanded({**(plan.get("defaults") or {}), **entry})]
        except (BadInputError, TypeError) as error:
            raise BadInputError(f"Run {number} of the plan {path}: {error}") from error
    return configurations


def train(path: Path, budget_seconds: float | None = None, jobs: int = 1) -> pd.DataFrame:
    """Work through a plan until it is done or the budget is nearly used; calling again goes on.

    Parameters
    ----------
    budget_seconds : no epoch is begun that would end later than this; None for no limit
    jobs : runs side by side

    Returns
    -------
    run, task, network, n_train, seed, status ("finished", "paused": some epochs done, "waiting": not begun), in the plan's order
    """
    configurations = read(path)
    deadline = float("inf") if budget_seconds is None else time.monotonic() + budget_seconds
    items = [(configuration, deadline) for configuration in configurations]
    rows = parallel.map(_train_one, items, jobs=jobs, progress=True, description=path.stem)
    return pd.DataFrame(rows, columns=["run", "task", "network", "n_train", "seed", "status"])


def _train_one(item: Item) -> tuple[str, str, str, int | None, int, str]:
    configuration, deadline = item
    run = Run.from_configuration(configuration)
    if not run.finished and time.monotonic() >= deadline:
        status = "paused" if (run.folder / "checkpoint.npz").exists() else "waiting"
    elif run.train(deadline):
        status = "finished"
    else:
        status = "paused" if (run.folder / "checkpoint.npz").exists() else "waiting"
    return run.key, configuration.task, configuration.network, configuration.n_train, configuration.seed, status


def _expanded(fields: dict[str, object]) -> Iterator[dict[str, object]]:
    choices = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))
