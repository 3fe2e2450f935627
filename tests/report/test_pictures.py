import base64
import json
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure

from recryst.errors import BadInputError, DamagedFileError
from recryst.report import pictures
from recryst.report.pictures import Recipe

mpl.use("Agg")


def cloud(data: pd.DataFrame, colour: str = "blue", limits: tuple[float, float] | None = None) -> Figure:
    figure = Figure(figsize=(3, 2), dpi=100)
    axes = figure.add_subplot()
    axes.plot(data["x"], data["y"], ".", color=colour)
    axes.set(xlabel="x", ylabel="y", xlim=limits)
    return figure


def solid(data: pd.DataFrame, colour: str = "blue") -> go.Figure:
    return go.Figure(go.Scatter3d(x=data["x"].tolist(), y=data["y"].tolist(), z=data["y"].tolist(), name=colour))


def points(count: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(count) / 7, "y": np.sin(np.arange(count))})


def test_the_same_figure_gives_the_same_bytes() -> None:
    first, second = (pictures.draw(cloud, points(20), {"colour": "red"}, "figure-1") for _ in range(2))
    assert first.suffix == "svg"
    assert first.content == second.content
    assert first.content != pictures.draw(cloud, points(20), {"colour": "blue"}, "figure-1").content


def test_a_large_svg_becomes_a_png_of_twice_the_size() -> None:
    picture = pictures.draw(cloud, points(20_000), {}, "figure-1")
    assert picture.suffix == "png"
    width = int.from_bytes(picture.content[16:20])
    small = pictures.draw(cloud, points(20), {}, "figure-1")
    points_wide = float(re.search(rb'width="([\d.]+)pt"', small.content)[1])
    assert width == pytest.approx(2 * 96 * points_wide / 72, rel=0.03)
    assert picture.size == pytest.approx(small.size, rel=0.03)
    assert small.size[0] == round(points_wide * 96 / 72)
    assert len(picture.content) < pictures.SVG_LIMIT


def test_a_picture_on_a_page_is_the_picture_itself() -> None:
    picture = pictures.draw(cloud, points(20), {}, "figure-1")
    head, _, body = picture.source.partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(body) == picture.content


def test_a_drawing_with_an_interactive_second_one_is_drawn_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pictures.draw(cloud, points(20), {}, "figure-3a").interactive is None
    monkeypatch.setitem(vars(cloud), "interactive", solid)
    picture = pictures.draw(cloud, points(20), {"colour": "red"}, "figure-3a")
    assert picture.suffix == "svg"
    assert picture.interactive is not None
    (trace,) = picture.interactive["data"]
    assert (trace["type"], len(trace["x"]), trace["name"]) == ("scatter3d", 20, "red")
    assert json.loads(json.dumps(picture.interactive)) == picture.interactive


def test_a_drawing_that_returns_something_else_is_refused() -> None:
    def draw_nothing(data: pd.DataFrame) -> None:
        return None

    with pytest.raises(BadInputError, match="draw_nothing must return a matplotlib figure, not NoneType"):
        pictures.draw(draw_nothing, points(2), {}, "figure-1")


def test_data_and_options_come_back_as_they_were(tmp_path: Path) -> None:
    data = pd.DataFrame(
        {
            "id": ["0012", "NA", "Na", "3"],
            "count": [1, 2, 3, 4],
            "x": [0.1, np.nan, 1e-300, 1 / 3],
            "metal": [True, False, True, False],
            "split": pd.Categorical(["train", "test", "test", "train"]),
        }
    )
    recipe = Recipe(data, {"unit": "eV", "limits": [0, 1.5], "labels": {"a": 1}}, "What is seen.", "A cloud.")
    pictures.write(tmp_path, "figure-1", cloud, recipe, pictures.Picture(b"<svg/>", "svg"))
    again = pictures.read(tmp_path, "figure-1")
    pd.testing.assert_frame_equal(again.data, data, check_categorical=False)
    assert (again.options, again.caption, again.alt) == (recipe.options, "What is seen.", "A cloud.")


def test_a_stored_figure_is_drawn_to_the_same_bytes(tmp_path: Path) -> None:
    recipe = Recipe(points(50), {"colour": "red", "limits": (0, 5)}, "caption", "alt")
    picture = pictures.draw(cloud, recipe.data, recipe.options, "figure-1")
    pictures.write(tmp_path, "figure-1", cloud, recipe, picture)
    again = pictures.read(tmp_path, "figure-1")
    assert pictures.draw(cloud, again.data, again.options, "figure-1").content == picture.content


def test_an_earlier_picture_of_another_kind_does_not_stay(tmp_path: Path) -> None:
    for count, kept, gone in [(20, "svg", "png"), (20_000, "png", "svg")]:
        recipe = Recipe(points(count), {}, "caption", "alt")
        pictures.write(tmp_path, "figure-1", cloud, recipe, pictures.draw(cloud, recipe.data, {}, "figure-1"))
        assert (tmp_path / f"figure-1.{kept}").is_file()
        assert not (tmp_path / f"figure-1.{gone}").exists()


def test_options_that_json_does_not_hold_are_refused(tmp_path: Path) -> None:
    recipe = Recipe(points(2), {"transform": lambda x: x}, "caption", "alt")
    with pytest.raises(BadInputError, match="An option of figure figure-1 can't be stored"):
        pictures.write(tmp_path, "figure-1", cloud, recipe, pictures.Picture(b"", "svg"))
    assert not list(tmp_path.iterdir())


def test_columns_need_names(tmp_path: Path) -> None:
    recipe = Recipe(pd.DataFrame(np.zeros((2, 2))), {}, "caption", "alt")
    with pytest.raises(BadInputError, match="need texts as names"):
        pictures.write(tmp_path, "figure-1", cloud, recipe, pictures.Picture(b"", "svg"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "figure-1.csv").unlink(),
        lambda folder: (folder / "figure-1.json").unlink(),
        lambda folder: (folder / "figure-1.json").write_text("{"),
        lambda folder: (folder / "figure-1.json").write_text("{}"),
        lambda folder: (folder / "figure-1.csv").write_text("x,y\n1,a\n"),
        lambda folder: (folder / "figure-1.csv").write_text("y,x\n1,2\n"),
        lambda folder: (folder / "figure-1.csv").write_text(""),
    ],
)
def test_a_damaged_figure_is_one_sentence(tmp_path: Path, damage) -> None:
    pictures.write(tmp_path, "figure-1", cloud, Recipe(points(3), {}, "caption", "alt"), pictures.Picture(b"", "svg"))
    damage(tmp_path)
    with pytest.raises(DamagedFileError, match=r"Figure figure-1 in .* is damaged") as error:
        pictures.read(tmp_path, "figure-1")
    assert "\n" not in str(error.value)
