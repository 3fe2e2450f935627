"""Where the results of a notebook come from: code, libraries, machine, settings, data, seeds, time and memory."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from recryst import environment, storage
from recryst.errors import DamagedFileError, MissingDataError

FILE = "provenance.json"


@dataclass(frozen=True)
class Provenance:
    """Where results come from.

    Parameters
    ----------
    environment : what `recryst.environment.record` says: code, libraries, backend, device, threads, platform, memory
    seconds : wall time since the work began
    date : UTC, ISO 8601, to the second
    settings : parameters of the work
    seeds : of the work's runs
    data : fingerprint of each data set, by name
    """

    environment: Mapping[str, Any]
    seconds: float
    date: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)


OF_TRAININGS = ("n_train", "epochs", "seeds", "units", "convolutions", "batch_size", "learning_rate", "optimiser", "precision")
"""Settings of trainings in a notebook; where it shows those of a plan, they say nothing."""


def told(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run's settings readers are told: with a plan, its file and that of its recipe in place of `OF_TRAININGS`."""
    if not settings.get("plan"):
        return dict(settings)
    plan = storage.PROJECT / "nbs" / "plans" / f"{settings['plan']}.yml"
    recipe = re.search(r"^recipe: *\.\./(.+)$", plan.read_text(encoding="utf-8"), re.MULTILINE) if plan.is_file() else None
    said = {name: value for name, value in settings.items() if name not in OF_TRAININGS}
    return said | {"plan": f"nbs/plans/{plan.name}"} | ({"recipe": f"nbs/{recipe[1]}"} if recipe else {})


def collect(began: float, settings: Mapping[str, Any], seeds: tuple[int, ...], data: Mapping[str, str]) -> Provenance:
    """Provenance of work that began at ``began`` (`time.monotonic`) and ends now."""
    return Provenance(
        environment=environment.record(),
        seconds=round(time.monotonic() - began, 1),
        date=environment.now(),
        settings=dict(settings),
        seeds=seeds,
        data=dict(data),
    )


def write(provenance: Provenance, folder: Path) -> Path:
    """Write ``provenance.json`` into ``folder``, atomically; returns its path."""
    path = folder / FILE
    storage.write_json(path, asdict(provenance))
    return path


def read(folder: Path) -> Provenance:
    """The provenance of the results in ``folder``.

    Raises
    ------
    MissingDataError : there is no ``provenance.json``
    DamagedFileError : it is not what was written
    """
    path = folder / FILE
    if not path.is_file():
        raise MissingDataError(f"{folder} has no {FILE}; run the notebook first, for example with recryst run {folder.name}.")
    try:
        return _PROVENANCE.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise DamagedFileError(f"{path} is damaged ({reason}); delete it and run the notebook again.") from error


_PROVENANCE = TypeAdapter(Provenance)
