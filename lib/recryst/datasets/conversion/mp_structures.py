"""Crystal structures of the Materials Project: CIF files in two snapshots of one repository."""

import gzip
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from recryst import parallel, symmetry
from recryst.datasets.conversion.cif import PlainCrystal, read_p1
from recryst.datasets.conversion.write import sorted_by_id, write_arrays
from recryst.errors import BadInputError

# 2^4 3^2 5 7 13: halves, thirds, quarters, sixths and eighths are exact in 16 bits
FRACTIONS = 65520
CHUNK = 500


def mp_structures(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Pack the structures of all ids that occur in a table of targets.

    Files ``older`` and ``newer`` are archives of the repository at two commits, with ``cif/<id>.cif`` in them; the older
    one is used wherever it has the id. The other files and packs are tables that say which ids are wanted.
    """
    wanted = _wanted(files, packs)
    crystals: dict[str, PlainCrystal] = {}
    source: dict[str, int] = {}
    for number, key in enumerate(("older", "newer")):
        for identifier, text in _cifs(files[key], wanted - set(crystals)):
            try:
                crystals[identifier], source[identifier] = read_p1(text), number
            except (ValueError, KeyError) as error:
                raise BadInputError(f"cif/{identifier}.cif: {error}") from error
    if not crystals:
        raise BadInputError("the archives hold no cif/<id>.cif of a wanted id")
    ids = sorted_by_id(pd.DataFrame({"material_id": list(crystals)}))["material_id"].tolist()
    packed = [_packed(crystals[identifier]) for identifier in ids]
    groups = np.concatenate(parallel.map(_space_groups, [packed[i : i + CHUNK] for i in range(0, len(packed), CHUNK)], jobs=-1))
    write_arrays(
        folder / "mp_structures.npz",
        {
            "material_id": np.array(ids, dtype="S12"),
            "source": np.array([source[identifier] for identifier in ids], dtype=np.uint8),
            "natoms": np.array([len(numbers) for _, numbers, _ in packed], dtype=np.uint16),
            "cell": np.array([cell for cell, _, _ in packed], dtype=np.float32),
            "z": np.concatenate([numbers for _, numbers, _ in packed]),
            "frac_q": np.concatenate([fractions for _, _, fractions in packed], axis=1),
            "spg_01": groups[:, 0].astype(np.uint8),
            "spg_001": groups[:, 1].astype(np.uint8),
        },
    )


def _wanted(files: Mapping[str, Path], packs: Mapping[str, Path]) -> set[str]:
    """Ids of every table of targets: elastic tables as their authors wrote them, all others as packs."""
    ids = (
        set(pd.read_csv(files["gong_bulk"])["ID"])
        | set(pd.read_csv(files["gong_shear"])["ID"])
        | set(pd.read_csv(files["gong_poisson"])["ID"])
    )
    ids |= set(pd.read_csv(files["maurya"])["material_id"])
    with gzip.open(files["matcalc"]) as file:
        ids |= {entry["mp_id"] for entry in json.load(file)}
    ids |= set(pd.read_csv(packs["esnet_2eorr"] / "esnet_2eorr_predictions.csv.gz")["prototype_id"])
    ids |= set(pd.read_csv(packs["cgcnn_pretrained"] / "cgcnn_mp_ids.csv.gz")["material_id"])
    for name, table in (
        ("xie_spp", "xie_predictions"),
        ("megnet_mp2018", "megnet_mp2018"),
        ("mpf2021_energy", "mpf_final_energy"),
        ("mp_electronic_3202", "mp_electronic_3202"),
    ):
        ids |= set(pd.read_parquet(packs[name] / f"{table}.parquet", columns=["material_id"])["material_id"])
    return ids


def _cifs(archive: Path, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """(id, text) of every wanted ``cif/<id>.cif``, streamed, so that nothing is unpacked to disk."""
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            path = Path(member.name)
            if path.suffix == ".cif" and path.parent.name == "cif" and path.stem in wanted and (file := members.extractfile(member)):
                yield path.stem, file.read().decode()


def _packed(crystal: PlainCrystal) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell as float32, numbers, and fractions (3, n) wrapped to [0, 1) in units of 1/65520, which moves an atom by 7.7e-6 at most."""
    wrapped = np.round(crystal.fractions % 1 * FRACTIONS).astype(np.int64) % FRACTIONS
    return crystal.cell.astype(np.float32), crystal.numbers, wrapped.T.astype(np.uint16)


def _space_groups(crystals: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> np.ndarray:
    """(n, 2) space-group numbers by spglib with symprec 0.1 and 0.01 angstrom, 0 where none is found."""
    from pymatgen.core import Lattice

    numbers = np.zeros((len(crystals), 2), dtype=np.uint8)
    for i, (cell, species, fractions) in enumerate(crystals):
        crystal = (Lattice.from_parameters(*cell.astype(float)).matrix, fractions.T / FRACTIONS, species)
        found = [symmetry.dataset(crystal, tolerance) for tolerance in (0.1, 0.01)]
        numbers[i] = [0 if each is None else each.number for each in found]
    return numbers
