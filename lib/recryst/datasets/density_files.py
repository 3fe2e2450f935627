"""Charge densities from files: VASP's CHGCAR, Gaussian cube, and what ``recryst dft density`` writes; or from the Materials Project.

Programs write other quantities in other units under the same names. What leaves this module is always the number density
of electrons in electrons / angstrom^3, with a word on which electrons these are.
"""

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from ase.units import Bohr
from monty.io import zopen

from recryst import storage
from recryst.crystals import Crystals, FloatArray
from recryst.datasets.files import stem
from recryst.datasets.pack import UNREADABLE
from recryst.errors import BadInputError, DownloadError

if TYPE_CHECKING:
    from pymatgen.core import Structure

Kind = Literal["smoothed valence", "all-electron valence", "pseudo-valence", "all-electron", "valence"]
"""Which electrons a density is of. From this project: valence electrons with their all-electron waves, smoothed with a Gaussian of
0.2 angstrom. From VASP's AECCAR2: the same, not smoothed. From its CHGCAR: valence electrons with smooth waves near nuclei. All electrons
of the atoms. Or fewer than all, of which can't be told how they were treated near nuclei."""
NEGATIVE = 0.02
"""Share of the largest value by which a pseudo-density may be negative near nuclei, as those of VASP often are."""
WHOLE = 0.02
"""Relative deviation from all electrons of the atoms up to which a density is taken for theirs."""
LEFT_OUT = {"AECCAR0": "core electrons alone", "AECCAR1": "free atoms alone", "ELFCAR": "a localisation function", "LOCPOT": "a potential"}
"""Files of VASP that look like a CHGCAR and hold something else."""
VASP = re.compile(r"(CHG|CHGCAR|AECCAR[012]|PARCHG|ELFCAR|LOCPOT)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class DensityFile:
    """One crystal with its charge density.

    Parameters
    ----------
    crystals : the one crystal; its id is the name of the file without suffix
    density : (n1, n2, n3) float64, electrons / angstrom^3, at fractions 0, 1/n, ... along the lattice vectors; both spins together
    kind : which electrons these are, as far as can be told
    """

    crystals: Crystals
    density: FloatArray
    kind: Kind

    @property
    def volume(self) -> float:
        """Of the cell, angstrom^3."""
        return float(self.crystals.volumes[0])

    @property
    def electrons(self) -> float:
        """That the density integrates to: its mean times the volume."""
        return float(self.density.mean() * self.volume)


def read(path: Path) -> DensityFile:
    """The density in a file: CHGCAR or AECCAR2 of VASP, Gaussian cube (both may be compressed), or an .npz of `write`.

    Raises
    ------
    BadInputError : there is no such file; it is of another format, cut off, or holds something else than a density of electrons
    """
    path = Path(path)
    if not path.is_file():
        raise BadInputError(f"There is no file {path}.")
    if path.suffix == ".npz":
        return _read_npz(path)
    is_cube = any(suffix.lower() in (".cube", ".cub") for suffix in path.suffixes)
    return _read_cube(path) if is_cube or (not VASP.match(path.name) and _looks_like_cube(path)) else _read_vasp(path)


def write(path: Path, file: DensityFile) -> None:
    """Keep a density as .npz, which `read` reads; values in float32.

    Raises
    ------
    StorageError : the disk is full or the folder can't be written
    """
    arrays: dict[str, Any] = {
        "lattice": file.crystals.lattices[0],
        "numbers": file.crystals.numbers,
        "positions": file.crystals.frac_coords,
        "density": file.density.astype(np.float32),
        "kind": np.array(file.kind),
    }
    storage.write_atomically(path, lambda opened: np.savez_compressed(opened, **arrays))


def fetch(material_id: str, key: str | None = None) -> DensityFile:
    """The density of a material in the current release of the Materials Project: VASP's CHGCAR, over the network.

    Parameters
    ----------
    material_id : such as "mp-149"
    key : of the Materials Project's interface, free at materialsproject.org/api; by default ``$MP_API_KEY``

    Raises
    ------
    BadInputError : there is no key, or mp-api, an optional extra, is not installed
    DownloadError : the Materials Project does not answer, or has no density of this material
    """
    try:
        from mp_api.client import MPRester
    except ImportError as error:
        raise BadInputError(
            "Densities of the Materials Project need mp-api, an optional extra; install it with: pip install 'recryst[materials-project]'."
        ) from error
    key = key or os.environ.get("MP_API_KEY")
    if not key:
        raise BadInputError("Densities of the Materials Project need a key; get one at materialsproject.org/api and set MP_API_KEY to it.")
    try:
        with MPRester(key) as client:
            found = client.get_charge_density_from_material_id(material_id)
    except Exception as error:  # a network, an interface and its library fail in a hundred ways
        reason = str(error).strip().partition("\n")[0].replace(key, "...") or type(error).__name__
        raise DownloadError(f"The Materials Project did not give the density of {material_id} ({reason}); try again later.") from error
    if found is None:
        raise DownloadError(f"The Materials Project has no density of {material_id}.")
    return _of_vasp(found.structure, found.data["total"], "CHGCAR", material_id, f"The density of {material_id}")


def _read_vasp(path: Path) -> DensityFile:
    from pymatgen.io.vasp.outputs import VolumetricData

    named = VASP.match(path.name)
    name = named[1].upper() if named else "CHGCAR"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            poscar, data, _ = VolumetricData.parse_file(str(path))
    except Exception as error:
        raise _unreadable(path, error) from error
    if not poscar.true_names:
        raise BadInputError(f"{path} does not name its elements; write their symbols on the line above their numbers.")
    return _of_vasp(poscar.structure, data["total"], name, stem(path), str(path))


def _of_vasp(structure: "Structure", total: FloatArray, name: str, identifier: str, what: str) -> DensityFile:
    """VASP writes the density times the volume of the cell."""
    if name in LEFT_OUT:
        raise BadInputError(f"{what} holds {LEFT_OUT[name]} and no density of all or of the valence electrons; give a CHGCAR or AECCAR2.")
    kind: Kind = "all-electron valence" if name == "AECCAR2" else "pseudo-valence"
    if structure.volume < 1e-3:
        raise BadInputError(f"{what} has a cell without volume.")
    return _checked(identifier, structure, total / structure.volume, kind, what)


def _read_cube(path: Path) -> DensityFile:
    from pymatgen.core import Structure
    from pymatgen.io.common import VolumetricData

    counts = _cube_header(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy only warns of text where a number should be
            cube = VolumetricData.from_cube(str(path))
    except Exception as error:
        raise _unreadable(path, error) from error
    values, structure = cube.data["total"] / Bohr**3, Structure.from_sites(list(cube.structure))
    if values.shape != counts:
        raise BadInputError(f"{path} promises a grid of {counts} points and holds one of {values.shape}.")
    if _with_both_ends(values):
        # some programs repeat the first point of each vector as the last: one interval fewer than points
        lattice = structure.lattice.matrix * (1 - 1 / np.array(counts))[:, None]
        structure = Structure(lattice, structure.species, list(structure.cart_coords), coords_are_cartesian=True)
        values = values[:-1, :-1, :-1]
    return _checked(stem(path).removesuffix(".cube").removesuffix(".cub"), structure, values, "valence", str(path))


def _cube_header(path: Path) -> tuple[int, int, int]:
    """Points along each vector, of a cube file that holds one density in atomic units."""
    try:
        with zopen(path, "rt", encoding="utf-8") as file:
            lines = [str(file.readline()).split() for _ in range(6)]
        atoms, counts = int(lines[2][0]), [int(line[0]) for line in lines[3:]]
        several = len(lines[2]) > 4 and int(lines[2][4]) != 1
    except (*UNREADABLE, IndexError) as error:
        raise _unreadable(path, error) from error
    if atoms < 0 or several:
        raise BadInputError(f"{path} holds orbitals or several quantities in place of one density; write the density alone.")
    if min(counts) < 0:
        raise BadInputError(f"{path} gives its grid in angstrom, which programs understand differently; write it in bohr.")
    if min(counts) < 2 or atoms == 0:
        raise BadInputError(f"{path} holds {atoms} atoms on a grid of {tuple(counts)} points, and so no density of a crystal.")
    return counts[0], counts[1], counts[2]


def _with_both_ends(values: FloatArray) -> bool:
    """Whether the last point along each vector repeats the first."""
    close = 1e-4 * np.abs(values).max()
    axes = [np.moveaxis(values, axis, 0) for axis in range(3)]
    # a density that is the same along a vector repeats every point: that tells nothing
    return all(np.abs(v[-1] - v[0]).max() <= close < np.ptp(v, axis=0).max() for v in axes)


def _looks_like_cube(path: Path) -> bool:
    try:
        _cube_header(path)
    except BadInputError:
        return False
    return True


def _read_npz(path: Path) -> DensityFile:
    try:
        with np.load(path) as arrays:
            kind, density = str(arrays["kind"]), arrays["density"].astype(np.float64)
            lattice, numbers, positions = (arrays[name] for name in ("lattice", "numbers", "positions"))
        if kind not in get_args(Kind):
            raise ValueError(f"its kind is {kind!r}")
        offsets = np.array([0, len(numbers)], dtype=np.int64)
        crystals = Crystals(np.array([path.name.removesuffix(".npz").removesuffix(".density")]), lattice[None], numbers, positions, offsets)
    except (*UNREADABLE, TypeError) as error:
        raise BadInputError(f"{path} is no density that recryst wrote, or is damaged ({error}).") from error
    return _plausible(DensityFile(crystals, density, kind), str(path))  # type: ignore[arg-type] # one of them, see above


def _checked(identifier: str, structure: "Structure", density: FloatArray, kind: Kind, what: str) -> DensityFile:
    """Pack, and tell the density of all electrons from that of some."""
    file = _plausible(DensityFile(Crystals.from_structures([identifier], [structure]), np.asarray(density, np.float64), kind), what)
    every = int(file.crystals.numbers.sum())
    if file.electrons > every * (1 + WHOLE):
        found = f"integrates to {file.electrons:.4g} electrons where its atoms have {every}"
        raise BadInputError(f"{what} {found}; it is no density of electrons, or in another unit.")
    whole = kind != "all-electron valence" and file.electrons > every * (1 - WHOLE)
    return DensityFile(file.crystals, file.density, "all-electron") if whole else file


def _plausible(file: DensityFile, what: str) -> DensityFile:
    density = file.density
    if density.ndim != 3 or min(density.shape) < 2:
        raise BadInputError(f"{what} has a grid of shape {density.shape}, where a density needs three axes of two points at least.")
    if not np.isfinite(density).all():
        raise BadInputError(f"{what} has {int((~np.isfinite(density)).sum())} points that are not finite numbers.")
    if density.min() < -NEGATIVE * density.max():
        raise BadInputError(f"{what} is negative in places, and so a difference of densities, a magnetisation or a potential.")
    if file.electrons < 0.5:
        found = f"integrates to {file.electrons:.2g} electrons"
        raise BadInputError(f"{what} {found}; it is no density of a crystal's electrons, or in another unit.")
    return file


def _unreadable(path: Path, error: Exception) -> BadInputError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0][:150] if lines else type(error).__name__
    return BadInputError(f"{path} can't be read as a CHGCAR or cube file, or is cut off ({reason}).")
