"""Run notebooks with papermill, and refuse executed ones that hold an error.

A notebook runs in the Python of this environment, in the folder in which the user stands, and is written to
``results/<profile>/<name>/<name>.ipynb``, beside the results that it writes itself.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from recryst import parallel, parameters, storage
from recryst.errors import BadInputError, DamagedFileError, MissingDataError, RecrystError

NOTEBOOKS = storage.PROJECT / "nbs"
QUIET = {"loggers": {"asyncio": {"level": "CRITICAL"}}}
"""Of logging in a notebook's process: when it is ended, asyncio complains of what is pending, which tells a user nothing."""


class NotebookError(RecrystError, RuntimeError):
    """A notebook stopped, or an executed one holds an error; the message names notebook, cell and error."""


@dataclass(frozen=True)
class Execution:
    """One notebook to execute: where it is, where it goes, and the parameters to set in it."""

    source: Path
    target: Path
    parameters: Mapping[str, Any]
    show_cells: bool


def run(names: Sequence[str], profile: str, given: Mapping[str, Any], jobs: int = 1, progress: bool = False) -> list[Path]:
    """Execute notebooks of ``nbs/`` on one profile, several at a time.

    Parameters
    ----------
    names : notebooks, without ``.ipynb``; none stands for all that have parameters
    profile : settings to start from
    given : parameters by name, in place of the profile's values
    jobs : notebooks that run side by side
    progress : show a bar over cells (one notebook) or notebooks (several), on a terminal

    Returns
    -------
    the executed notebooks

    Raises
    ------
    BadInputError : no such notebook, or a parameter that it would refuse; nothing has run then
    NotebookError : a notebook stopped; the others are done, and the executed part is in its output file
    """
    settings = {"profile": profile, **given}
    tasks = []
    for name in names or list(parameters.NOTEBOOKS):
        target = parameters.settle(name, settings).output / f"{name}.ipynb"
        tasks.append(Execution(_source(name), target, settings, show_cells=progress and len(names) == 1))
    for task in tasks:
        _refuse_undeclared(task)
    problems = parallel.map(_execute, tasks, jobs, progress and len(tasks) > 1, "notebooks")
    stopped = [problem for problem in problems if problem]
    if stopped:
        raise NotebookError("\n".join(stopped))
    return [task.target for task in tasks]


def faults(path: Path) -> list[str]:
    """What makes an executed notebook unfit to publish, one sentence each: errors, text on standard error, cells not run.

    Parameters
    ----------
    path : PROFILE/NOTEBOOK/NOTEBOOK.ipynb in a folder of results

    Raises
    ------
    MissingDataError : there is no such file
    DamagedFileError : it is not a notebook
    """
    if not path.is_file():
        raise MissingDataError(f"There is no executed notebook {path}; make it with: recryst run {path.stem} --profile {path.parts[-3]}.")
    try:
        notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        again = f"recryst run {path.stem} --profile {path.parts[-3]}"
        raise DamagedFileError(f"{path} is not a notebook; make it again with: {again}.") from error
    found = []
    if notebook.metadata.get("papermill", {}).get("exception"):
        found.append(f"{path} was stopped by an exception.")
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            found.append(f"{path}, cell {number} was not executed.")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{path}, cell {number} raised {output.ename}: {output.evalue}")
            elif output.output_type == "stream" and output.name == "stderr":
                first = next(iter(output.text.strip().splitlines()), "an empty line")
                found.append(f"{path}, cell {number} wrote to standard error: {first}")
    return found


def _source(name: str) -> Path:
    path = NOTEBOOKS / f"{name}.ipynb"
    if not path.is_file():
        raise BadInputError(f"There is no notebook {path}; there are {', '.join(sorted(p.stem for p in NOTEBOOKS.glob('*.ipynb')))}.")
    return path


def _refuse_undeclared(task: Execution) -> None:
    """Refuse what papermill itself only announces: a parameter that the notebook does not declare."""
    import papermill

    declared = papermill.inspect_notebook(str(task.source))
    for name in task.parameters:
        if name not in declared:
            raise BadInputError(f"{task.source} has no parameter {name} in its cell tagged 'parameters'; it has {', '.join(declared)}.")


def _execute(task: Execution) -> str | None:
    """Execute one notebook; None when it went well, else one sentence."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    task.target.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            str(task.source),
            str(task.target),
            parameters=dict(task.parameters),
            kernel_name="python3",  # in an environment of its own, this is the environment's Python
            progress_bar={"desc": task.source.stem, "leave": False} if task.show_cells and sys.stderr.isatty() else False,
            # saving after every cell makes a run several times longer, and a notebook that stops is saved all the same
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            # a process that is done is interrupted and then ended, which it may report as an error of its own
            extra_arguments=["--log-level=CRITICAL", f"--Application.logging_config={QUIET}"],
        )
    except PapermillExecutionError as error:
        return f"{task.source.stem} stopped in cell [{error.exec_count}] with {error.ename}: {error.evalue} What ran is in {task.target}."
    except DeadKernelError:
        return f"{task.source.stem} stopped because its process died, most likely for lack of memory; take a smaller profile or fewer jobs."
    except OSError as error:
        return f"{task.source.stem} can't be written to {task.target}: {error.strerror or error}."
    return None
