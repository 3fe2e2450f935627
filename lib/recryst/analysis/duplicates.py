"""Twins across a random split: test crystals of which the training set holds a polymorph or nearly the same structure.

A random split puts polymorphs of one compound, and entries that were relaxed twice, on both sides. What a network reaches
on them says less about crystals it has never met; so they are counted, and the test error is given with and without.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from recryst import parallel
from recryst.analysis import bootstrap
from recryst.analysis.predictions import absolute_errors, require
from recryst.crystals import Crystals, FloatArray
from recryst.errors import BadInputError

if TYPE_CHECKING:
    from recryst.features.graphs import Graphs

KINDS = {
    "near-duplicate": "same structure in training",
    "look-alike": "same formula and neighbour distances in training",
    "polymorph": "same formula in training",
    "none": "formula not in training",
}
DISTANCE_TOLERANCE = 0.03
"""Largest mean relative difference of neighbour distances of crystals that look alike."""
VOLUME_TOLERANCE = 0.05
"""Largest relative difference of their volumes per atom."""
MATCHES_TRIED = 3  # of the closest relatives; some compounds have a hundred, and a comparison can take seconds
COLUMNS = ["id", "formula", "twin", "train_id", "distance_difference", "volume_difference"]


class _Relative(NamedTuple):
    train_id: str
    distance_difference: float
    volume_difference: float
    close: bool


def twins(
    crystals: Crystals,
    graphs: "Graphs",
    train_ids: list[str],
    test_ids: list[str],
    jobs: int = 1,
) -> pd.DataFrame:
    """The nearest relative in the training set of every test crystal.

    A cheap comparison comes first: the neighbour distances of a crystal, sorted and averaged over the atoms of each element,
    and its volume per atom. What agrees within the tolerances looks much the same to a network on nearest-neighbour graphs;
    pymatgen's structure matcher then says whether it is the same structure.

    Parameters
    ----------
    crystals : those of both sets, others too
    graphs : nearest-neighbour graphs of the same crystals; only their distances are used
    train_ids, test_ids : the two sets
    jobs : processes of the structure matcher, see `recryst.parallel.map`

    Returns
    -------
    id, formula : of a test crystal, reduced formula
    twin : the first that applies: "near-duplicate" (same formula, within both tolerances, and the same structure by the
        matcher, volumes not rescaled; the three closest relatives are tried), "look-alike" (same formula, within both
        tolerances), "polymorph" (same formula), "none"
    train_id : the training crystal that is so; of several the one of the most similar distances; empty without one
    distance_difference, volume_difference : relative, to that crystal; NaN without one

    Raises
    ------
    BadInputError : the sets overlap, one is empty, an id has no crystal or graph, or graphs and crystals don't fit
    """
    common = set(train_ids) & set(test_ids)
    if common:
        raise BadInputError(f"Training and test set share {len(common)} crystals, {min(common)} among them; they must be disjoint.")
    if len(train_ids) == 0 or len(test_ids) == 0:
        raise BadInputError("Training and test set must both hold crystals; one of them is empty.")
    training, test = crystals.select(train_ids), crystals.select(test_ids)
    relatives = _relatives(training, test, graphs)
    close = [(index, [relative for relative in found if relative.close][:MATCHES_TRIED]) for index, found in enumerate(relatives)]
    to_match = [(index, found) for index, found in close if found]
    matched = parallel.map(
        _first_match,
        [(test.take([index]), training.select([relative.train_id for relative in found])) for index, found in to_match],
        jobs,
    )
    kinds = {
        index: ("look-alike", found[0]) if match is None else ("near-duplicate", found[match])
        for (index, found), match in zip(to_match, matched, strict=True)
    }
    rows = []
    for index, (identifier, formula, found) in enumerate(zip(test.ids, test.formulas(), relatives, strict=True)):
        nobody = ("none", _Relative("", np.nan, np.nan, False))
        kind, relative = kinds.get(index, ("polymorph", found[0]) if found else nobody)
        rows.append((identifier, formula, kind, relative.train_id, relative.distance_difference, relative.volume_difference))
    return pd.DataFrame(rows, columns=COLUMNS)


def counts(twins: pd.DataFrame) -> pd.DataFrame:
    """How many test crystals have a twin of each kind.

    Returns
    -------
    twin, count, share

    Raises
    ------
    BadInputError : the table is empty or lacks a column
    """
    require(twins, ["id", "twin"], "twins")
    number = twins["twin"].value_counts().reindex(list(KINDS), fill_value=0).to_numpy()
    return pd.DataFrame({"twin": list(KINDS), "count": number, "share": number / len(twins)})


def effect(predictions: pd.DataFrame, twins: pd.DataFrame) -> pd.DataFrame:
    """Test error with and without twins in the training set.

    Parameters
    ----------
    predictions : of the test set: id, target, prediction [, seed, split]
    twins : from `twins`, of the same crystals, others too

    Returns
    -------
    label : "all test crystals", then one for each kind of twin that occurs
    value : mean absolute error, averaged over seeds, unit of the target
    low, high : 95 % bootstrap interval over crystals
    n : crystals

    Raises
    ------
    BadInputError : a predicted crystal is missing among the twins, or the predictions are unsound
    """
    errors = absolute_errors(predictions)
    require(twins, ["id", "twin"], "twins")
    kind = twins.set_index("id")["twin"].reindex(errors.index)
    missing = kind.index[kind.isna()]
    if len(missing):
        raise BadInputError(f"{len(missing)} predicted crystals are missing in the table of twins, the first is {missing[0]}.")
    members = np.column_stack([np.ones(len(errors), dtype=bool), *(kind == name for name in KINDS)])
    table = bootstrap.of_groups(errors.to_numpy(), members).assign(label=["all test crystals", *KINDS.values()])
    return table.loc[table["n"] > 0, ["label", "value", "low", "high", "n"]].reset_index(drop=True)


def _relatives(training: Crystals, test: Crystals, graphs: "Graphs") -> list[list[_Relative]]:
    """Training crystals of the same formula, for each test crystal, the most similar distances first."""
    training_prints, test_prints = _fingerprints(training, graphs), _fingerprints(test, graphs)
    training_volumes, test_volumes = training.volumes / training.n_atoms, test.volumes / test.n_atoms
    of_formula = pd.Series(np.arange(len(training))).groupby(np.array(training.formulas())).indices
    relatives = []
    for index, formula in enumerate(test.formulas()):
        found = []
        for other in of_formula.get(formula, []):
            distance = _difference(test_prints[index], training_prints[other])
            volume = abs(test_volumes[index] / training_volumes[other] - 1)
            close = distance <= DISTANCE_TOLERANCE and volume <= VOLUME_TOLERANCE
            found.append(_Relative(str(training.ids[other]), distance, float(volume), close))
        relatives.append(sorted(found, key=lambda relative: relative.distance_difference))
    return relatives


def _fingerprints(crystals: Crystals, graphs: "Graphs") -> list[FloatArray]:
    """For each crystal (elements, neighbours): sorted distances to an element's atoms' neighbours, averaged over these atoms, angstrom."""
    position = pd.Index(graphs.ids).get_indexer(pd.Index(crystals.ids))
    if np.any(position < 0):
        raise BadInputError(f"{np.sum(position < 0)} crystals have no graph, the first is {crystals.ids[position < 0][0]}.")
    fingerprints = []
    for index, graph in enumerate(position):
        numbers = crystals.numbers[crystals.atoms(index)]
        distances = np.sort(graphs.distances[graphs.offsets[graph] : graphs.offsets[graph + 1]], axis=1)
        if len(distances) != len(numbers):
            raise BadInputError(f"The graph of {crystals.ids[index]} has {len(distances)} atoms, its crystal {len(numbers)}.")
        fingerprints.append(np.array([distances[numbers == number].mean(axis=0) for number in np.unique(numbers)], dtype=float))
    return fingerprints


def _difference(one: FloatArray, other: FloatArray) -> float:
    return float(np.mean(np.abs(one - other)) / np.mean([one, other]))


def _first_match(crystal_and_relatives: tuple[Crystals, Crystals]) -> int | None:
    """Position of the first of the relatives that is the same structure as the one crystal."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    crystal, relatives = crystal_and_relatives
    matcher = StructureMatcher(scale=False, attempt_supercell=False)
    structure = crystal.structure(0)
    return next((index for index in range(len(relatives)) if matcher.fit(structure, relatives.structure(index))), None)
