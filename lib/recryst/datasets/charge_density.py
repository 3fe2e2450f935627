"""Valence charge densities and projected densities of states of Fm-3m crystals, computed for this project.

``data/charge_density`` (CC BY 4.0) holds them in chunks; what was computed, how, and what is known to be weak about it is
in its README. The lattice vectors of a primitive cell are a/2 (0,1,1), a/2 (1,0,1) and a/2 (1,1,0), its origin is the
m-3m site. A density is stored on the irreducible wedge of an n x n x n grid along these vectors, that is, one value for
each set of points that the 48 operations of the point group carry into each other.
"""

import itertools
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pymatgen.core import Composition

from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.datasets.pack import UNREADABLE
from recryst.elements import symbols
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.storage import PROJECT

FOLDER = PROJECT / "data" / "charge_density"
SPACE_GROUP = 225
"""Number of Fm-3m."""
LATTICE = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
"""Rows are the vectors of the primitive cell in units of the cubic edge."""
ENERGIES = np.linspace(-20, 10, 601)
"""(601,) eV, relative to the Fermi level, or to the valence-band maximum where a gap was found.

:meta hide-value:
"""
ORBITALS = ("s", "p", "t2g", "eg")
SMOOTHING = 0.2
"""Width (standard deviation, angstrom) of the Gaussian that every stored density is convolved with."""
REFINEMENT = 4
"""Points per stored point along each vector at which a density was sampled before it was smoothed."""
WITH_SPIN = ("Cr", "Mn", "Fe", "Co", "Ni")
"""Crystals that hold one of these are computed with spin, which takes several times as long."""
NEAREST = np.array(list(itertools.product((0, 1), repeat=3)))
"""Steps back from a fractional difference in [0, 1) to the images of an atom on all sides."""
RAGGED = {"numbers": "atoms", "positions": "atoms", "values": "wedge_points", "pdos": "spins"}


@dataclass(frozen=True, eq=False)
class ChargeDensities:
    """Densities and densities of states of many crystals, packed.

    Parameters
    ----------
    crystals : primitive cells, with Materials Project ids
    properties : DataFrame indexed by id, in the order of ``crystals``: a (cubic edge, angstrom), grid (n), gap (eV), electrons,
        and the other scalars of the README
    wedges : (points,) float32, valence electrons / angstrom^3 on the wedges of all crystals, one after the other
    wedge_offsets : (crystals + 1,) int64, into ``wedges``
    states : (spins, 4, 601) float16, of all crystals, one after the other, on `ENERGIES`, in the order of `ORBITALS`
    state_offsets : (crystals + 1,) int64, into ``states``
    """

    crystals: Crystals
    properties: pd.DataFrame
    wedges: NDArray[np.float32]
    wedge_offsets: IntArray
    states: NDArray[np.float16]
    state_offsets: IntArray

    def index(self, identifier: str) -> int:
        """Position of a crystal.

        Raises
        ------
        BadInputError : nothing is computed for it
        """
        found = np.flatnonzero(self.crystals.ids == identifier)
        if not len(found):
            raise BadInputError(f"No density of {identifier!r} is here; recryst.datasets.charge_density.status() lists all crystals.")
        return int(found[0])

    def wedge(self, index: int) -> NDArray[np.float32]:
        """(m,) density of crystal ``index`` on its wedge, as stored, electrons / angstrom^3."""
        return self.wedges[self.wedge_offsets[index] : self.wedge_offsets[index + 1]]

    def stored_density(self, index: int) -> FloatArray:
        """(n, n, n) density of crystal ``index`` on the grid of its primitive cell, electrons / angstrom^3, with `nuclear_excess`."""
        return expand(self.wedge(index), int(self.properties["grid"].iloc[index]))

    def density(self, index: int) -> FloatArray:
        """(n, n, n) density of crystal ``index``, electrons / angstrom^3: what is stored, less `nuclear_excess` at the nuclei.

        Notes
        -----
        The excess lies within 0.2 angstrom of a nucleus, so that the smoothing has made a Gaussian of it; it is subtracted as
        one. Of five crystals of 5d and 6p elements it leaves a mean error of 0.3 to 0.7 % of the mean density, where it was 4 to 10 %.
        """
        n, edge = int(self.properties["grid"].iloc[index]), float(self.properties["a"].iloc[index])
        positions = self.crystals.frac_coords[self.crystals.atoms(index)]
        # nuclei nearest to each point of the wedge: an image a whole vector away is at least ten widths off
        apart = ((wedge_points(n)[:, None] - positions) % 1)[:, :, None] - NEAREST
        squares = ((edge * apart @ LATTICE) ** 2).sum(axis=-1)
        gaussians = np.exp(-0.5 * squares / SMOOTHING**2).sum(axis=-1) / (np.sqrt(2 * np.pi) * SMOOTHING) ** 3
        return expand(self.wedge(index) - gaussians @ self.nuclear_excess(index), n)

    def nuclear_excess(self, index: int) -> FloatArray:
        """(atoms,) electrons that the stored density of crystal ``index`` has too many at each nucleus (a few: too few).

        Notes
        -----
        GPAW interpolates the partial waves of an atom on some 0.027 angstrom, too coarse for 5s, 5p and 5d near the nucleus, and
        5s and 6s have cusps there: a sum over sampled points exceeds the integral by up to 2.3 electrons per Pt atom. It follows
        from the atomic data set and the spacing of the points alone (``nuclear_excess.csv``); nothing is fitted to crystals.
        """
        row = self.properties.iloc[index]
        if row.get("exact_at_nuclei", False):  # from recryst dft, which sums in reciprocal space
            return np.zeros(int(self.crystals.n_atoms[index]))
        numbers = self.crystals.numbers[self.crystals.atoms(index)]
        table = _nuclear_excess()
        spacing, spacings = row["a"] / np.sqrt(2) / (REFINEMENT * row["grid"]), table.columns.to_numpy(dtype=float)
        return np.array([np.interp(spacing, spacings, table.loc[symbols()[number]]) for number in numbers])

    def density_of_states(self, index: int) -> NDArray[np.float32]:
        """(spins, 4, 601) states / eV for each spin and primitive cell, on `ENERGIES`; a single spin stands for both."""
        return self.states[self.state_offsets[index] : self.state_offsets[index + 1]].astype(np.float32)


@cache
def orbits(n: int) -> IntArray:
    """(n, n, n) which point of the wedge each point of the grid is equivalent to, 0, 1, ... in the order in which wedges are stored."""
    points = np.indices((n, n, n)).reshape(3, -1)
    lowest = np.arange(n**3)
    for rotation in point_group():
        lowest = np.minimum(lowest, np.ravel_multi_index(tuple(rotation @ points % n), (n, n, n)))
    labels = np.unique(lowest, return_inverse=True)[1].reshape(n, n, n).astype(np.int32)
    labels.setflags(write=False)
    return labels


@cache
def wedge_points(n: int) -> FloatArray:
    """(m, 3) fractional coordinates of a point of each orbit of the grid, in the order in which wedges are stored."""
    first = np.unique(orbits(n), return_index=True)[1]
    points = np.stack(np.unravel_index(first, (n, n, n)), axis=1) / n
    points.setflags(write=False)
    return points


@cache
def valence_electrons() -> dict[int, int]:
    """Electrons of an atom, by atomic number, that the stored densities hold: those that GPAW's data sets take for valence electrons.

    They follow from the electrons of all crystals, which determine them.
    """
    data = load()
    elements = np.unique(data.crystals.numbers)
    atoms = data.crystals.amounts().toarray()[:, elements]
    found = np.linalg.lstsq(atoms, data.properties["electrons"].to_numpy(dtype=np.float64), rcond=None)[0]
    return dict(zip(elements.tolist(), np.rint(found).astype(int).tolist(), strict=True))


@cache
def point_group() -> IntArray:
    """(48, 3, 3) the operations of m-3m on fractional coordinates (columns) of the primitive cell."""
    signed_axes = itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))
    cartesian = [np.eye(3)[list(order)] * signs for order, signs in signed_axes]
    return np.rint(np.linalg.inv(LATTICE.T) @ np.array(cartesian) @ LATTICE.T).astype(np.int64)


def expand(wedge: FloatArray, n: int) -> FloatArray:
    """Density on the (n, n, n) grid of the primitive cell, float64, from its values on the wedge.

    Raises
    ------
    BadInputError : a grid of n points along each vector has a wedge of another length
    """
    labels = orbits(n)
    if len(wedge) != labels.max() + 1:
        raise BadInputError(f"The wedge of a grid of {n} points along each vector has {labels.max() + 1} values, not {len(wedge)}.")
    return np.asarray(wedge, dtype=np.float64)[labels]


def load(folder: Path = FOLDER, chunks: int | None = None) -> ChargeDensities:
    """All computed crystals, in the order of the chunks; or those of the first so many chunks, which never change.

    Raises
    ------
    MissingDataError : there is no chunk
    DamagedFileError : a chunk can't be read, its arrays don't fit each other, or a crystal occurs twice
    """
    paths = sorted(folder.glob("densities-*.npz"))[:chunks]
    if not paths:
        raise MissingDataError(f"There are no charge densities at {folder}; work in a checkout of the project (pip install -e .).")
    read = [_chunk(path) for path in paths]
    packed = {key: np.concatenate([chunk[key] for chunk in read]) for key in read[0]}
    properties = pd.DataFrame({key: array for key, array in packed.items() if key not in RAGGED}).set_index("id")
    if not properties.index.is_unique:
        twice = properties.index[properties.index.duplicated()][0]
        raise DamagedFileError(f"{twice} occurs twice in {folder}; restore the folder with `git checkout data/charge_density`.")
    properties["gap"] = properties["gap"].mask(_without_gap(properties), 0.0)
    offsets = {key: np.r_[0, np.cumsum(packed[key])].astype(np.int64) for key in set(RAGGED.values())}
    lattices = packed["a"][:, None, None] * LATTICE
    crystals = Crystals(packed["id"], lattices, packed["numbers"], packed["positions"].astype(np.float64), offsets["atoms"])
    return ChargeDensities(crystals, properties, packed["values"], offsets["wedge_points"], packed["pdos"], offsets["spins"])


def wanted(folder: Path = FOLDER) -> pd.DataFrame:
    """id, formula of the 1,707 crystals on the list, computed or not."""
    return pd.read_csv(folder / "list.csv", keep_default_na=False)  # NaN would be a formula otherwise


def status(folder: Path = FOLDER) -> pd.DataFrame:
    """What became of every crystal on the list: id, formula, state ("computed", "failed" or "not yet computed"), reason (why it is not
    computed, or "").
    """
    computed = set(load(folder).crystals.ids)
    table = wanted(folder)
    failed = folder / "failed.jsonl"
    errors = {row["id"]: row["error"] for row in map(json.loads, failed.read_text().splitlines())} if failed.exists() else {}
    rows = [_state(identifier, formula, computed, errors) for identifier, formula in table.itertuples(index=False)]
    return table.join(pd.DataFrame(rows, columns=["state", "reason"]))


def _state(identifier: str, formula: str, computed: set[str], errors: dict[str, str]) -> tuple[str, str]:
    if identifier in computed:
        return "computed", ""
    if identifier in errors:
        return "failed", errors[identifier]
    magnetic = [symbol for symbol in WITH_SPIN if Composition(formula)[symbol]]
    reason = f"holds {' and '.join(magnetic)}, so with spin: after all others" if magnetic else "its turn, by cost, has not come"
    return "not yet computed", reason


def _chunk(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path) as file:
            chunk = {key: file[key] for key in file.files if key != "protocol"}
        if any(len(chunk[key]) != chunk[count].sum() for key, count in RAGGED.items()):
            raise ValueError("the arrays don't fit each other")
    except UNREADABLE as error:
        raise DamagedFileError(f"{path} is damaged ({error}); restore it with `git checkout data/charge_density`.") from error
    return chunk


def _without_gap(properties: pd.DataFrame) -> "pd.Series[bool]":
    """Metals of which the files hold a gap: between the k points of a mesh, bands that cross were missed.

    The denser mesh of the density of states found no gap, and left its zero at the Fermi level; or the number of electrons is odd
    and there are no spins, so that a band is half filled.
    """
    odd = (properties["electrons"].round() % 2 == 1) & (properties["spins"] == 1)
    return (properties["dos_zero"] == properties["fermi_level"]) | odd


@cache
def _nuclear_excess() -> pd.DataFrame:
    """Electrons in excess per atom: a row for each element, a column for each spacing of the sampled points (angstrom)."""
    return pd.read_csv(FOLDER / "nuclear_excess.csv", index_col="element")
