"""What holds for every kind of picture: it can be stored and drawn again, is legible on a phone, and refuses odd tables."""

import inspect
import io
import json
from itertools import combinations

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib import text
from matplotlib.figure import Figure

from recryst import figures
from recryst.errors import BadInputError
from recryst.figures import style

KINDS = figures.__all__
INTERACTIVE = [name for name in figures.__all__ if hasattr(getattr(figures, name), "interactive")]
PHONE = 390


def stored(data: pd.DataFrame) -> pd.DataFrame:
    """What comes back of a table that was written as CSV."""
    return pd.read_csv(io.StringIO(data.to_csv(index=False)))


def drawn(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=60)
    return file.getvalue()


def texts(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[text.Text]:
    """Every piece of text that is really drawn; matplotlib also holds ticks outside the axes."""
    pieces = []
    draw = text.Text.draw

    def record(self: text.Text, renderer: object) -> None:
        if self.get_text() and self.get_visible():
            pieces.append(self)
        draw(self, renderer)

    monkeypatch.setattr(text.Text, "draw", record)
    figure.savefig(io.BytesIO(), format="png")
    # the layout is computed by drawing once before
    return list(dict.fromkeys(pieces))


def test_every_function_has_data_to_be_tested_with(every_kind: dict) -> None:
    assert set(every_kind) == set(figures.__all__)


@pytest.mark.parametrize("kind", figures.__all__)
def test_a_figure_is_the_same_from_stored_data_and_options(kind: str, every_kind: dict) -> None:
    data, options = every_kind[kind]
    function = getattr(figures, kind)
    again = function(stored(data), **json.loads(json.dumps(options)))
    first = function(data, **options)
    assert drawn(first) == drawn(again)


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_legible_on_a_phone_and_none_is_cut_off_or_hidden(kind: str, every_kind: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    data, options = every_kind[kind]
    figure = getattr(figures, kind)(data, **options)
    pieces = texts(figure, monkeypatch)
    assert len(pieces) > 2
    pixels = figure.get_size_inches()[0] * 96
    page = figure.bbox
    for piece in pieces:
        height = piece.get_fontsize() / 72 * 96 * min(1, PHONE / pixels)
        assert height >= 8.5, f"{piece.get_text()!r} is {height:.1f} pixels high on a phone"
        box = piece.get_window_extent()
        assert (box.x0 >= page.x0 - 1, box.x1 <= page.x1 + 1, box.y0 >= page.y0 - 1, box.y1 <= page.y1 + 1) == (True,) * 4, piece
    boxes = [piece.get_window_extent().padded(-1) for piece in pieces]
    for (one, first), (other, second) in combinations(zip(pieces, boxes, strict=True), 2):
        assert not first.overlaps(second), f"{one.get_text()!r} lies on {other.get_text()!r}"


@pytest.mark.parametrize("kind", KINDS)
def test_paper_is_white_and_pyplot_knows_nothing_of_it(kind: str, every_kind: dict) -> None:
    data, options = every_kind[kind]
    figure = getattr(figures, kind)(data, **options)
    assert figure.get_facecolor() == (1, 1, 1, 1)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("kind", figures.__all__)
def test_a_table_without_rows_or_a_column_is_refused(kind: str, every_kind: dict) -> None:
    data, options = every_kind[kind]
    function = getattr(figures, kind)
    with pytest.raises(BadInputError, match="is empty"):
        function(data[:0], **options)
    with pytest.raises(BadInputError, match="has no column"):
        function(pd.DataFrame({"something": [1]}), **options)


@pytest.mark.parametrize("kind", figures.__all__)
def test_options_are_what_json_holds(kind: str) -> None:
    """Every option has a default or is text, so that a stored figure can be drawn by anyone."""
    parameters = list(inspect.signature(getattr(figures, kind)).parameters.values())
    assert parameters[0].name == "data"
    for parameter in parameters[1:]:
        default = None if parameter.default is inspect.Parameter.empty else parameter.default
        json.dumps(default)


def test_colours_of_the_palette_differ_for_all_kinds_of_colour_vision() -> None:
    """Pairs of the first five, and each from paper, in CIELAB after Machado's simulation of full deficiencies."""
    import numpy as np
    from matplotlib.colors import to_rgb

    deficiencies = {
        "normal": np.eye(3),
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    }

    def lab(linear: np.ndarray) -> np.ndarray:
        to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        xyz = to_xyz @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089]
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    for name, matrix in deficiencies.items():
        seen = []
        for colour in (*style.PALETTE[:5], style.PAPER):
            rgb = np.array(to_rgb(colour))
            linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
            seen.append(lab(np.asarray(matrix) @ linear))
        distances = [np.linalg.norm(seen[i] - seen[j]) for i in range(6) for j in range(i)]
        assert min(distances) > 20, f"two colours are {min(distances):.0f} apart for {name} vision"
    assert len({str(line) for line in style.LINES}) == len(set(style.MARKERS)) == len(set(style.PALETTE))


def test_ink_stands_out_on_every_colour() -> None:
    assert style.ink_on((0.27, 0.0, 0.33)) == style.PAPER
    assert style.ink_on((0.99, 0.9, 0.14)) == style.INK
    # the middle of viridis, on which white looks brighter than it is legible
    assert style.ink_on((0.21, 0.72, 0.47)) == style.INK


@pytest.mark.parametrize("kind", INTERACTIVE)
def test_what_plotly_draws_is_the_same_from_stored_data_and_small(kind: str, every_kind: dict) -> None:
    data, options = every_kind[kind]
    function = getattr(figures, kind).interactive
    first = function(data, **options).to_json()
    assert first == function(stored(data), **json.loads(json.dumps(options))).to_json()
    specification = json.loads(first)
    assert specification["layout"]["paper_bgcolor"] == style.PAPER
    assert specification["layout"]["height"] > 0
    # plotly's own template would be 7,000 characters in every figure
    assert not specification["layout"].get("template", {}).get("data")
    # a notebook writes every number of a list in a line of its own
    assert len(json.dumps(specification, indent=1)) < 150_000


@pytest.mark.parametrize("kind", INTERACTIVE)
def test_the_pointer_is_told_more_than_coordinates(kind: str, every_kind: dict) -> None:
    data, options = every_kind[kind]
    figure = getattr(figures, kind).interactive(data, **options)
    assert any(getattr(trace, "hovertemplate", None) for trace in figure.data)


def test_most_kinds_whose_marks_have_names_can_be_pointed_at() -> None:
    assert {"crystal_3d", "structure", "parity_histogram", "periodic_table", "learning_curve", "roc"} <= set(INTERACTIVE)
