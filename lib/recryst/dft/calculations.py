"""Calculations done one by one: finished ones are left alone, each new one ends with its record, or with the reason why not.

For the crystal NaCl and the quantity density a folder holds ``NaCl.density.json`` (the record: settings, versions, results),
``NaCl.density.log`` (GPAW's own words), ``NaCl.density.npz``, and for all crystals together ``density.csv``.
"""

import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recryst import environment, parallel, storage
from recryst.dft import density_output, elastic_constants, equation_of_state, gpaw_environment, settings
from recryst.dft.plans import Calculation, Plan
from recryst.errors import BadInputError, CalculationError

Record = dict[str, Any]
MAIN = {
    "density": ("electrons", "electrons_on_grid", "gap", "magnetic_moment"),
    "eos": ("volume", "bulk_modulus", "derivative", "gap", "magnetic_moment"),
    "elastic": ("c11", "c12", "c44", "bulk_modulus", "shear_modulus", "stable"),
}
"""Results that the table of all crystals shows."""
ROUGH = 0.01
"""eV, by which energies may be off the equation of state before it is worth a word."""
UNITS = {
    "energy": "eV",
    "fermi_level": "eV",
    "gap": "eV",
    "magnetic_moment": "Bohr magneton",
    "volume": "angstrom^3",
    "bulk_modulus": "GPa",
    "bulk_modulus_from_energies": "GPa",
    "energy_residual": "eV",
    "pressure_residual": "GPa",
    "volumes": "angstrom^3",
    "energies": "eV",
    "pressures": "GPa",
    "moments": "Bohr magneton",
    "smearing": "eV",
    **dict.fromkeys(("c11", "c12", "c44", "c44_clamped", "shear_modulus", "shear_modulus_voigt", "shear_modulus_reuss"), "GPa"),
}


def left(plan: Plan, folder: Path) -> list[Calculation]:
    """Those of a plan that are not finished in a folder."""
    return [one for one in plan.calculations if finished(one, folder) is None]


def run(plan: Plan, folder: Path, jobs: int = 1, progress: bool = False) -> pd.DataFrame:
    """Do all calculations of a plan, and write the table of them.

    Parameters
    ----------
    plan : what to do
    folder : where records, logs and densities go; made if it is not there
    jobs, progress : as in `recryst.parallel.map`; each process takes one core

    Returns
    -------
    DataFrame with one row a crystal: file, id, formula, space_group, status ("ok", "failed" or "rejected"), the main results,
    cpu_seconds and message
    """
    records = parallel.map(partial(compute, folder=folder, versions=plan.versions), plan.calculations, jobs, progress, "computing")
    rows = [_row(one, record) for one, record in zip(plan.calculations, records, strict=True)]
    rows += [{"file": row.file, "id": row.id, "status": "rejected", "message": row.reason} for row in plan.rejected.itertuples()]
    quantity = plan.calculations[0].quantity if plan.calculations else ""
    columns = ["file", "id", "formula", "space_group", "status", *MAIN.get(quantity, ()), "cpu_seconds", "message"]
    table = pd.DataFrame(rows, columns=columns)
    if quantity:
        storage.write_text(folder / f"{quantity}.csv", table.to_csv(index=False))
    return table


def compute(calculation: Calculation, folder: Path, versions: dict[str, str]) -> Record:
    """Do one calculation unless it is finished, and keep its record; one that fails has the reason in place of results.

    Raises
    ------
    MissingProgramError : GPAW's environment is gone
    StorageError : nothing can be written
    """
    done = finished(calculation, folder)
    if done is not None:
        return done
    what = {"density": _density, "eos": _equation_of_state, "elastic": _elastic}[calculation.quantity]
    record = {**_head(calculation), "versions": versions}
    with storage.locked(folder / f".{calculation.stem}.{calculation.quantity}"):
        done = finished(calculation, folder)  # by another process, in the meantime
        if done is not None:
            return done
        _log(calculation, folder).unlink(missing_ok=True)
        try:
            record |= what(calculation, folder, record)
        except (BadInputError, CalculationError) as error:
            return {**record, "error": str(error)}
        record["units"] = {name: unit for name, unit in UNITS.items() if name in record["results"]}
        record["finished"] = environment.now()
        storage.write_json(_record_path(calculation, folder), record)
    return record


def finished(calculation: Calculation, folder: Path) -> Record | None:
    """The record of a calculation of the same cell with the same settings, if there is one and its files are there."""
    path = _record_path(calculation, folder)
    if calculation.quantity == "density" and not path.with_suffix(".npz").is_file():
        return None
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return record if record.get("fingerprint") == calculation.fingerprint else None


def _density(calculation: Calculation, folder: Path, record: Record) -> Record:
    mesh = settings.density_mesh(calculation.cell.lattice, calculation.settings)
    job = _job(calculation, folder) | {"what": "density", "mesh": mesh, "smearing": calculation.settings.smearing}
    arrays = gpaw_environment.run(job | {"grid": settings.grid(calculation.cell.lattice, calculation.settings.cutoff)})
    made = {"mesh": list(mesh), "cpu_seconds": float(arrays["cpu_seconds"])}
    kept = density_output.keep(calculation.identifier, calculation.cell, arrays, folder, calculation.stem, record | made)
    return made | {"results": kept}


def _equation_of_state(calculation: Calculation, folder: Path, record: Record) -> Record:
    cell, chosen = calculation.cell, calculation.settings
    meshes = settings.energy_meshes(cell.lattice, cell.symbols, chosen)
    job = _job(calculation, folder) | {"what": "scan", "meshes": meshes, "gap": settings.GAP, "smearing": chosen.smearing}
    arrays = gpaw_environment.run(job | {"grid": _grid(calculation)})
    fit = equation_of_state.fit(arrays["volumes"], arrays["energies"], arrays["pressures"])
    results: Record = asdict(fit) | {name: arrays[name].item() for name in ("electrons", "gap", "magnetic_moment", "spin_polarised")}
    results |= {name: arrays[name].tolist() for name in ("volumes", "energies", "pressures", "moments")}
    notes = []
    if not cell.is_cubic:
        notes.append("the cell kept its shape and the atoms their fractional coordinates, which they would not under pressure")
    if fit.energy_residual > ROUGH:
        notes.append(f"energies scatter by {1000 * fit.energy_residual:.0f} meV about the fit, as the cutoff is low for these elements")
    if notes:
        results["note"] = "; ".join(notes)
    return {"mesh": arrays["mesh"].tolist(), "cpu_seconds": float(arrays["cpu_seconds"]), "results": results}


def _elastic(calculation: Calculation, folder: Path, record: Record) -> Record:
    first = compute(replace(calculation, quantity="eos"), folder, record["versions"])
    if "error" in first:
        raise CalculationError(first["error"])
    eos, chosen, symbols = first["results"], calculation.settings, calculation.cell.symbols
    smearing = settings.strained_smearing(symbols, eos["gap"], chosen)
    job = _job(calculation, folder) | {"what": "strains", "mesh": first["mesh"], "smearing": smearing, "grid": _grid(calculation)}
    job |= {"deformations": elastic_constants.deformations(chosen.strain).tolist()}
    job |= {"volume": eos["volume"], "spin_polarised": eos["spin_polarised"]}
    arrays = gpaw_environment.run(job)
    found = elastic_constants.elasticity(eos["bulk_modulus"], arrays["relaxed"], arrays["clamped"], chosen.strain)
    results: Record = asdict(found) | {"volume": eos["volume"], "gap": eos["gap"], "smearing": smearing}
    results["relaxation_steps"] = arrays["relaxation_steps"].tolist()
    if not found.stable:
        results["note"] = "mechanically unstable at this volume, so that there is no shear modulus"
    cpu_seconds = float(arrays["cpu_seconds"]) + first["cpu_seconds"]
    return {"mesh": first["mesh"], "cpu_seconds": cpu_seconds, "results": results}


def _job(calculation: Calculation, folder: Path) -> Record:
    cell = calculation.cell
    return {
        "lattice": cell.lattice.tolist(),
        "numbers": cell.numbers.tolist(),
        "positions": cell.positions.tolist(),
        "moments": cell.moments,
        "settings": settings.as_record(calculation.quantity, calculation.settings),
        "log": str(_log(calculation, folder).resolve()),
    }


def _grid(calculation: Calculation) -> tuple[int, int, int]:
    """One for all volumes and strains: with room for the largest of them."""
    return settings.grid(calculation.cell.lattice * 1.02, calculation.settings.cutoff)


def _head(calculation: Calculation) -> Record:
    cell = calculation.cell
    return {
        "id": calculation.identifier,
        "file": calculation.file,
        "formula": calculation.formula,
        "quantity": calculation.quantity,
        "profile": calculation.profile,
        "fingerprint": calculation.fingerprint,
        "space_group": cell.space_group_symbol,
        "lattice": np.round(cell.lattice, 8).tolist(),
        "numbers": cell.numbers.tolist(),
        "positions": np.round(cell.positions, 8).tolist(),
        "settings": settings.as_record(calculation.quantity, calculation.settings),
    }


def _row(calculation: Calculation, record: Record) -> Record:
    head = {"file": calculation.file, "id": calculation.identifier, "formula": calculation.formula, "space_group": record["space_group"]}
    if "error" in record:
        return {**head, "status": "failed", "message": record["error"]}
    results = record["results"]
    main = {name: results[name] for name in MAIN[calculation.quantity]}
    return {**head, "status": "ok", **main, "cpu_seconds": record["cpu_seconds"], "message": results.get("note", "")}


def _record_path(calculation: Calculation, folder: Path) -> Path:
    return folder / f"{calculation.stem}.{calculation.quantity}.json"


def _log(calculation: Calculation, folder: Path) -> Path:
    return folder / f"{calculation.stem}.{calculation.quantity}.log"
