"""The supplement's example against its printed equations S3-S10."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import nacl_kcl
from recryst.errors import BadInputError


@pytest.mark.parametrize(("as_drawn", "bonds"), [(True, {"NaCl": 6, "KCl": 8}), (False, {"NaCl": 6, "KCl": 6})])
def test_every_node_has_the_neighbours_that_its_structure_gives_it(as_drawn: bool, bonds: dict[str, int]) -> None:
    for name, structure in nacl_kcl.structures(as_drawn).items():
        edges = nacl_kcl.graph(structure, name)
        assert len(structure) == 8
        assert set(edges["graph"]) == {name}
        assert set(edges.groupby("source")["bonds"].sum()) == {bonds[name]}
        # only unlike atoms are bonded, and every edge has its reverse
        assert (edges["source_element"] != edges["target_element"]).all()
        forward = edges.set_index(["source", "target"])["bonds"]
        assert forward.to_dict() == {(target, source): count for (source, target), count in forward.items()}


def test_the_system_is_the_printed_one() -> None:
    """S9: 3 w_c1 + 3 w_c2 + 0.5 w_s1 + 0.5 w_s2; S10: 4 w_c1 + 4 w_c3 + 0.5 w_s1 + 0.5 w_s3."""
    system = nacl_kcl.system(nacl_kcl.structures(as_drawn=True)).set_index("crystal")
    assert system.loc["NaCl", list(nacl_kcl.WEIGHTS)].tolist() == [3, 3, 0, 0.5, 0.5, 0]
    assert system.loc["KCl", list(nacl_kcl.WEIGHTS)].tolist() == [4, 0, 4, 0.5, 0, 0.5]
    assert system["target"].to_dict() == {"NaCl": 1, "KCl": -1}


def test_the_real_potassium_chloride_has_six_neighbours() -> None:
    system = nacl_kcl.system(nacl_kcl.structures(as_drawn=False)).set_index("crystal")
    assert system.loc["KCl", list(nacl_kcl.WEIGHTS)].tolist() == [3, 0, 3, 0.5, 0, 0.5]


@pytest.mark.parametrize("as_drawn", [True, False])
def test_weights_exist_and_are_the_shortest(as_drawn: bool) -> None:
    system = nacl_kcl.system(nacl_kcl.structures(as_drawn))
    weights = nacl_kcl.solve(system)
    predictions = nacl_kcl.predictions(system, weights)
    assert predictions["prediction"].tolist() == pytest.approx([1, -1], abs=1e-12)
    matrix = system[list(nacl_kcl.WEIGHTS)].to_numpy()
    peer = np.linalg.lstsq(matrix, system["target"].to_numpy(), rcond=None)[0]
    assert weights["value"].tolist() == pytest.approx(peer.tolist(), abs=1e-12)
    # whatever is added without changing a prediction makes them longer
    free = np.linalg.svd(matrix)[2][2:]
    assert np.allclose(free @ weights["value"], 0, atol=1e-12)


@pytest.mark.parametrize("as_drawn", [True, False])
def test_the_prediction_does_not_depend_on_the_cell(as_drawn: bool) -> None:
    crystals = nacl_kcl.structures(as_drawn)
    weights = nacl_kcl.solve(nacl_kcl.system(crystals))
    for name, target in (("NaCl", 1), ("KCl", -1)):
        table = nacl_kcl.cell_invariance(crystals[name], weights, name)
        assert table["atoms"].tolist() == [2, 8, 64]
        assert table["prediction"].tolist() == pytest.approx([target] * 3, abs=1e-12)


def test_crystals_that_the_network_can_not_tell_apart() -> None:
    salt = nacl_kcl.structures(as_drawn=True)["NaCl"]
    with pytest.raises(BadInputError, match="can't be told apart"):
        nacl_kcl.solve(nacl_kcl.system({"NaCl": salt, "KCl": salt}))


def test_other_crystals_are_refused() -> None:
    cesium = Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(BadInputError, match="knows the elements Cl, Na, K, not Cs"):
        nacl_kcl.coefficients(cesium)
    with pytest.raises(BadInputError, match="targets for NaCl and KCl, not for CsCl"):
        nacl_kcl.system({"CsCl": cesium})
    with pytest.raises(BadInputError, match="at least two atoms"):
        nacl_kcl.graph(Structure(Lattice.cubic(3), ["Na"], [[0, 0, 0]]))
