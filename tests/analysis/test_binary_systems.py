"""Which entries a binary system has, in which order its elements stand, and what is no binary system."""

import pytest
from made_crystals import of_formulas

from recryst.analysis import binary_systems
from recryst.errors import BadInputError


def test_a_system_holds_its_compounds_and_every_structure_of_its_elements():
    table = binary_systems.of_crystals(of_formulas("NaCl", "Na", "Cl2", "Na3", "KCl", "Fe", "NaCl3"))
    rows = {system: group[["id", "fraction"]].to_numpy().tolist() for system, group in table.groupby("system")}
    assert set(rows) == {"Na-Cl", "K-Cl"}  # iron has no compound, so no system
    assert rows["Na-Cl"] == [["Na/1", 0], ["Na3/3", 0], ["NaCl/0", 0.5], ["NaCl3/6", 0.75], ["Cl2/2", 1]]
    assert rows["K-Cl"] == [["KCl/4", 0.5], ["Cl2/2", 1]]  # no structure of potassium
    assert (table.groupby("system")["first"].first() == ["K", "Na"]).all()


@pytest.mark.parametrize("system", ["Tm-Pt", "Tb-N", "Nd-Y", "Na-Cl", "V-Se", "Mo-Se", "O-F", "Si-C"])
def test_elements_stand_as_the_paper_writes_its_systems(system):
    first, second = system.split("-")
    assert binary_systems.of_crystals(of_formulas(f"{second}3{first}"))["system"].tolist() == [system]


def test_equal_ratios_are_equal_fractions():
    table = binary_systems.of_crystals(of_formulas("Ti2O", "Ti4O2", "Ti6O3"))
    assert table["fraction"].nunique() == 1


def test_ternary_crystals_are_left_out_by_asking_for_the_others():
    some = of_formulas("NaCl", "SrTiO3", "Na")
    assert binary_systems.up_to_two_elements(some).tolist() == [0, 2]
    with pytest.raises(BadInputError, match=r"^SrTiO3/1 has 3 elements; a binary system holds compounds of two elements"):
        binary_systems.of_crystals(some)


@pytest.mark.parametrize("formulas", [("Na", "Cl"), ()])
def test_crystals_without_a_binary_compound_have_no_system(formulas):
    with pytest.raises(BadInputError, match=f"no binary compound among {len(formulas)} entries"):
        binary_systems.of_crystals(of_formulas(*formulas))
