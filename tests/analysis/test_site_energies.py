"""Site energies of a few atoms, averaged by hand."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import site_energies
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def perovskite(a: str, b: str, *x: str) -> Structure:
    faces = [[0.5, 0, 0.5], [0.5, 0.5, 0], [0, 0.5, 0.5]]
    return Structure(Lattice.cubic(4), [a, b, *x], [[0, 0, 0], [0.5, 0.5, 0.5], *faces])


@pytest.fixture
def perovskites() -> Crystals:
    return Crystals.from_structures(
        ["1", "2", "3"],
        [perovskite("Sr", "Ti", "O", "O", "O"), perovskite("Pb", "Ti", "O", "O", "N"), perovskite("Ti", "Pb", "O", "F", "S")],
    )


def test_perovskite_sites_are_named_by_their_place_not_their_element(perovskites: Crystals) -> None:
    """Castelli's order: A, B, X3. Titanium stands on both sites."""
    sites = site_energies.perovskite_sites(perovskites)
    assert sites.tolist() == ["A", "B", "X", "X", "X"] * 3
    table = site_energies.table(np.arange(15.0), perovskites, sites).set_index(["site", "element"])
    assert table.loc[("A", "Sr"), ["site_energy", "n"]].tolist() == [0, 1]
    assert table.loc[("B", "Ti"), ["site_energy", "n"]].tolist() == [(1 + 6) / 2, 2]
    assert table.loc[("B", "Ti"), "spread"] == pytest.approx(5 / 2**0.5)
    assert table.loc[("A", "Ti"), "site_energy"] == 10
    assert table.loc[("X", "O"), ["site_energy", "n"]].tolist() == [(2 + 3 + 4 + 7 + 8 + 12) / 6, 6]
    assert np.isnan(table.loc[("A", "Pb"), "spread"])
    assert table["n"].sum() == 15
    assert table.loc["A", "number"].tolist() == [22, 38, 82]


def test_cation_is_the_less_electronegative_of_two_elements(salts: Crystals) -> None:
    sites = site_energies.cation_anion_sites(salts)
    # nacl-2, nacl-8, cscl are binary; srtio3 and cu are not
    symbols = [["cation" if number in (11, 55) else "anion" for number in salts.take([i]).numbers] for i in range(3)]
    assert sites.tolist() == [*symbols[0], *symbols[1], *symbols[2], *[""] * 6]
    table = site_energies.table(np.ones(len(sites)), salts, sites)
    assert table[["site", "element", "n"]].to_numpy().tolist() == [["anion", "Cl", 6], ["cation", "Na", 5], ["cation", "Cs", 1]]


def test_noble_gases_have_no_electronegativity() -> None:
    crystal = Crystals.from_structures(["x"], [Structure(Lattice.cubic(4), ["Ne", "Na"], [[0, 0, 0], [0.5, 0.5, 0.5]])])
    assert site_energies.cation_anion_sites(crystal).tolist() == ["", ""]


def test_what_does_not_fit_is_refused(perovskites: Crystals, salts: Crystals) -> None:
    sites = site_energies.perovskite_sites(perovskites)
    with pytest.raises(BadInputError, match="five atoms in the cell; nacl-2 has 2"):
        site_energies.perovskite_sites(salts)
    with pytest.raises(BadInputError, match="15 atoms need as many site energies and sites"):
        site_energies.table(np.zeros(14), perovskites, sites)
    energies = np.zeros(15)
    energies[7] = np.nan
    with pytest.raises(BadInputError, match="A site energy of 2 is not a finite number"):
        site_energies.table(energies, perovskites, sites)
    with pytest.raises(BadInputError, match="No atom stands on a named site"):
        site_energies.table(np.zeros(15), perovskites, np.full(15, ""))
