"""Statistics of element properties: equal to matminer's, and what they should be by hand."""

import numpy as np
import pytest
from pymatgen.core import Composition, Element

from recryst.crystals import Crystals
from recryst.datasets import embedded
from recryst.errors import BadInputError
from recryst.features import magpie


def random_compositions(count: int, seed: int = 0) -> list[Composition]:
    """Of one to seven elements, up to copernicium; half have whole amounts, so that several elements are equally frequent."""
    random = np.random.default_rng(seed)
    found = []
    for place in range(count):
        numbers = random.choice(np.arange(1, 113), size=random.integers(1, 8), replace=False)
        amounts = random.integers(1, 4, len(numbers)) if place % 2 else random.random(len(numbers)).round(3) + 0.001
        found.append(Composition({Element.from_Z(int(z)): float(x) for z, x in zip(numbers, amounts, strict=True)}))
    return found


def column(name: str) -> int:
    return magpie.names().index(name)


@pytest.mark.filterwarnings("ignore:No Pauling electronegativity")
def test_equal_to_matminer_on_a_thousand_compositions() -> None:
    from matminer.featurizers.composition import ElementProperty

    reference = ElementProperty.from_preset("magpie", impute_nan=True)
    compositions = random_compositions(1000)
    expected = np.array([reference.featurize(composition) for composition in compositions])
    found = magpie.of_formulas([composition.formula.replace(" ", "") for composition in compositions])
    assert found.shape == (1000, 132)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert [name.replace("MagpieData ", "") for name in reference.feature_labels()] == magpie.names()


def test_sodium_chloride_by_hand() -> None:
    (vector,) = magpie.of_formulas(["NaCl"])
    assert vector[column("mean Number")] == (11 + 17) / 2
    assert vector[column("range Number")] == 6
    assert vector[column("avg_dev Number")] == 3
    assert vector[column("mean Electronegativity")] == pytest.approx((0.93 + 3.16) / 2)
    # equally many of both: the smaller value
    assert vector[column("mode Electronegativity")] == 0.93


def test_the_more_frequent_element_gives_the_mode() -> None:
    (vector,) = magpie.of_formulas(["Al2O3"])
    assert vector[column("mode Number")] == 8
    assert vector[column("mean Number")] == pytest.approx((2 * 13 + 3 * 8) / 5)


def test_crystals_have_the_vectors_of_their_formulas_however_large_the_cell() -> None:
    crystals = embedded.crystals().take(range(20))
    vectors = magpie.of_crystals(crystals)
    np.testing.assert_allclose(vectors, magpie.of_formulas(crystals.formulas()), rtol=0, atol=1e-9)
    doubled = type(crystals).from_structures(list(crystals.ids), [crystals.structure(i) * (2, 1, 1) for i in range(20)])
    np.testing.assert_allclose(magpie.of_crystals(doubled), vectors, rtol=0, atol=1e-9)


def test_every_element_has_every_property() -> None:
    assert magpie.table().shape == (118, 22)
    assert np.isfinite(magpie.table().to_numpy()).all()


def test_nothing_gives_nothing() -> None:
    assert magpie.of_formulas([]).shape == (0, 132)


@pytest.mark.parametrize("formula", ["", "Xx2O3", "NaCl)", "hello"])
def test_what_is_no_formula_is_named(formula: str) -> None:
    with pytest.raises(BadInputError, match="is not a chemical formula"):
        magpie.of_formulas(["NaCl", formula])


def test_a_crystal_without_atoms_is_named() -> None:
    void = Crystals(np.array(["void"]), np.eye(3)[None], np.zeros(0, np.uint8), np.zeros((0, 3)), np.array([0, 0]))
    with pytest.raises(BadInputError, match="void has no atoms"):
        magpie.of_crystals(void)
