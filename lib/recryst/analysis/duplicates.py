"""Twins across a random split: test crystals of which the training set holds a polymorph or nearly the same structure.

A random split puts polymorphs of one compound, and entries that were relaxed twice, on both sides. What a network reaches
on them says less about crystals it has never met; so they are counted, and the test error is given with and without.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pymatgen.analysis.structure_matcher import StructureMatcher

from recryst.analysis import bootstrap
from recryst.analysis.predictions import absolute_errors, require
from recryst.crystals import Crystals, FloatArray
from recryst.errors import BadInputError

if TYPE_CHECKING:
    from recryst.features.graphs import Graphs

KINDS = ("near-duplicate", "polymorph", "none")


def twins(
    crystals: Crystals,
    graphs: "Graphs",
    train_ids: list[str],
    test_ids: list[str],
    volume_tolerance: float = 0.05,
    distance_tolerance: float = 0.03,
) -> pd.DataFrame:
    """The nearest relative in the training set of every test crystal.

    Parameters
    ----------
    crystals : those of both sets, others too
    graphs : nearest-neighbour graphs of the same crystals; only their distances are used
    train_ids, test_ids : the two sets
    volume_tolerance : largest relative difference in volume per atom of a near-duplicate
    distance_tolerance : largest mean relative difference of a near-duplicate's neighbour distances, sorted and averaged over
        the atoms of each element

    Returns
    -------
    id, formula : of a test crystal, reduced formula
    twin : "near-duplicate" (same formula, within both tolerances), "polymorph" (same formula) or "none"
    train_id : the training crystal of this formula with the most similar distances; empty without one
    distance_difference, volume_difference : relative, to that crystal; NaN without one

    Raises
    ------
    BadInputError : the sets overlap, one is empty, an id has no crystal or graph, or graphs and crystals don't fit
    """
    shared = set(train_ids) & set(test_ids)
    if shared or not len(train_ids) or not len(test_ids):
        fault = f"share {len(shared)} crystals, {min(shared)} among them" if shared else "must both hold crystals"
        raise BadInputError(f"Training and test set {fault}.")
    both = crystals.select([*train_ids, *test_ids])
    fingerprints = _fingerprints(both, graphs)
    volumes = np.abs(np.linalg.det(both.lattices)) / both.n_atoms
    formulas = np.array(both.formulas())
    in_training = pd.Series(np.arange(len(train_ids))).groupby(formulas[: len(train_ids)]).indices
    rows = []
    for test in range(len(train_ids), len(both)):
        relatives = in_training.get(formulas[test], [])
        differences = [_difference(fingerprints[test], fingerprints[train]) for train in relatives]
        if not differences:
            rows.append(("none", "", np.nan, np.nan))
            continue
        nearest = relatives[int(np.argmin(differences))]
        volume_difference = abs(volumes[test] / volumes[nearest] - 1)
        close = min(differences) <= distance_tolerance and volume_difference <= volume_tolerance
        rows.append(("near-duplicate" if close else "polymorph", both.ids[nearest], min(differences), volume_difference))
    table = pd.DataFrame(rows, columns=["twin", "train_id", "distance_difference", "volume_difference"])
    table.insert(0, "id", both.ids[len(train_ids) :])
    table.insert(1, "formula", formulas[len(train_ids) :])
    return table


def confirm(twins: pd.DataFrame, crystals: Crystals, limit: int = 200) -> pd.DataFrame:
    """What pymatgen's structure matcher says of pairs that `twins` calls near-duplicates, volumes not rescaled.

    Parameters
    ----------
    twins : from `twins`
    crystals : those of the pairs, others too
    limit : at most so many pairs, drawn evenly from the table; the matcher takes seconds for large cells

    Returns
    -------
    id, train_id, same_structure : one row a pair that was tried
    """
    pairs = twins[twins["twin"] == "near-duplicate"]
    tried = pairs.iloc[np.unique(np.linspace(0, len(pairs) - 1, min(limit, len(pairs))).astype(int))] if len(pairs) else pairs
    matcher = StructureMatcher(scale=False, attempt_supercell=False)
    position = {identifier: index for index, identifier in enumerate(crystals.ids.tolist())}
    same = [
        matcher.fit(crystals.structure(position[test]), crystals.structure(position[train]))
        for test, train in zip(tried["id"], tried["train_id"], strict=True)
    ]
    return tried[["id", "train_id"]].assign(same_structure=np.array(same, dtype=bool)).reset_index(drop=True)


def counts(twins: pd.DataFrame) -> pd.DataFrame:
    """How many test crystals have a twin of each kind.

    Returns
    -------
    twin, count, share
    """
    require(twins, ["id", "twin"], "twins")
    number = twins["twin"].value_counts().reindex(KINDS, fill_value=0)
    return pd.DataFrame({"twin": list(KINDS), "count": number.to_numpy(), "share": number.to_numpy() / len(twins)})


def effect(predictions: pd.DataFrame, twins: pd.DataFrame) -> pd.DataFrame:
    """Test error with and without twins in the training set.

    Parameters
    ----------
    predictions : of the test set: id, target, prediction [, seed, split]
    twins : from `twins`, of the same crystals, others too

    Returns
    -------
    label : "all test crystals", "near-duplicate in training", "polymorph in training", "formula not in training"
    value : mean absolute error, averaged over seeds, unit of the target; NaN where n is 0
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
    table = bootstrap.of_groups(errors.to_numpy(), members)
    labels = ["all test crystals", "near-duplicate in training", "polymorph in training", "formula not in training"]
    return table.assign(label=labels)[["label", "value", "low", "high", "n"]]


def _fingerprints(crystals: Crystals, graphs: "Graphs") -> list[FloatArray]:
    """For each crystal (elements, neighbours): sorted distances to an element's atoms' neighbours, averaged over these atoms, angstrom."""
    position = pd.Index(graphs.ids).get_indexer(pd.Index(crystals.ids))
    if np.any(position < 0):
        raise BadInputError(f"{np.sum(position < 0)} crystals have no graph, the first is {crystals.ids[position < 0][0]}.")
    fingerprints = []
    for index, graph in enumerate(position):
        numbers = crystals.numbers[crystals.offsets[index] : crystals.offsets[index + 1]]
        distances = np.sort(graphs.distances[graphs.offsets[graph] : graphs.offsets[graph + 1]], axis=1)
        if len(distances) != len(numbers):
            raise BadInputError(f"The graph of {crystals.ids[index]} has {len(distances)} atoms, its crystal {len(numbers)}.")
        fingerprints.append(np.array([distances[numbers == number].mean(axis=0) for number in np.unique(numbers)], dtype=float))
    return fingerprints


def _difference(one: FloatArray, other: FloatArray) -> float:
    return float(np.mean(np.abs(one - other)) / np.mean([one, other]))
