"""From JARVIS: targets of benchmarks of its leaderboard, and the free atoms of JARVIS-tools.

A benchmark is JSON in a zip, ``{"train": {id: value}, "val": {...}, "test": {...}}``; the atoms are ``{symbol: [[radii, charges]]}``.
"""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from recryst.datasets.conversion.write import sorted_by_id, write_arrays, write_table
from recryst.elements import symbols
from recryst.errors import BadInputError

SPLITS = ("train", "val", "test")


def megnet_mp2018(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Formation energies and PBE gaps of one Materials Project snapshot, with the split of the benchmark."""
    energies, gaps = _benchmark(files["formation_energy"]), _benchmark(files["band_gap"])
    merged = energies.merge(gaps, on=["material_id", "split"], suffixes=("", "_gap"), validate="one_to_one")
    if not len(merged) == len(energies) == len(gaps):
        raise BadInputError("the two files do not list the same crystals in the same splits")
    table = pd.DataFrame(
        {
            "material_id": merged["material_id"],
            "megnet_e_form": merged["value"].astype(np.float32),
            "megnet_gap_pbe": merged["value_gap"].astype(np.float32),
            "megnet_split": pd.Categorical(merged["split"]),
        }
    )
    write_table(folder / "megnet_mp2018.parquet", sorted_by_id(table))


def mpf2021_energy(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Energy per atom of the relaxed cell of each entry: the last step of run 0.

    The frames are keyed ``<material id>-<run>-<step>``; run 0 is the last relaxation.
    """
    frames = _benchmark(files["energy"]).rename(columns={"material_id": "frame"})
    keys = frames["frame"].str.extract(r"^(?P<material_id>\w+-\d+)-(?P<run>\d+)-(?P<step>\d+)$")
    if keys.isna().to_numpy().any():
        raise BadInputError("a frame is not keyed <material id>-<run>-<step>")
    frames = frames.assign(material_id=keys["material_id"], run=keys["run"].astype(int), step=keys["step"].astype(int))
    last = frames[frames["run"] == 0].sort_values("step", kind="stable").groupby("material_id").tail(1)
    table = pd.DataFrame({"material_id": last["material_id"], "mpf_energy_per_atom": last["value"].astype(np.float32)})
    write_table(folder / "mpf_final_energy.parquet", sorted_by_id(table.reset_index(drop=True)))


def atomic_radial_density(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """Radial charge distributions of free atoms, by atomic number."""
    content = json.loads(files["atoms"].read_text(encoding="utf-8"))
    elements = [symbol for symbol in symbols() if symbol in content]
    if len(elements) != len(content):
        raise BadInputError(f"{files['atoms'].name} holds what is no element")
    radii, charges = np.array([content[symbol][0] for symbol in elements], dtype=np.float64).transpose(1, 0, 2)
    if np.ptp(radii, axis=0).any():
        raise BadInputError(f"the atoms of {files['atoms'].name} have radii of their own")
    arrays = {"element": np.array(elements), "r": radii[0].astype(np.float32), "q": charges.astype(np.float32)}
    write_arrays(folder / "atomic_radial_density.npz", arrays)


def _benchmark(path: Path) -> pd.DataFrame:
    """DataFrame(material_id, split, value) of the one JSON file in a zip."""
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if name.endswith(".json") and not name.startswith("__MACOSX")]
        if len(members) != 1:
            raise BadInputError(f"{path.name} should hold one JSON file, not {len(members)}")
        content = json.loads(archive.read(members[0]))
    rows = [(identifier, split, float(value)) for split in SPLITS for identifier, value in content[split].items()]
    return pd.DataFrame(rows, columns=["material_id", "split", "value"])
