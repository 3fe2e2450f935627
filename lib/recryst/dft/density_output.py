"""What becomes of a computed density: averaged over the symmetry, checked, and kept in the forms that others read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recryst import storage
from recryst.crystals import Crystals
from recryst.datasets import charge_density, density_files
from recryst.datasets.density_files import DensityFile
from recryst.dft.cells import Cell, symmetrised
from recryst.errors import CalculationError

CHANGE = 0.02
"""By which averaging over the symmetry may change a density, relative to its maximum: near nuclei that lie between points of the grid."""
EXCESS = 0.015
"""By which the sum over the points may differ from the number of electrons before it is worth a word."""


def keep(identifier: str, cell: Cell, arrays: dict[str, NDArray[Any]], folder: Path, stem: str, record: dict[str, Any]) -> dict[str, Any]:
    """Write ``STEM.density.npz``, and for a crystal of space group Fm-3m also ``densities-STEM.npz``.

    Parameters
    ----------
    identifier : of the crystal
    cell : that was computed
    arrays : what `recryst.dft.gpaw_side` gave
    folder, stem : where to write, and the beginning of the files' names
    record : settings, versions and whatever else belongs into the record; goes into the second file too

    Returns
    -------
    the scalars of the result, with a note where there is something to know

    Raises
    ------
    CalculationError : the density is negative somewhere, or breaks the symmetry of the crystal
    """
    values, change = symmetrised(arrays["density"].astype(np.float64), cell)
    if change > CHANGE:
        raise CalculationError(f"The density breaks the symmetry of the crystal by {100 * change:.1f} % of its maximum.")
    if values.min() < 0:
        raise CalculationError(f"The density is negative, {values.min():.2g} electrons/angstrom^3, at a point; try --profile standard.")
    offsets = np.array([0, len(cell.numbers)], dtype=np.int64)
    crystals = Crystals(np.array([identifier]), cell.lattice[None], cell.numbers.astype(np.uint8), cell.positions, offsets)
    file = DensityFile(crystals, values, "smoothed valence")
    result: dict[str, Any] = {
        "grid": list(values.shape),
        "electrons": float(arrays["electrons"]),
        "electrons_on_grid": file.electrons,
        "energy": float(arrays["energy"]),
        "fermi_level": float(arrays["fermi_level"]),
        "gap": float(arrays["gap"]),
        "magnetic_moment": float(arrays["magnetic_moment"]),
        "asymmetry": change,
    }
    excess = file.electrons / result["electrons"] - 1
    if abs(excess) > EXCESS:
        result["note"] = (
            f"the points of the grid sum to {abs(100 * excess):.1f} % {'more' if excess > 0 else 'fewer'} electrons than there are"
        )
    path = folder / f"{stem}.density.npz"
    # one of other settings speaks of the density that is written over now
    path.with_suffix(".json").unlink(missing_ok=True)
    density_files.write(path, file)
    if cell.space_group == charge_density.SPACE_GROUP:
        write_wedge(folder / f"densities-{stem}.npz", identifier, cell, file, result, record)
    return result


def write_wedge(path: Path, identifier: str, cell: Cell, file: DensityFile, result: dict[str, Any], record: dict[str, Any]) -> None:
    """A chunk of one crystal, without density of states, as `recryst.datasets.charge_density.load` reads all those of a folder."""
    n = file.density.shape[0]
    labels = charge_density.orbits(n)
    wedge = np.bincount(labels.ravel(), file.density.ravel()) / np.bincount(labels.ravel())
    scalars = {
        name: result[name] for name in ("energy", "fermi_level", "gap", "electrons", "electrons_on_grid", "magnetic_moment", "asymmetry")
    }
    scalars |= {"a": float(np.linalg.norm(cell.lattice[0]) * np.sqrt(2)), "grid": n, "k_points": record["mesh"][0]}
    scalars |= {"cutoff": record["settings"]["cutoff"], "cpu_seconds": record["cpu_seconds"], "exact_at_nuclei": True}
    # what a density of states would tell
    scalars |= {"dos_zero": np.nan, "dos_covered_to": np.nan, "dos_k_points": 0, "spins": 0}
    arrays: dict[str, Any] = {name: np.array([value]) for name, value in scalars.items()} | {
        "id": np.array([identifier]),
        "atoms": np.array([len(cell.numbers)]),
        "wedge_points": np.array([len(wedge)]),
        "numbers": cell.numbers.astype(np.uint8),
        "positions": cell.positions.astype(np.float32),
        "values": wedge.astype(np.float32),
        "pdos": np.zeros((0, len(charge_density.ORBITALS), len(charge_density.ENERGIES)), np.float16),
        "protocol": np.array(json.dumps(record)),
    }
    storage.write_atomically(path, lambda opened: np.savez_compressed(opened, **arrays))
