"""134 small crystals computed for this project with GPAW, which come with it (``data/embedded``, CC BY 4.0).

How they were computed, and what is known to be weak about them, is in ``data/embedded/README.md``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recryst.crystals import Crystals
from recryst.datasets.logarithm import log10
from recryst.datasets.pack import UNREADABLE
from recryst.datasets.registry import EMBEDDED
from recryst.datasets.task import Task, rejections
from recryst.errors import BadInputError, DamagedFileError, MissingDataError


@dataclass(frozen=True, eq=False)
class ElectronicStructure:
    """Density and density of states of one primitive cell.

    Parameters
    ----------
    density : (a, b, c) float32, valence electrons / angstrom^3, all-electron, smoothed with a Gaussian of 0.2 angstrom; grid
        points at fractions 0, 1/a, ... along the lattice vectors
    localisation : (a, b, c) float32, electron localisation function, 0 to 1
    energies : (e,) float32, eV, relative to the Fermi level, or to the valence-band maximum where there is a gap
    orbitals : (9,) names: s, px, py, pz, dxy, ...
    states : (spins, 9, e) float32, projected density of states of the whole cell, states / eV for each spin
    """

    density: NDArray[np.float32]
    localisation: NDArray[np.float32]
    energies: NDArray[np.float32]
    orbitals: NDArray[np.str_]
    states: NDArray[np.float32]


def crystals() -> Crystals:
    """The 134 primitive cells, ids such as "rocksalt-MgO"."""
    arrays = _arrays()
    counts = arrays["n_atoms"].astype(np.int64)
    return Crystals(
        arrays["id"],
        arrays["lattice"].astype(np.float64),
        arrays["numbers"],
        arrays["positions"].astype(np.float64),
        np.r_[0, np.cumsum(counts)].astype(np.int64),
    )


def properties() -> pd.DataFrame:
    """All scalar properties in the order of `crystals`, indexed by id; columns and units as in ``data/embedded/README.md``."""
    path = EMBEDDED / "crystals.csv"
    try:
        return pd.read_csv(path, index_col="id")
    except FileNotFoundError as error:
        raise _missing() from error
    except UNREADABLE as error:
        raise DamagedFileError(f"{path} can't be read; restore it with `git checkout data/embedded`.") from error


def settings() -> dict[str, Any]:
    """How the crystals were computed: protocol, versions, and the reference phase and energy of each element."""
    try:
        return json.loads((EMBEDDED / "settings.json").read_text())
    except FileNotFoundError as error:
        raise _missing() from error


def electronic_structure(identifier: str) -> ElectronicStructure:
    """Density, electron localisation and density of states of one crystal.

    Raises
    ------
    BadInputError : there is no crystal of this id
    """
    arrays = _arrays()
    found = np.flatnonzero(arrays["id"] == identifier)
    if not len(found):
        raise BadInputError(f"There is no embedded crystal {identifier!r}; ids are like {arrays['id'][0]}.")
    index = int(found[0])
    grids = arrays["grid"].astype(np.int64)
    ends = np.cumsum(grids.prod(axis=1))
    points = slice(ends[index] - grids[index].prod(), ends[index])
    spins = arrays["spins"].astype(np.int64)
    last = np.cumsum(spins)[index]
    return ElectronicStructure(
        density=arrays["density"][points].reshape(grids[index]).astype(np.float32),
        localisation=arrays["elf"][points].reshape(grids[index]).astype(np.float32),
        energies=arrays["dos_energy"],
        orbitals=arrays["orbitals"],
        states=arrays["pdos"][last - spins[index] : last].astype(np.float32),
    )


@cache
def _arrays() -> dict[str, NDArray[Any]]:
    path = EMBEDDED / "crystals.npz"
    try:
        with np.load(path) as packed:
            return {name: packed[name] for name in packed.files}
    except FileNotFoundError as error:
        raise _missing() from error
    except UNREADABLE as error:
        raise DamagedFileError(f"{path} can't be read; restore it with `git checkout data/embedded`.") from error


def _missing() -> MissingDataError:
    return MissingDataError(f"The embedded crystals are not at {EMBEDDED}; work in a checkout of the project (pip install -e .).")


COMPUTED = "crystals computed for this project with GPAW (PBE)"
PROPERTIES: dict[str, tuple[Callable[[pd.DataFrame], pd.Series], str, str]] = {
    "formation-energy": (lambda p: p["e_form"], "eV/atom", "Formation energies of {n} " + COMPUTED + ", against the computed elements."),
    "absolute-energy": (
        lambda p: p["energy_per_atom"],
        "eV/atom",
        "Total energies of {n} " + COMPUTED + ", relative to GPAW's reference atoms.",
    ),
    "band-gap": (lambda p: p["gap"].where(p["gap"] > 0), "eV", "Band gaps of the {n} " + COMPUTED + " that have one."),
    "fermi-energy": (
        lambda p: p["fermi_level"],
        "eV",
        "Fermi levels of {n} " + COMPUTED + ", relative to the average electrostatic potential of GPAW; other codes have another zero.",
    ),
    "bulk-modulus": (lambda p: p["bulk_modulus"].map(log10), "log10(GPa)", "Bulk moduli of {n} " + COMPUTED + ", from equations of state."),
    "shear-modulus": (
        lambda p: p["shear_modulus"].map(log10),
        "log10(GPa)",
        "Voigt-Reuss-Hill shear moduli of {n} small gapped " + COMPUTED + ".",
    ),
    "poisson-ratio": (
        lambda p: (3 * p["bulk_modulus"] - 2 * p["shear_modulus"]) / (6 * p["bulk_modulus"] + 2 * p["shear_modulus"]),
        "",
        "Poisson ratios of {n} small gapped " + COMPUTED + ", from bulk and Voigt-Reuss-Hill shear modulus.",
    ),
    "metal": (lambda p: (p["gap"] == 0).astype(float), "", "Metal (1: no gap) or not (0) for {n} " + COMPUTED + "."),
}
ABSENT = {
    "formation-energy": "an element has no computed reference phase",
    "band-gap": "no gap: a metal",
    "shear-modulus": "no shear modulus computed: a metal, an element, or more than 3 atoms",
    "poisson-ratio": "no shear modulus computed: a metal, an element, or more than 3 atoms",
}


def task(name: str) -> Task:
    """One property of the embedded crystals, ``name`` without "embedded/".

    Raises
    ------
    BadInputError : there is no such property
    """
    if name not in PROPERTIES:
        raise BadInputError(f"There is no embedded property {name!r}; there are {', '.join(PROPERTIES)}.")
    compute, unit, description = PROPERTIES[name]
    values = compute(properties())
    present = values.notna().to_numpy()
    kind: Literal["regression", "classification"] = "classification" if name == "metal" else "regression"
    return Task(
        name=f"embedded/{name}",
        crystals=crystals().take(np.flatnonzero(present)),
        targets=values.to_numpy(dtype=np.float64)[present],
        unit=unit,
        kind=kind,
        description=description.format(n=int(present.sum())),
        rejected=rejections((str(identifier), ABSENT[name]) for identifier in values.index[~present]),
    )
