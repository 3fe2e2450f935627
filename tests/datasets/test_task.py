"""Tasks: consistent, selectable, and identified by their content."""

from dataclasses import replace

import numpy as np
import pytest

from recryst import datasets
from recryst.crystals import Crystals
from recryst.datasets.task import Task, rejections
from recryst.errors import BadInputError, MissingDataError


def task(targets: list[float], kind: str = "regression") -> Task:
    count = len(targets)
    crystals = Crystals(
        np.array([f"c{i}" for i in range(count)]),
        np.broadcast_to(np.eye(3) * 4, (count, 3, 3)).copy(),
        np.arange(1, count + 1, dtype=np.uint8),
        np.zeros((count, 3)),
        np.arange(count + 1, dtype=np.int64),
    )
    return Task("test/some", crystals, np.array(targets, dtype=float), "eV", kind, "A test.", rejections())  # type: ignore[arg-type]


def test_take_and_select_keep_targets_with_their_crystals() -> None:
    whole = task([0.5, 1.5, 2.5])
    for part in (whole.take([2, 0]), whole.select(["c2", "c0"])):
        assert part.crystals.ids.tolist() == ["c2", "c0"]
        assert part.crystals.numbers.tolist() == [3, 1]
        assert part.targets.tolist() == [2.5, 0.5]
    with pytest.raises(BadInputError, match="1 of 2 ids are not in test/some, the first is c9"):
        whole.select(["c0", "c9"])


def test_the_fingerprint_follows_data_and_order_not_names() -> None:
    first = task([0.5, 1.5])
    assert first.fingerprint == replace(first, name="other", description="Other.").fingerprint
    assert first.fingerprint != first.take([1, 0]).fingerprint
    assert first.fingerprint != task([0.5, np.nextafter(1.5, 2)]).fingerprint
    assert first.label == f"test/some@{first.fingerprint[:6]}"


def test_inconsistent_tasks_are_refused() -> None:
    good = task([0.0, 1.0], "classification")
    with pytest.raises(BadInputError, match=r"has 2 crystals and targets of shape \(1,\)"):
        replace(good, targets=np.zeros(1))
    with pytest.raises(BadInputError, match="The target of c1 in test/some is not a finite number"):
        replace(good, targets=np.array([0.0, np.nan]))
    with pytest.raises(BadInputError, match="must be 0 or 1"):
        replace(good, targets=np.array([0.0, 0.5]))


def test_parts_go_with_their_crystals_and_into_the_fingerprint() -> None:
    whole = replace(task([0.5, 1.5, 2.5]), parts=np.array(["train", "test", "validation"]))
    assert whole.take([2, 0]).parts.tolist() == ["validation", "train"]
    assert whole.fingerprint != task([0.5, 1.5, 2.5]).fingerprint
    with pytest.raises(BadInputError, match="give each one part: train, validation, test"):
        replace(whole, parts=np.array(["train", "test"]))
    with pytest.raises(BadInputError, match="give each one part"):
        replace(whole, parts=np.array(["train", "dev", "test"]))


def test_names_and_unknown_names() -> None:
    assert len(set(datasets.names())) == len(datasets.names()) == 33
    with pytest.raises(BadInputError, match=r"no task 'embedded/bandgap'; the nearest is embedded/band-gap; nor is there a folder"):
        datasets.load("embedded/bandgap")
    with pytest.raises(BadInputError, match="there are embedded/formation-energy"):
        datasets.load("?")


@pytest.mark.usefixtures("only_here")
@pytest.mark.parametrize("name", [name for name in datasets.names() if "embedded" not in name])
def test_public_tasks_say_how_to_get_their_data(name: str) -> None:
    with pytest.raises(MissingDataError, match=r"get it with `recryst data get \w+`"):
        datasets.load(name)
