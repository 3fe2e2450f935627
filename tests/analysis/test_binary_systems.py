"""Which entries a binary system has, in which order its elements stand, and what is no binary system."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import binary_systems
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def crystals(*formulas: str) -> Crystals:
    """Crystals of these formulas, atoms anywhere; two of one formula have ids of their own."""
    from pymatgen.core import Composition

    structures = []
    for formula in formulas:
        symbols = [element.symbol for element, amount in Composition(formula).items() for _ in range(int(amount))]
        structures.append(Structure(Lattice.cubic(9), symbols, np.random.default_rng(0).random((len(symbols), 3))))
    return Crystals.from_structures([f"{formula}/{number}" for number, formula in enumerate(formulas)], structures)


def test_a_system_holds_its_compounds_and_every_structure_of_its_elements():
    table = binary_systems.of_crystals(crystals("NaCl", "Na", "Cl2", "Na3", "KCl", "Fe", "NaCl3"))
    rows = {system: group[["id", "fraction"]].to_numpy().tolist() for system, group in table.groupby("system")}
    assert set(rows) == {"Na-Cl", "K-Cl"}  # iron has no compound, so no system
    assert rows["Na-Cl"] == [["Na/1", 0], ["Na3/3", 0], ["NaCl/0", 0.5], ["NaCl3/6", 0.75], ["Cl2/2", 1]]
    assert rows["K-Cl"] == [["KCl/4", 0.5], ["Cl2/2", 1]]  # no structure of potassium
    assert (table.groupby("system")["first"].first() == ["K", "Na"]).all()


@pytest.mark.parametrize("system", ["Tm-Pt", "Tb-N", "Nd-Y", "Na-Cl", "V-Se", "Mo-Se", "O-F", "Si-C"])
def test_elements_stand_as_the_paper_writes_its_systems(system):
    first, second = system.split("-")
    assert binary_systems.of_formulas([0], [f"{second}3{first}"])["system"].tolist() == [system]


def test_formulas_give_what_crystals_give():
    names = ["NaCl", "Na", "Cl2", "KCl3"]
    of_crystals = binary_systems.of_crystals(crystals(*names))
    of_formulas = binary_systems.of_formulas([f"{name}/{number}" for number, name in enumerate(names)], names)
    assert of_formulas.to_numpy().tolist() == of_crystals.to_numpy().tolist()


def test_equal_ratios_are_equal_fractions():
    table = binary_systems.of_formulas(range(3), ["Ti2O", "Ti4O2", "Ti6O3"])
    assert table["fraction"].nunique() == 1


def test_ternary_crystals_are_left_out_by_asking_for_the_others():
    some = crystals("NaCl", "SrTiO3", "Na")
    assert binary_systems.up_to_two_elements(some).tolist() == [0, 2]
    with pytest.raises(BadInputError, match=r"^SrTiO3/1 has 3 elements; a binary system holds compounds of two elements"):
        binary_systems.of_crystals(some)


@pytest.mark.parametrize(
    ("ids", "formulas", "sentence"),
    [
        ([0], ["La2CuO4"], "La2CuO4 has 3 elements"),
        ([0], ["Xx"], "'Xx' .0. is no formula"),
        ([0], ["Na(Cl"], "is no formula"),
        ([0], [""], "is no formula"),
        ([0, 0], ["Na", "Cl"], "an id of its own"),
        ([0, 1], ["Na", "Cl"], "no binary compound among 2 entries"),
        ([], [], "no binary compound among 0 entries"),
    ],
)
def test_bad_input_gets_one_sentence(ids, formulas, sentence):
    with pytest.raises(BadInputError, match=sentence):
        binary_systems.of_formulas(ids, formulas)
