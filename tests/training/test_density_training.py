"""Charge densities in training: folds that divide, elements left out, fusion of trained networks, and nothing lost by a pause."""

import time
from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest
from made_runs import made_task, weights

from recryst import datasets, storage
from recryst.datasets import embedded
from recryst.errors import BadInputError, BusyError
from recryst.features import density_images, magpie
from recryst.features.density_images import DensityImages
from recryst.models import charge_density
from recryst.training import checkpoint, finished, fusion, inspection, networks, sources, splits
from recryst.training.configuration import RECIPES, Configuration
from recryst.training.density_batches import DensitySource, JointSource, VectorSource, columns, vectors
from recryst.training.fit import Standardisation
from recryst.training.run import Run

IDS = [f"mp-{i}" for i in range(500)]
FEW = {"fold": 0, "n_train": 6, "n_validation": 3, "n_test": 3, "epochs": 2, "batch_size": 4}


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    """Fully connected layers of few units: to keep 20 million weights after each epoch takes longer than to train them here."""
    monkeypatch.setattr(charge_density, "ProjectionNetwork", partial(charge_density.ProjectionNetwork, widths=(64, 32)))


@pytest.fixture(scope="module")
def task():
    """A few embedded crystals, as their images take a moment each."""
    return datasets.load("charge-density/bulk-modulus-embedded").take(range(0, 78, 3))


def test_every_crystal_tests_in_one_fold_and_no_part_shares_a_crystal():
    for repeat in range(3):
        parts = [splits.in_folds(IDS, fold, seed=repeat) for fold in range(5)]
        tested = np.concatenate([part.test for part in parts])
        assert sorted(tested) == list(range(500))
        for part in parts:
            assert sorted([*part.train, *part.validation, *part.test]) == list(range(500))
            assert len(part.validation) == 50
            # 100 in the mean, and a deviation of 9: folds by hash are not exactly equal
            assert 65 < len(part.test) < 135


def test_repeats_divide_independently_and_the_same_repeat_always_alike():
    first, second = (splits.in_folds(IDS, 0, seed=seed) for seed in (0, 1))
    shared = len(set(first.test) & set(second.test)) / len(first.test)
    assert 0.1 < shared < 0.35  # a fifth, were they independent
    again = splits.in_folds(list(reversed(IDS)), 0, seed=0)
    assert [IDS[i] for i in first.train] == [IDS[499 - i] for i in again.train]


def test_a_crystal_stays_in_its_fold_when_others_come():
    few, many = splits.in_folds(IDS[:200], 3), splits.in_folds(IDS, 3)
    assert set(few.test) == {position for position in many.test if position < 200}


def test_folds_without_enough_crystals_are_refused():
    with pytest.raises(BadInputError, match="each part needs at least one crystal"):
        splits.in_folds(["a", "b"], 0, validation=2)


def test_crystals_with_an_element_test_and_no_other_part_has_any():
    run = Run(Configuration.checked(task="made", left_out="Na", convolutions=1), made_task())
    holds = [set(run.task.crystals.structure(i).symbol_set) for i in range(len(run.task))]
    assert all("Na" in holds[i] for i in run.split.test)
    assert not any("Na" in holds[i] for i in [*run.split.train, *run.split.validation])
    assert sorted([*run.split.train, *run.split.validation, *run.split.test]) == list(range(60))
    for element, said in (("Xx", "There is no element 'Xx'"), ("?", "There is no element"), ("Fe", "No crystal of made holds Fe")):
        with pytest.raises(BadInputError, match=said):
            _ = Run(Configuration.checked(task="made", left_out=element), made_task()).split


def test_tests_are_chosen_in_one_way():
    for fields, said in (
        ({"fold": 0, "left_out": "Li"}, "two tests; give one"),
        ({"fold": 5}, "the last of 5 folds is 4, and there is no fold 5"),
        ({"fold": 0, "test": 0.2}, "decides what is tested, and test says nothing"),
        ({"left_out": "Li", "train": 10}, "decides what is tested, and train says nothing"),
    ):
        with pytest.raises(BadInputError, match=said):
            Configuration.checked(task="made", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"network": "density-projection", "fold": 3, "split_seed": 2},
        # one is what the network's recipe says, and the other what is not written down
        {"network": "density-fusion", "fold": 0, "joined": "fixed"},
        {"network": "density-fusion", "fold": 0, "joined": "trained"},
    ],
)
def test_a_configuration_is_read_back_from_what_is_kept_of_it(fields):
    configuration = Configuration.checked(task="made", **fields)
    assert Configuration.of_settings(configuration.settings()) == configuration
    assert {"train", "test", "graph", "filters"}.isdisjoint(configuration.settings())


def test_recipes_are_the_papers_where_it_gives_them():
    projection, volume, composition = (
        Configuration.checked(task="made", network=network) for network in ("density-projection", "density-volume", "composition-image")
    )
    assert (projection.optimiser, projection.learning_rate, projection.schedule) == ("sgd", 0.001, "halving")
    assert (volume.optimiser, volume.learning_rate) == ("adam", 0.0005)
    assert (composition.optimiser, composition.learning_rate, composition.batch_size) == ("adam", 0.001, 32)
    assert {recipe["loss"] for name, recipe in RECIPES.items() if not name.startswith("voxel")} == {"mae"}


def test_the_learning_rate_is_halved_after_every_ten_epochs():
    """0.5 to the power of floor(epoch / 10), epochs counted from 0, at seven steps an epoch."""
    rate = networks.optimiser(Configuration.checked(task="made", network="density-projection"), 7)._learning_rate
    found = [float(keras.ops.convert_to_numpy(rate(step))) for step in (0, 69, 70, 139, 140)]
    np.testing.assert_allclose(found, [1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4], rtol=1e-6)


def test_a_semilocal_functional_learns_and_is_fed_what_its_training_crystals_make_standard(task):
    fields = {"network": "semilocal-functional", "fold": 0, "n_train": 12, "n_validation": 3, "n_test": 3, "batch_size": 4, "epochs": 30}
    run = Run(Configuration.checked(task=task.name, **fields), task)
    data = run.data
    batch = data.source.batch(data.train)
    network = run._begun(data)
    standard = keras.ops.convert_to_numpy(network.standard_points(batch["points"]))
    mean = np.einsum("npd,np->d", standard, batch["shares"]) / len(standard)
    squares = np.einsum("npd,np->d", standard**2, batch["shares"]) / len(standard)
    np.testing.assert_allclose(mean, 0, atol=1e-3)
    np.testing.assert_allclose(squares, 1, rtol=1e-3)
    assert run.train()
    history = run.history()
    # 12 crystals with 30,000 numbers: a network that does not fit them does not learn
    assert history["loss"].iloc[-1] < 0.3 * history["loss"].iloc[0]
    assert run.configuration.structure


def test_a_semilocal_functional_of_free_atoms_is_another_run_of_other_densities(task):
    both = [
        Run(Configuration.checked(task=task.name, network="semilocal-functional", density=density, fold=0), task)
        for density in ("computed", "free-atoms")
    ]
    assert both[0].key != both[1].key
    assert both[0].features != both[1].features


def test_settings_of_other_networks_are_refused():
    with pytest.raises(BadInputError, match="density-volume takes densities and has no setting structure"):
        Configuration.checked(task="made", network="density-volume", structure=True)
    with pytest.raises(BadInputError, match="composition-image takes compositions and has no setting density"):
        Configuration.checked(task="made", network="composition-image", density="free-atoms")


def test_logarithms_and_statistics_are_those_of_whole_images(task):
    images, _ = density_images.build(task.crystals.take(range(4)))
    source = DensitySource(images, "logarithm")
    served = source.batch(np.array([2, 0]))["density"]
    np.testing.assert_allclose(served, np.log(images.images(np.array([2, 0]))), rtol=1e-5, atol=1e-6)
    mean, deviation = source.statistics(np.array([2, 0]))
    assert mean[0] == pytest.approx(served.mean(dtype=float), abs=1e-5)
    assert deviation[0] == pytest.approx(served.std(dtype=float), rel=1e-5)
    np.testing.assert_array_equal(DensitySource(images, "linear").batch(np.array([1]))["density"], images.images(np.array([1])))
    empty = DensityImages(images.ids, np.zeros_like(images.wedges))
    assert np.isfinite(DensitySource(empty).batch(np.array([0]))["density"]).all()


def test_vectors_are_magpies_and_the_volume_by_hand():
    crystals = embedded.crystals().select(["rocksalt-MgO"])
    edge = 2 * crystals.lattices.max()
    found = vectors(crystals, structure=True)
    np.testing.assert_allclose(found[:, :132], magpie.of_crystals(crystals), rtol=1e-6)
    numbers = dict(zip(columns(True), found[0], strict=True))
    # a conventional cell of rocksalt holds eight atoms, half an edge apart; a primitive one two
    assert numbers["volume per atom"] == pytest.approx(edge**3 / 8, rel=1e-5)
    assert numbers["atoms in the cell"] == 2
    assert numbers["shortest distance"] == pytest.approx(edge / 2, rel=1e-5)
    assert vectors(crystals, structure=False).shape == (1, 132)


def test_batches_are_filled_up_with_nothing(task):
    images, _ = density_images.build(task.crystals.take(range(3)))
    source = JointSource(DensitySource(images), VectorSource(images.ids, vectors(task.crystals.take(range(3)), False)))
    batch = source.batch(np.array([0, 1]), slots=4)
    assert {name: array.shape for name, array in batch.items()} == {"density": (4, 60, 60, 60), "magpie": (4, 132)}
    assert not batch["density"][2:].any()
    np.testing.assert_array_equal(batch["magpie"][:2], source.batch(np.array([0, 1]))["magpie"])


def test_fusion_begins_with_the_networks_of_finished_runs_on_the_same_crystals(task):
    run = Run(
        Configuration.checked(task=task.name, network="density-fusion", joined="trained", composition_epochs=1, density_epochs=1, **FEW),
        task,
    )
    assert run.train()
    parts = run.joined
    assert run.record()["joined"] == {part: other.key for part, other in parts.items()}
    for other in parts.values():
        assert other.is_finished()
        np.testing.assert_array_equal(other.split.test, run.split.test)
        np.testing.assert_array_equal(other.split.train, run.split.train)
        assert other.configuration.epochs == 1
    begun = run._begun(run.data)
    for part, other in parts.items():
        for variable, array in zip(getattr(begun, part).weights, weights(other).values(), strict=True):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), array)
    # and goes on training them; all it knows is in its own folder
    final = finished.find(run.key)
    assert not final.classification
    after = final.network()
    kernels = [keras.ops.convert_to_numpy(network.density.hidden[0].kernel) for network in (begun, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(after.density.standard.mean), keras.ops.convert_to_numpy(begun.density.standard.mean)
    )


def test_fixed_networks_stay_as_they_are_while_those_that_join_them_learn(task):
    run = Run(Configuration.checked(task=task.name, network="density-fusion", composition_epochs=1, density_epochs=1, **FEW), task)
    learning = Run(run.configuration.model_copy(update={"joined": "trained"}), task)
    assert run.key != learning.key
    assert {part: other.key for part, other in run.joined.items()} == {part: other.key for part, other in learning.joined.items()}
    assert run.train()
    after, begun = run.network(), run._begun(run.data)
    for part, other in run.joined.items():
        for variable, array in zip(getattr(after, part).weights, weights(other).values(), strict=True):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), array)
    kernels = [keras.ops.convert_to_numpy(network.hidden[0].kernel) for network in (begun, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0
    # what they say was asked once; the whole network, shown densities and compositions, predicts the same
    whole = run._values(after, run.source, run.split.test, Standardisation(**run.record()["standardisation"]))
    np.testing.assert_allclose(whole, run.predictions("test")["prediction"], rtol=1e-5)


def test_fused_networks_learn_from_crystals_with_a_density_alone():
    """Of these crystals only some have one; a network on compositions could take all, and would be divided otherwise."""
    some = datasets.load("embedded/bulk-modulus").take(range(0, 130, 4))
    run = Run(Configuration.checked(task=some.name, network="density-fusion"), some)
    assert 0 < len(run.split.train) < len(Run(Configuration.checked(task=some.name, network="composition-image"), some).split.train)
    for part in run.joined.values():
        ids = part.task.crystals.ids
        for name in ("train", "validation", "test"):
            assert ids[getattr(part.split, name)].tolist() == run.data.source.ids[getattr(run.split, name)].tolist()


def test_a_fusion_run_does_not_wait_for_a_part_that_another_process_trains(task):
    run = Run(Configuration.checked(task=task.name, network="density-fusion", composition_epochs=1, density_epochs=1, **FEW), task)
    with storage.locked(run.joined["composition"].folder), pytest.raises(BusyError):
        run.train(wait=False)


def test_a_fusion_run_is_another_one_when_a_part_is(task, monkeypatch):
    configuration = Configuration.checked(task=task.name, network="density-fusion", **FEW)
    before = Run(configuration, task).key
    monkeypatch.setattr(sources, "COMPOSITIONS_VERSION", sources.COMPOSITIONS_VERSION + 1)
    assert Run(configuration, task).key != before


def test_a_fusion_run_that_asks_for_its_parts_says_all_that_decides_the_split():
    parts = fusion.joined(Configuration.checked(task="made", network="density-fusion", train=10, validation=5, test=4, split_seed=3))
    for part in parts.values():
        assert (part.train, part.validation, part.test, part.split_seed) == (10, 5, 4, 3)
    left_out = fusion.joined(Configuration.checked(task="made", network="density-fusion", left_out="Li", n_train=7, seed=4, structure=True))
    assert left_out["composition"].structure
    assert {(part.left_out, part.n_train, part.seed) for part in left_out.values()} == {("Li", 7, 4)}
    assert fusion.joined(Configuration.checked(task="made", network="density-volume")) == {}


@pytest.mark.parametrize("network", [pytest.param("density-projection", marks=pytest.mark.slow), "semilocal-functional"])
def test_paused_and_resumed_on_densities_is_the_same_to_the_bit(network, task, monkeypatch, tmp_path):
    configuration = Configuration.checked(task=task.name, network=network, **FEW)
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "straight"))
    straight = Run(configuration, task)
    assert straight.train()
    expected = weights(straight)
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "paused"))
    run = Run(configuration, task)
    real, saved = time.monotonic, []
    monkeypatch.setattr(time, "monotonic", lambda: real() + 1e6 * len(saved))
    save = checkpoint.save
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", lambda *arguments: (save(*arguments), saved.append(1)))
        assert not run.train(deadline=real() + 1000)
    saved.clear()
    assert run.train()
    assert run.history()["epoch"].tolist() == [1, 2]
    for name, array in weights(run).items():
        np.testing.assert_array_equal(array, expected[name])


def test_a_composition_network_learns_from_compositions_alone():
    """The property is the mean of a number for each element; crystals without any density can be learned from."""
    made = made_task(120)
    c = Configuration.checked(task="made", network="composition-image", epochs=40, seed=0, fold=0)
    run = Run(c, replace(made))
    test = run.predictions("test")
    spread = (test["target"] - run.predictions("train")["target"].mean()).abs().mean()
    assert (test["prediction"] - test["target"]).abs().mean() < 0.5 * spread


def test_what_the_output_is_made_of_can_be_looked_at():
    """The output is a weighted sum over the last hidden layer, which predictions are then made of."""
    run = Run.of(task="charge-density/bulk-modulus-embedded", network="composition-image", **FEW)
    ids, columns = inspection.last_hidden(run)
    kernel, bias = (array.numpy() for array in run.network().final.weights)
    standardisation = run.record()["standardisation"]
    by_hand = dict(zip(ids, (columns @ kernel + bias)[:, 0] * standardisation["deviation"] + standardisation["mean"], strict=True))
    predictions = run.predictions()
    np.testing.assert_allclose([by_hand[identifier] for identifier in predictions["id"]], predictions["prediction"], rtol=1e-5)
    graphs = made_task()
    run = Run(Configuration.checked(task=graphs.name, n_train=8, n_validation=4, n_test=4, epochs=1, units=4), graphs)
    with pytest.raises(BadInputError, match="has the network gated, which does not tell its last hidden layer"):
        inspection.last_hidden(run)
