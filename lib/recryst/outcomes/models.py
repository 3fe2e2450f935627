"""Models that are kept: the best trained networks of each property, with what is known of their errors, for anybody's crystals.

A model is a folder of `recryst.outcomes.models_folder`: ``model.json`` (what it is, and the checksums of the rest), the weights of each
member of the ensemble, and a model card for people, ``card.md``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from recryst import outcomes, storage
from recryst.analysis import uncertainty
from recryst.analysis.predictions import correct, mean_absolute_error
from recryst.crystals import Crystals, IntArray
from recryst.datasets import perovskites
from recryst.datasets.registry import source
from recryst.elements import symbols
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.features import graphs as crystal_graphs
from recryst.features import voxels
from recryst.outcomes.cards import PUBLISHED, card, turned
from recryst.training import checkpoint, finished, networks, orientations, plans
from recryst.training.batches import GraphSource
from recryst.training.configuration import Configuration
from recryst.training.fit import Standardisation, predict
from recryst.training.run import Run, predictions

MEMBERS = 3
"""Networks of an ensemble, at most: each takes some 0.4 MB."""
KINDS = ("graphs", "voxels")
"""What networks that are kept look at."""
TURNED = 500
"""Crystals of a part of which a network on images is asked in many orientations."""

SHARE_ALIKE = {"voxel-cnn/formation-energy": "xie_spp"}
"""Data sets whose licence also holds for what is made of them, and their sources."""
DATABASE = "materials-project/"
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
        factor = self.facts["uncertainty"]["factor"] if self.facts["uncertainty"] else np.nan
        table = pd.DataFrame({"prediction": answers.mean(), "uncertainty": factor * answers.std()}).rename_axis("id").reset_index()
        told = crystals.select(table["id"].tolist())
        table["message"] = [self.about + self._strange(told.numbers[told.atoms(index)]) for index in range(len(told))]
        return pd.concat([table, rejected.rename(columns={"reason": "message"})], ignore_index=True)

    @property
    def about(self) -> str:
        """What is said with each prediction: how it was made, and how far its uncertainty was right for test crystals."""
        members, crystals, test = len(self.facts["members"]), self.facts["crystals"], self.facts["test"]
        text = f"mean of {members} networks" if members > 1 else "one network"
        if self.facts["orientations"]:
            text += " on voxel images" + turned(self.facts["orientations"])
        text += f", trained on {crystals['train']:,} crystals; test error {test['ensemble']:.3g} {self.unit}".rstrip()
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
        graphs, rejected = crystal_graphs.compute(crystals, self.configuration.graph)
        packed, everybody, ids = GraphSource(graphs), np.arange(len(graphs)), graphs.ids.astype(object)
        values = [predict(network, packed, everybody, back, asked.batch_size) for network, asked, back in self._members()]
        return [pd.DataFrame({"id": ids, "prediction": of_member}) for of_member in values], rejected

    def _members(self) -> list[tuple[Any, Configuration, Standardisation]]:
        found = []
        for member in self.facts["members"]:
            path = self.folder / member["weights"]
            if not path.is_file() or storage.file_hash(path) != member["sha256"]:
                raise DamagedFileError(f"{path} is missing or damaged; restore it from the repository.")
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
        raise DamagedFileError(f"{folder / 'model.json'} is damaged ({error}); restore it from the repository.") from error


def keep_best(plan: Path, network: str | None = None) -> list[Path]:
    """Keep the best finished networks of each data set of a plan, see `keep`; returns their folders.

    Candidates are runs on the most training crystals that the plan names for a data set, those that differ in seed alone together; the
    best have the smallest mean validation error. A candidate with fewer seeds than another gives way to it, since several networks know
    more of their uncertainty.

    Parameters
    ----------
    network : of this one alone, such as "voxel-shallow"

    Raises
    ------
    BadInputError : the plan trains no such network, or for one data set both networks on graphs and on images, which share its name
    MissingDataError : no such run is finished
    """
    named = [one for one in plans.read(plan) if one.takes in KINDS and network in (None, one.network)]
    kinds = {(one.task, one.takes) for one in named}
    if not named or len({task for task, _ in kinds}) < len(kinds):
        there = ", ".join(sorted({one.network for one in plans.read(plan) if one.takes in KINDS})) or "none"
        raise BadInputError(f"Name one network on graphs or voxel images that {plan} trains, with --network; it trains {there}.")
    most = {one.task: max(_size(other) for other in named if other.task == one.task) for one in named}
    groups: dict[str, list[Run]] = {}
    for run in plans.finished(plan):
        if run.configuration in named and _size(run.configuration) == most[run.configuration.task]:
            groups.setdefault(run.configuration.model_copy(update={"seed": 0}).model_dump_json(), []).append(run)
    best: dict[str, list[Run]] = {}
    for runs in groups.values():
        task = runs[0].configuration.task
        if task not in best or _rank(runs) > _rank(best[task]):
            best[task] = runs
    if not best:
        what = f"No run of {plan} on most training crystals" + (f" with the network {network}" if network else "")
        raise MissingDataError(f"{what} is finished; train them with: recryst train {plan}.")
    return [keep(runs[:MEMBERS]) for runs in best.values()]


def keep(runs: Sequence[Run]) -> Path:
    """Write runs that differ in seed alone as one model, named by their data set; returns its folder.

    Test crystals take part in nothing but what is said of the model's errors.
    """
    first, weights = runs[0], [finished.find(run.key).folder / finished.WEIGHTS for run in runs]
    folder = outcomes.models_folder() / name_of(first.configuration.task)
    facts = {
        "predicts": first.task.description,
        "unit": first.task.unit,
        "kind": first.task.kind,
        "data": first.task.label,
        "configuration": first.configuration.settings() | {"seed": 0},
        "elements": _elements(first),
        "split": PUBLISHED if first.task.parts is not None else "by the hash of their ids",
        "orientations": _orientations(first.configuration),
        "crystals": {name: int(count) for name, count in first.record()["crystals"].items()},
        "parameters": first.record()["parameters"],
        "members": [_member(run) for run in runs],
        "test": _test_errors(runs),
        "uncertainty": _calibration(runs),
        "licence": _licence(first.configuration.task),
        "environment": {name: first.record()["environment"][name] for name in ("code", "backend", "device")},
    }
    with storage.replacing(folder) as made, storage.writing(folder):
        for trained, member in zip(weights, facts["members"], strict=True):
            path = made / member["weights"]
            with np.load(trained) as stored:
                np.savez_compressed(path, **{name: stored[name] for name in stored.files})
            member["sha256"] = storage.file_hash(path)
        storage.write_text(made / "card.md", card(folder.name, facts))
        storage.write_json(made / "model.json", facts)
    return folder


def name_of(task: str) -> str:
    """Name of the model of a data set: "formation-energy" for that of the Materials Project, "perovskites-formation-energy"; of one's own
    folder, its name.
    """
    return Path(task).name if Path(task).is_dir() else task.removeprefix(DATABASE).replace("/", "-")


def _licence(task: str) -> str | None:
    """Licence of weights that were trained on a data set; None of those on somebody's own crystals."""
    if Path(task).is_dir():
        return None
    return source(SHARE_ALIKE[task]).licence if task in SHARE_ALIKE else "CC BY 4.0"


def _size(configuration: Configuration) -> float:
    """Training crystals that are asked for: all there are, without end."""
    return configuration.n_train or np.inf


def _elements(run: Run) -> str:
    """Symbols of the elements in the training crystals, by atomic number, with spaces between them."""
    crystals = run.task.crystals.select(run.source.ids[run.split.train].tolist())
    return " ".join(symbols()[number] for number in np.unique(crystals.numbers))


def _rank(runs: Sequence[Run]) -> tuple[int, float]:
    return min(len(runs), MEMBERS), -float(np.mean([run.record()["best_validation_error"] for run in runs]))


def _member(run: Run) -> dict[str, Any]:
    record = run.record()
    told = {"run": run.key, "seed": run.configuration.seed, "best_epoch": record["best_epoch"], "epochs": record["epochs"]}
    told |= {"validation_error": record["best_validation_error"], "standardisation": record["standardisation"]}
    return {**told, "weights": f"seed-{run.configuration.seed}.npz"}


def _orientations(configuration: Configuration) -> int | None:
    """In how many orientations a network on images is asked; None of one on graphs."""
    return orientations.usual(configuration) if configuration.takes == "voxels" else None


def _asked(runs: Sequence[Run], *parts: Literal["validation", "test"]) -> pd.DataFrame:
    """Rows id, split, target, prediction, seed, orientation; of networks on images of the first `TURNED` crystals of a part alone."""
    count = _orientations(runs[0].configuration)
    if count is None:
        return predictions(runs, *parts).assign(orientation=0)
    tables = [
        orientations.predictions(run, part, count, TURNED).assign(split=part, seed=run.configuration.seed) for run in runs for part in parts
    ]
    return pd.concat(tables, ignore_index=True)


def _test_errors(runs: Sequence[Run]) -> dict[str, Any]:
    """Mean absolute error of each member and of their mean (accuracy for a classification) on the test crystals."""
    table = _asked(runs, "test")
    classifies = runs[0].task.kind == "classification"

    def score(rows: pd.DataFrame) -> float:
        mean = rows.groupby("id")[["target", "prediction"]].mean()
        return float(correct(mean).mean()) if classifies else mean_absolute_error(mean)

    return {
        "measure": "accuracy" if classifies else "MAE",
        "members": [score(rows) for _, rows in table.groupby("seed", sort=False)],
        "ensemble": score(table),
        "crystals": table["id"].nunique(),
    }


def _calibration(runs: Sequence[Run]) -> dict[str, float] | None:
    """Factor on the spread of all answers of all members from validation crystals, and the share of test crystals inside one and two of it.

    None for a classification, for one answer alone, and where the answers agree exactly on a crystal.
    """
    if len(runs) * (_orientations(runs[0].configuration) or 1) < 2 or runs[0].task.kind == "classification":
        return None
    table = _asked(runs, "validation", "test")
    answers = table.groupby(["seed", "orientation"]).ngroup()
    table = uncertainty.ensemble(table.drop(columns="orientation").assign(seed=answers))
    test = table[table["split"] == "test"]
    try:
        factor = uncertainty.scale(table[table["split"] == "validation"])
        area = uncertainty.metrics(test, factor).set_index("metric")["value"]["miscalibration_area"]
    except BadInputError:
        return None
    inside = {f"inside_{percent}": uncertainty.inside(test, factor, times) for percent, times in ((68, 1), (95, 2))}
    return {"factor": factor, "miscalibration_area": float(area), **inside}
