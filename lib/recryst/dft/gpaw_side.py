"""The part that runs inside GPAW's environment: a job in JSON comes in, a file of arrays goes out.

    .venv-dft/bin/python -P gpaw_side.py JOB.json RESULT.npz

It imports nothing of recryst, which is not installed there, and decides nothing that could be decided before: meshes, cutoffs and
volumes are in the job. GPAW itself is imported when a job runs, so that this module can be read and tested without it.
"""

import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft
import scipy.interpolate
import scipy.special
from ase import Atoms
from ase.units import GPa
from numpy.typing import NDArray

Job = dict[str, Any]
Arrays = dict[str, Any]

NEGLIGIBLE = 1e-9
"""Damping of a wave by the Gaussian below which the wave is left out."""
TABLE = 0.05
"""1/angstrom between lengths for which radial integrals are done."""
STEPS = 12
"""Volumes at most that an equation of state is followed outwards."""
FORCE = 0.01
"""eV / angstrom, to which atoms in strained cells are relaxed."""
RELAXATION_STEPS = 12


def main(job: Job) -> Arrays:
    """Do one job, with ``what`` it is: describe, density, scan or strains."""
    started = time.process_time()
    if "log" in job:
        # one file for all calculators of a job, each of which would begin it anew
        job = job | {"log": open(job["log"], "a", encoding="utf-8")}  # noqa: SIM115 - open until the process ends
    result: Arrays = {"describe": describe, "density": density, "scan": scan, "strains": strains}[job["what"]](job)
    return {**result, "cpu_seconds": time.process_time() - started}


def describe(job: Job) -> Arrays:
    """Versions of everything that takes part, and the valence electrons of elements; -1 where GPAW has no data set."""
    import ase
    import gpaw
    from gpaw.setup_data import SetupData

    electrons = []
    for symbol in job["elements"]:
        try:
            electrons.append(SetupData(symbol, job["functional"]).Nv)
        except (FileNotFoundError, OSError):
            electrons.append(-1)
    versions = {"gpaw": gpaw.__version__, "gpaw-data": version("gpaw-data"), "ase": ase.__version__}
    versions |= {"numpy": np.__version__, "scipy": scipy.__version__, "python": platform.python_version()}
    return {"electrons": electrons, "versions": json.dumps(versions)}


def density(job: Job) -> Arrays:
    """The valence density with all-electron waves, smoothed: (n1, n2, n3) electrons / angstrom^3 on the FFT grid."""
    atoms = crystal(job)
    atoms.calc = calculator(job, job["mesh"], job["smearing"])
    energy = atoms.get_potential_energy()
    smooth = smoothed_valence(atoms.calc, job["settings"]["smoothing"])
    return {
        **state(atoms),
        "density": smooth.astype(np.float32),
        "energy": energy,
        "fermi_level": float(atoms.calc.get_fermi_level()),
    }


def scan(job: Job) -> Arrays:
    """Energy and pressure at volumes about the minimum of the energy, all else scaled along."""
    atoms = crystal(job)
    probe = atoms.copy()
    probe.calc = calculator(job, job["meshes"]["probe"], job["smearing"], energy=1e-4, density=1e-4)
    probe.get_potential_energy()
    found = state(probe)
    if found["magnetic_moment"] < 0.05:
        atoms.set_initial_magnetic_moments(np.zeros(len(atoms)))
    mesh = job["meshes"]["insulator" if found["gap"] > job["gap"] else "metal"]
    calc = calculator(job, mesh, job["smearing"])  # one for all volumes, so that each starts from the density of the last

    def at(volume: float) -> tuple[float, float, float, float]:
        scaled = with_volume(atoms, volume)
        scaled.calc = calc
        energy = scaled.get_potential_energy()
        return volume, energy, -scaled.get_stress()[:3].mean() / GPa, abs(float(calc.get_magnetic_moment()))

    rows = about_the_minimum(at, atoms.get_volume(), (1 + job["settings"]["step"]) ** 3)
    columns = dict(zip(("volumes", "energies", "pressures", "moments"), rows.T, strict=True))
    return {**found, **columns, "mesh": mesh, "spin_polarised": bool(atoms.get_initial_magnetic_moments().any())}


def about_the_minimum(at: Any, volume: float, ratio: float) -> NDArray[np.float64]:
    """Rows of ``at(volume)``, whose second entry has a minimum with two rows before it and two after it, at least, by rising volume."""
    rows = [at(volume), at(volume / ratio), at(volume * ratio)]
    for _ in range(STEPS):
        rows.sort()
        lowest = int(np.argmin([row[1] for row in rows]))
        if lowest < 2:
            rows.append(at(rows[0][0] / ratio))
        elif lowest > len(rows) - 3:
            rows.append(at(rows[-1][0] * ratio))
        else:
            # a start far from the minimum leaves volumes behind that no quadratic minimum reaches
            return np.array(rows[max(0, lowest - 3) : lowest + 4])
    raise ValueError("the energy has no minimum near the given volume")


def strains(job: Job) -> Arrays:
    """Stresses (GPa) of cells strained by ``job["deformations"]``, atoms relaxed and not."""
    atoms = with_volume(crystal(job), job["volume"])
    if not job["spin_polarised"]:
        atoms.set_initial_magnetic_moments(np.zeros(len(atoms)))
    # free coordinates are at rest in the unstrained cell first, so that what they do in a strained one is its answer
    _, _, steps = relaxed(atoms, job)
    clamped, free, taken = [], [], [steps]
    for deformation in np.array(job["deformations"]):
        strained = atoms.copy()
        strained.set_cell(atoms.cell.array @ deformation.T, scale_atoms=True)
        before, after, steps = relaxed(strained, job)
        clamped.append(before)
        free.append(after)
        taken.append(steps)
    return {"clamped": clamped, "relaxed": free, "relaxation_steps": taken}


def relaxed(atoms: Atoms, job: Job) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Move atoms until no force is left; stress (3, 3) before and after, GPa, and steps taken."""
    from ase.optimize import BFGS

    atoms.calc = calculator(job, job["mesh"], job["smearing"])
    before = atoms.get_stress(voigt=False) / GPa
    if len(atoms) == 1 or np.abs(atoms.get_forces()).max() < 1.5 * FORCE:
        return before, before, 0
    optimiser = BFGS(atoms, logfile=None, alpha=12.0, maxstep=0.1)
    optimiser.run(fmax=FORCE, steps=RELAXATION_STEPS)
    return before, atoms.get_stress(voigt=False) / GPa, optimiser.nsteps


def crystal(job: Job) -> Atoms:
    """The cell of a job, with its magnetic moments where it has any."""
    atoms = Atoms(numbers=job["numbers"], scaled_positions=job["positions"], cell=job["lattice"], pbc=True)
    if any(job["moments"]):
        atoms.set_initial_magnetic_moments(job["moments"])
    return atoms


def with_volume(atoms: Atoms, volume: float) -> Atoms:
    """A copy, scaled alike in all directions."""
    scaled = atoms.copy()
    scaled.set_cell(atoms.cell.array * (volume / atoms.get_volume()) ** (1 / 3), scale_atoms=True)
    return scaled


def calculator(job: Job, mesh: list[int], smearing: float, **convergence: float) -> Any:
    """GPAW with plane waves, on the job's grid and this mesh of k points; ``convergence`` in place of the job's."""
    from gpaw import GPAW, PW

    settings = job["settings"]
    limits = {"energy": settings["energy"], "density": settings["density"], "maximum iterations": 120, **convergence}
    # some bands more than are filled, or no gap could be told
    empty = 4 + len(job["numbers"])
    return GPAW(
        mode=PW(settings["cutoff"]),
        xc=settings["functional"],
        gpts=tuple(job["grid"]),
        kpts={"size": tuple(mesh), "gamma": True},
        occupations={"name": "marzari-vanderbilt", "width": smearing},
        convergence=limits,
        nbands=-empty,
        txt=job["log"],
    )


def state(atoms: Atoms) -> Arrays:
    """Electrons, magnetic moment (Bohr magneton) and gap (eV) of a finished calculation."""
    calc = atoms.calc
    electrons = float(calc.get_number_of_electrons())
    polarised = bool(atoms.get_initial_magnetic_moments().any())
    highest, lowest = calc.get_homo_lumo()
    gap = max(0.0, float(lowest - highest))
    # half a band is filled: a metal, whatever a coarse mesh says; the same where bands are missing
    if not np.isfinite(gap) or (round(electrons) % 2 and not polarised):
        gap = 0.0
    return {"electrons": electrons, "gap": gap, "magnetic_moment": abs(float(calc.get_magnetic_moment())) if polarised else 0.0}


def smoothed_valence(calc: Any, width: float) -> NDArray[np.float64]:
    """Valence density (core left out) of all-electron waves, both spins, convolved with a Gaussian of this width (angstrom).

    Returns
    -------
    (n1, n2, n3) electrons / angstrom^3 on the FFT grid of the calculation

    Notes
    -----
    Summed in reciprocal space, n(G) = [n_pseudo(G) + sum over atoms of (n_a - n~_a)(G)] exp(-G^2 width^2 / 2), where the second term takes
    the place of the smooth waves within a sphere about each nucleus. There a density has cusps that no grid resolves; its integrals over
    the sphere do, so that the electrons are counted exactly.
    """
    densities = calc.dft.densities()
    pseudo = densities.pseudo_densities(add_compensation_charges=False)
    cell = calc.atoms.cell.array
    size = np.array(pseudo.data.shape[1:])
    # on twice the grid, which holds all that the Gaussian leaves
    fine = [int(n) for n in 2 * size]
    values = pseudo.desc.new(size=fine)
    waves = scipy.fft.rfftn(pseudo.interpolate(grid=values).data.sum(0), norm="forward")
    indices = np.meshgrid(*(np.rint(np.fft.fftfreq(n, 1 / n)) for n in fine[:2]), np.arange(fine[2] // 2 + 1), indexing="ij")
    fractions = np.stack([index.ravel() for index in indices], axis=1)
    vectors = 2 * np.pi * fractions @ np.linalg.inv(cell).T
    lengths = np.linalg.norm(vectors, axis=1)
    gaussian = np.exp(-0.5 * (width * lengths) ** 2)
    felt = gaussian > NEGLIGIBLE
    total = np.zeros(len(vectors), dtype=complex)
    for number, (setup, position) in enumerate(zip(densities.setups, densities.relpos_ac, strict=True)):
        matrix = densities.D_asii[number].real
        expansion = radial_difference(setup, matrix[: len(pseudo.data)].sum(0))
        phase = np.exp(-2j * np.pi * fractions[felt] @ position)
        total[felt] += phase * transformed(*expansion, vectors[felt])
    waves = (waves.ravel() + total / abs(np.linalg.det(cell))) * gaussian
    smooth = scipy.fft.irfftn(waves.reshape(indices[0].shape), fine, norm="forward")
    return np.asarray(smooth[::2, ::2, ::2])


def radial_difference(setup: Any, matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """All-electron less smooth valence density of an atom, n(r) = sum over L of n_L(r) Y_L, less its smooth core.

    Parameters
    ----------
    setup : atomic data set
    matrix : (i, i) atomic density matrix on its partial waves

    Returns
    -------
    radii : (r,) angstrom
    weights : (r,) of an integral over the radii
    densities : (L, r) electrons / angstrom^3
    """
    from ase.units import Bohr
    from gpaw.sphere.gaunt import gaunt

    angular = list(setup.l_j)
    products = gaunt(max(angular))
    grid, data = setup.rgd, setup.data
    found = np.zeros((products.shape[2], len(grid.r_g)))
    first = 0
    for l1, wave1, smooth1 in zip(angular, data.phi_jg, data.phit_jg, strict=False):
        second = 0
        for l2, wave2, smooth2 in zip(angular, data.phi_jg, data.phit_jg, strict=False):
            block = matrix[first : first + 2 * l1 + 1, second : second + 2 * l2 + 1]
            coupling = products[l1**2 : (l1 + 1) ** 2, l2**2 : (l2 + 1) ** 2]
            found += np.einsum("mn,mnL->L", block, coupling)[:, None] * inside(setup, wave1 * wave2 - smooth1 * smooth2)
            second += 2 * l2 + 1
        first += 2 * l1 + 1
    found[0] -= data.nct_g
    last = int(np.flatnonzero(np.abs(found).max(axis=0) > 1e-10)[-1]) + 1
    return grid.r_g[:last] * Bohr, grid.dr_g[:last] * Bohr, found[:, :last] / Bohr**3


def inside(setup: Any, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A difference of products of waves, zero beyond twice the largest radius, where waves that are tabulated further are the same."""
    within = values.copy()
    within[setup.rgd.ceil(2 * max(setup.rcut_j)) :] = 0.0
    return within


def transformed(
    radii: NDArray[np.float64], weights: NDArray[np.float64], densities: NDArray[np.float64], vectors: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """(G,) the integral of n(r) exp(-i G r) at some vectors G (1/angstrom), of an expansion in spherical harmonics (L, r) about the origin.

    It is 4 pi sum over L of (-i)^l Y_L(G/|G|) times the integral of n_L(r) j_l(|G| r) r^2, which is interpolated between lengths of G.
    """
    from gpaw.sphere.spherical_harmonics import Y

    lengths = np.linalg.norm(vectors, axis=1)
    directions = vectors / np.maximum(lengths, 1e-12)[:, None]
    # of the center there is no direction, and none is needed: only L = 0 has a part there
    table = np.arange(0, lengths.max() + 2 * TABLE, TABLE)
    total = np.zeros(len(vectors), dtype=complex)
    for angular in range(round(np.sqrt(len(densities)))):
        present = [index for index in range(angular**2, (angular + 1) ** 2) if np.abs(densities[index]).max() > 1e-9]
        if not present:  # most are forbidden by the symmetry of the site
            continue
        bessel = scipy.special.spherical_jn(angular, table[:, None] * radii) * radii**2 * weights
        for index in present:
            radial = scipy.interpolate.CubicSpline(table, bessel @ densities[index])(lengths)
            total += 4 * np.pi * (-1j) ** angular * radial * Y(index, *directions.T)
    return total


if __name__ == "__main__":
    arrays = main(json.loads(Path(sys.argv[1]).read_text()))
    with open(sys.argv[2], "wb") as file:
        np.savez(file, **arrays)
