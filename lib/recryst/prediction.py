"""Predictions of trained networks, published or trained here, for crystals that somebody brings along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from recryst import datasets, outcomes, parallel
from recryst.crystals import Crystals, FloatArray
from recryst.datasets import files, published_models
from recryst.errors import BadInputError
from recryst.features import graphs as crystal_graphs
from recryst.features import voxels
from recryst.features.graphs import Graphs

if TYPE_CHECKING:
    from recryst.training.finished import FinishedRun

PREFIX = "cgcnn/"
KEPT = "recryst/"
"""Before the name of a model that was trained here and comes with the project."""
OWN_RUN = "run/"
"""Before the key of a finished run."""
BATCH = 256
METAL, CLASS = "probability of a metal", "probability of class 1"
"""Units of classifications, the second of one's own."""
METALS = ("materials-project/metal", "embedded/metal")
COLUMNS = ("file", "id", "prediction", "uncertainty", "unit", "status", "message")

KEPT_AS = {
    "voxel/formation-energy": "voxel-cnn-formation-energy",
    "density/bulk-modulus": "charge-density-bulk-modulus",
    "density/shear-modulus": "charge-density-shear-modulus",
}
"""Kept models by further names, which say what they look at."""

TRAINED: dict[str, dict[str, Any]] = {
    "voxel/formation-energy": {"task": "voxel-cnn/formation-energy", "network": "voxel-deep", "rotation": "haar"}
}
"""What networks trained here were asked for that answer in place of a kept model of `KEPT_AS` once they err less on validation crystals: of
the finished ones that with the most crystals.
"""

Answer = Callable[[Crystals], pd.DataFrame]
"""From crystals to rows id, prediction, message, with or without uncertainty; a crystal without prediction has a reason for message."""


def models() -> list[str]:
    """Names that `predict` takes, beside ``run/KEY``."""
    return [*(PREFIX + name for name in published_models.names()), *(KEPT + name for name in outcomes.kept_models()), *KEPT_AS]


def predict(paths: Sequence[Path], model: str) -> pd.DataFrame:
    """Predict a property of every crystal in some files.

    Parameters
    ----------
    paths : CIF, POSCAR, extended XYZ, or what else pymatgen or ASE reads; several structures in a file are all predicted. For networks on
        charge densities CHGCAR, AECCAR2, cube, or what ``recryst dft density`` writes
    model : one of `models`, or ``run/KEY`` for a network that was trained here

    Returns
    -------
    file, id, prediction, unit, status ("ok" or "rejected"), message: one row a structure, in the order of the files; the
    message says why a structure was rejected, or what to know about a prediction
    uncertainty : from models that came with the project, one standard deviation, as `recryst.outcomes.models` has it; from a network on
        voxel images that was trained here, whose prediction is the mean over random orientations, the interquartile range over these,
        which is no error bar; the book shows how it goes with the error; from a run on images of densities the standard deviation over the
        sites from which the crystal is seen

    Raises
    ------
    BadInputError : no such model or run
    MissingDataError : the model is not on this machine
    """
    run = _trained(model)
    name = KEPT + KEPT_AS[model] if run is None and model in KEPT_AS else model
    of_densities = _of_densities(paths, name, run)
    if of_densities is not None:
        return of_densities
    unit, answer = _of_run(run) if run else _source(name)
    read = files.read_files(paths)
    table = read.origin[["id", "file", "note"]].merge(answer(read.crystals), on="id", how="left", validate="one_to_one")
    table["message"] = _joined(table["note"], table["message"])
    bad = read.rejected.rename(columns={"reason": "message"})
    everything = pd.concat([table, bad], ignore_index=True)
    everything["status"] = np.where(everything["prediction"].notna(), "ok", "rejected")
    everything["unit"] = unit
    order = {str(path): position for position, path in enumerate(dict.fromkeys(map(str, paths)))}
    everything = everything.sort_values("file", key=lambda column: column.map(order), kind="stable", ignore_index=True)
    return everything[[column for column in COLUMNS if column in everything]]


def _trained(model: str) -> "FinishedRun | None":
    """The run that a model is; None where something else than a run on this machine answers."""
    if not model.startswith(OWN_RUN) and model not in TRAINED:
        return None
    # imported late: asking which models there are needs no backend
    from recryst.training import finished

    if model.startswith(OWN_RUN):
        return finished.find(model.removeprefix(OWN_RUN))
    largest = finished.largest(**TRAINED[model])
    return largest if largest is not None and _better(largest, KEPT_AS[model]) else None


def _better(run: "FinishedRun", kept: str) -> bool:
    """Whether a run errs less on its validation crystals than each network of a kept model did."""
    from recryst.outcomes.models import load

    errors = [member["validation_error"] for member in load(kept).facts["members"]]
    return float(run.record["best_validation_error"]) < min(errors)


def _of_densities(paths: Sequence[Path], model: str, run: "FinishedRun | None") -> pd.DataFrame | None:
    """Predictions for files of charge densities; None where the model, or the run, does not look at densities."""
    if run is not None:
        if "densities" not in run.configuration.takes:
            return None
        from recryst.training import new_densities

        table = new_densities.of_run(run, paths).rename(columns={"spread": "uncertainty"})
        about, unit = f"run {run.key}, trained on {run.training_crystals:,} crystals", _unit_of_run(run)
    else:
        if not model.startswith(KEPT) or model.removeprefix(KEPT) not in outcomes.kept_models():
            return None
        from recryst.outcomes.models import load

        kept = load(model.removeprefix(KEPT))
        if "densities" not in kept.configuration.takes:
            return None
        table, about, unit = kept.predict_densities(paths), kept.about, kept.unit
    found = table["prediction"].notna()
    table["message"] = _joined(pd.Series(about, index=table.index).where(found, ""), table["message"])
    return table.assign(status=np.where(found, "ok", "rejected"), unit=unit)[list(COLUMNS)]


def _source(model: str) -> tuple[str, Answer]:
    """Unit of a model, and what it answers."""
    if model not in models():
        raise BadInputError(f"There is no model {model!r}; there are {', '.join(models())}.")
    if not model.startswith(KEPT):
        return _graphs(model.removeprefix(PREFIX))
    # imported late: asking which models there are needs no backend
    from recryst.outcomes.models import load

    kept = load(model.removeprefix(KEPT))
    return _unit(kept.configuration.task, kept.classification, kept.unit), kept.predict


def _graphs(name: str) -> tuple[str, Answer]:
    """Unit of a published model, and what it answers."""
    loaded = published_models.load(name)

    def answer(crystals: Crystals) -> pd.DataFrame:
        graphs, unfit = crystal_graphs.compute(crystals, "nearest-padded")
        predicted = pd.DataFrame({"id": graphs.ids.astype(object), "prediction": _evaluate(name, graphs), "message": _sparse(graphs)})
        return pd.concat([predicted, unfit.rename(columns={"reason": "message"})], ignore_index=True)

    return METAL if loaded.kind == "classification" else loaded.unit, answer


def _of_run(run: "FinishedRun") -> tuple[str, Answer]:
    """Unit of a network that was trained here on graphs, compositions or voxel images, and what it answers."""
    asked = _over_orientations if run.configuration.takes == "voxels" else _once

    def answer(crystals: Crystals) -> pd.DataFrame:
        table, seen, unfit = asked(run, crystals)
        table = table.assign(message=f"run {run.key}, trained on {run.training_crystals:,} crystals{seen}")
        return pd.concat([table, unfit.rename(columns={"reason": "message"})], ignore_index=True)

    return _unit_of_run(run), answer


def _once(run: "FinishedRun", crystals: Crystals) -> tuple[pd.DataFrame, str, pd.DataFrame]:
    """Predictions of a network to which the orientation of a crystal is nothing."""
    from recryst.training import sources
    from recryst.training.fit import predict as forward

    source, unfit = sources.of_new_crystals(crystals, run.configuration)
    values = forward(run.network(), source, np.arange(len(source)), run.standardisation, run.configuration.batch_size)
    return pd.DataFrame({"id": source.ids.astype(object), "prediction": values}), "", unfit


def _over_orientations(run: "FinishedRun", crystals: Crystals) -> tuple[pd.DataFrame, str, pd.DataFrame]:
    """Predictions of a network on voxel images: means over orientations, and how far these differ."""
    from recryst.training import orientations

    count = orientations.usual(run.configuration)
    clouds, unfit = voxels.compute(crystals, "standard")
    predictions = orientations.of_new_crystals(run.network(), run.configuration, run.standardisation, clouds)
    table = predictions.groupby("id", sort=False)["prediction"].agg(
        prediction="mean", uncertainty=lambda values: float(np.subtract(*np.percentile(values, [75, 25]))) if count > 1 else np.nan
    )
    return table.reset_index(), "; in its standard orientation" if count == 1 else f"; mean of {count} orientations", unfit


def _unit_of_run(run: "FinishedRun") -> str:
    return _unit(run.configuration.task, run.classification, str(run.record.get("unit", "")))


def _unit(task: str, classification: bool, unit: str) -> str:
    """What the column of predictions holds."""
    return (METAL if task in METALS else CLASS) if classification else unit


def evaluate_published(pairs: Sequence[tuple[str, str]], jobs: int = 1, progress: bool = False) -> list[pd.DataFrame]:
    """Released models on whole data sets.

    Parameters
    ----------
    pairs : (released model, task), for example ("band-gap", "materials-project/band-gap")
    jobs, progress : as in `recryst.parallel.map`

    Returns
    -------
    for each pair rows id, split ("all"), target, prediction, seed (0)
    """
    return parallel.map(_evaluate_task, list(pairs), jobs=jobs, progress=progress, description="published models")


def _evaluate_task(pair: tuple[str, str]) -> pd.DataFrame:
    name, task_name = pair
    task = datasets.load(task_name)
    graphs, _ = crystal_graphs.build(task.crystals, "nearest-padded")
    targets = task.select(graphs.ids.tolist()).targets
    return pd.DataFrame({"id": graphs.ids, "split": "all", "target": targets, "prediction": _evaluate(name, graphs), "seed": 0})


def _evaluate(name: str, graphs: Graphs) -> FloatArray:
    """(graphs,) predictions of a released model, in its unit, or the probability of a metal."""
    if not len(graphs):
        return np.zeros(0)
    # imported late: asking which models there are needs no backend
    from recryst.models.cgcnn_published import published_network
    from recryst.training.batches import GraphSource
    from recryst.training.fit import Standardisation
    from recryst.training.fit import predict as forward
    from recryst.training.networks import released_atom_table

    model = published_models.load(name)
    network = published_network(model.weights, released_atom_table())
    standardisation = Standardisation(model.mean, model.standard_deviation)
    return forward(network, GraphSource(graphs), np.arange(len(graphs)), standardisation, BATCH)


def _sparse(graphs: Graphs) -> pd.Series:
    """For each graph a note on atoms with fewer than 12 neighbours, empty where there is none."""
    if not len(graphs):
        return pd.Series(dtype=object)
    isolated = graphs.distances[:, 0] > crystal_graphs.RADIUS
    sparse, alone = (np.add.reduceat(atoms.astype(int), graphs.offsets[:-1]) for atoms in (graphs.sparse_atoms, isolated))
    notes = [_note(*counts) for counts in zip(sparse.tolist(), alone.tolist(), graphs.n_atoms.tolist(), strict=True)]
    return pd.Series(notes, index=graphs.ids, dtype=object)


def _note(sparse: int, isolated: int, atoms: int) -> str:
    if not sparse:
        return ""
    none = f" ({isolated} without any)" if isolated else ""
    return f"atoms with fewer than 12 neighbours within 8 angstrom, padded as in the released code: {sparse} of {atoms}{none}"


def _joined(*columns: pd.Series) -> list[str]:
    return ["; ".join(part for part in row if isinstance(part, str) and part) for row in zip(*columns, strict=True)]
