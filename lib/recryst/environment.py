"""On what a result was computed: code, libraries, processor. Recorded with every run and every notebook."""

import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import recryst
from recryst.storage import PROJECT

LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "jax",
    "torch",
    "pymatgen",
    "ase",
    "spglib",
)


def now() -> str:
    """The time at which something was made: UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def code_version(project: Path = PROJECT) -> str:
    """Package version and git commit, such as ``0.1.0 (0123456789+changes)``.

    ``+changes`` where ``lib`` or ``nbs`` differ from the commit; the version alone where ``project`` is no git repository.
    """
    # a package installed into some other repository's folder is not that repository's commit
    if not (project / ".git").exists():
        return recryst.__version__
    commit = _git(project, "rev-parse", "--short=10", "HEAD")
    if not commit:
        return recryst.__version__
    changed = "+changes" if _git(project, "status", "--porcelain", "--", "lib", "nbs") else ""
    return f"{recryst.__version__} ({commit}{changed})"


def in_history(commit: str, project: Path = PROJECT) -> bool | None:
    """Whether a commit is one of those that the present one comes from; None where that can't be told: in no repository, or part of one."""
    history = _history(project)
    return any(one.startswith(commit) for one in history) if history and commit else None


@cache
def _history(project: Path) -> tuple[str, ...]:
    """Every commit that the present one comes from, itself among them; none where not all of them are here."""
    whole = (project / ".git").exists() and _git(project, "rev-parse", "--is-shallow-repository") == "false"
    return tuple(_git(project, "rev-list", "HEAD").splitlines()) if whole else ()


@cache
def loaded_code() -> str:
    """The `code_version` that this process works with: asked once, at the start of what takes long, as files may change beneath it."""
    return code_version()


@cache
def libraries() -> dict[str, str]:
    """Versions of Python and of the installed libraries that computations depend on."""
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def device() -> str:
    """The processor's name and number of cores, or, where the backend computes on one, the accelerator's."""
    if "keras" in sys.modules:
        backend = sys.modules["keras"].backend.backend()
        if backend == "jax":
            import jax

            first = jax.devices()[0]
            if first.platform != "cpu":
                return f"{jax.device_count()} x {first.device_kind}"
        if backend == "tensorflow":
            # through the module that Keras loaded, so that this module needs no backend of its own
            config = sys.modules["tensorflow"].config
            accelerators = config.list_physical_devices("GPU")
            if accelerators:
                return f"{len(accelerators)} x {config.experimental.get_device_details(accelerators[0]).get('device_name', 'GPU')}"
    return f"{_processor()}, {os.cpu_count()} cores"


def backend() -> str:
    """Name and version of the Keras backend in use; empty when no network was touched."""
    if "keras" not in sys.modules:
        return ""
    name = sys.modules["keras"].backend.backend()
    version = getattr(sys.modules.get(name), "__version__", "")
    return f"{name} {version}".strip()


def peak_memory() -> int:
    """Largest resident memory of this process so far, bytes."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        # unlike getrusage, without the memory of the process that started this one
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS reports bytes, others kilobytes
    return int(peak if sys.platform == "darwin" else peak * 1024)


def record() -> dict[str, Any]:
    """Everything above as one JSON-ready dictionary."""
    return {
        "code": loaded_code(),
        "libraries": libraries(),
        "backend": backend(),
        "device": device(),
        "threads": os.environ.get("RECRYST_THREADS", "1"),
        "platform": platform.platform(),
        "peak_memory_bytes": peak_memory(),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _git(project: Path, *arguments: str) -> str:
    """What git prints; empty where it fails or is not there."""
    command = ["git", "-C", str(project), *arguments]
    # the variables that git sets for its hooks point at whatever repository is being committed to
    elsewhere = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10, env=elsewhere).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
