"""What networks on charge densities predict for densities from files, and what must be known of each prediction."""

from collections.abc import Iterable, Sequence
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
from recryst.features import density, density_cells, density_descriptors
from recryst.features.density_cells import ConventionalImage
from recryst.training.configuration import Configuration
from recryst.training.density_batches import logarithms, vectors
from recryst.training.finished import FinishedRun
from recryst.training.fit import Standardisation
from recryst.training.run import Run

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

    @classmethod
    def of_facts(cls, elements: str, ranges: dict[str, Sequence[float]]) -> "Learned":
        """From the symbols of the elements, with spaces between them, and `ranges`."""
        (fewest, most), (least, greatest) = ranges["atoms"], ranges["volumes"]
        return cls(frozenset(symbols().index(symbol) for symbol in elements.split()), (int(fewest), int(most)), (least, greatest))

    @property
    def ranges(self) -> dict[str, Sequence[float]]:
        """Smallest and largest of atoms and volumes, as a model's facts hold them."""
        return {"atoms": self.atoms, "volumes": self.volumes}


@dataclass(frozen=True, eq=False)
class Member:
    """A trained network on charge densities, what it was asked to be, and what its outputs mean."""

    network: keras.Model
    configuration: Configuration
    standardisation: Standardisation


def of_run(run: FinishedRun, paths: Sequence[Path]) -> pd.DataFrame:
    """What a run's network predicts for the densities in some files, see `predictions`.

    Raises
    ------
    BadInputError : it does not look at charge densities, or learned from those of free atoms
    """
    if "densities" not in run.configuration.takes:
        raise BadInputError(f"Run {run.key} has the network {run.configuration.network}, which looks at no charge density.")
    if run.configuration.density != "computed":
        raise BadInputError(f"Run {run.key} learned from densities of free atoms, a control that knows no calculated ones.")
    return predictions([Member(run.network(), run.configuration, run.standardisation)], _learned(run), paths)


def predictions(members: Sequence[Member], learned: Learned, paths: Sequence[Path]) -> pd.DataFrame:
    """Predictions for the densities in some files.

    Each density is smoothed as those were that the networks learned from. One of a crystal of space group Fm-3m is shown to a network on
    images twice, from each of its two m-3m sites; a crystal given in another cell, or shifted, gets the same prediction.

    Parameters
    ----------
    members : networks that learned the same property of the same crystals
    learned : what these crystals have in common
    paths : CHGCAR, AECCAR2, cube, or what ``recryst dft density`` writes

    Returns
    -------
    file, id, prediction (mean over networks and origins), spread (standard deviation over these; NaN of one alone), message (what to know
        of the prediction, or why there is none): one row a file
    """
    rows = []
    for path in paths:
        try:
            file = density_files.read(path)
            image = image_of(file)
            found, doubts = values(members, image), "; ".join(_doubts(file, image, learned))
            spread = float(np.std(found, ddof=1)) if len(found) > 1 else np.nan
            rows.append((str(path), str(file.crystals.ids[0]), float(np.mean(found)), spread, doubts))
        except RecrystError as error:
            rows.append((str(path), path.name, np.nan, np.nan, str(error)))
    return pd.DataFrame(rows, columns=["file", "id", "prediction", "spread", "message"])


def answers(run: Run, question: str, files: Iterable[DensityFile]) -> pd.DataFrame:
    """Rows id, prediction (mean over origins): what a run's network says of some densities, kept with the run by the question's name; the
    densities are looked at only where it was not asked before.
    """

    def ask(network: keras.Model, standardisation: Standardisation) -> pd.DataFrame:
        member = Member(network, run.configuration, standardisation)
        rows = [(str(file.crystals.ids[0]), float(np.mean(values([member], image_of(file))))) for file in files]
        return pd.DataFrame(rows, columns=["id", "prediction"])

    return run.answer(question, ask)


def values(members: Sequence[Member], image: ConventionalImage) -> FloatArray:
    """(members x origins,) what each network says of one density, in the target's unit."""
    return np.concatenate([_predicted(member, image) for member in members])


def image_of(file: DensityFile) -> ConventionalImage:
    """The image of a density, smoothed as those were that networks learn from.

    Raises
    ------
    BadInputError : it has no image, or is not that of its crystal
    """
    values = file.density
    if file.kind != "smoothed valence":
        values = density.smoothed(values, file.crystals.lattices[0], charge_density.SMOOTHING)
    image = density_cells.conventional_image(file.crystals, values)
    if image.misplaced > MOST_MISPLACED:
        share = f"{100 * image.misplaced:.0f} % of its electrons are in places that the symmetry of its atoms forbids"
        raise BadInputError(f"The density of {file.crystals.ids[0]} is not that of its crystal: {share}; check that both are of one cell.")
    return image


def _predicted(member: Member, found: ConventionalImage) -> FloatArray:
    """(origins,) in the target's unit, or the probability of class 1."""
    asked, images = member.configuration, found.from_each_origin()
    composition = vectors(found.primitive, asked.structure)
    if asked.takes == "points of densities and compositions":
        # a mean over the cell is the same from each origin
        points = density_descriptors.of_image(images[0], found.lattice)
        shares = np.full((1, len(points)), 1 / len(points), np.float32)
        batch = {"points": points[None], "shares": shares, "magpie": composition}
    else:
        seen = logarithms(images) if asked.density_values == "logarithm" else images
        batch = {"density": seen, "magpie": np.repeat(composition, len(images), axis=0)}
    return member.standardisation.restored(np.asarray(member.network.predict_on_batch(batch), dtype=np.float64))


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


def _learned(run: FinishedRun) -> Learned:
    """What the crystals have in common that a run was trained on."""
    table = pd.read_parquet(run.folder / "predictions.parquet")
    ids = table.loc[table["split"] == "train", "id"].to_numpy(str)
    own = (charge_density.load().crystals, embedded.crystals())
    return Learned.of(*(crystals.select(ids[np.isin(ids, crystals.ids)]) for crystals in own))
