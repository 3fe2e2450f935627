"""What pictures of elements, networks, graphs and crystals contain."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle

from recryst import figures
from recryst.errors import BadInputError
from recryst.figures import crystals, periodic


def cells(axes) -> dict[str, Rectangle]:
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return {piece.get_text(): box for piece, box in zip(axes.texts, boxes, strict=True)}


def test_periodic_table_has_its_shape() -> None:
    """Columns (group - 1) and rows (period - 1) of elements that every reader knows."""
    known = {1: (0, 0), 2: (17, 0), 3: (0, 1), 4: (1, 1), 5: (12, 1), 13: (12, 2), 21: (2, 3), 26: (7, 3), 36: (17, 3)}
    known |= {56: (1, 5), 72: (3, 5), 86: (17, 5), 104: (3, 6), 118: (17, 6)}
    assert {number: periodic.place(number) for number in known} == known
    places = [periodic.place(number) for number in range(1, 119)]
    assert len(set(places)) == 118
    lanthanides, actinides = (dict(places[first : first + 15]) for first in (56, 88))
    assert list(lanthanides) == list(actinides)
    assert max(row for _, row in places[:56]) < min(lanthanides.values()) < min(actinides.values())


def test_elements_are_coloured_by_value_and_hatched_without() -> None:
    data = pd.DataFrame({"element": ["H", "Fe", "La", "U"], "mae": [0.1, 0.2, 0.3, 0.4]})
    figure = figures.periodic_table(data, label="MAE", unit="eV/atom", column="mae")
    axes = figure.axes[0]
    boxes = cells(axes)
    assert len(boxes) == 103
    assert {element for element, box in boxes.items() if not box.get_hatch()} == {"H", "Fe", "La", "U"}
    assert len({boxes[element].get_facecolor() for element in data["element"]}) == 4
    bar = axes.child_axes[0]
    assert bar.get_title() == "MAE (eV/atom)"
    assert bar.get_xlim() == (0.1, 0.4)


def test_a_diverging_scale_is_even_about_its_centre() -> None:
    data = pd.DataFrame({"element": ["Na", "K", "Cs"], "value": [-0.5, 0.0, 2.0]})
    axes = figures.periodic_table(data, label="site energy", centre=0.0).axes[0]
    assert axes.child_axes[0].get_xlim() == (-2, 2)
    red, _, blue, _ = np.transpose([cells(axes)[element].get_facecolor() for element in ("Na", "K", "Cs")])
    assert blue[0] > red[0]
    assert red[1] == pytest.approx(blue[1], abs=0.01)
    assert red[2] > blue[2]


def test_elements_beyond_lawrencium_appear_when_they_have_a_value() -> None:
    axes = figures.periodic_table(pd.DataFrame({"element": ["Og"], "value": [1.0]}), label="x").axes[0]
    assert len(cells(axes)) == 118


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"element": ["Na", "Xx"], "value": [1.0, 2.0]}, "'Xx' is no element"),
        ({"element": ["Na", "Na"], "value": [1.0, 2.0]}, "Na occurs twice"),
        ({"element": ["Na"], "value": [np.nan]}, "not finite"),
    ],
)
def test_what_is_no_periodic_table_is_refused(data: dict, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        figures.periodic_table(pd.DataFrame(data), label="x")


def test_network_shows_layers_shapes_parameters_and_what_feeds_what(every_kind: dict) -> None:
    axes = figures.network(every_kind["network"][0]).axes[0]
    assert len([patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]) == 5
    shown = [piece.get_text() for piece in axes.texts]
    for expected in ("embedding", "N × 12 × 41", "22,272", "–", "28,289 in all"):
        assert expected in shown
    # straight: embedding to convolution, convolution to output; along the side: atoms to embedding, bonds to convolution
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 4
    rails = [line.get_ydata().tolist() for line in axes.lines]
    assert rails == [[0, 0, 2], [1, 1, 3]]


def test_a_chain_needs_no_inputs(every_kind: dict) -> None:
    axes = figures.network(every_kind["network"][0].drop(columns="inputs")).axes[0]
    assert len([patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]) == 4
    assert not axes.lines


def test_an_unknown_input_is_refused(every_kind: dict) -> None:
    layers = every_kind["network"][0].assign(inputs=["", "", "atoms", "output", "convolution"])
    with pytest.raises(BadInputError, match="convolution takes output, which is none of the layers above"):
        figures.network(layers)


def test_crystal_graph_draws_every_bond_once(every_kind: dict) -> None:
    """Rock salt with 8 nodes has 24 bonds (6 a node), the CsCl structure 32 (8 a node)."""
    salt, potassium = figures.crystal_graph(every_kind["crystal_graph"][0]).axes
    assert (salt.get_title(), potassium.get_title()) == ("NaCl", "KCl")
    for axes, bonds, metal in ((salt, 24, "Na"), (potassium, 32, "K")):
        assert len([patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]) == bonds
        assert len([patch for patch in axes.patches if isinstance(patch, Circle)]) == 8
        names = [piece.get_text() for piece in axes.texts]
        assert sorted(names) == ["Cl"] * 4 + [metal] * 4
        # elements take turns around the circle
        angles = np.argsort([np.arctan2(*reversed(piece.get_position())) for piece in axes.texts])
        around = [names[index] for index in angles]
        assert all(around[index] != around[index - 1] for index in range(8))


def test_a_bond_to_an_own_image_is_a_loop() -> None:
    data = pd.DataFrame({"graph": "Cu", "source": [0], "target": [0], "source_element": "Cu", "target_element": "Cu", "bonds": [3]})
    axes = figures.crystal_graph(data).axes[0]
    assert len([patch for patch in axes.patches if isinstance(patch, Circle)]) == 1 + 3


def test_perovskite_shows_its_octahedron(perovskite: pd.DataFrame) -> None:
    figure = figures.structure(perovskite, polyhedra="Ti", labels={"Sr": "A site: Sr", "Ti": "B site: Ti", "O": "X sites: O"})
    (axes,) = figure.axes
    assert len([patch for patch in axes.patches if isinstance(patch, Polygon)]) == 8
    # 15 atoms, each a disc with a bright spot
    assert len([patch for patch in axes.patches if isinstance(patch, Circle)]) == 30
    # 12 edges, 6 bonds of titanium, and a sample of each element for the legend
    assert len(axes.lines) == 12 + 6 + 3
    assert [entry.get_text() for entry in figure.legends[0].get_texts()] == ["A site: Sr", "B site: Ti", "X sites: O"]


def test_the_projection_keeps_lengths_across_the_view() -> None:
    turn = crystals._rotation(20, 30)
    assert turn.T @ turn == pytest.approx(np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    # looking down from above: x to the right becomes y, up is away from the reader
    assert crystals._rotation(90, -90) == pytest.approx(np.eye(3), abs=1e-12)


def test_structures_that_can_not_be_drawn_so(perovskite: pd.DataFrame) -> None:
    with pytest.raises(BadInputError, match="shows one crystal, not 2"):
        figures.structure(pd.concat([perovskite, perovskite.assign(crystal="other")]))
    with pytest.raises(BadInputError, match="four bonded neighbours"):
        figures.structure(perovskite, polyhedra="C")


def test_several_crystals_stand_side_by_side_under_their_titles(perovskite: pd.DataFrame) -> None:
    figure = figures.crystal_3d(pd.concat([perovskite.assign(crystal=name) for name in ("one", "two", "three")]))
    assert [axes.get_title() for axes in figure.axes] == ["one", "two", "three", ""]
    for axes in figure.axes[:3]:
        assert len([patch for patch in axes.patches if isinstance(patch, Circle)]) == 30
    assert [entry.get_text() for entry in figure.legends[0].get_texts()] == ["Sr", "Ti", "O"]


def test_long_cells_stand_upright_and_keep_their_hand() -> None:
    """Extents 9, 5, 1 along x, y, z become 1, 5, 9; three atoms that turn right still do."""
    places = np.array([[0, 0, 0], [9.0, 0, 0], [0, 5.0, 0], [0, 0, 1.0]])
    scene = pd.DataFrame(places, columns=["x", "y", "z"]).assign(x2=np.nan, y2=np.nan, z2=np.nan)
    turned = crystals.upright(scene)[["x", "y", "z"]].to_numpy()
    assert np.ptp(turned, axis=0).tolist() == [1, 5, 9]
    assert np.linalg.det(turned[1:]) == pytest.approx(np.linalg.det(places[1:]))
