"""Castelli's cubic perovskites: CIF files and a csv in one repository, the split of another."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from recryst.datasets.conversion.cif import PlainCrystal, read_p1
from recryst.datasets.conversion.write import write_arrays, write_table
from recryst.errors import BadInputError

TABLE = "cmr_perovskite_data_total.csv"
COLUMNS = {
    "e_form": ("e_form", np.float32),
    "gap gllbsc": ("gap_gllbsc", np.float32),
    "gap is direct": ("gap_is_direct", bool),
    "vbm": ("vbm", np.float32),
    "cbm": ("cbm", np.float32),
    "fermi level": ("fermi_level", np.float32),
    "mu_b": ("mu_b", np.float32),
}
SPLIT = {"heat_all": "cdvae_heat_all", "heat_ref": "cdvae_heat_ref", "dir_gap": "cdvae_dir_gap", "ind_gap": "cdvae_ind_gap"}


def castelli_perovskites(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Pack structures and targets in the order of the file names, ``perov_<number>.cif``, and join the split.

    The split's rows carry other numbers; they are matched by the list of species in the order of sites, which no two of
    these perovskites share.
    """
    crystals, properties = _repository(files["repository"])
    if sorted(crystals) != list(range(len(properties))):
        raise BadInputError(f"{len(crystals)} CIF files do not fit the table of {len(properties)} rows")
    ordered = [crystals[number] for number in range(len(crystals))]
    if any(len(crystal.numbers) != 5 or len(set(crystal.cell[:3])) != 1 for crystal in ordered):
        raise BadInputError("a perovskite is not a cubic cell of five atoms")
    table = pd.DataFrame({"perov_id": np.arange(len(ordered), dtype=np.int32), "formula": properties["formula"]})
    table["a"] = np.array([crystal.cell[0] for crystal in ordered], dtype=np.float32)
    for column, (name, kind) in COLUMNS.items():
        table[name] = properties[column].astype(kind)

    by_species = {tuple(crystal.numbers): number for number, crystal in enumerate(ordered)}
    split = np.full(len(ordered), "train", dtype=object)
    for name in SPLIT.values():
        table[name] = np.full(len(ordered), np.nan, dtype=np.float32)
    table["cdvae_material_id"] = np.full(len(ordered), -1, dtype=np.int32)
    for part in ("val", "test"):
        rows = pd.read_csv(files[part])
        numbers = [by_species[tuple(read_p1(text).numbers)] for text in rows["cif"]]
        split[numbers] = part
        for column, name in SPLIT.items():
            table.loc[numbers, name] = rows[column].to_numpy(dtype=np.float32)
        table.loc[numbers, "cdvae_material_id"] = rows["material_id"].to_numpy(dtype=np.int32)
    table["cdvae_split"] = pd.Categorical(split)

    first = ["perov_id", "formula", "a", *(name for name, _ in COLUMNS.values()), "cdvae_split"]
    write_table(folder / "castelli_perovskites.parquet", table[[*first, *SPLIT.values(), "cdvae_material_id"]])
    write_arrays(
        folder / "castelli_structures.npz",
        {
            "a": table["a"].to_numpy(),
            "z": np.array([crystal.numbers for crystal in ordered], dtype=np.uint8),
            "frac": np.array([crystal.fractions for crystal in ordered], dtype=np.float32),
        },
    )


def _repository(archive: Path) -> tuple[dict[int, PlainCrystal], pd.DataFrame]:
    """Crystals by number, and the table of properties, from the repository's archive."""
    crystals: dict[int, PlainCrystal] = {}
    properties = None
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            path = Path(member.name)
            if "Data_curation" not in path.parts or not (file := members.extractfile(member)):
                continue
            if path.parts[-3:-1] == ("CIF_files", "CMR") and path.match("perov_*.cif"):
                crystals[int(path.stem.removeprefix("perov_"))] = read_p1(file.read().decode())
            elif path.name == TABLE:
                properties = pd.read_csv(io.BytesIO(file.read()))
    if properties is None:
        raise BadInputError(f"the archive holds no {TABLE}")
    named = properties["id"].str.extract(r"perov_(\d+)")[0].astype(int)
    return crystals, properties.iloc[np.argsort(named)].reset_index(drop=True)
