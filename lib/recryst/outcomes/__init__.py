"""From the finished runs of a plan to what is kept of them: the recipe that they speak for, and the models."""

from pathlib import Path

from recryst import storage


def models_folder() -> Path:
    """``data/models`` of the project: trained models under version control, one folder each; see `recryst.outcomes.models`."""
    return storage.PROJECT / "data" / "models"


def kept_models() -> list[str]:
    """Names of the models that are kept, such as "formation-energy"; to ask for them needs no backend."""
    return sorted(path.parent.name for path in models_folder().glob("*/model.json"))
