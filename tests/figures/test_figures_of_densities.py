"""Pictures of charge densities: what is drawn where, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from recryst import figures
from recryst.errors import BadInputError


def test_a_slice_stands_upright_with_its_atoms_where_they_are(every_kind: dict) -> None:
    data, _ = every_kind["density_slices"]
    figure = figures.density_slices(data)
    axes = figure.axes[0]
    (image,) = axes.images
    drawn = np.asarray(image.get_array())
    assert drawn.shape == (5, 5)
    # the density doubles from row to row, upwards
    assert drawn[1:] / drawn[:-1] == pytest.approx(np.full((4, 5), 2))
    assert image.get_extent() == pytest.approx((0, 2**0.5, 0, 1))
    names = {text.get_text(): text.get_position() for text in axes.texts}
    assert names["Na"] == pytest.approx((0.25 * 2**0.5, 0.25))


def test_all_slices_share_one_scale(every_kind: dict) -> None:
    data, _ = every_kind["density_slices"]
    brighter = data.assign(density=data["density"].where(data["crystal"] == "NaCl", 10 * data["density"]))
    figure = figures.density_slices(brighter)
    assert figure.axes[0].images[0].get_clim() == figure.axes[1].images[0].get_clim()
    assert figure.axes[0].images[0].get_clim() == pytest.approx((brighter["density"].min(), brighter["density"].max()))


def test_what_is_no_grid_and_what_is_not_positive_is_refused(every_kind: dict) -> None:
    data, _ = every_kind["density_slices"]
    with pytest.raises(BadInputError, match="no regular grid: 24 points"):
        figures.density_slices(data.drop(index=7))
    with pytest.raises(BadInputError, match="must be positive, not -1"):
        figures.density_slices(data.assign(density=data["density"].where(data["up"] > 0, -1.0)))


def test_a_localisation_is_drawn_from_nought_to_one_and_nothing_beyond_is(every_kind: dict) -> None:
    data, _ = every_kind["localisation_slices"]
    figure = figures.localisation_slices(data)
    (image,) = figure.axes[0].images
    assert image.get_clim() == (0, 1)
    assert np.asarray(image.get_array())[:, 0] == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32])
    with pytest.raises(BadInputError, match=r"between 0 and 1, not from 0\.2 to 3\.2"):
        figures.localisation_slices(data.assign(localisation=10 * data["localisation"]))


def test_space_below_the_lowest_density_is_left_empty(every_kind: dict) -> None:
    data, _ = every_kind["density_clouds"]
    figure = figures.density_clouds(data, lowest=0.1)
    points = figure.axes[0].collections[-1]
    assert len(points.get_offsets()) == (data["density"] >= 0.1).sum() < len(data)
    with pytest.raises(BadInputError, match=r"between 0 and the highest, 0\.41"):
        figures.density_clouds(data, lowest=0.5)


def test_surfaces_of_equal_density_are_the_same_for_all_crystals(every_kind: dict) -> None:
    data, _ = every_kind["density_clouds"]
    two = pd.concat([data, data.assign(crystal="KCl", density=data["density"] / 2)])
    figure = figures.density_clouds.interactive(two, lowest=0.03)
    first, second = (trace for trace in figure.data if trace.type == "isosurface")
    assert (first.isomin, first.isomax) == (second.isomin, second.isomax)
    assert first.isomin == pytest.approx(np.log10(0.03), abs=1e-4)
    assert np.array(first.value) == pytest.approx(np.log10(data["density"]))
    assert np.array(second.value).min() == pytest.approx(np.log10(0.005), abs=1e-6)
    assert [note.text for note in figure.layout.annotations] == ["NaCl<br>24 GPa", "KCl"]
    assert sum(bool(trace.showscale) for trace in (first, second)) == 1
