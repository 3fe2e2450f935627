"""Partners by substitution, on compositions whose partners one can name."""

from pymatgen.core import Composition, Lattice, Structure

from recryst.analysis import substitutions
from recryst.crystals import Crystals


def of(*formulas):
    structures = []
    for formula in formulas:
        species = [element for element, amount in Composition(formula).items() for _ in range(int(amount))]
        structures.append(Structure(Lattice.cubic(10), species, [[i / 20, 0, 0] for i in range(len(species))]))
    crystals = Crystals.from_structures([f"{i} {formula}" for i, formula in enumerate(formulas)], structures)
    return substitutions.partners(crystals).set_index("id")


def test_partners_differ_in_one_element_that_takes_the_same_amount():
    """NaCl: KCl and NaBr; KCl: NaCl alone. K2NaF6Al has none: AlF3 and K3AlF6 have other amounts."""
    found = of("NaCl", "KCl", "NaBr", "CaF2", "MgO", "AlF3", "K2NaAlF6", "Rb2NaAlF6", "RbClO4")
    assert found["partners"].tolist() == [2, 1, 1, 0, 0, 0, 1, 1, 0]
    assert found["elements"].tolist() == [2, 2, 2, 2, 2, 2, 4, 4, 3]


def test_the_amounts_of_the_exchanged_element_count():
    """Ca is left of both, but CaF2 lacks two atoms and CaO one."""
    assert of("CaF2", "CaO")["partners"].tolist() == [0, 0]


def test_other_crystals_of_the_same_composition_are_no_substitution_and_cells_of_any_size_count_alike():
    found = of("NaCl", "Na4Cl4", "KCl")
    assert found["partners"].tolist() == [1, 1, 2]


def test_an_element_alone_has_no_partners():
    assert of("Cu", "Ag")["partners"].tolist() == [0, 0]
    assert of("Cu", "Ag")["elements"].tolist() == [1, 1]
