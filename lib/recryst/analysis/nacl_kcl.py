"""The supplement's worked example, solved: one linear convolution tells NaCl from KCl (Eq. S1-S10, Fig. S1).

Each node carries one of three unit vectors, for Cl, Na and K. Eq. 4 with g(x) = x, b = 0 and no bond features, then the
mean over nodes, makes the prediction a linear function of six weights: w_c1, w_c2, w_c3 (an element as neighbour) and
w_s1, w_s2, w_s3 (an element as centre). Two crystals give two equations for six unknowns.

The supplement draws KCl with eight neighbours, as in the CsCl structure; at ambient pressure KCl is rock salt, with six.
Both are here.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pymatgen.core import Lattice, Structure

from recryst.crystals import FloatArray
from recryst.errors import BadInputError

ELEMENTS = ("Cl", "Na", "K")
WEIGHTS = tuple(f"w_{kind}{i}" for kind in "cs" for i in (1, 2, 3))
TARGETS = {"NaCl": 1.0, "KCl": -1.0}

# measured cell lengths, angstrom: rock salt NaCl and KCl at room temperature, KCl in the CsCl structure under pressure
ROCK_SALT_NACL, ROCK_SALT_KCL, CSCL_KCL = 5.640, 6.293, 3.634


def structures(as_drawn: bool) -> dict[str, Structure]:
    """NaCl and KCl with eight atoms each: as the supplement draws KCl (CsCl structure), or as it is (rock salt)."""
    sodium_chloride = _rock_salt("Na", ROCK_SALT_NACL)
    if not as_drawn:
        return {"NaCl": sodium_chloride, "KCl": _rock_salt("K", ROCK_SALT_KCL)}
    cell = Structure(Lattice.cubic(CSCL_KCL), ["K", "Cl"], np.array([[0, 0, 0], [0.5, 0.5, 0.5]]))
    return {"NaCl": sodium_chloride, "KCl": cell.make_supercell([2, 2, 1], in_place=False)}


def graph(structure: Structure, name: str = "") -> pd.DataFrame:
    """Crystal graph with an edge to every neighbour of the first shell: Fig. S1.

    Returns
    -------
    graph : ``name``
    source, target : nodes, atoms of the cell
    source_element, target_element
    bonds : edges between the two, several where they run to periodic images; each pair of nodes occurs once a direction

    Raises
    ------
    BadInputError : the crystal has fewer than two atoms
    """
    if len(structure) < 2:
        raise BadInputError("A graph of the worked example needs a crystal with at least two atoms.")
    nearest = structure.get_neighbor_list(_shell_radius(structure))
    counts = pd.DataFrame({"source": nearest[0], "target": nearest[1]}).value_counts(sort=False).rename("bonds").reset_index()
    symbols = np.array([site.specie.symbol for site in structure])
    counts.insert(0, "graph", name)
    counts.insert(3, "source_element", symbols[counts["source"]])
    counts.insert(4, "target_element", symbols[counts["target"]])
    return counts


def coefficients(structure: Structure) -> pd.Series:
    """The prediction's coefficient of each weight, Eq. S9 and S10, by convolution and mean over the nodes of the graph.

    Raises
    ------
    BadInputError : an element is none of Cl, Na, K, or as in `graph`
    """
    symbols = [site.specie.symbol for site in structure]
    unknown = sorted(set(symbols) - set(ELEMENTS))
    if unknown:
        raise BadInputError(f"The worked example knows the elements {', '.join(ELEMENTS)}, not {', '.join(unknown)}.")
    nodes = np.array([[symbol == element for element in ELEMENTS] for symbol in symbols], dtype=float)
    edges = graph(structure)
    neighbours = np.zeros_like(nodes)
    np.add.at(neighbours, edges["source"], edges["bonds"].to_numpy()[:, None] * nodes[edges["target"]])
    return pd.Series(np.concatenate([neighbours.mean(axis=0), nodes.mean(axis=0)]), index=list(WEIGHTS))


def system(crystals: Mapping[str, Structure]) -> pd.DataFrame:
    """The linear equations of the example, one row a crystal.

    Returns
    -------
    crystal, one column for each of `WEIGHTS`, target (+1 for NaCl, -1 for KCl)

    Raises
    ------
    BadInputError : a crystal is neither "NaCl" nor "KCl", or as in `coefficients`
    """
    unknown = sorted(set(crystals) - set(TARGETS))
    if unknown:
        raise BadInputError(f"The worked example has targets for NaCl and KCl, not for {', '.join(unknown)}.")
    rows = [{"crystal": name, **coefficients(structure), "target": TARGETS[name]} for name, structure in crystals.items()]
    return pd.DataFrame(rows)


def solve(equations: pd.DataFrame) -> pd.DataFrame:
    """The weights of smallest norm that fulfil the equations of `system`.

    Returns
    -------
    weight, value

    Raises
    ------
    BadInputError : no weights fulfil them: the graphs are the same and the targets are not
    """
    matrix = equations[list(WEIGHTS)].to_numpy(dtype=float)
    target = equations["target"].to_numpy(dtype=float)
    weights: FloatArray = np.linalg.pinv(matrix) @ target
    if not np.allclose(matrix @ weights, target, atol=1e-9):
        raise BadInputError("No weights give these crystals their targets; their graphs can't be told apart.")
    return pd.DataFrame({"weight": list(WEIGHTS), "value": weights})


def predictions(equations: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """What the network with these weights predicts for each crystal of `system`.

    Returns
    -------
    crystal, target, prediction
    """
    values = weights.set_index("weight")["value"][list(WEIGHTS)].to_numpy()
    predicted = equations[list(WEIGHTS)].to_numpy(dtype=float) @ values
    return equations[["crystal", "target"]].assign(prediction=predicted)


def cell_invariance(structure: Structure, weights: pd.DataFrame, name: str) -> pd.DataFrame:
    """Prediction for the same crystal in three cells: primitive, as given, and doubled along each axis.

    Returns
    -------
    crystal, cell, atoms, prediction
    """
    cells = {
        "primitive": structure.get_primitive_structure(),
        "as drawn": structure,
        "doubled along each axis": structure.make_supercell([2, 2, 2], in_place=False),
    }
    values = weights.set_index("weight")["value"][list(WEIGHTS)].to_numpy()
    rows = [(name, cell, len(crystal), float(coefficients(crystal).to_numpy() @ values)) for cell, crystal in cells.items()]
    return pd.DataFrame(rows, columns=["crystal", "cell", "atoms", "prediction"])


def _rock_salt(cation: str, length: float) -> Structure:
    cations = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    return Structure(Lattice.cubic(length), [cation] * 4 + ["Cl"] * 4, np.concatenate([cations, 0.5 - cations]))


def _shell_radius(structure: Structure) -> float:
    """Angstrom; past the shortest distance in the crystal by 5 %, well before the next shell (15 % in CsCl, 41 % in rock salt)."""
    distances = structure.distance_matrix
    return 1.05 * float(distances[~np.eye(len(structure), dtype=bool)].min())
