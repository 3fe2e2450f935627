"""What runs on charge densities predict for densities from files, and what must be known of each prediction."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from recryst.crystals import FloatArray
from recryst.datasets import charge_density, density_files, embedded
from recryst.datasets.density_files import DensityFile
from recryst.elements import symbols
from recryst.errors import BadInputError, RecrystError
from recryst.features import density, density_cells
from recryst.features.density_cells import ConventionalImage
from recryst.training.density_batches import logarithms, vectors
from recryst.training.finished import FinishedRun

ELECTRONS = 0.015
"""Relative deviation of a density's electrons from the valence electrons of its atoms, up to which they count as equal."""


def predictions(runs: Sequence[FinishedRun], paths: Sequence[Path]) -> pd.DataFrame:
    """Predictions for the densities in some files.

    Each density is smoothed as those were that the networks learned from. One of a crystal of space group Fm-3m is shown to each
    network twice, from each of its two m-3m sites; a crystal given in another cell, or shifted, gets the same prediction.

    Parameters
    ----------
    runs : of networks on charge densities that see them alike and learned the same property, such as those of all folds
    paths : CHGCAR, AECCAR2, cube, or what ``recryst dft density`` writes

    Returns
    -------
    file, id, prediction (mean over networks and origins), uncertainty (standard deviation over these, which is no error bar), message
        (what to know of the prediction, or why there is none): one row a file

    Raises
    ------
    BadInputError : a run's network does not look at charge densities, or learned from those of free atoms
    """
    for run in runs:
        if "densities" not in run.configuration.takes:
            raise BadInputError(f"Run {run.key} has the network {run.configuration.network}, which looks at no charge density.")
        if run.configuration.density != "computed":
            raise BadInputError(f"Run {run.key} learned from densities of free atoms, a control that knows no calculated ones.")
    networks, known = [run.network() for run in runs], set().union(*map(_elements, runs))
    rows = []
    for path in paths:
        try:
            file = density_files.read(path)
            image = _image(file)
            values = np.concatenate([_predicted(run, network, image) for run, network in zip(runs, networks, strict=True)])
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
            rows.append((str(path), str(file.crystals.ids[0]), float(np.mean(values)), spread, "; ".join(_doubts(file, image, known))))
        except RecrystError as error:
            rows.append((str(path), path.name, np.nan, np.nan, str(error)))
    return pd.DataFrame(rows, columns=["file", "id", "prediction", "uncertainty", "message"])


def _image(file: DensityFile) -> ConventionalImage:
    values = file.density
    if file.kind != "smoothed valence":
        values = density.smoothed(values, file.crystals.lattices[0], charge_density.SMOOTHING)
    return density_cells.conventional_image(file.crystals, values)


def _predicted(run: FinishedRun, network: keras.Model, found: ConventionalImage) -> FloatArray:
    """(origins,) in the target's unit, or the probability of class 1."""
    images = found.from_each_origin()
    if run.configuration.density_values == "logarithm":
        images = logarithms(images)
    batch = {"density": images, "magpie": np.repeat(vectors(found.primitive, run.configuration.structure), len(images), axis=0)}
    return run.standardisation.restored(np.asarray(network.predict_on_batch(batch), dtype=np.float64))


def _doubts(file: DensityFile, image: ConventionalImage, known: set[int]) -> list[str]:
    """What makes a density, or its crystal, unlike those that the networks learned from."""
    doubts = []
    if file.kind not in ("smoothed valence", "all-electron valence"):
        doubts.append(f"its density is of another kind ({file.kind}) than those learned from, smoothed all-electron valence")
    numbers = file.crystals.numbers.tolist()
    per_atom = charge_density.valence_electrons()
    if set(numbers) <= set(per_atom):
        expected = sum(per_atom[number] for number in numbers)
        if abs(file.electrons - expected) > ELECTRONS * expected:
            doubts.append(f"it integrates to {file.electrons:.4g} electrons, those learned from have {expected} for these atoms")
    strange = sorted(symbols()[number] for number in set(numbers) - known)
    if strange:
        doubts.append(f"no training crystal holds {', '.join(strange)}")
    if image.space_group != charge_density.SPACE_GROUP:
        doubts.append(f"its space group is number {image.space_group}, and those learned from have Fm-3m (225) alone")
    return doubts


def _elements(run: FinishedRun) -> set[int]:
    """Atomic numbers in the crystals that the run was trained on."""
    table = pd.read_parquet(run.folder / "predictions.parquet")
    ids = table.loc[table["split"] == "train", "id"]
    elements: set[int] = set()
    for crystals in (charge_density.load().crystals, embedded.crystals()):
        elements |= set(crystals.select(ids[ids.isin(crystals.ids)]).numbers.tolist())
    return elements
