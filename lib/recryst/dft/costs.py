"""What a calculation costs before it starts: by the measured times of the crystals in ``data/charge_density``.

The time of one of those is fitted, in logarithms, to the points of its grid, its irreducible k points, its electrons and whether it
has spins. What another quantity or profile costs beside it was measured on the crystals of ``data/dft_costs.csv``.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from recryst import parallel
from recryst.crystals import FloatArray
from recryst.datasets import charge_density
from recryst.dft import settings
from recryst.dft.cells import Cell, irreducible_k_points, standard
from recryst.dft.settings import Settings
from recryst.storage import PROJECT

MEASURED = PROJECT / "data" / "dft_costs.csv"
"""CPU-seconds of calculations with ``recryst dft``, with what the estimate goes by.

:meta hide-value:
"""
SHARE = 0.8
"""Of the crystals that the estimate rests on, so many took a time within its range."""


@dataclass(frozen=True)
class Estimate:
    """CPU-seconds of one calculation: most likely, and between which two it lies in eight cases of ten."""

    low: float
    likely: float
    high: float


def estimate(cell: Cell, electrons: int, quantity: str, profile: str) -> Estimate:
    """Of one calculation.

    Parameters
    ----------
    cell : to be computed
    electrons : valence electrons in it
    quantity, profile : of `recryst.dft.settings`

    Notes
    -----
    Whether a crystal is a metal, which needs more k points for energies, is not known beforehand: the lower end is an insulator's, the
    upper a metal's, and what is most likely lies in the middle.
    """
    chosen = settings.settings(quantity, profile)
    points = int(np.prod(settings.grid(cell.lattice, chosen.cutoff)))
    reduced = np.array([irreducible_k_points(cell, mesh) for mesh in meshes(cell, quantity, chosen)], dtype=np.float64)
    same = np.ones(len(reduced))
    seconds = model_seconds(points * same, reduced, electrons * same, float(any(cell.moments)) * same)
    start, factors, spread = measured()
    ends = factors[quantity, profile] * (np.array([seconds.min(), seconds.max()]) + start)
    return Estimate(float(ends[0] / spread[quantity]), float(np.sqrt(ends.prod())), float(ends[1] * spread[quantity]))


def meshes(cell: Cell, quantity: str, chosen: Settings) -> list[tuple[int, int, int]]:
    """Meshes that the calculation will have: of an insulator and of a metal where they differ."""
    if quantity == "density":
        return [settings.density_mesh(cell.lattice, chosen)]
    planned = settings.energy_meshes(cell.lattice, cell.symbols, chosen)
    return [planned["insulator"], planned["metal"]]


def model_seconds(points: FloatArray, k_points: FloatArray, electrons: FloatArray, polarised: FloatArray) -> FloatArray:
    """CPU-seconds that density and density of states of such crystals took in ``data/charge_density``, in the median.

    Parameters
    ----------
    points : (n,) of the FFT grid, in all
    k_points : (n,) irreducible ones
    electrons : (n,) valence electrons in the primitive cell
    polarised : (n,) 1 where there are spins, else 0
    """
    coefficients, _ = _fit()
    return np.asarray(np.exp(_features(points, k_points, electrons, polarised) @ coefficients))


@cache
def measured() -> tuple[float, dict[tuple[str, str], float], dict[str, float]]:
    """What calculations here took beside `model_seconds`.

    Returns
    -------
    start : seconds added to those of the model, which even the smallest crystal takes: that with which the measured times scatter least
    factors : by (quantity, profile), measured time over this sum, the median of the crystals
    spread : by quantity, the factor within which `SHARE` of the times lie, with the scatter of the crystals that the model rests on
    """
    table = pd.read_csv(MEASURED)
    columns = ("points", "irreducible_k_points", "electrons", "spin_polarised")
    model = model_seconds(*(table[column].to_numpy(dtype=np.float64) for column in columns))

    def logarithms(start: float) -> "pd.Series[float]":
        return (table["cpu_seconds"] / (model + start)).map(np.log)

    kinds = [table["quantity"], table["profile"]]
    candidates = np.linspace(0, 10, 101)
    scatter = [(logarithms(start) - logarithms(start).groupby(kinds).transform("median")).std() for start in candidates]
    start = float(candidates[int(np.argmin(scatter))])
    medians = logarithms(start).groupby(kinds).median()
    left = (logarithms(start) - logarithms(start).groupby(kinds).transform("median")).abs()
    widths = left.groupby(table["quantity"]).quantile(SHARE)
    factors = {(str(q), str(p)): float(np.exp(medians.loc[(q, p)])) for q, p in medians.index}
    return start, factors, {str(q): float(np.exp(np.hypot(widths.loc[q], _fit()[1]))) for q in widths.index}


def in_words(estimates: list[Estimate], jobs: int) -> str:
    """One sentence for all calculations that are still to do, on so many processes (-1: as many as there are cores)."""
    if not estimates:
        return "Nothing is left to compute."
    likely = sum(one.likely for one in estimates)
    # errors of many crystals cancel in part, but not those that they share: the machine and the kind of crystal
    low, high = (sum(getattr(one, end) for one in estimates) for end in ("low", "high"))
    jobs = parallel.processes(jobs)
    longest = max(one.likely for one in estimates)
    each = "" if len(estimates) == 1 else f", {_time(longest)} for the longest"
    side = f", about {_time(max(longest, likely / jobs))} on {jobs} processes" if jobs > 1 and len(estimates) > 1 else ""
    return f"{len(estimates)} to compute: {_time(likely)} of one core, between {_time(low)} and {_time(high)}{each}{side}."


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def _features(points: FloatArray, k_points: FloatArray, electrons: FloatArray, polarised: FloatArray) -> FloatArray:
    return np.stack([np.ones(len(points)), np.log(points), np.log(k_points), np.log(electrons), polarised], axis=1)


@cache
def _fit() -> tuple[FloatArray, float]:
    """Coefficients of the logarithms, and by how much `SHARE` of the logarithms differ from the fit at most."""
    data = charge_density.load()
    table = data.properties
    # all have one lattice, so that one crystal tells for each mesh
    meshes, rows = np.unique(table["k_points"].to_numpy(), return_index=True)
    reduced = {int(k): irreducible_k_points(standard(data.crystals, int(row)), (k, k, k)) for k, row in zip(meshes, rows, strict=True)}
    features = _features(
        table["grid"].to_numpy(dtype=float) ** 3,
        np.array([reduced[int(k)] for k in table["k_points"]], dtype=np.float64),
        table["electrons"].to_numpy(dtype=float),
        np.where(table["spins"] == 2, 1.0, 0.0),
    )
    logarithms = np.log(table["cpu_seconds"].to_numpy(dtype=float))
    coefficients = np.linalg.lstsq(features, logarithms, rcond=None)[0]
    return coefficients, float(np.quantile(np.abs(logarithms - features @ coefficients), SHARE))
