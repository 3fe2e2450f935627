"""Elastic moduli of the Materials Project from five tables of several vintages, side by side."""

import bz2
import gzip
import json
from collections import defaultdict
from collections.abc import Hashable, Mapping
from math import gcd
from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.core import Element

from recryst.datasets.conversion.write import sorted_by_id, write_table
from recryst.errors import BadInputError

# moduli in the gong tables are whole GPa; two roundings of one number differ by half of that at most
SAME_MODULUS = 0.51

MAURYA = {
    "space_group_number": "Int16",
    "poisson_ratio": "float32",
    "bulk_voigt": "float32",
    "bulk_hill": "float32",
    "shear_voigt": "float32",
    "shear_hill": "float32",
    "youngs_modulus": "float32",
    "debye_temperature": "float32",
}


def mp_elasticity(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Join the tables on the Materials Project id.

    Files: ``gong_bulk``, ``gong_shear``, ``gong_poisson`` (csv: ID, value), ``matbench_bulk``, ``matbench_shear`` (JSON of
    columns: mbid, composition, spg_num, log10 of the modulus), ``maurya`` (csv), ``matcalc`` (JSON list).
    """
    gong = pd.DataFrame(
        {
            f"gong_{column}": pd.read_csv(files[key]).set_index("ID")[column].astype(np.float32)
            for key, column in (("gong_bulk", "K_VRH"), ("gong_shear", "G_VRH"), ("gong_poisson", "poisson_ratio"))
        }
    )
    maurya = pd.read_csv(files["maurya"]).set_index("material_id")[list(MAURYA)].astype(MAURYA).add_prefix("maurya_")
    with gzip.open(files["matcalc"]) as file:
        entries = json.load(file)
    matcalc = pd.DataFrame(
        {
            "matcalc_bulk_vrh": np.array([entry["bulk_modulus_vrh"] for entry in entries], dtype=np.float32),
            "matcalc_shear_vrh": np.array([entry["shear_modulus_vrh"] for entry in entries], dtype=np.float32),
        },
        index=[entry["mp_id"] for entry in entries],
    )
    electronic = pd.read_parquet(packs["mp_electronic_3202"] / "mp_electronic_3202.parquet").set_index("material_id")
    electronic = electronic[["me_bulk_modulus_vrh", "me_shear_modulus_vrh", "me_poisson"]].dropna(how="all")

    matbench = _matbench(files["matbench_bulk"], files["matbench_shear"])
    matbench["material_id"] = _matched(matbench, gong, _compositions(packs["mp_structures"]))
    matched = matbench.dropna(subset="material_id").set_index("material_id")
    columns = {"mbid": "matbench_kvrh_id", "K_VRH": "matbench_K_VRH", "G_VRH": "matbench_G_VRH", "spg": "matbench_spg"}
    renamed = matched.rename(columns=columns)[list(columns.values())].astype({"matbench_spg": "Int16"})

    table = pd.concat([gong, maurya, matcalc, renamed, electronic], axis=1).rename_axis("material_id").reset_index()
    write_table(folder / "mp_elasticity.parquet", sorted_by_id(table))
    write_table(folder / "matbench_kvrh_gvrh.parquet", matbench)


def _matbench(bulk: Path, shear: Path) -> pd.DataFrame:
    """DataFrame(mbid, composition, spg, K_VRH, G_VRH) in GPa; both files list the same crystals in the same order."""
    tables = [pd.DataFrame(json.loads(bz2.decompress(path.read_bytes()))) for path in (bulk, shear)]
    k, g = (table.loc[sorted(table.index, key=int)] for table in tables)
    if not np.array_equal(k["composition"], g["composition"]):
        raise BadInputError("the two matbench files do not list the same crystals")
    return pd.DataFrame(
        {
            "mbid": k["mbid"].to_numpy(),
            "composition": k["composition"].to_numpy(),
            "spg": k["spg_num"].to_numpy(dtype=np.int16),
            "K_VRH": (10 ** k["log10(K_VRH)"].to_numpy(dtype=float)).astype(np.float32),
            "G_VRH": (10 ** g["log10(G_VRH)"].to_numpy(dtype=float)).astype(np.float32),
        }
    )


def _matched(matbench: pd.DataFrame, gong: pd.DataFrame, compositions: Mapping[str, Hashable]) -> list[str | None]:
    """The Materials Project id of each benchmark row, which carries none.

    It is the one row of the gong table with the same reduced composition and the same two moduli; where there are
    several such rows, or where two benchmark rows claim the same one, there is none.
    """
    candidates: dict[Hashable, list[str]] = defaultdict(list)
    for identifier in gong.index:
        if identifier in compositions:
            candidates[compositions[identifier]].append(identifier)
    bulk, shear = gong["gong_K_VRH"].to_dict(), gong["gong_G_VRH"].to_dict()
    found: list[str | None] = []
    for composition, k, g in zip(matbench["composition"], matbench["K_VRH"], matbench["G_VRH"], strict=True):
        same = [
            identifier
            for identifier in candidates[_reduced(composition)]
            if abs(bulk[identifier] - k) <= SAME_MODULUS and abs(shear[identifier] - g) <= SAME_MODULUS
        ]
        found.append(same[0] if len(same) == 1 else None)
    claimed = pd.Series(found, dtype=object).value_counts()
    return [identifier if identifier is not None and claimed[identifier] == 1 else None for identifier in found]


def _reduced(composition: str) -> Hashable:
    """Reduced composition of a text such as "Ca1 Ag2 Ge2"."""
    counts: dict[int, int] = {}
    for word in composition.split():
        symbol = word.rstrip("0123456789.")
        counts[Element(symbol).Z] = int(float(word[len(symbol) :] or 1))
    divisor = gcd(*counts.values())
    return tuple(sorted((number, count // divisor) for number, count in counts.items()))


def _compositions(structures: Path) -> dict[str, Hashable]:
    """Reduced composition of every crystal in the structures pack, by id."""
    with np.load(structures / "mp_structures.npz") as arrays:
        ids, counts, numbers = arrays["material_id"].astype(str), arrays["natoms"], arrays["z"]
    compositions: dict[str, Hashable] = {}
    for identifier, cell in zip(ids.tolist(), np.split(numbers, np.cumsum(counts)[:-1]), strict=True):
        species, amounts = np.unique(cell, return_counts=True)
        divisor = np.gcd.reduce(amounts)
        compositions[identifier] = tuple(zip(species.tolist(), (amounts // divisor).tolist(), strict=True))
    return compositions
