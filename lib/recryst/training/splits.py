"""Which crystals train, which validate, which test: by the hash of their ids, so a split is the same on every machine; or as published."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recryst.errors import BadInputError

Size = int | float


@dataclass(frozen=True)
class Split:
    """Positions of the crystals of each part in the order in which their hashes rank them.

    Because the order is fixed by the ids alone, the first n training crystals are nested: a learning curve's smaller
    training sets lie inside its larger ones, and validation and test crystals never change.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    def limited(self, train: int | None = None, validation: int | None = None, test: int | None = None) -> "Split":
        """The first so many crystals of each part; None leaves a part as it is."""
        return Split(self.train[:train], self.validation[:validation], self.test[:test])


def by_hash(ids: Sequence[str], train: Size = 0.6, validation: Size = 0.2, test: Size = 0.2, seed: int = 0) -> Split:
    """Split crystals by SHA-256 of ``seed:id``.

    Parameters
    ----------
    ids : (n,) unique
    train, validation, test : numbers of crystals (int) or shares of n (float, rounded down); the paper uses 60, 20, 20 %
    seed : another seed gives an independent split

    Raises
    ------
    BadInputError : the parts need more crystals than there are, or one of them is empty
    """
    sizes = [part if isinstance(part, int) else math.floor(part * len(ids) + 1e-9) for part in (train, validation, test)]
    if min(sizes) < 1 or sum(sizes) > len(ids):
        raise BadInputError(
            f"{len(ids)} crystals can't be split into {sizes[0]} for training, {sizes[1]} for validation and {sizes[2]} for the test; "
            "each part needs at least one, and together no more than there are."
        )
    rank = _ranked(ids, seed)
    first, second = sizes[0], sizes[0] + sizes[1]
    return Split(rank[:first], rank[first:second], rank[second : second + sizes[2]])


def as_given(ids: Sequence[str], parts: NDArray[np.str_], seed: int = 0) -> Split:
    """The split that somebody published, each part in the order in which hashes rank its ids, as in `by_hash`.

    Parameters
    ----------
    ids : (n,) unique
    parts : (n,) "train", "validation" or "test"
    seed : another seed gives another order, and so other crystals where only the first of a part are used

    Raises
    ------
    BadInputError : a part is empty
    """
    rank = _ranked(ids, seed)
    train, validation, test = (rank[parts[rank] == name] for name in ("train", "validation", "test"))
    if min(len(train), len(validation), len(test)) < 1:
        raise BadInputError(
            f"Of {len(ids)} crystals the published split has {len(train)} for training, {len(validation)} for validation and "
            f"{len(test)} for the test; each part needs at least one."
        )
    return Split(train, validation, test)


def in_folds(ids: Sequence[str], fold: int, folds: int = 5, validation: Size = 0.1, seed: int = 0) -> Split:
    """One fold tests, all others train and validate.

    Parameters
    ----------
    ids : (n,) unique
    fold : counted from 0
    validation : number of crystals or share of n, out of those that don't test
    seed : another seed gives an independent division: a repeat of cross-validation

    Raises
    ------
    BadInputError : a part is empty
    """
    return with_test(ids, fold_of(ids, folds, seed) == fold, validation, seed)


def fold_of(ids: Sequence[str], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """(n,) the fold in which each crystal tests, counted from 0.

    It is the remainder of SHA-256 of ``seed:fold:id`` by the number of folds. So a crystal stays in its fold when others
    come, and folds have nearly but not exactly equal sizes.
    """
    hashes = (hashlib.sha256(f"{seed}:fold:{identifier}".encode()).hexdigest() for identifier in ids)
    return np.array([int(digits, 16) % folds for digits in hashes], dtype=np.int64)


def with_test(ids: Sequence[str], tested: NDArray[np.bool_], validation: Size = 0.1, seed: int = 0) -> Split:
    """Some crystals test, all others train and validate, each part in the order in which hashes rank its ids, as in `by_hash`.

    Parameters
    ----------
    ids : (n,) unique
    tested : (n,) whether a crystal tests
    validation : number of crystals or share of n, out of those that don't test
    seed : another seed gives other validation crystals

    Raises
    ------
    BadInputError : a part is empty
    """
    rank = _ranked(ids, seed)
    test, others = rank[tested[rank]], rank[~tested[rank]]
    size = validation if isinstance(validation, int) else math.floor(validation * len(ids) + 1e-9)
    if min(size, len(others) - size, len(test)) < 1:
        raise BadInputError(
            f"Of {len(ids)} crystals {len(test)} test, which leaves {len(others)} of which {size} are to validate; "
            "each part needs at least one crystal."
        )
    return Split(others[size:], others[:size], test)


def _ranked(ids: Sequence[str], seed: int) -> NDArray[np.int64]:
    return np.argsort([hashlib.sha256(f"{seed}:{identifier}".encode()).digest() for identifier in ids], kind="stable")
