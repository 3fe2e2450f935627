"""Each way in which a crystal can be unusable, and the sentence that says so."""

import numpy as np
import pytest

from packed import joined
from recryst.crystals import Crystals
from recryst.features import validity


def one(name: str, lattice: object = None, numbers: tuple = (11, 17), coords: object = ((0, 0, 0), (0.5, 0.5, 0.5))) -> Crystals:
    lattice = 3.5 * np.eye(3) if lattice is None else np.array(lattice, dtype=float)
    return Crystals(
        np.array([name]),
        lattice[None],
        np.array(numbers, dtype=np.uint8),
        np.array(coords, dtype=float).reshape(-1, 3),
        np.array([0, len(numbers)]),
    )


def reason(crystals: Crystals) -> str:
    found = validity.reasons(crystals)
    assert found["id"].tolist() == crystals.ids.tolist()
    return found["reason"][0]


def test_sound_crystals_have_no_reason(perovskite: Crystals) -> None:
    assert validity.reasons(perovskite).empty
    left_handed = one("left", lattice=[[0, 3.5, 0], [3.5, 0, 0], [0, 0, 3.5]])
    assert np.linalg.det(left_handed.lattices[0]) < 0
    assert validity.reasons(left_handed).empty
    assert list(validity.reasons(left_handed).columns) == ["id", "reason"]


def test_empty() -> None:
    assert reason(one("void", numbers=(), coords=())) == "void has no atoms."


def test_too_many_atoms() -> None:
    def simple_cubic(side: int) -> Crystals:
        places = np.stack(np.meshgrid(*3 * [np.arange(side) / side]), axis=-1).reshape(-1, 3)
        return one("large", lattice=3 * side * np.eye(3), numbers=(84,) * side**3, coords=places)

    assert reason(simple_cubic(13)) == "large has 2,197 atoms, more than the limit of 2,000."
    assert validity.reasons(simple_cubic(12)).empty


@pytest.mark.parametrize("number", [0, 101, 118])
def test_unknown_element(number: int) -> None:
    assert reason(one("odd", numbers=(11, number))) == (
        f"odd: atom 2 has the atomic number {number}, and there are features for 1 (H) to 100 (Fm) only."
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite(value: float) -> None:
    assert reason(one("lattice", lattice=[[3.5, 0, 0], [0, value, 0], [0, 0, 3.5]])) == "lattice has a lattice vector that is not finite."
    assert reason(one("coords", coords=((0, 0, 0), (0.5, value, 0)))) == "coords: the coordinates of atom 2 are not finite."


@pytest.mark.parametrize("third", [(0, 0, 0), (3.5, 3.5, 0), (1, 2, 1e-6)])
def test_flat_cell(third: tuple) -> None:
    assert "its lattice vectors lie in a plane" in reason(one("flat", lattice=[[3.5, 0, 0], [0, 3.5, 0], third]))


def test_overlapping_atoms_are_named() -> None:
    # 0.1 x 3.5 = 0.35 across the border of the cell
    assert reason(one("close", coords=((0.95, 0.2, 0.2), (1.05, 0.2, 0.2)))) == (
        "close: atom 1 (Na) and atom 2 (Cl) are 0.35 Å apart, and atoms nearer than 0.5 Å overlap; remove one or correct the cell."
    )
    assert "0.00 Å apart" in reason(one("same", coords=((0.2, 0.2, 0.2), (1.2, 0.2, -0.8))))


def test_an_atom_may_overlap_its_own_image() -> None:
    thin = one("thin", lattice=[[9, 0, 0], [0, 9, 0], [0, 0, 0.4]], numbers=(26,), coords=((0, 0, 0),))
    assert "atom 1 (Fe) and its periodic image are 0.40 Å apart" in reason(thin)
    # the image is not along a given vector, but along the sum of three: (0, 0, 0.3)
    skewed = one("skewed", lattice=[[3, 0, 0], [-1.5, 2.6, 0], [-1.5, -2.6, 0.3]], numbers=(26,), coords=((0, 0, 0),))
    assert "its periodic image are 0.30 Å apart" in reason(skewed)


def test_the_shortest_bond_there_is_does_not_overlap(hydrogen_box: Crystals) -> None:
    assert validity.reasons(hydrogen_box).empty


def test_many_crystals_keep_their_order_and_each_has_one_reason() -> None:
    crystals = joined(
        one("close", coords=((0, 0, 0), (0.01, 0, 0))),
        one("good"),
        one("void", numbers=(), coords=()),
        one("both", numbers=(0, 0), coords=((0, 0, np.nan), (0, 0, 0))),
        one("also good"),
    )
    found = validity.reasons(crystals)
    assert found["id"].tolist() == ["close", "void", "both"]
    assert "atomic number 0" in found["reason"][2]
