"""A task: crystals with one property each, which is what a network learns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import Crystals, FloatArray, IntArray, positions_of
from recryst.errors import BadInputError
from recryst.storage import content_hash

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Task:
    """Crystals and one target for each.

    Parameters
    ----------
    name : for example "materials-project/formation-energy"
    crystals : (n,) packed crystals
    targets : (n,) float64 in ``unit``; for a classification 1 = metal, 0 = semiconductor
    unit : such as "eV/atom", "log10(GPa)" or "GPa"; "" for a number without unit
    kind : "regression" or "classification"
    description : what this population is, from where, and what it stands in for
    rejected : DataFrame(id, reason), members of the population that are not among the crystals, and why
    parts : (n,) "train", "validation" or "test", where whoever published the task divided it; None where nobody did

    Raises
    ------
    BadInputError : numbers of crystals and targets or parts differ, a target is not finite, a class is neither 0 nor 1, or a part
        has another name
    """

    name: str
    crystals: Crystals
    targets: FloatArray
    unit: str
    kind: Literal["regression", "classification"]
    description: str
    rejected: pd.DataFrame
    parts: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        if self.targets.shape != (len(self.crystals),):
            raise BadInputError(
                f"{self.name} has {len(self.crystals)} crystals and targets of shape {self.targets.shape}; give one target each."
            )
        if not np.all(np.isfinite(self.targets)):
            first = self.crystals.ids[~np.isfinite(self.targets)][0]
            raise BadInputError(f"The target of {first} in {self.name} is not a finite number; leave such crystals out.")
        if self.kind == "classification" and not np.isin(self.targets, (0, 1)).all():
            raise BadInputError(f"{self.name} is a classification, so its targets must be 0 or 1.")
        if self.parts is not None and (self.parts.shape != self.targets.shape or not np.isin(self.parts, PARTS).all()):
            raise BadInputError(f"{self.name} has {len(self.crystals)} crystals; give each one part: {', '.join(PARTS)}.")

    def __len__(self) -> int:
        return len(self.crystals)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over crystals, targets and parts: equal for equal data in equal order, whatever the name."""
        parts = [] if self.parts is None else [self.parts.tolist()]
        # numbers that could be classes as well
        kind = [self.kind] if self.kind == "regression" and np.isin(self.targets, (0, 1)).all() else []
        return content_hash(self.crystals.fingerprint, self.targets, *parts, *kind)

    @property
    def label(self) -> str:
        """Name and start of the fingerprint, as results carry it: ``embedded/band-gap@5fb1c0``."""
        return f"{self.name}@{self.fingerprint[:6]}"

    def take(self, indices: Sequence[int] | IntArray) -> "Task":
        """The crystals at ``indices`` with their targets, in that order."""
        indices = np.asarray(indices, dtype=np.int64)
        parts = None if self.parts is None else self.parts[indices]
        return replace(self, crystals=self.crystals.take(indices), targets=self.targets[indices], parts=parts)

    def select(self, ids: Iterable[str]) -> "Task":
        """The crystals with these ids and their targets, in that order.

        Raises
        ------
        BadInputError : an id is not here
        """
        return self.take(positions_of(ids, self.crystals.ids, f"are not in {self.name}"))


def rejections(reasons: Iterable[tuple[str, str]] = ()) -> pd.DataFrame:
    """DataFrame(id, reason), both text, from pairs."""
    return pd.DataFrame(list(reasons), columns=["id", "reason"], dtype=object)
