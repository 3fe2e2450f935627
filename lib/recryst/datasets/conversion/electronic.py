"""Fermi levels and more of the ids of CGCNN's elastic set, from one repository's csv of Materials Project values."""

import ast
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from recryst.datasets.conversion.write import sorted_by_id, write_table


def mp_electronic_3202(files: Mapping[str, Path], folder: Path, packs: Mapping[str, Path]) -> None:
    """The csv writes moduli as Python dictionaries, ``{'voigt': .., 'reuss': .., 'vrh': ..}``; the average ``vrh`` is kept."""
    source = pd.read_csv(files["properties"])
    table = pd.DataFrame(
        {
            "material_id": source["material_id"],
            "me_e_form": source["formation_energy_per_atom"].astype(np.float32),
            "me_band_gap": source["band_gap"].astype(np.float32),
            "me_efermi": source["efermi"].astype(np.float32),
            "me_is_metal": source["is_metal"].astype(bool),
            "me_energy_per_atom": source["energy_per_atom"].astype(np.float32),
            "me_bulk_modulus_vrh": _average(source["bulk_modulus"]),
            "me_shear_modulus_vrh": _average(source["shear_modulus"]),
            "me_poisson": source["homogeneous_poisson"].astype(np.float32),
        }
    )
    write_table(folder / "mp_electronic_3202.parquet", sorted_by_id(table))


def _average(texts: pd.Series) -> pd.Series:
    return texts.map(lambda text: ast.literal_eval(text)["vrh"], na_action="ignore").astype(np.float32)
