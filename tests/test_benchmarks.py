"""The benchmarks compare like with like, and keep what they measured."""

import importlib
import json
from functools import partial
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from keras import ops
from scipy.spatial import KDTree

from recryst.analysis import hulls
from recryst.datasets import charge_density
from recryst.features import density, graphs, images, rotations, voxels
from recryst.models.cgcnn import GatedNetwork
from recryst.storage import PROJECT


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(PROJECT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def test_speeds_are_medians_of_turns_and_held_against_the_goal(benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    speeds: ModuleType = benchmark("speeds")
    clock, order = [0.0], []
    monkeypatch.setattr(speeds.time, "process_time", lambda: clock[0])

    def lasting(way: str, *seconds: float):
        left = iter((100.0, *seconds))  # the first call, which loads and compiles, does not count

        def work() -> None:
            order.append(way)
            clock[0] += next(left)

        return work

    ours, slow, slower = (lasting(way, *times) for way, times in {"a": (2, 1, 4), "b": (5, 10, 4), "c": (50, 20, 40)}.items())
    table = speeds.compare("things", (100, ours), {"slow": (10, slow), "slower": (10, slower)}, speeds.at_least(51), 3)
    assert "".join(order) == "abc" * 4
    assert table.to_numpy().tolist() == [
        ["things", 50.0, "slow", 2.0, 25.0, "ours at least 51", False],
        ["things", 50.0, "slower", 0.25, 200.0, "ours at least 51", False],
    ]
    assert speeds.at_least(50)(50.0, 1.0) == ("ours at least 50", True)
    assert speeds.ratio_at_least(1.7)(1.0, 1.7) == ("ratio at least 1.7", True)
    assert speeds.ratio_at_least(1.7)(9.0, 1.69) == ("ratio at least 1.7", False)
    count, work = speeds.each(str, [1, 2])
    assert (count, work()) == (2, ["1", "2"])


def test_all_ways_find_the_same_neighbours(benchmark, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    features: ModuleType = benchmark("features")
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path))  # its own small crystals, everywhere the same
    crystals = benchmark("cells").small()
    ours, rejected = graphs.compute(crystals)
    assert rejected.empty
    for index in range(len(crystals)):
        structure, rows = crystals.structure(index), slice(*ours.offsets[index : index + 2])
        by_name = [[distance for distance, _ in atom] for atom in features.by_pymatgen(structure)]
        np.testing.assert_allclose(by_name, ours.distances[rows], atol=1e-5)
        for way in (features.by_pymatgen_arrays, features.by_ase):
            np.testing.assert_allclose([distances for _, distances in way(structure)], ours.distances[rows], atol=1e-5)


def test_both_ways_find_the_same_energies_above_the_hull(benchmark) -> None:
    of_hulls: ModuleType = benchmark("hulls")
    table = of_hulls.systems(20)
    ours = hulls.lower_hulls(table["system"], table["fraction"], table["energy"]).energy_above_hull
    theirs = np.concatenate(of_hulls.by_pymatgen(of_hulls.pymatgen_entries(table)))
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_original_layer_is_our_layer_with_the_weights_put_together(benchmark) -> None:
    networks: ModuleType = benchmark("networks")
    layer, original = (networks._network(kind).convolutions[0] for kind in (None, networks.ConcatenatedConvolution))
    random = np.random.default_rng(0)
    atoms, bonds = random.normal(size=(5, 64)).astype(np.float32), random.normal(size=(5, 12, 41)).astype(np.float32)
    neighbours = random.integers(0, 5, (5, 12)).astype(np.int32)
    original(atoms, bonds, neighbours)
    halves = [
        np.concatenate([part.kernel.numpy() for part in (half.centre, half.neighbour, half.bond)]) for half in (layer.gate, layer.core)
    ]
    original.linear.kernel.assign(np.concatenate(halves, axis=1))
    original.linear.bias.assign(np.concatenate([layer.gate.centre.bias.numpy(), layer.core.centre.bias.numpy()]))
    for training in (False, True):
        one, other = (ops.convert_to_numpy(kind(atoms, bonds, neighbours, training=training)) for kind in (layer, original))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    assert isinstance(networks._network(), GatedNetwork)


def test_all_ways_make_the_same_clouds_and_images(benchmark, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    ways: ModuleType = benchmark("voxels")
    monkeypatch.setenv("RECRYST_SHARED", str(tmp_path))
    crystals = benchmark("cells").small()
    clouds, rejected = voxels.compute(crystals)
    assert rejected.empty
    for index in range(len(crystals)):
        rows = slice(*clouds.offsets[index : index + 2])
        for way in (ways.by_pymatgen, ways.by_ase):
            positions, numbers = way(crystals.structure(index))
            distance, partner = KDTree(clouds.positions[rows]).query(positions)
            assert len(positions) == len(set(partner)) == rows.stop - rows.start
            assert distance.max() < 1e-5
            np.testing.assert_array_equal(clouds.numbers[rows][partner], numbers)
    turns = rotations.uniform(len(clouds), np.random.default_rng(0))
    for index, image in enumerate(images.render(clouds, np.arange(len(clouds)), turns)):
        np.testing.assert_array_equal(ways.by_scipy(clouds, index, turns[index]), image)


def test_all_ways_make_the_same_image_of_a_density(benchmark) -> None:
    """A sum of long waves, of which splines keep the values to 1e-4 and straight lines to a few percent."""
    ways: ModuleType = benchmark("densities")
    angles = 2 * np.pi * np.indices((24, 24, 24)) / 24
    values = 2 + np.cos(angles[0]) + 0.5 * np.sin(angles[1] + angles[2])
    image = density.conventional(values)
    np.testing.assert_allclose(ways.by_scipy(values), image, atol=1e-3)
    volumetric = ways.VolumetricData(ways._placeholder(), {"total": values})
    np.testing.assert_allclose(ways.by_pymatgen(volumetric), image, atol=0.1)
    data = charge_density.load(chunks=1)
    for index in (0, len(data.crystals) // 2, len(data.crystals) - 1):
        np.testing.assert_allclose(ways.by_waves(data, index), data.density(index), rtol=1e-6, atol=1e-7)


def test_what_was_measured_is_shown_and_kept_with_its_goal(benchmark, monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    main: ModuleType = benchmark("__main__")
    columns = ["name", "ours", "peer", "peer_speed", "ratio", "goal", "met"]
    rows = [("graphs", 12345.6, "pymatgen", 1.234, 10004.4, "ours at least 10,000", True)]
    monkeypatch.setattr(main.features, "measure", lambda: pd.DataFrame(rows, columns=columns))
    rows_too = [("training", 300.0, "original", 200.0, 1.5, "ratio at least 1.7", np.bool_(False))]
    more = {name: (name, *rows[0][1:]) for name in ("compositions", "hulls", "voxels", "densities")}
    for name, row in more.items():
        monkeypatch.setattr(getattr(main, name), "measure", partial(pd.DataFrame, [row], columns=columns))
    monkeypatch.setattr(main.networks, "measure", lambda: pd.DataFrame(rows_too, columns=columns))
    monkeypatch.setattr(main, "RESULTS", tmp_path / "results.json")
    main.main()
    first, *_, second = capsys.readouterr().out.splitlines()[1:7]
    assert first.split() == ["graphs", "12,346", "pymatgen", "1.23", "10,004", "ours", "at", "least", "10,000", "met"]
    assert second.split() == ["training", "300", "original", "200", "1.5", "ratio", "at", "least", "1.7", "missed"]
    kept = json.loads((tmp_path / "results.json").read_text())
    measured = [*rows, *more.values(), *rows_too]
    assert kept["speeds"] == [dict(zip(columns, row, strict=True)) for row in measured]
    assert {"code", "device", "libraries"} <= set(kept["environment"])
