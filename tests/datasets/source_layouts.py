"""The content of a pack written back into the layout of its public source, as a server would send it.

Each function returns the downloaded files of one source by the name that the conversion knows them by.
"""

import bz2
import gzip
import io
import json
import pickle
import sys
import tarfile
import types
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from recryst.datasets.conversion.torch_archive import MAGIC

BONDS = """loop_
_geom_bond_atom_site_label_1
_geom_bond_atom_site_label_2
_geom_bond_distance
_geom_bond_site_symmetry_2
A0 B1 1.9785 1_665
"""


def cif(cell: np.ndarray, numbers: np.ndarray, fractions: np.ndarray) -> str:
    """One crystal as pymatgen writes it: P1, eight decimals, and the bond list that topology_databases adds."""
    structure = Structure(Lattice.from_parameters(*cell.astype(float)), numbers, fractions.astype(float))
    return str(CifWriter(structure)) + BONDS


def archive(root: str, members: Iterable[tuple[str, str]]) -> bytes:
    """A repository as GitHub packs it: .tar.gz, all paths below one folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as tar:
        for name, text in (("README.md", "about this repository"), ("cif", ""), *members):
            info = tarfile.TarInfo(f"{root}/{name}")
            if name == "cif":
                info.type = tarfile.DIRTYPE
                tar.addfile(info)
                continue
            content = text.encode()
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def shortest(values: pd.Series | np.ndarray) -> list[float]:
    """Single-precision numbers with no more digits than they need, as the sources write them."""
    return [float(str(value)) for value in np.asarray(values, dtype=np.float32)]


def mp_structures(pack: Path, positions: np.ndarray) -> dict[str, bytes]:
    """Both archives for the crystals at ``positions``; the newer one holds all ids, older versions with another cell."""
    with np.load(pack / "mp_structures.npz") as arrays:
        ids, source, cells = arrays["material_id"].astype(str), arrays["source"], arrays["cell"]
        ends = np.cumsum(arrays["natoms"], dtype=int)
        starts = ends - arrays["natoms"]
        numbers, fractions = arrays["z"], arrays["frac_q"]
    older, newer = [], []
    for i in positions:
        atoms = slice(starts[i], ends[i])
        text = cif(cells[i], numbers[atoms], fractions[:, atoms].T / 65520)
        member = (f"cif/{ids[i]}.cif", text)
        if source[i] == 0:
            older.append(member)
            newer.append((member[0], cif(cells[i] + 0.5, numbers[atoms], fractions[:, atoms].T / 65520)))
        else:
            newer.append(member)
    extra = ("cif/mp-99999999.cif", cif(np.array([3, 3, 3, 90, 90, 90]), np.array([11]), np.zeros((1, 3))))
    return {"older": archive("topology_databases-9fd8ac7", older), "newer": archive("topology_databases-41163fc", [*newer, extra])}


def jarvis(ids: pd.Series, values: pd.Series, split: pd.Series) -> bytes:
    """A benchmark: JSON in a zip."""
    rows = pd.DataFrame({"id": ids.to_numpy(), "value": shortest(values), "split": split.to_numpy()})
    parts = {part: rows[rows["split"] == part] for part in ("train", "val", "test")}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as zipped:
        content = {part: dict(zip(rows["id"], rows["value"].tolist(), strict=True)) for part, rows in parts.items()}
        zipped.writestr("benchmark.json", json.dumps(content))
    return stream.getvalue()


def megnet_mp2018(pack: Path) -> dict[str, bytes]:
    """Both files in orders of their own."""
    table = pd.read_parquet(pack / "megnet_mp2018.parquet").sample(frac=1, random_state=0)
    turned = table.iloc[::-1]
    return {
        "formation_energy": jarvis(table["material_id"], table["megnet_e_form"], table["megnet_split"]),
        "band_gap": jarvis(turned["material_id"], turned["megnet_gap_pbe"], turned["megnet_split"]),
    }


def mpf2021_energy(pack: Path) -> dict[str, bytes]:
    """Frames of several runs and steps; only the last step of run 0 counts."""
    table = pd.read_parquet(pack / "mpf_final_energy.parquet")
    frames = [
        rows.assign(frame=rows["material_id"] + suffix, energy=rows["mpf_energy_per_atom"] + shift)
        for rows, suffix, shift in ((table, "-0-10", 0), (table[::9], "-0-9", 0.5), (table[::7], "-0-0", 1.0), (table[::5], "-1-20", -1.0))
    ]
    mixed = pd.concat(frames).sample(frac=1, random_state=0)
    split = pd.Series(np.where(np.arange(len(mixed)) % 2, "train", "val"))
    return {"energy": jarvis(mixed["frame"], mixed["energy"], split)}


def atomic_radial_density(pack: Path) -> dict[str, bytes]:
    """Atoms in an order of their own, with more digits than the pack keeps."""
    with np.load(pack / "atomic_radial_density.npz") as arrays:
        radii = arrays["r"].astype(float).tolist()
        atoms = {
            str(symbol): [[radii, charges.astype(float).tolist()]] for symbol, charges in zip(arrays["element"], arrays["q"], strict=True)
        }
    return {"atoms": json.dumps(dict(sorted(atoms.items(), reverse=True))).encode()}


def mp_electronic_3202(pack: Path) -> dict[str, bytes]:
    table = pd.read_parquet(pack / "mp_electronic_3202.parquet").sample(frac=1, random_state=0).reset_index(drop=True)

    def dictionary(column: str) -> list[str]:
        return ["" if np.isnan(v) else str({"voigt": v + 1, "reuss": v - 1, "vrh": v}) for v in shortest(table[column])]

    source = pd.DataFrame(
        {
            "material_id": table["material_id"],
            "formula_pretty": "X",
            "energy_per_atom": shortest(table["me_energy_per_atom"]),
            "formation_energy_per_atom": shortest(table["me_e_form"]),
            "band_gap": shortest(table["me_band_gap"]),
            "efermi": shortest(table["me_efermi"]),
            "is_metal": table["me_is_metal"],
            "bulk_modulus": dictionary("me_bulk_modulus_vrh"),
            "shear_modulus": dictionary("me_shear_modulus_vrh"),
            "homogeneous_poisson": shortest(table["me_poisson"]),
        }
    )
    return {"properties": source.to_csv().encode()}


def mp_elasticity(pack: Path) -> dict[str, bytes]:
    table = pd.read_parquet(pack / "mp_elasticity.parquet").sample(frac=1, random_state=0)
    matbench = pd.read_parquet(pack / "matbench_kvrh_gvrh.parquet")
    gong = table[table["gong_K_VRH"].notna()]
    maurya = table[table["maurya_space_group_number"].notna()]
    renamed = {name: name.removeprefix("maurya_") for name in maurya if name.startswith("maurya_")}
    numbers = maurya[["material_id"]].assign(crystal_system="Cubic")
    for old, new in renamed.items():
        numbers[new] = maurya[old] if "group" in old else shortest(maurya[old])
    matcalc = table[table["matcalc_bulk_vrh"].notna()]
    moduli = shortest(matcalc["matcalc_bulk_vrh"]), shortest(matcalc["matcalc_shear_vrh"])
    entries = [
        {"mp_id": i, "formula": "X", "structure": {"@class": "Structure"}, "bulk_modulus_vrh": k, "shear_modulus_vrh": g}
        for i, k, g in zip(matcalc["material_id"], *moduli, strict=True)
    ]

    def benchmark(modulus: str) -> bytes:
        columns = {
            "mbid": matbench["mbid"].str.replace("kvrh", modulus[0].lower() + "vrh"),
            "composition": matbench["composition"],
            f"log10({modulus})": np.log10(matbench[modulus].astype(float)),
            "spg_num": matbench["spg"],
            "crys_sys": "cubic",
        }
        return bz2.compress(pd.DataFrame(columns).to_json(double_precision=15).encode(), 1)

    return {
        **{
            key: gong[["material_id"]].assign(value=shortest(gong[column])).set_axis(["ID", name], axis=1).to_csv(index=False).encode()
            for key, column, name in (
                ("gong_bulk", "gong_K_VRH", "K_VRH"),
                ("gong_shear", "gong_G_VRH", "G_VRH"),
                ("gong_poisson", "gong_poisson_ratio", "poisson_ratio"),
            )
        },
        "maurya": numbers.to_csv(index=False).encode(),
        "matcalc": gzip.compress(json.dumps(entries).encode(), 1),
        "matbench_bulk": benchmark("K_VRH"),
        "matbench_shear": benchmark("G_VRH"),
    }


def castelli_perovskites(pack: Path, count: int) -> dict[str, bytes]:
    """The first ``count`` perovskites."""
    table = pd.read_parquet(pack / "castelli_perovskites.parquet").iloc[:count]
    with np.load(pack / "castelli_structures.npz") as arrays:
        lengths, numbers, fractions = arrays["a"], arrays["z"], arrays["frac"]
    texts = [
        str(CifWriter(Structure(Lattice.cubic(float(lengths[i])), numbers[i], fractions[i].astype(float))))
        for i in table["perov_id"].tolist()
    ]
    source = pd.DataFrame({"id": [f"perov_{i}.cif" for i in table["perov_id"]]})
    for column in ("fermi_level", "e_form", "gap_is_direct", "mu_b", "formula", "vbm", "cbm", "gap_gllbsc"):
        values = table[column] if table[column].dtype in (object, bool) else shortest(table[column])
        source[column.replace("_level", " level").replace("gap_is_direct", "gap is direct").replace("gap_gllbsc", "gap gllbsc")] = values
    source.insert(2, "fermi width", 0.0018)
    members = [(f"Data_curation/CIF_files/CMR/perov_{i}.cif", text) for i, text in enumerate(texts)]
    members.reverse()
    csv = ("Data_curation/csv_files/cmr_perovskite_data_total.csv", source.to_csv())
    files = {"repository": archive("Perovskite-ML-84cc220", [*members, ("Data_curation/CIF_files/OQMD/perov_1.cif", "no CIF"), csv])}
    for part in ("val", "test"):
        rows = table[table["cdvae_split"] == part]
        split = pd.DataFrame(
            {"material_id": rows["cdvae_material_id"], "cif": [texts[i] for i in rows["perov_id"]], "formula": rows["formula"]}
        )
        for column in ("heat_all", "heat_ref", "dir_gap", "ind_gap"):
            split[column] = shortest(rows[f"cdvae_{column}"])
        files[part] = split.to_csv().encode()
    return files


def xie_spp(pack: Path) -> dict[str, bytes]:
    table = pd.read_parquet(pack / "xie_predictions.parquet").sample(frac=1, random_state=0)
    source = pd.DataFrame({"id": table["material_id"], "y": shortest(table["xie_e_form"]), "yp": shortest(table["xie_e_form_pred"])})
    files = {part: source[(table["xie_split"] == part).to_numpy()].to_csv(index=False).encode() for part in ("train", "dev", "test")}
    return {**files, "history": gzip.decompress((pack / "training_history.csv.gz").read_bytes())}


def esnet_2eorr(pack: Path) -> dict[str, bytes]:
    table = pd.read_csv(pack / "esnet_2eorr_predictions.csv.gz")
    return {
        key: table[["name", "dft_e_form", column]].set_axis(["name", "target", "pred"], axis=1).to_csv().encode()
        for key, column in (("unrelaxed", "esnet_IS2RE"), ("relaxed", "esnet_RS2RE"))
    }


def cgcnn_pretrained(pack: Path) -> dict[str, bytes]:
    ids = pd.read_csv(pack / "cgcnn_mp_ids.csv.gz")
    lists = {"ids_46744": ids["material_id"]} | {f"ids_{n}": ids["material_id"][ids[f"in_{n}"] == 1] for n in (27430, 3402)}
    files = {key: values.to_csv(index=False, header=False).encode() for key, values in lists.items()}
    files["atom_init"] = (pack / "atom_init.json").read_bytes()
    for name, about in json.loads((pack / "models.json").read_text()).items():
        with np.load(pack / f"{name}.npz") as arrays:
            weights = OrderedDict((key, arrays[key]) for key in arrays.files)
        weights["convs.0.bn1.num_batches_tracked"] = np.array(5, dtype=np.int64)
        checkpoint = {
            "epoch": about["epoch"],
            "state_dict": weights,
            "best_mae_error": np.array(about["best_val_metric"]),
            "optimizer": {"state": {1: {"momentum_buffer": np.zeros(3, np.float32)}}},
            "normalizer": {key: np.array([value]) for key, value in about["normalizer"].items()},
            "args": {**about["hyper"], "cuda": True, "workers": 0, "print_freq": 10},
        }
        files[name] = torch_legacy(checkpoint)
    return files


def torch_legacy(content: Mapping[str, Any]) -> bytes:
    """What an old ``torch.save`` writes: pickles that name the storages of tensors, then the storages."""
    module = types.ModuleType("torch")
    utilities = types.ModuleType("torch._utils")

    def rebuild(*_: object) -> None: ...

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = "torch._utils", "_rebuild_tensor_v2", "_rebuild_tensor_v2"
    utilities._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    kinds = {}
    for name, dtype in (("FloatStorage", "float32"), ("DoubleStorage", "float64"), ("LongStorage", "int64")):
        kinds[dtype] = type(name, (), {"__module__": "torch", "__qualname__": name})
        setattr(module, name, kinds[dtype])
    storages: dict[str, np.ndarray] = {}

    class Storage:
        def __init__(self, array: np.ndarray) -> None:
            self.array, self.key = array, str(94 + len(storages))
            storages[self.key] = array

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: object) -> object:
            if isinstance(value, Storage):
                return ("storage", kinds[value.array.dtype.name], value.key, "cuda:0", value.array.size, None)
            return None

        def reducer_override(self, value: object) -> object:
            if isinstance(value, np.ndarray):
                strides = tuple(step // value.itemsize for step in value.strides)
                return rebuild, (Storage(value), 0, value.shape, strides, False, OrderedDict())
            return NotImplemented

    stream = io.BytesIO()
    try:
        sys.modules.update({"torch": module, "torch._utils": utilities})
        for part in (MAGIC, 1001, {"protocol_version": 1001, "little_endian": True}):
            pickle.dump(part, stream, protocol=2)
        Pickler(stream, protocol=2).dump(content)
        pickle.dump(sorted(storages), stream, protocol=2)
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]
    for key in sorted(storages):
        stream.write(storages[key].size.to_bytes(8, "little") + storages[key].tobytes())
    return stream.getvalue()
