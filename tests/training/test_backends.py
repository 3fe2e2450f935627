"""JAX does what TensorFlow does: the same outputs, the same training step, and runs that resume to the bit."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_runs import made_run

from recryst.features import graphs as crystal_graphs
from recryst.training import checkpoint, networks
from recryst.training.batches import Batches, GraphSource

pytest.importorskip("jax", reason="needs JAX, an optional extra: pip install 'recryst[jax]'")

COMPILE_ONCE = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}
CASES = {
    "gated": {"graph": "nearest", "convolutions": 2, "clip_norm": 0.5},
    "gated classifier": {"graph": "nearest", "kind": "classification"},
    "summing": {"graph": "voronoi", "network": "summing", "convolutions": 2, "weight_decay": 0.01},
    "summing-linear": {"graph": "voronoi", "network": "summing-linear", "loss": "huber", "hidden_layers": 2},
}


def one_step(name, fixed_shapes):
    """Outputs of a network with made weights, and what a training step on the last batch, which is not full, adds to each."""
    run = made_run(batch_size=36, learning_rate=0.1, **CASES[name])
    configuration, task = run.configuration, run.task
    classifies = task.kind == "classification"
    network = networks.build(configuration, classifies)
    random = np.random.default_rng(6)
    start = [random.uniform(0.5 if "normalise" in v.path else -0.5, 1.0, v.shape).astype(np.float32) for v in network.weights]
    checkpoint.assign(network.weights, start)
    graphs, _ = crystal_graphs.compute(task.crystals, configuration.graph)
    network.compile(optimizer=networks.optimiser(configuration, 2), loss=networks.loss(configuration, classifies), jit_compile=fixed_shapes)
    targets = task.targets.astype(np.int32 if classifies else np.float32)
    inputs, wanted, *weight = Batches(GraphSource(graphs), np.arange(60), targets, configuration.batch_size, fixed_shapes)[1]
    outputs = np.asarray(network.predict_on_batch(inputs))[:24]
    loss = np.asarray(network.train_on_batch(inputs, wanted, *weight))
    moves = {v.path: after - before for v, after, before in zip(network.weights, checkpoint.weights(network), start, strict=True)}
    return {"outputs": outputs, "loss": loss, **{name.replace("/", "."): move for name, move in moves.items()}}


def save_steps(folder, *names):
    for name in names:
        np.savez(folder / f"{name}.npz", **one_step(name, fixed_shapes=True))


AVERAGED = {"epochs": 5, "optimiser": "adamw", "schedule": "cosine", "loss": "huber", "averaged_epochs": 0.5}


def save_runs(folder):
    """A run, and one that is interrupted after its second epoch and goes on."""
    os.environ["RECRYST_RUNS"] = str(folder / "interrupted")
    run, save, calls = made_run(**AVERAGED), checkpoint.save, []

    def save_and_stop(*arguments):
        save(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    checkpoint.save = save_and_stop
    with suppress(KeyboardInterrupt):
        run.train()
    assert not run.is_finished()
    for name in ("interrupted", "straight"):
        os.environ["RECRYST_RUNS"] = str(folder / name)
        run = made_run(**AVERAGED)
        run.history().to_csv(folder / f"{name}.csv", index=False)
        run.predictions().to_parquet(folder / f"{name}.parquet")
        (folder / f"{name}.json").write_text(json.dumps(run.record()["environment"]))
    # five epochs each: the interrupted run did not begin again
    assert len(calls) == 10


PROGRAM = """
import sys
sys.modules["tensorflow"] = None  # as where it is not installed
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_backends import save_runs, save_steps
folder = Path({folder!r})
"""


def on_jax(folder, calls):
    """Run some calls in a process whose backend is JAX and which knows no TensorFlow; it must not print anything."""
    program = PROGRAM.format(tests=str(Path(__file__).parent), folder=str(folder)) + calls
    environment = {**os.environ, **COMPILE_ONCE, "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"), "KERAS_BACKEND": "jax"}
    environment["RECRYST_CACHE"] = str(folder / "cache")
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout + ended.stderr == ""


def compare_step(name, folder):
    expected = one_step(name, fixed_shapes=False)
    with np.load(folder / f"{name}.npz") as found:
        assert set(found.files) == set(expected)
        # a step that moves nothing would agree as well
        assert max(np.abs(move).max() for key, move in expected.items() if key.endswith(("kernel", "gamma"))) > 1e-2
        for key, array in expected.items():
            np.testing.assert_allclose(found[key], array, rtol=1e-5, atol=1e-5, err_msg=f"{name}: {key}")


@pytest.fixture(scope="module")
def by_jax(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    on_jax(folder, "save_steps(folder, 'gated'); save_runs(folder)")
    return folder


def test_outputs_and_what_a_training_step_changes_agree(by_jax):
    compare_step("gated", by_jax)


@pytest.mark.slow
def test_so_they_do_for_the_other_networks_and_losses(tmp_path):
    others = [name for name in CASES if name != "gated"]
    on_jax(tmp_path, f"save_steps(folder, *{others})")
    for name in others:
        compare_step(name, tmp_path)


def test_a_run_on_jax_learns(by_jax):
    history, predictions = pd.read_csv(by_jax / "straight.csv"), pd.read_parquet(by_jax / "straight.parquet")
    assert history["loss"].iloc[-1] < 0.9 * history["loss"].iloc[0]
    assert np.isfinite(predictions["prediction"]).all()
    assert predictions["id"].nunique() == len(predictions) == 60
    assert json.loads((by_jax / "straight.json").read_text())["backend"].startswith("jax ")


def test_an_interrupted_run_on_jax_goes_on_to_the_same_bits(by_jax):
    pd.testing.assert_frame_equal(pd.read_parquet(by_jax / "interrupted.parquet"), pd.read_parquet(by_jax / "straight.parquet"))
    assert pd.read_csv(by_jax / "interrupted.csv")["epoch"].tolist() == [1, 2, 3, 4, 5]
