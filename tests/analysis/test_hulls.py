"""Hulls against pymatgen and Qhull, by hand, under what must not change them, and with every kind of odd input."""

import json

import numpy as np
import pandas as pd
import pytest
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition
from scipy.spatial import ConvexHull

from recryst.analysis import hulls
from recryst.errors import BadInputError


def random_systems(count: int, seed: int = 0, largest: int = 30, decimals: int | None = None):
    """Entries of systems with both elements: many share a composition, and with few decimals many an energy."""
    generator = np.random.default_rng(seed)
    parts = []
    for system in range(count):
        size = generator.integers(0, largest)
        a, b = generator.integers(1, 8, (2, size))
        pure = generator.integers(1, 4, 2)
        fraction = np.r_[np.zeros(pure[0]), np.ones(pure[1]), b / (a + b)]
        energy = generator.normal(-0.1, 0.3, len(fraction)) - generator.uniform(0, 2) * fraction * (1 - fraction)
        parts.append(pd.DataFrame({"system": system, "fraction": fraction, "energy": energy}))
    table = pd.concat(parts, ignore_index=True).sample(frac=1, random_state=seed, ignore_index=True)
    return table if decimals is None else table.round({"energy": decimals})


def of(table: pd.DataFrame, **options) -> hulls.Hulls:
    return hulls.lower_hulls(table["system"], table["fraction"], table["energy"], **options)


def by_pymatgen(table: pd.DataFrame) -> tuple[np.ndarray, set[float]]:
    """Energies above the hull of one system, and the compositions of its corners."""
    entries = [
        # 840 atoms make a whole number of each element out of all fractions in use
        PDEntry(Composition({"Li": round(840 * (1 - x)), "O": round(840 * x)}), 840 * energy)
        for x, energy in table[["fraction", "energy"]].to_numpy()
    ]
    diagram = PhaseDiagram(entries)
    corners = {round(entry.composition.get_atomic_fraction("O"), 6) for entry in diagram.stable_entries}
    return np.array([diagram.get_e_above_hull(entry) for entry in entries]), corners


@pytest.mark.shared
def test_reference_systems_agree_with_pymatgen(shared):
    reference = json.loads((shared / "fixtures" / "hull" / "reference.json").read_text())
    table = pd.concat(
        pd.DataFrame({"system": f"{r['a']}-{r['b']}", "fraction": r["x_b"], "energy": r["form_energy_per_atom"]}) for r in reference
    ).reset_index(drop=True)
    found = of(table)
    assert np.abs(found.energy_above_hull - np.concatenate([r["e_above_hull"] for r in reference])).max() < 1e-9
    assert np.abs(found.area - [r["area_trapezoid"] for r in reference]).max() < 1e-12
    stable = [np.flatnonzero(found.vertex[found.system == index]).tolist() for index in range(len(reference))]
    firsts = [np.flatnonzero(found.system == index)[0] for index in range(len(reference))]
    assert firsts == sorted(firsts)
    assert stable == [sorted(r["stable"]) for r in reference]


def test_random_systems_agree_with_pymatgen():
    table = random_systems(60, largest=25)
    table["fraction"] = (table["fraction"] * 840).round() / 840
    found = of(table)
    for index, system in enumerate(found.systems):
        rows = (table["system"] == system).to_numpy()
        expected, corners = by_pymatgen(table[rows])
        assert np.abs(found.energy_above_hull[rows] - expected).max() < 1e-9
        assert {round(x, 6) for x in table["fraction"][rows & found.vertex]} == corners
        assert found.system[rows].tolist() == [index] * rows.sum()


@pytest.mark.parametrize("decimals", [None, 1])
def test_random_systems_agree_with_qhull(decimals):
    table = random_systems(300, seed=1, decimals=decimals)
    found = of(table)
    for index, system in enumerate(found.systems):
        rows = (table["system"] == system).to_numpy()
        points = table.loc[rows, ["fraction", "energy"]].to_numpy()
        # a point far above closes the hull, so that all that Qhull has below is the lower hull
        facets = ConvexHull(np.r_[points, [[0.5, 1e3]]]).equations
        below = facets[facets[:, 1] < -1e-6]
        lines = -(below[:, [0]] * points[:, 0] + below[:, [2]]) / below[:, [1]]
        line = lines.max(axis=0)  # a convex function is the highest of its tangents
        inner = (points[:, 0] > 0) & (points[:, 0] < 1)
        assert np.abs(found.energy_above_hull[rows] - (points[:, 1] - line))[inner].max(initial=0) < 1e-9
        corners = np.sort(points[found.vertex[rows], 0])
        assert len(np.unique(corners)) == len(corners), index


def test_a_hull_worked_by_hand():
    # elements at zero; A3B (x = 1/4) at -0.2, AB at -0.6, AB2 at -0.1. The hull is 0, AB, 0:
    # A3B lies 0.1 above the line -0.6 x / 0.5 = -0.3; AB2 0.3 above -0.6 (1 - 2/3) / 0.5 = -0.4.
    # The area is the triangle of base 1 and height 0.6.
    found = hulls.lower_hulls(["A-B"] * 5, [0, 0.25, 0.5, 2 / 3, 1], [0, -0.2, -0.6, -0.1, 0])
    assert found.energy_above_hull == pytest.approx([0, 0.1, 0, 0.3, 0], abs=1e-15)
    assert found.vertex.tolist() == [True, False, True, False, True]
    assert found.area.item() == pytest.approx(0.3)


def test_energies_above_the_hull_are_those_above_its_line():
    table = random_systems(200, seed=2)
    found = of(table)
    x, energy = table["fraction"].to_numpy(), table["energy"].to_numpy()
    lines = hulls.corners(found, x, energy)
    for index, system in enumerate(found.systems):
        line, rows = lines[lines["system"] == system], (found.system == index) & (x > 0) & (x < 1)
        height = energy[rows] - np.interp(x[rows], line["fraction"], line["energy"])
        np.testing.assert_allclose(height, found.energy_above_hull[rows], atol=1e-12)


def test_order_of_entries_and_of_elements_and_the_unit_change_nothing():
    table = random_systems(100, seed=3)
    found = of(table)
    other = np.random.default_rng(0).permutation(len(table))
    np.testing.assert_allclose(of(table.iloc[other]).energy_above_hull, found.energy_above_hull[other], atol=1e-14)
    exchanged = of(table.assign(fraction=1 - table["fraction"]))
    np.testing.assert_allclose(exchanged.energy_above_hull, found.energy_above_hull, atol=1e-12)
    np.testing.assert_allclose(exchanged.area, found.area, atol=1e-12)
    assert (exchanged.vertex == found.vertex).all()
    scaled = of(table.assign(energy=96.485e3 * table["energy"]))
    np.testing.assert_allclose(scaled.energy_above_hull, 96.485e3 * found.energy_above_hull, rtol=1e-9, atol=1e-7)
    assert (scaled.vertex == found.vertex).all()
    # other reference energies of the elements tilt the hull and all entries with it
    tilted = of(table.assign(energy=table["energy"] + 0.3 - 2 * table["fraction"]))
    np.testing.assert_allclose(tilted.energy_above_hull, found.energy_above_hull, atol=1e-12)
    np.testing.assert_allclose(tilted.area, found.area, atol=1e-12)


def test_one_system_at_a_time_gives_the_same_as_all_together():
    table = random_systems(40, seed=4, decimals=2)
    found = of(table)
    for system in found.systems:
        rows = (table["system"] == system).to_numpy()
        alone = of(table[rows])
        assert alone.energy_above_hull.tolist() == found.energy_above_hull[rows].tolist()
        assert alone.vertex.tolist() == found.vertex[rows].tolist()


def test_collinear_equal_and_tied_entries():
    # AB3, AB and A3B on one line with AB2 in between; AB twice the same; the line's ends alone are corners
    x, y = [0, 0.25, 0.5, 0.5, 0.75, 1], [0, -0.3, -0.2, -0.2, -0.1, 0]
    found = hulls.lower_hulls(["A-B"] * 6, x, y)
    assert found.energy_above_hull == pytest.approx([0] * 6, abs=1e-15)
    assert found.vertex.tolist() == [True, True, False, False, False, True]
    tied = hulls.lower_hulls(["A-B"] * 4, [1, 0.5, 0.5, 0], [0, -0.2, -0.2, 0])
    assert tied.vertex.tolist() == [True, True, False, True]  # the first of equal ones
    assert tied.energy_above_hull == pytest.approx([0] * 4, abs=1e-15)
    flat = hulls.lower_hulls(["A-B"] * 3, [0, 0.5, 1], [0, 0, 0])
    assert flat.vertex.tolist() == [True, False, True]
    assert flat.area.item() == 0


def test_compositions_that_differ_by_rounding_are_one():
    x = np.array([0, 1 / 3, 1 - 2 / 3, 2 / 3, 1 - 1 / 3, 1])
    assert x[1] != x[2]
    found = hulls.lower_hulls(["A-B"] * 6, x, [0, -0.2, -0.3, -0.3, -0.2, 0])
    assert found.energy_above_hull == pytest.approx([0, 0.1, 0, 0, 0.1, 0])
    assert found.vertex.tolist() == [True, False, True, True, False, True]


def test_elements_that_are_missing_above_zero_or_below():
    # no entry of A, the only entry of B 0.2 above zero: the line from (0, 0) to (1, 0.2) or, with ends at zero, the axis
    x, y = [0.5, 1], [0.0, 0.2]
    lowest = hulls.lower_hulls(["A-B"] * 2, x, y)
    assert lowest.ends.tolist() == [[0, 0.2]]
    assert lowest.energy_above_hull.tolist() == [0, 0]
    assert lowest.area.item() == pytest.approx(0.05)
    zero = hulls.lower_hulls(["A-B"] * 2, x, y, ends="zero")
    assert zero.energy_above_hull.tolist() == [0, 0.2]
    assert zero.vertex.tolist() == [False, False]
    assert zero.area.item() == 0
    below = hulls.lower_hulls(["A-B"] * 3, [0, 0.5, 1], [-0.1, 0.0, 0.1], ends="zero")
    assert below.ends.tolist() == [[-0.1, 0]]
    assert below.energy_above_hull == pytest.approx([0, 0.05, 0.1])
    alone = hulls.lower_hulls(["A-B"], [0.4], [-1.0])
    assert (alone.area.item(), alone.energy_above_hull.item(), alone.vertex.item()) == (0.5, 0, True)
    only_elements = hulls.lower_hulls(["A-B"] * 3, [0, 0, 1], [0.0, 0.3, 0.0])
    assert only_elements.energy_above_hull.tolist() == [0, 0.3, 0]


def test_an_unstable_compound_leaves_a_flat_hull():
    found = hulls.lower_hulls(["A-B"] * 3, [0, 0.5, 1], [0, 0.4, 0])
    assert found.energy_above_hull.tolist() == [0, 0.4, 0]
    assert found.vertex.tolist() == [True, False, True]
    assert found.area.item() == 0


def test_the_line_of_a_hull_has_its_corners_and_its_ends():
    x, y = [0.5, 0, 0.2], [-1, 0.1, 0.3]
    line = hulls.corners(hulls.lower_hulls(["A-B", "A-B", "C-D"], x, y), x, y)
    assert line["system"].tolist() == ["A-B"] * 3 + ["C-D"] * 2
    assert line["fraction"].tolist() == [0, 0.5, 1, 0, 1]
    assert line["energy"].tolist() == [0.1, -1, 0, 0, 0]
    assert line["entry"].tolist() == [1, 0, -1, -1, -1]


@pytest.mark.parametrize(
    ("system", "fraction", "energy", "sentence"),
    [
        ([], [], [], "no entries"),
        (["A-B"], [0.5, 0.5], [0.0], "1 entries and 2 values of fraction"),
        (["A-B"], [0.5], [np.nan], "energy of entry 0 is nan"),
        (["A-B", "A-B"], [0.5, np.inf], [0, 0], "fraction of entry 1 is inf"),
        (["A-B"], [1.5], [0], "fraction of entry 0 .A-B. is 1.5"),
        (["A-B"], [-0.1], [0], "from 0 to 1"),
        (["A-B", None], [0.5, 0.5], [0, 0], "Entry 1 has no system"),
        (["A-B-C"], [[0.2, 0.3]], [0], "binary systems, with one fraction an entry"),
    ],
)
def test_bad_input_gets_one_sentence(system, fraction, energy, sentence):
    with pytest.raises(BadInputError, match=sentence):
        hulls.lower_hulls(system, fraction, energy)
