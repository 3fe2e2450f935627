"""What the CGCNN chapter holds against the paper's statements: see `recryst.chapters.evidence`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pymatgen.core import Structure

from recryst.analysis import bootstrap, classification, drawing, nacl_kcl, population, regression
from recryst.analysis.predictions import absolute_errors, mean_absolute_error
from recryst.chapters.cgcnn.experiments import MODULI, PROPERTIES, STEP_SIZE
from recryst.chapters.cgcnn.study import NAMED, Study
from recryst.chapters.evidence import joined, results
from recryst.crystals import Crystals
from recryst.errors import BadInputError
from recryst.features import atoms
from recryst.features import graphs as crystal_graphs
from recryst.models.cgcnn import BondCategories, GatedNetwork
from recryst.notation import words
from recryst.report import Report
from recryst.training.batches import pack

TOLD_OF_RELEASED = ("mae", "rmse", "median_absolute_error", "auc", "accuracy")
"""What is recorded of a released model, of the metrics that its kind has."""
ROUNDING = 1e-4
"""A standardised output that changes by less has changed by rounding alone."""
GENERALISES = 1.5
"""From this ratio of errors on, of new crystals over test crystals, a network does not generalise well."""


def network_layers(network: GatedNetwork) -> pd.DataFrame:
    """Rows name, shape, parameters of a built network, in the order in which a crystal passes them (Fig. 1b)."""
    width = network.embedding.units
    of_atoms = [(layer, f"atoms × {width}") for layer in (network.embedding, *network.convolutions)]
    of_crystal = [(layer, str(layer.units)) for layer in (*network.hidden, network.final)]
    of_atoms.insert(1, (network.expansion, f"atoms × {crystal_graphs.NEIGHBOURS} × {len(network.expansion.centres)}"))
    rows = [(layer.name.replace("_", " "), shape, int(layer.count_params())) for layer, shape in (*of_atoms, *of_crystal)]
    rows.insert(len(of_atoms), ("mean over the atoms", str(width), 0))
    return pd.DataFrame(rows, columns=["name", "shape", "parameters"])


def invariances(network: GatedNetwork, crystals: Crystals) -> pd.DataFrame:
    """Largest change of the output when atoms are listed in another order, and when the cell is doubled along one axis.

    Returns
    -------
    change ("order of the atoms", "choice of the cell"), largest_difference (of the standardised output), crystals
    """
    originals = [crystals.structure(index) for index in range(len(crystals))]
    rng = np.random.default_rng(0)
    shuffled = [Structure.from_sites([s[i] for i in rng.permutation(len(s))]) for s in originals]
    doubled = [s.make_supercell([2, 1, 1], in_place=False) for s in originals]
    reference = _outputs(network, crystals.ids.tolist(), originals)
    rows = [
        (change, float(np.abs(_outputs(network, crystals.ids.tolist(), changed) - reference).max()), len(crystals))
        for change, changed in (("order of the atoms", shuffled), ("choice of the cell", doubled))
    ]
    return pd.DataFrame(rows, columns=["change", "largest_difference", "crystals"])


def invariance_results(changes: pd.DataFrame) -> pd.DataFrame:
    """Whether the network is invariant, as the paper says of Eq. 2."""
    holds = changes.set_index("change")["largest_difference"] < ROUNDING
    n = int(changes["crystals"].iloc[0])
    return results(
        ("figure-1", "permutation-invariance", bool(holds["order of the atoms"]), n),
        ("figure-1", "cell-invariance", bool(holds["choice of the cell"]), n),
    )


def population_results(crystals: Crystals, symmetry: pd.DataFrame, listed: int | None = None) -> pd.DataFrame:
    """The numbers that the paper prints of its database.

    Parameters
    ----------
    crystals, symmetry : the formation energy's, see `recryst.analysis.population.symmetry`
    listed : how many crystals the authors' list has, where these are a part of them. Counts of what occurs at all are then smaller by that
        alone, and not comparable
    """
    found = population.summary(crystals, symmetry).set_index("quantity")["value"]
    printed = {
        ("text-database", "crystals"): listed or len(crystals),
        ("text-database", "elements"): int(found["elements covered"]),
        ("text-database", "lattice-systems"): int(found["lattice systems"]),
        ("text-database", "space-groups"): int(found["space groups"]),
        ("figure-2a", "elements/maximum"): int(found["most elements in a crystal"]),
        ("figure-2a", "elements/two-to-four"): 100 * found["share of binary, ternary and quaternary crystals"],
        ("figure-s2", "atoms/minimum"): int(found["fewest atoms in a cell"]),
        ("figure-s2", "atoms/maximum"): int(found["most atoms in a cell"]),
        ("figure-s2", "atoms/below-60"): 100 * found["share of crystals with less than 60 atoms"],
    }
    rows = results(*((*key, value, len(crystals)) for key, value in printed.items()))
    rows = rows.assign(unit=["%" if name in ("elements/two-to-four", "atoms/below-60") else "" for name in rows["value_id"]])
    if listed is None:
        return rows
    rows.loc[rows["value_id"] == "crystals", "n"] = listed
    part = f"counted in {len(crystals):,} of the paper's {listed:,} crystals"
    kinds = ("elements", "space-groups")
    caveats = {"crystals": "the authors' own list", **dict.fromkeys(kinds)}
    return rows.assign(
        not_comparable=pd.Series([part if name in kinds else None for name in rows["value_id"]], rows.index, dtype=object),
        caveat=pd.Series([caveats.get(name, part) for name in rows["value_id"]], rows.index, dtype=object),
    )


def feature_results() -> pd.DataFrame:
    """Categories of the atom and bond features (Supplement, Tables II and III) as the released code and this project have them."""
    names = {
        "group": "group-number",
        "period": "period-number",
        "electronegativity": "electronegativity",
        "covalent_radius": "covalent-radius",
        "valence_electrons": "valence-electrons",
        "ionization_energy": "ionization-energy",
        "electron_affinity": "electron-affinity",
        "block": "block",
        "atomic_volume": "atomic-volume",
    }
    sizes = [("table-s2", f"{names[name]}/categories", size, None) for name, size in atoms.COLUMNS.items()]
    two = atoms.first_properties(atoms.table(), 2)
    bond = int(BondCategories()(np.ones((1, 1)), np.ones((1, 1))).shape[-1])
    hydrogen = tuple(str(column + 1) for column in np.flatnonzero(two[1]))
    return results(
        *sizes,
        ("table-s3", "distance/categories", bond, None),
        ("text-graph", "bond/length", bond, None),
        ("text-scope", "properties", len(PROPERTIES) + 1, None),
        ("text-graph", "nearest-neighbours", crystal_graphs.NEIGHBOURS, None),
        ("text-graph", "group-and-period/length", two.shape[1], None),
        ("text-graph", "group-and-period/hydrogen", hydrogen, None),
    )


def worked_example() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The supplement's example, solved: predictions for NaCl and KCl in cells of several sizes, and the results to record.

    Returns
    -------
    cells : crystal, cell, atoms, prediction
    results : see the module
    """
    drawn = nacl_kcl.structures(as_drawn=True)
    equations = nacl_kcl.system(drawn)
    weights = nacl_kcl.solve(equations)
    predicted = nacl_kcl.predictions(equations, weights).set_index("crystal")["prediction"]
    cells = pd.concat([nacl_kcl.cell_invariance(s, weights, name) for name, s in drawn.items()], ignore_index=True)
    invariant = cells.groupby("crystal")["prediction"].agg(np.ptp).max() < 1e-9
    told_apart = bool(np.allclose(predicted[["NaCl", "KCl"]], [1, -1], atol=1e-9))
    text = "text-sodium-and-potassium-chloride"
    return cells, results(
        (text, "sodium", _node_equation(drawn["NaCl"], "Na"), None),
        (text, "chlorine-in-sodium-chloride", _node_equation(drawn["NaCl"], "Cl"), None),
        (text, "potassium", _node_equation(drawn["KCl"], "K"), None),
        (text, "chlorine-in-potassium-chloride", _node_equation(drawn["KCl"], "Cl"), None),
        (text, "sodium-chloride", _terms(equations.iloc[0]), None),
        (text, "potassium-chloride", _terms(equations.iloc[1]), None),
        (text, "sodium-chloride/prediction", float(predicted["NaCl"]), None),
        (text, "potassium-chloride/prediction", float(predicted["KCl"]), None),
        (text, "can-be-told-apart", told_apart, None),
        ("figure-s1", "nodes", len(drawn["NaCl"]), None),
        ("figure-s1", "sodium-chloride/coordination", _coordination(drawn["NaCl"]), None),
        # potassium chloride as it is, not as it is drawn
        ("figure-s1", "potassium-chloride/coordination", _coordination(nacl_kcl.structures(as_drawn=False)["KCl"]), None),
        ("figure-s1", "cell-invariance", bool(invariant), None),
    )


def drawn_graphs() -> pd.DataFrame:
    """The edges of Fig. S1's two graphs."""
    drawn = nacl_kcl.structures(as_drawn=True)
    return pd.concat([nacl_kcl.graph(structure, name) for name, structure in drawn.items()], ignore_index=True)


def drawn_crystals() -> pd.DataFrame:
    """The scene of the two crystals behind Fig. S1's graphs."""
    drawn = nacl_kcl.structures(as_drawn=True)
    return drawing.scene(Crystals.from_structures(list(drawn), list(drawn.values())), list(drawn))


def record_published(report: Report, study: Study, released: Mapping[str, pd.DataFrame]) -> None:
    """Record the errors of the released models, by property, on all crystals there are, for the exhibit of our own on them."""
    for name, predictions in released.items():
        metrics = (classification if name == "metal" else regression).metrics(predictions)
        ids = {f"{name}/{metric.replace('_', '-')}": metric for metric in TOLD_OF_RELEASED if metric in set(metrics["metric"])}
        report.record_metrics("beyond-published-models", ids, metrics, **study.published_evidence(name))


def published_parity(study: Study, released: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """What a parity plot shows of a released model's predictions, see `Study.parity`; empty where this run has none."""
    return regression.named_parity(released[name], study.task(name).crystals, NAMED) if name in released else pd.DataFrame()


def comparison_of_equations(study: Study) -> pd.DataFrame:
    """Rows label, value, low, high, n: how many percent Eq. 5's test error is below Eq. 4's, property by property.

    The interval is over crystals (bootstrap, paired).

    Raises
    ------
    BadInputError : the test crystals of the two differ
    """
    rows = []
    for name in [name for name in study.trained(PROPERTIES, "eq-4") if study.runs(name)]:
        worse, better = (absolute_errors(study.predictions(name, equation)) for equation in ("eq-4", "eq-5"))
        if set(worse.index) != set(better.index):
            raise BadInputError(f"Two equations can be compared only on the same test crystals; those of the {words(name)} differ.")
        errors = np.column_stack([worse, better[worse.index]])
        drawn = np.array([draw @ errors for draw in bootstrap.draws(len(errors))])
        low, high = bootstrap.percentiles(1 - drawn[:, 1] / drawn[:, 0])
        gain = 1 - errors[:, 1].mean() / errors[:, 0].mean()
        rows.append((words(name), 100 * gain, 100 * float(low), 100 * float(high), len(errors)))
    return pd.DataFrame(rows, columns=["label", "value", "low", "high", "n"])


def close_to_dft(study: Study, report: Report) -> pd.DataFrame:
    """What Table I's text says of the two properties with some ten thousand crystals: they err no more than the printed error of DFT."""
    names = ("formation-energy", "band-gap")
    if len(study.trained(names)) < len(names):
        return results()
    close = all(mean_absolute_error(study.predictions(name)) <= _error_of_dft(report, name) for name in names)
    return results(("table-1", "close-to-dft-accuracy", close, None)).assign(unit="")


def elastic_accuracy(study: Study, report: Report) -> pd.DataFrame:
    """What Table I's text says of the moduli beside DFT and statistical learning.

    Similar to statistical learning: neither root mean squared error, mean over the seeds, is half as large again.
    """
    if len(study.trained(MODULI)) < len(MODULI):
        return results()
    above = all(mean_absolute_error(study.predictions(name)) > _error_of_dft(report, name) for name in MODULI)
    ratios = []
    for name in MODULI:
        found = regression.metrics(study.predictions(name)).set_index("metric")["value"]["rmse"]
        ratios.append(found / float(report.paper.value("text-elasticity", f"{name}/statistical-learning-rmse").number))
    return results(
        ("table-1", "elastic-errors-above-dft", above, None),
        ("text-elasticity", "similar-to-statistical-learning", bool(max(ratios) < 1.5), None),
    ).assign(unit=["", "log10(GPa)"])


def record_new_crystals(report: Report, study: Study) -> None:
    """Record the errors of new crystals' moduli, and whether ours show good generalisation by the rule that stands with this statement."""
    ratios: dict[str, float] = {}
    contexts: dict[str, dict[str, Any]] = {}
    for name, predictions, context in study.new_crystals():
        report.record_metrics("text-elasticity", {f"new-crystals/{name}/mae": "mae"}, regression.metrics(predictions), **context)
        if context["level"] == "retrained":
            ratios[name] = mean_absolute_error(predictions) / mean_absolute_error(study.predictions(name))
            contexts[words(name)] = context
    if len(ratios) == len(MODULI):
        # crystals may have both moduli, so there is no one number of them
        shared = joined(contexts) | {"unit": ""}
        report.record("text-elasticity", "new-crystals/generalises", value=max(ratios.values()) <= GENERALISES, **shared)


def equation_results(gains: pd.DataFrame) -> pd.DataFrame:
    """Table S4's statement, from `comparison_of_equations`: Eq. 5 is better for every property. Needs all of them."""
    if len(gains) < len(PROPERTIES):
        return results()
    return results(("table-s4", "eq-5-better-than-eq-4", bool((gains["value"] > 0).all()), None))


def pooling_results(study: Study) -> pd.DataFrame:
    """Fig. S6's statement: the full pooling errs less than the linear one.

    Of perovskites alone: which of two small networks errs less on two dozen embedded crystals hangs on how a processor rounds.
    """
    if not (study.real_data and study.runs("perovskites", "eq-4") and study.runs("perovskites", "linear")):
        return results()
    full, linear = (mean_absolute_error(study.predictions("perovskites", equation)) for equation in ("eq-4", "linear"))
    return results(("figure-s6", "full-pooling-better", bool(full < linear), None))


def hyperparameter_results(points: pd.DataFrame) -> pd.DataFrame:
    """Fig. S3's statement, by the rule that stands with it."""
    if points.empty:
        return results()
    best = points.groupby("label")["mae"].min()
    of_five = points[points["label"] == "Eq. 5"]
    effects = of_five.groupby("hyperparameter")["mae"].agg(np.ptp)
    others, limit = effects.drop(STEP_SIZE, errors="ignore").max(), 0.5 * (best["Eq. 4"] - best["Eq. 5"])
    told = f"the largest effect of another choice is {others:.4f} eV/atom, half of the convolution's {limit:.4f}"
    if STEP_SIZE in effects:
        told += f"; that of the step size, which is left out, {effects[STEP_SIZE]:.4f}; a point is one network"
    return results(("figure-s3", "convolution-matters-most", bool(others < limit), None)).assign(caveat=told)


def _outputs(network: GatedNetwork, ids: list[str], structures: list[Structure]) -> np.ndarray:
    graphs, _ = crystal_graphs.compute(Crystals.from_structures(ids, structures))
    return np.asarray(network.predict_on_batch(pack(graphs, np.arange(len(graphs)))))[:, 0]


def _error_of_dft(report: Report, name: str) -> float:
    """The printed error of DFT against experiment, the larger one where there are two."""
    return float(report.paper.value("table-1", f"{name}/dft-against-experiment").numbers[-1])


def _coordination(structure: Structure) -> int:
    edges = nacl_kcl.graph(structure)
    return int(edges.groupby("source")["bonds"].sum().iloc[0])


def _node_equation(structure: Structure, element: str) -> str:
    """One node's feature after a convolution, Eqs. S3 to S6: "6 w_c1 + w_s2"."""
    edges = nacl_kcl.graph(structure)
    node = edges[edges["source"] == edges.loc[edges["source_element"] == element, "source"].iloc[0]]
    number = {"Cl": 1, "Na": 2, "K": 3}
    around = [f"{count} w_c{number[target]}" for target, count in node.groupby("target_element")["bonds"].sum().items()]
    return " + ".join([*around, f"w_s{number[element]}"])


def _terms(equation: pd.Series) -> str:
    """One of Eqs. S7 to S10: "3 w_c1 + 3 w_c2 + 0.5 w_s1 + 0.5 w_s2"."""
    return " + ".join(f"{equation[name]:g} {name}" for name in nacl_kcl.WEIGHTS if equation[name])
