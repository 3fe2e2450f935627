"""Training on voxel images: batches worked by hand, a new orientation in every epoch, runs that learn and resume to the bit."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from made_runs import made_run, made_task, weights

from recryst import datasets
from recryst.errors import BadInputError
from recryst.features import channels, images, rotations, voxels
from recryst.features import graphs as crystal_graphs
from recryst.features.voxels import Clouds
from recryst.models.rasterisation import Rasterisation
from recryst.storage import content_hash
from recryst.training import checkpoint, networks, orientations
from recryst.training.batches import Batches
from recryst.training.configuration import ADDED_LATER, SETTINGS, Configuration
from recryst.training.fit import predict
from recryst.training.run import Run
from recryst.training.voxel_batches import VoxelSource

SMALL = {"task": "made", "network": "voxel-shallow", "filters": 2, "epochs": 3, "batch_size": 8}


def voxel_run(**changes):
    task = made_task(count=20)
    return Run(Configuration.checked(**{**SMALL, **changes}), task)


@pytest.fixture
def clouds():
    """Clouds of 2 and 1 points."""
    positions = np.array([[0, 0, 0], [17 / 32, 0, 0], [0, 4.25, -17 / 64]], np.float32)
    return Clouds(np.array(["a", "b"]), np.array([11, 17, 26], np.uint8), positions, np.array([0, 2, 3]))


def test_a_batch_holds_points_in_voxels_padded_to_one_width(clouds):
    batch = VoxelSource(clouds, "none").batch(np.array([1, 0]), slots=3)
    assert {name: array.shape for name, array in batch.items()} == {"points": (3, 64, 3), "numbers": (3, 64), "rotations": (3, 3, 3)}
    assert batch["points"][0, 0].tolist() == [0, 8, -0.5]
    assert batch["points"][1, :2].tolist() == [[0, 0, 0], [1, 0, 0]]
    assert batch["numbers"][:, :3].tolist() == [[26, 0, 0], [11, 17, 0], [0, 0, 0]]
    assert np.array_equal(batch["rotations"][:2], [np.eye(3), np.eye(3)])
    image = keras.ops.convert_to_numpy(Rasterisation(channels.table())(batch))
    assert np.argwhere(image.any(axis=-1)).tolist() == [[0, 16, 24, 15], [1, 16, 16, 16], [1, 17, 16, 16]]


def test_batches_are_the_images_of_the_clouds_in_the_orientations_of_the_epoch():
    made, _ = voxels.compute(made_task(count=12).crystals)
    source = VoxelSource(made, "haar", seed=3).turned(epoch=2)
    order = np.array([5, 1, 9, 1, 0])
    batches = Batches(source, order, np.arange(5.0), batch_size=2)
    layer = Rasterisation(channels.table())
    found = np.concatenate([keras.ops.convert_to_numpy(layer(batches[index][0])) for index in range(len(batches))])
    np.testing.assert_array_equal(found, images.render(made, order, source.rotations[order]))
    assert [targets.ravel().tolist() for _, targets in (batches[index] for index in range(3))] == [[0, 1], [2, 3], [4]]


def test_orientations_hang_on_seed_epoch_and_draw_and_on_nothing_else():
    made, _ = voxels.compute(made_task(count=12).crystals)
    source = VoxelSource(made, "haar", seed=3)
    first = source.turned(1).rotations
    assert np.array_equal(first, VoxelSource(made, "haar", seed=3).turned(5).turned(1).rotations)
    others = [source.turned(2), source.turned(0), source.turned(0, draw=1), VoxelSource(made, "haar", seed=4).turned(1)]
    for one in (*others, VoxelSource(made, "released", seed=3).turned(1)):
        assert not np.isclose(one.rotations, first).all(axis=(1, 2)).any()
    turn = rotations.of_the_cube()[5]
    assert np.array_equal(source.facing(turn).turned(7).rotations, np.broadcast_to(turn, (12, 3, 3)))


def test_a_network_learns_a_property_of_the_elements_from_images_in_every_orientation():
    settings = {**SMALL, "filters": 8, "epochs": 16, "batch_size": 4}
    run = Run(Configuration.checked(**settings), made_task(count=40))
    assert run.history()["loss"].iloc[-1] < 0.3  # of standardised targets
    test = run.predictions("test")
    mean_error = np.abs(test["target"] - run.predictions("train")["target"].mean()).mean()
    assert np.abs(test["prediction"] - test["target"]).mean() < 0.5 * mean_error


def test_embedded_crystals_are_trained_on_and_predicted():
    task = datasets.load("embedded/formation-energy")
    settings = {"task": task.name, "network": "voxel-deep", "filters": 2, "epochs": 2, "batch_size": 8}
    run = Run(Configuration.checked(**settings, n_train=24, n_validation=8, n_test=8), task)
    assert run.predictions()["split"].value_counts().to_dict() == {"train": 24, "validation": 8, "test": 8}
    # the best epoch's weights in the same orientations give the error that was found then
    validation = run.predictions("validation")
    error = np.abs(validation["prediction"] - validation["target"]).mean()
    assert error == pytest.approx(run.history()["validation_error"].min(), abs=1e-6)


def test_paused_and_resumed_is_the_same_to_the_bit_as_never_paused(monkeypatch, tmp_path):
    straight = voxel_run()
    straight.train()
    expected, predicted = weights(straight), straight.predictions()["prediction"].to_numpy()
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    run, real, calls = voxel_run(), time.monotonic, []
    # the clock jumps past the deadline after two epochs
    monkeypatch.setattr(time, "monotonic", lambda: real() + 1e6 * (len(calls) >= 2))
    save = checkpoint.save
    monkeypatch.setattr(checkpoint, "save", lambda *arguments: (save(*arguments), calls.append(1)))
    assert not run.train(deadline=real() + 1000)
    assert len(calls) == 2
    monkeypatch.undo()
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    monkeypatch.setenv("RECRYST_CACHE", str(tmp_path / "cache"))
    again = voxel_run()
    assert again.train()
    for name, array in weights(again).items():
        np.testing.assert_array_equal(array, expected[name])
    assert again.predictions()["prediction"].tolist() == predicted.tolist()


def test_a_prediction_is_the_average_over_as_many_orientations_as_asked_for():
    run = voxel_run(epochs=1, prediction_rotations=3)
    network, data, test = run.network(), run.data, run.split.test
    draws = [predict(network, data.source, test, data.standardisation, 8, draw) for draw in range(3)]
    assert np.ptp(draws, axis=0).min() > 0  # orientation matters, so the average says something
    np.testing.assert_allclose(run.predictions("test")["prediction"], np.mean(draws, axis=0), rtol=1e-6)


def test_the_training_error_is_that_of_the_batches_in_the_targets_unit():
    # the network stays as it is, so before and after learning are the same
    run = voxel_run(epochs=1, learning_rate=1e-12, rotation="none")
    train = run.predictions("train")
    assert run.history()["training_error"][0] == pytest.approx(np.abs(train["prediction"] - train["target"]).mean(), rel=1e-4)
    assert "training_error" not in made_run(kind="classification", epochs=1).history()


def test_mixed_precision_trains_and_predicts_in_float32_at_the_output():
    run = voxel_run(precision="mixed_bfloat16", epochs=1)
    assert np.isfinite(run.predictions()["prediction"]).all()
    assert run.network().final.compute_dtype == "float32"
    assert run.network().feature_layers[0].compute_dtype == "bfloat16"


def test_crystals_without_an_image_are_listed(monkeypatch):
    task = made_task(count=20)
    task.crystals.lattices[3] *= 0.2  # 0.7 angstrom between the atoms
    run = Run(Configuration.checked(**SMALL), task)
    assert run.rejected["id"].tolist() == ["made-3"]
    assert "can share a voxel" in run.rejected["reason"][0]
    assert len(np.concatenate([run.split.train, run.split.validation, run.split.test])) <= 19


def test_a_split_that_was_published_is_the_runs_own():
    task = made_task(count=20)
    parts = np.array(["test", "train", "train", "validation"] * 5)
    published = replace(task, parts=parts)
    run = Run(Configuration.checked(**SMALL, n_train=4), published)
    assert parts[run.split.train].tolist() == ["train"] * 4
    assert parts[run.split.validation].tolist() == ["validation"] * 5
    assert parts[run.split.test].tolist() == ["test"] * 5
    assert run.key != Run(run.configuration, task).key
    with pytest.raises(BadInputError, match="leave out train, validation and test"):
        Run(Configuration.checked(**SMALL, train=5), published).train()


@pytest.mark.parametrize(("network", "parameters"), [("voxel-deep", 2_678_641), ("voxel-plain", 2_402_161), ("voxel-shallow", 91_057)])
def test_networks_are_the_papers_and_start_from_the_seed(network, parameters):
    first, again, other = (networks.build(Configuration(task="made", network=network, seed=seed), False) for seed in (1, 1, 2))
    assert first.count_params() == parameters
    kernel, same, different = (keras.ops.convert_to_numpy(n.feature_layers[0].kernel) for n in (first, again, other))
    assert np.array_equal(kernel, same)
    assert not np.array_equal(kernel, different)


def test_the_recipe_is_the_authors_unless_another_is_asked_for():
    recipe = Configuration.checked(task="made", network="voxel-deep")
    assert (recipe.optimiser, recipe.learning_rate, recipe.schedule, recipe.batch_size, recipe.epochs) == (
        "adam",
        1e-3,
        "constant",
        32,
        500,
    )
    assert Configuration.checked(task="made", network="voxel-deep", batch_size=8).batch_size == 8
    assert Configuration.checked(task="made").optimiser == "sgd"


def test_a_setting_of_other_networks_is_refused_rather_than_ignored():
    with pytest.raises(BadInputError, match="not possible: the network voxel-deep takes voxels and has no setting convolutions"):
        Configuration.checked(task="made", network="voxel-deep", convolutions=3)
    with pytest.raises(BadInputError, match="equally many neighbours of every atom"):
        Configuration.checked(task="made", network="gated", graph="voronoi")
    with pytest.raises(BadInputError, match="not possible: the network gated takes graphs and has no setting rotation"):
        Configuration.checked(task="made", rotation="none")


def test_settings_of_voxel_networks_leave_the_keys_of_runs_on_graphs_as_they_were():
    run = made_run()
    of_others = {name for takes, names in SETTINGS.items() if takes != "graphs" for name in names}
    then = run.configuration.model_dump(exclude={"task", *of_others, *ADDED_LATER})  # all fields there were before
    assert run.key == content_hash(1, crystal_graphs.VERSION, then, run.task.fingerprint)[:12]
    assert voxel_run().key != voxel_run(rotation="none").key
    assert voxel_run().key != voxel_run(channels="released").key


def test_predictions_by_orientation_are_those_that_are_averaged():
    run = voxel_run(epochs=1, prediction_rotations=3)
    table = orientations.predictions(run, "test", 3)
    assert table.groupby("id")["orientation"].apply(list).tolist() == [[0, 1, 2]] * len(run.split.test)
    mean = table.groupby("id")["prediction"].mean()
    expected = run.predictions("test").set_index("id")["prediction"]
    np.testing.assert_allclose(mean[expected.index], expected, rtol=1e-6)
    targets = dict(zip(run.task.crystals.ids, run.task.targets, strict=True))
    assert all(targets[row.id] == row.target for row in table.itertuples())


def test_the_24_rotations_of_the_cube_start_with_the_crystal_as_it_is_given():
    run = voxel_run(epochs=1)
    table = orientations.predictions(run, "validation", "cube", n=2)
    assert table["orientation"].nunique() == 24
    assert len(table) == 48
    made, _ = voxels.build(run.task.crystals, "standard")
    image = images.render(made, run.split.validation[:1], np.eye(3)[None])
    scale = run.record()["standardisation"]
    as_given = float(run.network().activations(image)["output"][0, 0]) * scale["deviation"] + scale["mean"]
    assert table["prediction"][0] == pytest.approx(as_given, rel=1e-5)


def test_orientations_are_asked_of_networks_on_images_alone():
    with pytest.raises(BadInputError, match="has the network gated, to which orientation is nothing"):
        orientations.predictions(made_run(epochs=1), "test")
    with pytest.raises(BadInputError, match="at least one orientation, not 0"):
        orientations.predictions(voxel_run(), "test", 0)


PROGRAM = """
import sys
sys.modules["tensorflow"] = None  # as where it is not installed
sys.path.insert(0, {tests!r})
import os
import test_voxel_training as tests
for epochs in (1, 2):
    os.environ["RECRYST_RUNS"] = {folder!r} + "/" + str(epochs)
    run = tests.voxel_run(epochs=epochs)
    run.predictions().to_parquet({folder!r} + f"/{{epochs}}.parquet")
    run.history().to_csv({folder!r} + f"/{{epochs}}.csv", index=False)
"""


@pytest.mark.slow
def test_a_run_on_jax_trains_and_predicts_all_crystals(tmp_path):
    pytest.importorskip("jax", reason="needs JAX, an optional extra: pip install 'recryst[jax]'")
    program = PROGRAM.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    short, long = (pd.read_csv(tmp_path / f"{epochs}.csv") for epochs in (1, 2))
    # an epoch does not depend on how many are to follow, and the padded last batch of 12 crystals in eights has no weight
    assert short["loss"][0] == long["loss"][0]
    table = pd.read_parquet(tmp_path / "2.parquet")
    assert table["id"].nunique() == len(table) == 20
    assert np.isfinite(table["prediction"]).all()


def test_predictions_by_orientation_are_made_once_and_a_damaged_file_again(monkeypatch):
    run = voxel_run(epochs=1)
    first = orientations.predictions(run, "test", 2)
    with monkeypatch.context() as patch:
        patch.setattr(orientations, "predict", lambda *_: pytest.fail("made again"))
        pd.testing.assert_frame_equal(orientations.predictions(run, "test", 2), first)
    (kept,) = run.folder.glob("orientations-*")
    kept.write_bytes(b"damaged")
    pd.testing.assert_frame_equal(orientations.predictions(run, "test", 2), first)
