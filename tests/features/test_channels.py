"""Channels of the elements: the released table, and the paper's own group of lanthanides and actinides."""

from pathlib import Path

import numpy as np
import pytest

from recryst.errors import BadInputError
from recryst.features import channels


@pytest.mark.shared
def test_released_table_is_that_of_the_released_code(shared: Path) -> None:
    with np.load(shared / "fixtures" / "voxel" / "channel_table.npz") as reference:
        assert np.array_equal(channels.table("released")[reference["Z"]], reference["values"])


def test_colours_worked_by_hand() -> None:
    # oxygen: atomic number 8, group 16, period 2; iron: 26, 8, 4
    paper = channels.table()
    assert paper[8] == pytest.approx([8 / 119, 16 / 19, 2 / 8])
    assert paper[26] == pytest.approx([26 / 119, 8 / 19, 4 / 8])
    assert paper.dtype == np.float32
    assert paper.shape == (119, 3)
    assert not paper[0].any()  # no element, no colour


def test_the_tables_differ_in_the_group_of_lanthanides_and_actinides_alone() -> None:
    paper, released = channels.table("paper"), channels.table("released")
    differ = np.flatnonzero((paper != released).any(axis=1))
    assert differ.tolist() == [*range(57, 72), *range(89, 104)]
    assert 19 * paper[differ, 1] == pytest.approx(np.full(30, 3.5))
    assert 19 * released[differ, 1] == pytest.approx(np.full(30, 3.0))
    assert np.array_equal(paper[:, [0, 2]], released[:, [0, 2]])


def test_no_two_elements_have_the_same_colour() -> None:
    for name in ("paper", "released"):
        assert len(np.unique(channels.table(name), axis=0)) == 119


def test_an_unknown_table_is_named_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="no channel table 'colourful'; the tables are paper, released"):
        channels.table("colourful")
