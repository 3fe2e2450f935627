"""Element data against published values typed in from their sources, not from the libraries they come from here."""

import numpy as np
import pytest

from recryst import elements


def test_symbols_stand_at_their_atomic_numbers() -> None:
    assert [elements.symbols()[number] for number in (1, 26, 79, 100, 118)] == ["H", "Fe", "Au", "Fm", "Og"]
    assert len(elements.symbols()) == 119


def test_covalent_radii_are_those_of_cordero() -> None:
    # Cordero et al. 2008, Table 2: H 0.31, C (sp3) 0.76, Na 1.66, Mn (low spin) 1.39, Fe (low spin) 1.32, Cs 2.44, U 1.96
    radii = elements.covalent_radii()
    assert radii[[1, 6, 11, 25, 26, 55, 92, 96]].tolist() == [0.31, 0.76, 1.66, 1.39, 1.32, 2.44, 1.96, 1.69]
    assert np.isnan(radii[[0, 97, 118]]).all()


def test_properties_of_iron_and_of_special_cases() -> None:
    table = elements.properties()
    assert table.index.tolist() == list(range(1, 101))
    iron = table.loc[26]
    assert (iron["symbol"], iron["group"], iron["period"], iron["block"], iron["valence_electrons"]) == ("Fe", 8, 4, "d", 8)
    assert iron["electronegativity"] == 1.83
    assert iron["covalent_radius"] == pytest.approx(132)
    assert iron["ionization_energy"] == pytest.approx(7.902, abs=0.001)  # NIST
    assert iron["electron_affinity"] == pytest.approx(0.151, abs=0.01)  # CRC handbook
    assert iron["atomic_volume"] == pytest.approx(7.09, abs=0.01)  # 55.85 g/mol / 7.87 g/cm^3
    assert table.loc[2, "block"] == "s"
    assert np.isnan(table.loc[2, "electronegativity"])
    assert table.loc[[57, 71, 89], "group"].tolist() == [0, 3, 0]
    assert table.loc[[57, 70, 71, 72], "block"].tolist() == ["f", "f", "d", "d"]


@pytest.mark.parametrize(
    ("symbol", "electrons"),
    [("H", 1), ("He", 2), ("O", 6), ("Ne", 8), ("Sc", 3), ("Cr", 6), ("Cu", 11), ("Zn", 12), ("Ga", 3), ("Pd", 10), ("Ce", 2), ("Hf", 4)],
)
def test_valence_electrons(symbol: str, electrons: int) -> None:
    table = elements.properties().set_index("symbol")
    assert table.loc[symbol, "valence_electrons"] == electrons
