"""Packed crystals: to and from pymatgen, parts and order, fingerprints, and what can't be packed."""

import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.crystals import Crystals
from recryst.errors import BadCrystalError, BadInputError


def structures() -> list[Structure]:
    salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na+", "Cl-"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    skewed = Structure(
        Lattice([[3, 0.1, 0], [-1, 4, 0.2], [0.3, 0, 5]]), ["Xe", "Fe", "O"], [[0, 0, 0], [1.25, -0.5, 0.5], [0.1, 0.2, 0.3]]
    )
    atom = Structure(Lattice.hexagonal(3.2, 5.2), ["Mg"], [[1 / 3, 2 / 3, 0.25]])
    return [salt, skewed, atom]


@pytest.fixture
def three() -> Crystals:
    return Crystals.from_structures(["salt", "skewed", "atom"], structures())


def test_structures_come_back_as_they_went_in(three: Crystals) -> None:
    assert three.n_atoms.tolist() == [8, 3, 1]
    np.testing.assert_allclose(three.volumes, [structure.volume for structure in structures()], rtol=1e-12)
    for index, structure in enumerate(structures()):
        back = three.structure(index)
        assert np.array_equal(back.lattice.matrix, structure.lattice.matrix)
        assert np.array_equal(back.frac_coords, structure.frac_coords)
        assert back.atomic_numbers == structure.atomic_numbers


def test_reduced_formulas_without_warnings(three: Crystals) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert three.formulas() == ["NaCl", "FeXeO", "Mg"]


def test_take_and_select_keep_crystals_whole(three: Crystals) -> None:
    some = three.take([2, 0])
    assert some.ids.tolist() == ["atom", "salt"]
    assert some.offsets.tolist() == [0, 1, 9]
    assert some.structure(0) == three.structure(2)
    assert some.structure(1) == three.structure(0)
    assert three.select(["atom", "salt"]).fingerprint == some.fingerprint
    assert len(three.take([])) == 0
    with pytest.raises(BadInputError, match="1 of 2 ids have no crystal, the first is absent"):
        three.select(["salt", "absent"])


def test_which_crystals_hold_an_element(three: Crystals) -> None:
    assert three.holding([11]).tolist() == [True, False, False]
    assert three.holding([12, 26]).tolist() == [False, True, True]
    assert three.holding([]).tolist() == three.holding([1]).tolist() == [False] * 3
    assert three.take([]).holding([11]).tolist() == []


def test_fingerprint_is_that_of_the_content_alone(three: Crystals) -> None:
    # ids in wider fields and numbers in wider types, as other files and libraries give them
    same = Crystals(
        three.ids.astype("U40"), three.lattices, three.numbers.astype(np.int64), three.frac_coords, three.offsets.astype(np.int32)
    )
    assert same.fingerprint == three.fingerprint
    # a part has the fields of the whole; a copy made from its structures has fields of its own
    assert three.take([2]).fingerprint == Crystals.from_structures(["atom"], [three.structure(2)]).fingerprint


@pytest.mark.parametrize("name", ["ids", "lattices", "numbers", "frac_coords", "offsets"])
def test_fingerprint_tells_every_change(three: Crystals, name: str) -> None:
    content = {key: getattr(three, key).copy() for key in ("ids", "lattices", "numbers", "frac_coords", "offsets")}
    if name == "ids":
        content["ids"][0] = "other"
    elif name == "offsets":
        content["offsets"][1] += 1
    elif name == "numbers":
        content["numbers"][5] += 1
    else:
        content[name][0, 0] = np.nextafter(content[name][0, 0], 100)
    assert Crystals(**content).fingerprint != three.fingerprint
    assert three.take([1, 0, 2]).fingerprint != three.fingerprint


def test_ids_may_be_any_text(three: Crystals) -> None:
    named = Crystals(np.array(["Grünerit α.cif", "b", "c"]), three.lattices, three.numbers, three.frac_coords, three.offsets)
    assert named.fingerprint != three.fingerprint


def test_arrays_that_do_not_fit_are_refused(three: Crystals) -> None:
    for change in (
        {"lattices": three.lattices[:2]},
        {"frac_coords": three.frac_coords[:-1]},
        {"offsets": three.offsets[:-1]},
    ):
        content = {key: getattr(three, key) for key in ("ids", "lattices", "numbers", "frac_coords", "offsets")} | change
        with pytest.raises(BadInputError, match="Arrays of 3 crystals and 12 atoms don't fit"):
            Crystals(**content)
    for offsets in ([0, 8, 11, 13], [1, 8, 11, 12], [0, 11, 8, 12]):
        with pytest.raises(BadInputError, match="must rise from 0 to the number of atoms, 12"):
            Crystals(three.ids, three.lattices, three.numbers, three.frac_coords, np.array(offsets))
    beyond = Crystals(three.ids, three.lattices, np.full(12, 119, np.uint8), three.frac_coords, three.offsets)
    with pytest.raises(BadInputError, match="no element of atomic number 119"):
        beyond.amounts()


def test_what_is_no_crystal_of_whole_atoms_is_refused() -> None:
    cell = Lattice.cubic(4)
    mixed = Structure(cell, [{"Fe": 0.5, "Ni": 0.5}], [[0, 0, 0]])
    vacant = Structure(cell, [{"O": 0.9}], [[0, 0, 0]])
    for structure in (mixed, vacant):
        with pytest.raises(BadCrystalError, match="alloy has partly occupied sites; order it first"):
            Crystals.from_structures(["alloy"], [structure])
    with pytest.raises(BadCrystalError, match="void has no atoms"):
        Crystals.from_structures(["void"], [Structure(cell, [], [])])
    with pytest.raises(BadCrystalError, match=r"dummy has a site X.* that is no chemical element"):
        Crystals.from_structures(["dummy"], [Structure(cell, ["X"], [[0, 0, 0]])])
