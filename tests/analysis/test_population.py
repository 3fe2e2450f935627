"""Histograms and symmetry of a handful of known crystals; lattice systems against pymatgen for all 230 space groups."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import spglib
from pymatgen.core import Lattice, Structure

from recryst.analysis import population
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def test_elements_and_atoms_histograms(salts: Crystals) -> None:
    """One, two, two, two and three elements; 1, 2, 2, 5 and 8 atoms."""
    elements = population.elements(salts)
    assert elements[["value", "count"]].to_numpy().tolist() == [[1, 1], [2, 3], [3, 1]]
    assert elements["share"].tolist() == [0.2, 0.6, 0.2]
    cells = pd.DataFrame({"primitive_atoms": salts.n_atoms})
    atoms = population.atoms(cells, width=2)
    # bars hold 1-2, 3-4, 5-6, 7-8 atoms
    assert atoms[["value", "width", "count"]].to_numpy().tolist() == [[1.5, 2, 3], [3.5, 2, 0], [5.5, 2, 1], [7.5, 2, 1]]
    single = population.atoms(cells, width=1)
    assert single["value"].tolist() == list(range(1, 9))


def test_symmetry_is_known_crystals_own(salts: Crystals) -> None:
    table = population.symmetry(salts)
    assert table["id"].tolist() == salts.ids.tolist()
    assert table["space_group"].tolist() == [225, 225, 221, 221, 225]
    assert set(table["lattice_system"]) == {"cubic"}
    # rock salt's cube of 8 atoms holds four primitive cells
    assert salts.n_atoms.tolist() == [2, 8, 2, 5, 1]
    assert table["primitive_atoms"].tolist() == [2, 2, 2, 5, 1]


SYSTEM_OF_POINT_GROUPS = {
    "triclinic": "1 -1",
    "monoclinic": "2 m 2/m",
    "orthorhombic": "222 mm2 mmm",
    "tetragonal": "4 -4 4/m 422 4mm -42m -4m2 4/mmm",
    "trigonal": "3 -3 32 3m -3m",
    "hexagonal": "6 -6 6/m 622 6mm -62m -6m2 6/mmm",
    "cubic": "23 m-3 432 -43m m-3m",
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_lattice_systems_follow_from_spglibs_point_groups_and_symbols() -> None:
    """All 230 space groups; a trigonal one is rhombohedral where its symbol starts with R, else hexagonal."""
    system = {group: name for name, groups in SYSTEM_OF_POINT_GROUPS.items() for group in groups.split()}
    types = {kind.number: kind for kind in map(spglib.get_spacegroup_type, range(1, 531))}
    assert sorted(types) == list(range(1, 231))
    for number, kind in types.items():
        trigonal = "rhombohedral" if kind.international_short.startswith("R") else "hexagonal"
        crystal_system = system[kind.pointgroup_international]
        assert population.lattice_system(number) == (trigonal if crystal_system == "trigonal" else crystal_system)


def test_atoms_on_top_of_each_other_have_no_space_group(recwarn: pytest.WarningsRecorder) -> None:
    collapsed = Structure(Lattice.cubic(3), ["Na", "Na"], [[0, 0, 0], [0, 0, 0]])
    table = population.symmetry(Crystals.from_structures(["x"], [collapsed]))
    assert table.to_dict("list") == {"id": ["x"], "space_group": [0], "lattice_system": [""], "primitive_atoms": [2]}
    assert not recwarn.list


def test_no_space_group_and_no_such_space_group() -> None:
    assert population.lattice_system(0) == ""
    for number in (-1, 231):
        with pytest.raises(BadInputError, match=f"numbered 1 to 230; {number} is none"):
            population.lattice_system(number)


def test_summary_counts_what_the_text_counts(salts: Crystals) -> None:
    symmetry = pd.DataFrame({"id": salts.ids, "space_group": [225, 225, 221, 166, 0], "primitive_atoms": [2, 2, 2, 60, 1]})
    symmetry["lattice_system"] = [population.lattice_system(number) for number in symmetry["space_group"]]
    numbers = population.summary(salts, symmetry[::-1]).set_index("quantity")["value"]
    assert numbers.to_dict() == {
        "crystals": 5,
        "elements covered": 7,
        "most elements in a crystal": 3,
        "share of binary, ternary and quaternary crystals": 0.8,
        "fewest atoms in a cell": 1,
        "most atoms in a cell": 60,
        "share of crystals with less than 60 atoms": 0.8,
        "lattice systems": 2,
        "space groups": 3,
    }
    with pytest.raises(BadInputError, match="The symmetry of 1 crystals is missing, the first is nacl-2"):
        population.summary(salts, symmetry[1:])


def test_membership_marks_each_element_once(salts: Crystals) -> None:
    membership = population.element_membership(salts).toarray()
    assert membership.shape == (5, 119)
    assert set(np.flatnonzero(membership[1])) == {11, 17}
    assert membership.max() == 1


def test_nothing_to_describe_is_refused(salts: Crystals) -> None:
    none = salts.take([])
    cells = pd.DataFrame({"id": salts.ids, "space_group": 1, "lattice_system": "triclinic", "primitive_atoms": 1})
    for function in (population.elements, population.symmetry, lambda none: population.summary(none, cells)):
        with pytest.raises(BadInputError, match="no crystals"):
            function(none)
    with pytest.raises(BadInputError, match="no crystals"):
        population.atoms(cells[:0])
    with pytest.raises(BadInputError, match="at least 1 atom wide"):
        population.atoms(cells, width=0)


@pytest.mark.shared
def test_space_groups_of_materials_project_crystals_are_the_packed_ones(shared: Path) -> None:
    """60 crystals of at most 12 atoms; the pack was made with the same spglib and tolerance from unrounded coordinates."""
    pack = np.load(shared / "data" / "mp_structures" / "mp_structures.npz")
    chosen = np.flatnonzero(pack["natoms"] <= 12)[::750]
    offsets = np.r_[0, np.cumsum(pack["natoms"], dtype=np.int64)]
    fractions, numbers, cells = pack["frac_q"].T / 65520, pack["z"], pack["cell"].astype(float)
    structures = [
        Structure(Lattice.from_parameters(*cells[i]), numbers[offsets[i] : offsets[i + 1]], fractions[offsets[i] : offsets[i + 1]])
        for i in chosen
    ]
    table = population.symmetry(Crystals.from_structures(pack["material_id"][chosen].astype(str), structures))
    assert len(table) == 60
    assert table["space_group"].tolist() == pack["spg_01"][chosen].tolist()
