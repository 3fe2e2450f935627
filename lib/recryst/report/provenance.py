"""Where a result came from: code, libraries, machine, settings, data, seed, time and memory."""

import contextlib
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import recryst
from recryst import storage

FILE = "provenance.json"
LIBRARIES = (
    *("keras", "tensorflow-cpu", "tensorflow", "jax", "torch"),
    *("numpy", "scipy", "pandas", "scikit-learn", "pymatgen", "ase", "matplotlib"),
)


@dataclass(frozen=True)
class Provenance:
    """Where a result came from.

    Parameters
    ----------
    version : of this package
    commit : git commit of the code, None where git or the repository is missing
    modified : whether files under version control differ from that commit; None without git
    libraries : name and version of those that results depend on, as far as installed
    python, system : version and platform
    processor, cores : model, and number of cores that this process may use
    accelerator : what the backend computes on beside the processor, None for nothing
    backend : Keras backend, None while Keras is not imported
    seconds : wall time since the work began
    peak_memory : largest resident memory of this process and of its largest child, GB
    date : UTC, ISO 8601, to the second
    settings : parameters of the work
    seeds : of the work's runs
    data : name of each data set and its fingerprint
    """

    version: str
    commit: str | None
    modified: bool | None
    libraries: Mapping[str, str]
    python: str
    system: str
    processor: str
    cores: int
    accelerator: str | None
    backend: str | None
    seconds: float
    peak_memory: float
    date: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Version and commit in a few words."""
        commit = f", commit {self.commit[:10]}" if self.commit else ""
        return f"recryst {self.version}{commit}{', with uncommitted changes' if self.modified else ''}"


def collect(
    began: float,
    settings: Mapping[str, Any] | None = None,
    seeds: tuple[int, ...] = (),
    data: Mapping[str, str] | None = None,
) -> Provenance:
    """Provenance of work that began at ``began`` (`time.monotonic`) and ends now."""
    commit, modified = code_state(storage.PROJECT)
    return Provenance(
        version=recryst.__version__,
        commit=commit,
        modified=modified,
        libraries=_libraries(),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=_cores(),
        accelerator=_accelerator(),
        backend=_backend(),
        seconds=round(time.monotonic() - began, 1),
        peak_memory=round(_peak_memory(), 3),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=dict(settings or {}),
        seeds=seeds,
        data=dict(data or {}),
    )


def write(provenance: Provenance, folder: Path) -> Path:
    """Write ``provenance.json`` into ``folder``, atomically; returns its path."""
    path = folder / FILE
    storage.write_json(path, asdict(provenance))
    return path


def code_state(folder: Path) -> tuple[str | None, bool | None]:
    """Commit of the repository at ``folder``, and whether tracked files differ from it; (None, None) where there is no git.

    A folder inside somebody else's repository (an installed package in a virtual environment) has no state of its own.
    """
    if not (folder / ".git").exists():
        return None, None
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit, bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@cache
def _libraries() -> dict[str, str]:
    versions = {}
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


@cache
def _processor() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _backend() -> str | None:
    # reading provenance must not cost the twenty seconds of importing a network library that nobody used
    keras = sys.modules.get("keras")
    return keras.backend.backend() if keras is not None else None


def _accelerator() -> str | None:
    keras = sys.modules.get("keras")
    if keras is None:
        return None
    devices = keras.distribution.list_devices("gpu")
    if not devices:
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        models = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split("\n")
        return f"{len(devices)} x {models[0].strip()}"
    return f"{len(devices)} x GPU"


def _peak_memory() -> float:
    # kilobytes on Linux, bytes on macOS
    unit = 1 if sys.platform == "darwin" else 1024
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * unit / 1e9
