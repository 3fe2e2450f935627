"""The one map: order, errors, lost workers, silence, and the same results from a Dask cluster."""

import io
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from recryst import parallel
from recryst.errors import BadInputError


def square(number: int) -> int:
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise BadInputError("3 can't be taken.")
    return number


def die_at_two(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("jobs", [1, 2, -1])
def test_results_come_in_the_order_of_the_items(jobs: int) -> None:
    assert parallel.map(square, range(20), jobs) == [n * n for n in range(20)]
    assert parallel.map(square, [], jobs) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_keeps_its_type_and_message(jobs: int) -> None:
    with pytest.raises(BadInputError, match=r"^3 can't be taken\.$"):
        parallel.map(refuse_three, range(6), jobs)


def test_a_killed_worker_is_one_sentence() -> None:
    with pytest.raises(parallel.WorkerError, match="A worker process was killed, most likely because memory ran out"):
        parallel.map(die_at_two, range(6), jobs=2)


def test_all_cores_are_those_that_this_process_may_use() -> None:
    code = (
        "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from recryst import parallel\nprint(parallel.processes(-1), parallel.processes(3))\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "1 3\n"


@pytest.mark.parametrize("jobs", [0, -2])
def test_impossible_numbers_of_jobs_are_refused(jobs: int) -> None:
    with pytest.raises(BadInputError, match="jobs must be"):
        parallel.map(square, range(3), jobs)


def test_progress_is_silent_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(parallel.progress_bar(range(3), progress=True, description="squares")) == [0, 1, 2]
    assert stream.getvalue() == ""


def test_progress_is_drawn_on_a_terminal_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", stream)
    list(parallel.progress_bar(range(3), progress=False, description="squares"))
    assert stream.getvalue() == ""
    list(parallel.progress_bar(range(3), progress=True, description="squares"))
    assert "squares" in stream.getvalue()


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_results() -> None:
    distributed = pytest.importorskip("dask.distributed", reason="needs the optional extra dask")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with parallel.scheduler(cluster.scheduler_address):
            # one job asked for, and still the cluster's workers: the hand-over needs no other option
            processes = parallel.map(process_of, range(8), jobs=1)
            with pytest.raises(BadInputError, match="3 can't be taken"):
                parallel.map(refuse_three, range(6))
        assert os.getpid() not in processes
        assert parallel.map(process_of, range(2), jobs=1) == [os.getpid()] * 2


@pytest.mark.slow
def test_a_cluster_of_one_worker_is_a_cluster_too() -> None:
    dask = pytest.importorskip("dask", reason="needs the optional extra dask")
    distributed = pytest.importorskip("dask.distributed", reason="needs the optional extra dask")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),  # else three workers more have to die
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        parallel.scheduler(cluster.scheduler_address),
    ):
        assert os.getpid() not in parallel.map(process_of, [0])
        with pytest.raises(parallel.WorkerError, match="A worker of the cluster was killed"):
            parallel.map(die_at_two, [2])


@pytest.mark.slow
def test_a_cluster_that_is_lost_is_one_sentence() -> None:
    distributed = pytest.importorskip("dask.distributed", reason="needs the optional extra dask")
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
    closing = threading.Timer(2, cluster.close)
    with parallel.scheduler(cluster.scheduler_address):
        closing.start()
        with pytest.raises(parallel.WorkerError, match="The cluster's scheduler is gone"):
            parallel.map(time.sleep, [60])
    closing.join()


def process_of(_: int) -> int:
    return os.getpid()


def test_a_scheduler_that_does_not_answer_is_one_sentence() -> None:
    pytest.importorskip("dask.distributed", reason="needs the optional extra dask")
    with pytest.raises(BadInputError, match=r"No Dask scheduler answers at nonsense"), parallel.scheduler("nonsense"):
        pass


def test_no_scheduler_changes_nothing() -> None:
    with parallel.scheduler(None):
        assert parallel.map(process_of, range(2)) == [os.getpid()] * 2
