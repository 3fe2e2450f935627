"""What runs on charge densities predict for densities from files, and what must be known of each prediction."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from recryst.crystals import Crystals, FloatArray
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

MISPLACED = 0.002
"""Share of its electrons that a density may have against the symmetry of its crystal; grids alone misplace less than a sixth of that."""
MOST_MISPLACED = 0.05
"""Share above which a density is not that of its crystal: what is left of it after averaging is no longer the file's."""

SAME_VOLUME = 0.01
"""Relative amount by which a volume per atom may be outside the training crystals' and still count as within."""


@dataclass(frozen=True)
class Learned:
    """What the crystals have in common that networks learned from.

    Parameters
    ----------
    elements : atomic numbers
    atoms : the smallest and the largest number of atoms in a primitive cell
    volumes : the smallest and the largest volume per atom, angstrom^3
    """

    elements: frozenset[int]
    atoms: tuple[int, int]
    volumes: tuple[float, float]

    @classmethod
    def of(cls, *sets: Crystals) -> "Learned":
        """What the crystals of some sets, one crystal at least, have in common."""
        numbers, atoms = (np.concatenate([getattr(crystals, name) for crystals in sets]) for name in ("numbers", "n_atoms"))
        volumes = np.concatenate([crystals.volumes / crystals.n_atoms for crystals in sets])
        return cls(frozenset(numbers.tolist()), (int(atoms.min()), int(atoms.max())), (float(volumes.min()), float(volumes.max())))


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
    networks, learned = [run.network() for run in runs], _learned(runs)
    rows = []
    for path in paths:
        try:
            file = density_files.read(path)
            image = _image(file)
            values = np.concatenate([_predicted(run, network, image) for run, network in zip(runs, networks, strict=True)])
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
            rows.append((str(path), str(file.crystals.ids[0]), float(np.mean(values)), spread, "; ".join(_doubts(file, image, learned))))
        except RecrystError as error:
            rows.append((str(path), path.name, np.nan, np.nan, str(error)))
    return pd.DataFrame(rows, columns=["file", "id", "prediction", "uncertainty", "message"])


def _image(file: DensityFile) -> ConventionalImage:
    values = file.density
    if file.kind != "smoothed valence":
        values = density.smoothed(values, file.crystals.lattices[0], charge_density.SMOOTHING)
    image = density_cells.conventional_image(file.crystals, values)
    if image.misplaced > MOST_MISPLACED:
        share = f"{100 * image.misplaced:.0f} % of its electrons are in places that the symmetry of its atoms forbids"
        raise BadInputError(f"The density of {file.crystals.ids[0]} is not that of its crystal: {share}; check that both are of one cell.")
    return image


def _predicted(run: FinishedRun, network: keras.Model, found: ConventionalImage) -> FloatArray:
    """(origins,) in the target's unit, or the probability of class 1."""
    images = found.from_each_origin()
    if run.configuration.density_values == "logarithm":
        images = logarithms(images)
    batch = {"density": images, "magpie": np.repeat(vectors(found.primitive, run.configuration.structure), len(images), axis=0)}
    return run.standardisation.restored(np.asarray(network.predict_on_batch(batch), dtype=np.float64))


def _doubts(file: DensityFile, image: ConventionalImage, learned: Learned) -> list[str]:
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
    if image.misplaced > MISPLACED:
        share = f"{100 * image.misplaced:.1f} % of its electrons"
        doubts.append(f"its density lacks the symmetry of its crystal ({share} are in places that this forbids) and was averaged over it")
    strange = sorted(symbols()[number] for number in set(numbers) - learned.elements)
    if strange:
        doubts.append(f"no training crystal holds {', '.join(strange)}")
    atoms = int(image.primitive.n_atoms[0])
    volume = float(image.primitive.volumes[0]) / atoms
    if not learned.atoms[0] <= atoms <= learned.atoms[1]:
        doubts.append(f"its primitive cell has {atoms} atoms, those learned from have {learned.atoms[0]} to {learned.atoms[1]}")
    low, high = learned.volumes
    if not low * (1 - SAME_VOLUME) <= volume <= high * (1 + SAME_VOLUME):
        doubts.append(f"it has {volume:.3g} cubic angstrom per atom, those learned from have {low:.3g} to {high:.3g}")
    if image.space_group != charge_density.SPACE_GROUP:
        doubts.append(f"its space group is number {image.space_group}, and those learned from have Fm-3m (225) alone")
    return doubts


def _learned(runs: Sequence[FinishedRun]) -> Learned:
    """What the crystals have in common that any of the runs was trained on."""
    tables = [pd.read_parquet(run.folder / "predictions.parquet") for run in runs]
    ids = np.unique(np.concatenate([table.loc[table["split"] == "train", "id"].to_numpy(str) for table in tables]))
    own = (charge_density.load().crystals, embedded.crystals())
    return Learned.of(*(crystals.select(ids[np.isin(ids, crystals.ids)]) for crystals in own))
