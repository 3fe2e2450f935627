"""Plans: lists of runs in a YAML file, worked through in order, in as many sittings as it takes.

.. code-block:: yaml

    defaults: {network: gated, epochs: 200}
    runs:
      - {task: materials-project/band-gap, seed: [0, 1, 2]}     # a list means one run for each of its values
      - {task: materials-project/metal, dropout: 0.5, epochs: 100}

``recipe: FILE``, beside them, takes further defaults from a file that `recryst choose` has written (see `recryst.outcomes.recipes`).
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd

from recryst import datasets, parallel, storage
from recryst.checking import read_yaml
from recryst.datasets.folder import OWN
from recryst.datasets.task import Task
from recryst.errors import BadInputError, BusyError, MissingDataError, RecrystError
from recryst.training import checkpoint, networks
from recryst.training.configuration import Configuration
from recryst.training.run import Run

Item = tuple[Configuration, float, bool]
Row = tuple[str, str, str, int | None, int, str, str]


def named(name: str) -> Path:
    """File of a plan that comes with the project."""
    return storage.PROJECT / "nbs" / "plans" / f"{name}.yml"


def read(path: Path) -> list[Configuration]:
    """All configurations of a plan, in order, each once.

    A folder of one's own is named by where it is: a plan may be worked through elsewhere, as on the machines of a cluster.

    Raises
    ------
    BadInputError : the file is missing or no plan, or a run in it is wrong
    """
    plan = read_yaml(path)
    runs = plan.get("runs") if isinstance(plan, dict) else None
    if not runs or not isinstance(runs, list) or set(plan) - {"defaults", "recipe", "runs"}:
        raise BadInputError(
            f"The plan {path} must have a list `runs` of at least one, and may have a mapping `defaults` and a `recipe`, no more."
        )
    defaults = plan.get("defaults") or {}
    if not isinstance(defaults, dict):
        raise BadInputError(f"The `defaults` of the plan {path} must be a mapping, such as {{epochs: 200}}.")
    if "recipe" in plan:
        defaults = {**read_recipe(path.parent / str(plan["recipe"])), **defaults}
    configurations = []
    for number, entry in enumerate(runs, start=1):
        try:
            configurations += [Configuration.checked(**_located(fields)) for fields in _expanded(defaults, entry)]
        except BadInputError as error:
            raise BadInputError(f"Run {number} of the plan {path}: {error}") from error
    return list({one.model_dump_json(): one for one in configurations}.values())


def read_recipe(path: Path) -> dict[str, object]:
    """Settings of a recipe file: a mapping of fields of `Configuration`.

    Raises
    ------
    BadInputError : the file is missing or no mapping
    """
    recipe = read_yaml(path)
    if not isinstance(recipe, dict):
        raise BadInputError(f"The recipe {path} must be a mapping, such as {{optimiser: adamw}}.")
    return recipe


def finished(path: Path) -> list[Run]:
    """The runs of a plan that are finished, in order; those whose data are not on this machine are left out.

    Raises
    ------
    BadInputError : as in `read`
    """
    tasks: dict[str, Task] = {}
    runs = []
    for configuration in read(path):
        with suppress(MissingDataError):
            if configuration.task not in tasks:
                tasks[configuration.task] = datasets.load(configuration.task)
            runs.append(Run(configuration, tasks[configuration.task]))
    return [run for run in runs if run.is_finished()]


def one_run_a_task(path: Path) -> list[Run]:
    """The first run of each data set of a plan; the others split it alike, or into other folds, or leave an element out.

    Raises
    ------
    BadInputError : two runs split a data set differently, or as in `read`
    """
    first: dict[str, Configuration] = {}
    for configuration in read(path):
        if configuration.left_out is not None:
            continue
        known = first.setdefault(configuration.task, configuration)
        if _sizes(known) != _sizes(configuration):
            raise BadInputError(f"The plan {path} splits {configuration.task} in two ways: {_sizes(known)} and {_sizes(configuration)}.")
    return [Run.from_configuration(configuration) for configuration in first.values()]


def train(path: Path, deadline: float = float("inf"), jobs: int = 1, weights: bool = False) -> pd.DataFrame:
    """Work through a plan until it is done or the deadline is near; calling again goes on.

    Parameters
    ----------
    deadline : no epoch is begun that would end later than this `time.time()`
    jobs : runs side by side
    weights : train also what came with the project finished, but without its weights

    Returns
    -------
    run, task, network, n_train, seed, status, message: in the plan's order; status is "finished", "paused" (some epochs
    done), "waiting" (not begun), "busy" (another process trains it) or "failed", and then the message is the reason. Of somebody's own
    crystals it also says how many take no part, and which file says why. A run that fails stops no other, and none waits for another
    process: two of them share a plan.
    """
    configurations = read(path)
    items = [(configuration, deadline, weights) for configuration in configurations]
    rows = parallel.map(_train_one, items, jobs=jobs, progress=True, description=path.stem)
    return pd.DataFrame(rows, columns=["run", "task", "network", "n_train", "seed", "status", "message"])


def _train_one(item: Item) -> Row:
    configuration, until, weights = item
    # the time of day is the same for all machines of a cluster, the clock that runs are timed with is not
    deadline = time.monotonic() + (until - time.time())
    c, key, message, left_out = configuration, "", "", ""
    try:
        run = Run.from_configuration(configuration)
        key, begun = run.key, run.is_finished(weights) or time.monotonic() < deadline
        left_out = _left_out(run) if begun else ""
        if begun and run.train(deadline, wait=False, weights=weights):
            status, message = "finished", left_out
        else:
            status = "paused" if (run.folder / checkpoint.FILE).exists() else "waiting"
    except BusyError:
        status = "busy"
    except RecrystError as error:
        status, message = "failed", " ".join(filter(None, (str(error), left_out)))
    finally:
        networks.forget()
    return key, c.task, c.network, c.n_train, c.seed, status, message


def _left_out(run: Run) -> str:
    """How many of somebody's own crystals take no part, and where it says why; of public ones the book does."""
    if not run.task.name.startswith(OWN) or run.rejected.empty:
        return ""
    return f"Crystals that take no part: {len(run.rejected)}, see {run.list_rejected()}."


def _located(fields: dict[str, object]) -> dict[str, object]:
    """Fields of a run with the whole path of a folder of one's own."""
    task = fields.get("task")
    folder = datasets.own_folder(task) if isinstance(task, str) else None
    return fields if folder is None else fields | {"task": str(folder)}


def _expanded(defaults: dict[str, object], entry: object) -> Iterator[dict[str, object]]:
    """One mapping of fields for each combination of the values of those that are lists."""
    if not isinstance(entry, dict) or not all(isinstance(name, str) for name in (*defaults, *entry)):
        raise BadInputError(f"it must be a mapping of the fields of a run, such as {{task: perovskites/formation-energy}}, not {entry!r}.")
    choices = {name: value if isinstance(value, list) else [value] for name, value in {**defaults, **entry}.items()}
    for name, values in choices.items():
        if not values:
            raise BadInputError(f"{name} has an empty list of values.")
    for combination in itertools.product(*choices.values()):
        yield dict(zip(choices, combination, strict=True))


def _sizes(configuration: Configuration) -> dict[str, object]:
    if configuration.fold is not None:
        return {"folds": configuration.folds}
    return configuration.model_dump(include={"train", "validation", "test", "split_seed"})
