"""The split that a configuration asks for, of the crystals that its network can take."""

import numpy as np
from numpy.typing import NDArray

from recryst.datasets.task import Task
from recryst.elements import symbols
from recryst.errors import BadInputError
from recryst.training import splits
from recryst.training.configuration import Configuration
from recryst.training.splits import Split


def divide(task: Task, configuration: Configuration) -> Split:
    """Positions of training, validation and test crystals of a task.

    Raises
    ------
    BadInputError : too few crystals, no crystal with the element that is left out, or the configuration sizes the parts of a task that
        was published with its split
    """
    return _whole(task, configuration).limited(configuration.n_train, configuration.n_validation, configuration.n_test)


def _whole(task: Task, c: Configuration) -> Split:
    ids = task.crystals.ids.tolist()
    if c.fold is not None:
        return splits.in_folds(ids, c.fold, c.folds, c.validation, c.split_seed)
    if c.left_out is not None:
        return splits.with_test(ids, _holding(task, c.left_out), c.validation, c.split_seed)
    if task.parts is None:
        return splits.by_hash(ids, c.train, c.validation, c.test, c.split_seed)
    if c.model_fields_set & {"train", "validation", "test"}:
        raise BadInputError(
            f"{task.name} was published with its split; leave out train, validation and test. To use fewer crystals "
            "give n_train, n_validation or n_test."
        )
    return splits.as_given(ids, task.parts, c.split_seed)


def _holding(task: Task, element: str) -> NDArray[np.bool_]:
    """(n,) whether a crystal holds an element."""
    if element not in symbols()[1:]:
        raise BadInputError(f"There is no element {element!r} to leave out; write its symbol, such as Li.")
    found = task.crystals.holding([symbols().index(element)])
    if not found.any():
        raise BadInputError(f"No crystal of {task.name} holds {element}, which is to be left out.")
    return found
