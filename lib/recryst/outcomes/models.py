"""Models that are kept: the best trained networks of each property, with what is known of their errors, for anybody's crystals.

A model is a folder of `recryst.outcomes.models_folder`: ``model.json`` (what it is, and the checksums of the rest), the weights of each
member of the ensemble, and a model card for people, ``card.md``. `recryst.outcomes.keeping` writes them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recryst import outcomes, storage
from recryst.crystals import Crystals, IntArray
from recryst.datasets import perovskites
from recryst.datasets.folder import OWN
from recryst.elements import symbols
from recryst.errors import BadInputError, DamagedFileError
from recryst.features import voxels
from recryst.outcomes.cards import turned
from recryst.training import checkpoint, networks, new_densities, orientations, sources
from recryst.training.configuration import Configuration
from recryst.training.fit import Standardisation, predict

DATABASE = "materials-project/"
MODULI = ("charge-density/bulk-modulus", "charge-density/shear-modulus")
NEGATIVE = "no crystal that lasts has a modulus below zero: all that is told is that it is small"
MENDED = "restore it from the repository, or keep the model again"
PEROVSKITES = "perovskites/formation-energy"
"""The data set of which the unit is in question."""


@dataclass(frozen=True, eq=False)
class KeptModel:
    """An ensemble of networks that differ in their seeds.

    Parameters
    ----------
    name : such as "formation-energy"
    folder : where it is kept
    facts : what ``model.json`` holds
    """

    name: str
    folder: Path
    facts: dict[str, Any]

    @property
    def unit(self) -> str:
        """Of predictions; of a classification the number is the probability of class 1."""
        return str(self.facts["unit"])

    @property
    def classification(self) -> bool:
        """Whether it predicts a class."""
        return bool(self.facts["kind"] == "classification")

    @cached_property
    def configuration(self) -> Configuration:
        """What its networks were asked to be, but for the seed."""
        return Configuration.of_settings(self.facts["configuration"])

    def predict(self, crystals: Crystals) -> pd.DataFrame:
        """Ask all members.

        Returns
        -------
        id, prediction (mean of all answers: of each member, and in each orientation of networks on images), uncertainty (one standard
        deviation: that of the answers times the factor that is right for validation crystals; NaN where the model has none), message: what
        to know of the prediction, or why there is none
        """
        tables, rejected = self._answers(crystals)
        answers = pd.concat(tables).groupby("id", sort=False)["prediction"]
        table = pd.DataFrame({"prediction": answers.mean(), "uncertainty": self._factor * answers.std()}).rename_axis("id").reset_index()
        told = crystals.select(table["id"].tolist())
        table["message"] = [self.about + self._strange(told.numbers[told.atoms(index)]) for index in range(len(told))]
        return pd.concat([table, rejected.rename(columns={"reason": "message"})], ignore_index=True)

    def predict_densities(self, paths: Sequence[Path]) -> pd.DataFrame:
        """Ask all members of a model on charge densities for those in some files.

        Returns
        -------
        file, id, prediction, uncertainty, message: as `predict` has them, one row a file
        """
        learned = new_densities.Learned.of_facts(self.facts["elements"], self.facts["learned"])
        table = new_densities.predictions([new_densities.Member(*member) for member in self._members()], learned, paths)
        impossible = table["prediction"].le(0) & (self.configuration.task in MODULI)
        table["message"] = table["message"].mask(impossible, NEGATIVE + table["message"].map(lambda said: f"; {said}" if said else ""))
        return table.assign(uncertainty=self._factor * table["spread"]).drop(columns="spread")

    @property
    def _factor(self) -> float:
        """Times the spread of the answers is the uncertainty; NaN of a model without one."""
        return float(self.facts["uncertainty"]["factor"]) if self.facts["uncertainty"] else np.nan

    @property
    def about(self) -> str:
        """What is said with each prediction: how it was made, and how far its uncertainty was right for test crystals."""
        members, crystals, test = len(self.facts["members"]), self.facts["crystals"], self.facts["test"]
        text = f"mean of {members} networks" if members > 1 else "one network"
        if self.facts["orientations"]:
            text += " on voxel images" + turned(self.facts["orientations"])
        elif "densities" in self.configuration.takes:
            text += " on charge densities and compositions"
        measure = "error" if test["measure"] == "MAE" else test["measure"]
        text += f", trained on {crystals['train']:,} crystals; test {measure} {test['ensemble']:.3g} {self.unit}".rstrip()
        told = self.facts["uncertainty"]
        if told:
            one, two = (f"{100 * told[name]:.0f} %" for name in ("inside_68", "inside_95"))
            text += f"; {one} of {test['crystals']:,} test crystals lie within the uncertainty, {two} within twice it"
        elif not self.classification:
            text += "; no uncertainty" + (", which takes several networks" if members == 1 else "")
        return text + (f"; {perovskites.UNIT_QUESTION}" if self.configuration.task == PEROVSKITES else "")

    def _strange(self, numbers: IntArray) -> str:
        """What to add where a crystal holds elements that no training crystal held."""
        strange = sorted({symbols()[number] for number in numbers} - set(self.facts["elements"].split()))
        return f"; no training crystal holds {', '.join(strange)}" if strange else ""

    def _answers(self, crystals: Crystals) -> tuple[list[pd.DataFrame], pd.DataFrame]:
        """Of each member rows id, prediction, several of a crystal where it looks at images; and the crystals that are refused."""
        if self.configuration.takes == "voxels":
            clouds, rejected = voxels.compute(crystals, "standard")
            return [orientations.of_new_crystals(network, asked, back, clouds) for network, asked, back in self._members()], rejected
        packed, rejected = sources.of_new_crystals(crystals, self.configuration)
        everybody, ids = np.arange(len(packed)), packed.ids.astype(object)
        values = [predict(network, packed, everybody, back, asked.batch_size) for network, asked, back in self._members()]
        return [pd.DataFrame({"id": ids, "prediction": of_member}) for of_member in values], rejected

    def _members(self) -> list[tuple[Any, Configuration, Standardisation]]:
        found = []
        for member in self.facts["members"]:
            path = self.folder / member["weights"]
            if not path.is_file() or storage.file_hash(path) != member["sha256"]:
                raise DamagedFileError(f"{path} is missing or damaged; {MENDED}.")
            network = networks.build(self.configuration, self.classification)
            with np.load(path) as stored:
                checkpoint.assign(network.weights, [stored[array] for array in sorted(stored.files)])
            asked = self.configuration.model_copy(update={"seed": member["seed"]})
            found.append((network, asked, Standardisation(**member["standardisation"])))
        return found


def load(name: str) -> KeptModel:
    """The model of this name.

    Raises
    ------
    BadInputError : no such model is kept
    DamagedFileError : its description can't be read
    """
    if name not in outcomes.kept_models():
        raise BadInputError(f"No model {name!r} is kept; there are {', '.join(outcomes.kept_models()) or 'none yet'}.")
    folder = outcomes.models_folder() / name
    try:
        return KeptModel(name, folder, json.loads((folder / "model.json").read_text(encoding="utf-8")))
    except ValueError as error:
        raise DamagedFileError(f"{folder / 'model.json'} is damaged ({error}); {MENDED}.") from error


def name_of(task: str) -> str:
    """Name of the model of a task: "formation-energy" for that of the Materials Project, "perovskites-formation-energy"; of a folder of
    one's own, its name.
    """
    return task.removeprefix(DATABASE).removeprefix(OWN).replace("/", "-")
