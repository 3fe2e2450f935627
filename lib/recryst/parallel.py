"""One map over many items: the only way in which this project runs things side by side.

The work goes to processes of this machine (joblib's loky) or, inside ``with scheduler(address):``, to the workers of a
Dask cluster, which is how the same command fills one laptop or many nodes of a supercomputer (dask-jobqueue starts
such a cluster under SLURM).
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from recryst.errors import BadInputError, RecrystError

Item = TypeVar("Item")
Result = TypeVar("Result")

_cluster: ContextVar[Any] = ContextVar("cluster", default=None)  # a Dask client inside `scheduler`


class WorkerError(RecrystError, RuntimeError):
    """A worker process died without an exception, most often because memory ran out."""


def map(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int = 1,
    progress: bool = False,
    description: str = "",
) -> list[Result]:
    """Apply ``function`` to every item and return the results in the order of the items.

    Parameters
    ----------
    function : defined at the top level of a module, so that other processes can import it
    items : what it is applied to; each should be worth at least some milliseconds of work
    jobs : number of processes; 1 works in this process, -1 takes all cores; inside `scheduler` the cluster decides
    progress : show a bar, see `progress_bar`
    description : what the bar says

    Raises
    ------
    BadInputError : ``jobs`` is neither positive nor -1
    WorkerError : a process was killed
    whatever ``function`` raises, for the first item for which it does
    """
    jobs = processes(jobs)
    if _cluster.get() is not None:
        return _map_on_cluster(_cluster.get(), function, items, progress, description)
    if jobs == 1 or len(items) < 2:
        return [function(item) for item in progress_bar(items, progress, description)]

    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    workers = Parallel(n_jobs=jobs, return_as="generator")
    try:
        with warnings.catch_warnings():
            # joblib replaces a worker that has grown by some hundred megabytes and says so; no result is lost
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given to the executor")
            results = workers(delayed(function)(item) for item in items)
            return list(progress_bar(results, progress, description, total=len(items)))
    except TerminatedWorkerError as error:
        raise WorkerError("A worker process was killed, most likely because memory ran out; try again with fewer --jobs.") from error


def processes(jobs: int) -> int:
    """How many processes ``jobs`` asks for: -1 is one for each core that this process may use, which may be fewer than there are.

    Raises
    ------
    BadInputError : ``jobs`` is neither positive nor -1
    """
    if jobs > 0:
        return jobs
    if jobs != -1:
        raise BadInputError(f"jobs must be a whole number from 1, or -1 for all cores, not {jobs}.")
    from joblib import effective_n_jobs

    return int(effective_n_jobs(jobs))


def progress_bar(items: Iterable[Item], progress: bool, description: str = "", total: int | None = None) -> Iterable[Item]:
    """Iterate over ``items`` behind a progress bar on standard error.

    The bar is drawn only when ``progress`` is true and somebody can see it move: on a terminal, or in a notebook. A
    log file, a pipe or a continuous-integration run stays silent.
    """
    from tqdm import tqdm

    return tqdm(items, desc=description, total=total, disable=not (progress and _somebody_watches()), leave=False)


@contextmanager
def scheduler(address: str | None) -> Iterator[None]:
    """Hand every `map` inside the block to the Dask cluster at ``address``, for example ``tcp://node1:8786``.

    ``None`` changes nothing, so that a command can pass its ``--scheduler`` option on as it came.

    Raises
    ------
    BadInputError : Dask is not installed, or no scheduler answers at this address
    """
    if address is None:
        yield
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise BadInputError("--scheduler needs Dask, an optional extra; install it with: pip install 'recryst[dask]'.") from error
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"No Dask scheduler answers at {address}; start one with `dask scheduler` and give its tcp:// address."
        ) from error
    with client:
        token = _cluster.set(client)
        try:
            yield
        finally:
            _cluster.reset(token)


def _map_on_cluster(
    client: Any, function: Callable[[Item], Result], items: Sequence[Item], progress: bool, description: str
) -> list[Result]:
    """Not through joblib: it counts the workers once, when under SLURM most are still to come, and with one of them works here instead."""
    from concurrent.futures import CancelledError

    from dask.distributed import KilledWorker
    from distributed.comm import CommClosedError

    # the same item may be asked for twice, and what a function does need not be the same each time
    futures = client.map(function, items, pure=False)
    try:
        return [future.result() for future in progress_bar(futures, progress, description)]
    except KilledWorker as error:
        raise WorkerError("A worker of the cluster was killed, most likely because memory ran out; give each worker more of it.") from error
    except (CancelledError, CommClosedError) as error:
        raise WorkerError("The cluster's scheduler is gone, and with it what was not finished; start it again and repeat.") from error
    finally:
        client.cancel(futures)


def _somebody_watches() -> bool:
    if sys.stderr is not None and sys.stderr.isatty():
        return True
    # in a notebook kernel standard error is a message channel; the notebook's parameter `progress` is the choice there
    return "ipykernel" in sys.modules and type(sys.stderr).__module__.startswith("ipykernel")
