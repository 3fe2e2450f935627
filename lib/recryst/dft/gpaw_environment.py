"""GPAW in its own environment: where it is, what it is, and handing it a job."""

import json
import os
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recryst.errors import CalculationError, MissingProgramError
from recryst.storage import PROJECT

SCRIPT = Path(__file__).with_name("gpaw_side.py")


def python() -> Path:
    """The interpreter of GPAW's environment: ``$RECRYST_DFT_PYTHON``, or that of ``.venv-dft`` in the project.

    Raises
    ------
    MissingProgramError : there is none
    """
    # the file that a link leads to would not know of the environment
    path = Path(os.environ.get("RECRYST_DFT_PYTHON", PROJECT / ".venv-dft" / "bin" / "python")).absolute()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise MissingProgramError(
            f"Calculations need GPAW in an environment of its own, and there is no program {path}; make it with `make setup-dft`, once."
        )
    return path


def describe(elements: Collection[str], functional: str) -> tuple[dict[str, str], dict[str, int]]:
    """Versions of GPAW and what it works with, and the valence electrons of elements, without those that it has no data set for."""
    order = sorted(elements)
    found = run({"what": "describe", "elements": order, "functional": functional})
    counts = {element: int(count) for element, count in zip(order, found["electrons"], strict=True)}
    return json.loads(str(found["versions"])), {element: count for element, count in counts.items() if count >= 0}


def run(job: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Hand one job to GPAW, on one core, and wait for its arrays.

    Raises
    ------
    MissingProgramError : GPAW's environment is not there, or can't import GPAW
    CalculationError : the job failed; the message is the last line that it said
    """
    with tempfile.TemporaryDirectory(prefix="recryst-dft-") as folder:
        question, answer = Path(folder, "job.json"), Path(folder, "result.npz")
        question.write_text(json.dumps(job))
        # -P: modules beside the script must not take the place of those that GPAW means
        command: list[str | Path] = [python(), "-B", "-P", SCRIPT, question, answer]
        # the environment of this process would lead to its own packages; one thread, as the processes share the cores
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
        if done.returncode == 0:
            with np.load(answer) as arrays:
                return {name: arrays[name] for name in arrays.files}
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    reason = lines[-1][:300] if lines else "without a word"
    if done.returncode < 0:
        raise CalculationError(f"GPAW was stopped by signal {-done.returncode}, most likely because memory ran out; try fewer --jobs.")
    if reason.startswith("ModuleNotFoundError"):
        raise MissingProgramError(f"{python()} can't run GPAW ({reason}); make its environment anew with `make setup-dft`.")
    raise CalculationError(f"GPAW failed ({reason}).")
