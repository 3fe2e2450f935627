"""What a picture of a crystal shows, counted on textbook cells."""

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from recryst.analysis import drawing
from recryst.crystals import Crystals
from recryst.errors import BadInputError


def of(scene: pd.DataFrame, kind: str) -> pd.DataFrame:
    return scene[scene["kind"] == kind]


def test_a_perovskite_shows_all_corners_faces_and_edges(salts: Crystals) -> None:
    """SrTiO3: Sr at 8 corners, Ti in the centre, O on 6 faces; 6 Ti-O bonds and 12 edges."""
    scene = drawing.scene(salts.select(["srtio3"]))
    assert set(scene["crystal"]) == {"SrTiO3"}
    assert of(scene, "atom")["element"].value_counts().to_dict() == {"Sr": 8, "O": 6, "Ti": 1}
    pairs = of(scene, "bond").apply(lambda row: "-".join(sorted((row["element"], row["element2"]))), axis=1).value_counts()
    # strontium at each corner has three oxygen atoms on the faces that meet there; metals aren't bonded to each other
    assert pairs.to_dict() == {"O-Sr": 24, "O-Ti": 6}
    edges = of(scene, "edge")
    assert len(edges) == 12
    lengths = np.linalg.norm(edges[["x2", "y2", "z2"]].to_numpy() - edges[["x", "y", "z"]].to_numpy(), axis=1)
    assert lengths == pytest.approx(3.905)
    # the cell's centre, where titanium is, is the origin
    assert of(scene, "atom").set_index("element").loc["Ti", ["x", "y", "z"]].tolist() == pytest.approx([0, 0, 0])


def test_rock_salt_in_its_cube_is_the_textbooks_27_atoms(salts: Crystals) -> None:
    atoms = of(drawing.scene(salts.select(["nacl-8"])), "atom")
    assert atoms["element"].value_counts().to_dict() == {"Na": 14, "Cl": 13}
    assert not atoms[["x", "y", "z"]].round(6).duplicated().any()


def test_atoms_just_off_a_face_are_shown_on_both_sides() -> None:
    """0.2 angstrom inside the upper face is drawn 0.2 below both faces; 0.8 angstrom away is no face atom."""
    structure = Structure(Lattice.cubic(4), ["Na", "Cl"], [[0.5, 0.5, 0.95], [0.5, 0.5, 0.2]])
    atoms = of(drawing.scene(Crystals.from_structures(["x"], [structure])), "atom")
    assert sorted(atoms.loc[atoms["element"] == "Na", "z"]) == pytest.approx([-2.2, 1.8])
    assert (atoms["element"] == "Cl").sum() == 1


def test_several_crystals_keep_their_titles(salts: Crystals) -> None:
    two = salts.select(["nacl-2", "nacl-8"])
    scene = drawing.scene(two, ["primitive", "cubic"])
    assert scene["crystal"].unique().tolist() == ["primitive", "cubic"]
    for titles in (None, ["one"], ["same", "same"]):
        with pytest.raises(BadInputError, match="need as many titles that differ"):
            drawing.scene(two, titles)
    with pytest.raises(BadInputError, match="0 crystals to draw"):
        drawing.scene(salts.take([]))


def test_metals_are_bonded_to_each_other_where_there_is_nothing_else(salts: Crystals) -> None:
    """Copper's primitive cell: bonds along its 12 edges and across each of its 6 faces."""
    scene = drawing.scene(salts.select(["cu"]))
    lengths = of(scene, "bond")[["x", "y", "z"]].to_numpy() - of(scene, "bond")[["x2", "y2", "z2"]].to_numpy()
    assert len(lengths) == 12 + 6
    assert np.linalg.norm(lengths, axis=1) == pytest.approx(3.61 / 2**0.5)


def test_how_far_an_atom_is_from_a_face_is_measured_across_the_face() -> None:
    """In a cell of 60 degrees 0.08 along an edge of 4 angstrom is 0.277 angstrom from the face, and 0.1 is 0.346."""
    lattice = Lattice.from_parameters(4, 4, 6, 90, 90, 60)
    for along, shown in ((0.08, 2), (0.1, 1)):
        structure = Structure(lattice, ["Na"], [[along, 0.5, 0.5]])
        assert len(of(drawing.scene(Crystals.from_structures(["x"], [structure])), "atom")) == shown
