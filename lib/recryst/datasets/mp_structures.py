"""Structures of 123,071 Materials Project crystals, unpacked once and memory-mapped from then on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recryst import storage
from recryst.crystals import Crystals, FloatArray, IntArray
from recryst.datasets import registry
from recryst.datasets.conversion.mp_structures import FRACTIONS
from recryst.datasets.pack import UNREADABLE
from recryst.errors import StorageError

PACK, FILE = "mp_structures", "mp_structures.npz"
ARRAYS = ("ids", "lattices", "numbers", "frac_coords", "offsets")
LAYOUT = 2  # raise it when what is stored changes


@dataclass(frozen=True, eq=False)
class MaterialsProjectStructures:
    """The whole pack.

    Parameters
    ----------
    crystals : (123071,) packed crystals, ids such as "mp-149"
    """

    crystals: Crystals


def load() -> MaterialsProjectStructures:
    """All structures of the pack ``mp_structures``.

    Unpacked arrays are kept in the cache under the hash of the pack, about 100 MB, and memory-mapped, so that several
    processes share them. Every call verifies them; damaged ones are made again.

    Raises
    ------
    MissingDataError : the pack is not on this machine
    DamagedFileError : the pack can't be read
    StorageError : the cache can't be written
    """
    pack = registry.find(PACK) / FILE
    folder = storage.cache_root() / "datasets" / f"mp_structures-{LAYOUT}-{storage.file_hash(pack)[:16]}"
    unpacked = _mapped(folder)  # also where nothing can be written
    if unpacked is None:
        with storage.locked(folder):
            unpacked = _mapped(folder)
            if unpacked is None:
                _unpack(folder)
                unpacked = _mapped(folder)
    if unpacked is None:
        raise StorageError(
            f"The cache in {folder} can't be read back after writing; free some space or set RECRYST_CACHE to another folder."
        )
    return unpacked


def space_groups() -> IntArray:
    """(123071,) number of the space group of each crystal of `load`, by spglib with a tolerance of 0.1 angstrom; 0 where it finds none.

    Raises
    ------
    MissingDataError : the pack is not on this machine
    DamagedFileError : the pack can't be read
    """
    with registry.opened(PACK, FILE) as path, np.load(path) as packed:
        return packed["spg_01"]


def lattice_vectors(cells: FloatArray) -> FloatArray:
    """Lattice vectors of cells given by lengths and angles, in pymatgen's orientation: c along z, a in the xz plane.

    Parameters
    ----------
    cells : (n, 6) a, b, c in angstrom and alpha, beta, gamma in degree

    Returns
    -------
    (n, 3, 3) float64, rows are the vectors, angstrom
    """
    a, b, c, *angles = np.asarray(cells, dtype=np.float64).T
    (cos_alpha, cos_beta, cos_gamma), (sin_alpha, sin_beta, _) = np.cos(np.radians(angles)), np.sin(np.radians(angles))
    cos_gamma_star = np.clip((cos_alpha * cos_beta - cos_gamma) / (sin_alpha * sin_beta), -1, 1)
    sin_gamma_star = np.sqrt(1 - cos_gamma_star**2)
    zero = np.zeros_like(a)
    vectors = [
        [a * sin_beta, zero, a * cos_beta],
        [-b * sin_alpha * cos_gamma_star, b * sin_alpha * sin_gamma_star, b * cos_alpha],
        [zero, zero, c],
    ]
    return np.ascontiguousarray(np.moveaxis(np.array(vectors), 2, 0))


def _mapped(folder: Path) -> MaterialsProjectStructures | None:
    """What is in the cache, or None where it is missing or not what was written."""
    try:
        recorded = (folder / "fingerprint").read_text()
        crystals = Crystals(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS))
    except UNREADABLE:
        return None
    return MaterialsProjectStructures(crystals) if crystals.fingerprint == recorded else None


def _unpack(folder: Path) -> None:
    with registry.opened(PACK, FILE) as path, np.load(path) as packed:
        ids = packed["material_id"].astype(str)
        offsets = np.r_[0, np.cumsum(packed["natoms"], dtype=np.int64)]
        crystals = Crystals(ids, lattice_vectors(packed["cell"]), packed["z"], _fractions(packed["frac_q"]), offsets)
    with storage.replacing(folder) as made, storage.writing(folder):
        for name in ARRAYS:
            np.save(made / f"{name}.npy", getattr(crystals, name))
        (made / "fingerprint").write_text(crystals.fingerprint)


def _fractions(quantised: IntArray) -> FloatArray:
    return np.ascontiguousarray(quantised.T / np.float64(FRACTIONS))
