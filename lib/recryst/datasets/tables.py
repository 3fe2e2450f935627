"""Tables of Materials Project targets, each from one pack, indexed by the Materials Project id."""

import numpy as np
import pandas as pd

from recryst.datasets import registry


def megnet_2018() -> pd.DataFrame:
    """Formation energy (eV/atom) and PBE band gap (eV; 0 = metal) of 69,239 crystals, database of June 2018.

    Columns formation_energy, band_gap (float64).
    """
    return _read("megnet_mp2018", "megnet_mp2018.parquet", {"megnet_e_form": "formation_energy", "megnet_gap_pbe": "band_gap"})


def total_energies_2021() -> pd.DataFrame:
    """Energy (eV/atom, column energy) of 62,782 relaxed cells: PBE or PBE+U without corrections, database of February 2021."""
    return _read("mpf2021_energy", "mpf_final_energy.parquet", {"mpf_energy_per_atom": "energy"})


def electronic_2024() -> pd.DataFrame:
    """Fermi level (eV, column fermi_level) of 3,202 ids of CGCNN's elastic set, database of spring 2024.

    It is VASP's: relative to the average electrostatic potential of the cell.
    """
    return _read("mp_electronic_3202", "mp_electronic_3202.parquet", {"me_efermi": "fermi_level"})


def elastic() -> pd.DataFrame:
    """Moduli (GPa) and Poisson ratio of 13,057 crystals as the Materials Project served them until 2022, in whole GPa.

    Columns bulk_modulus, shear_modulus, poisson_ratio (float64). The table of S. Gong et al.; where matbench lists the
    same crystal (10,256 of them) its moduli are the same numbers. Newer calculations, which differ by 1.6 GPa in the
    median, are in the pack too but are not mixed in here.
    """
    names = {"gong_K_VRH": "bulk_modulus", "gong_G_VRH": "shear_modulus", "gong_poisson_ratio": "poisson_ratio"}
    return _read("mp_elasticity", "mp_elasticity.parquet", names).dropna(how="all")


def elastic_2025() -> pd.DataFrame:
    """Moduli (GPa, three digits) of 8,561 crystals as newer versions of the Materials Project serve them, from 2024 and 2025.

    Columns bulk_modulus, shear_modulus (float64, Voigt-Reuss-Hill). Three tables list parts of them, and the same numbers for
    nearly all crystals that they share; where they differ, the first in the order maurya, matcalc, me is taken. Some values of the
    first and the last are unphysical.
    """
    moduli = {}
    for modulus, columns in {
        "bulk_modulus": ("maurya_bulk_hill", "matcalc_bulk_vrh", "me_bulk_modulus_vrh"),
        "shear_modulus": ("maurya_shear_hill", "matcalc_shear_vrh", "me_shear_modulus_vrh"),
    }.items():
        table = _read("mp_elasticity", "mp_elasticity.parquet", {column: column for column in columns})
        # stored in single precision, of numbers with three digits
        moduli[modulus] = table[list(columns)].bfill(axis=1).iloc[:, 0].round(3)
    return pd.DataFrame(moduli).dropna(how="all")


def _read(pack: str, file: str, names: dict[str, str]) -> pd.DataFrame:
    with registry.opened(pack, file) as path:
        table = pd.read_parquet(path, columns=["material_id", *names])
    table = table.set_index("material_id").rename(columns=names)
    # single precision is how the pack is stored, not how one should compute with it
    return table.astype({column: np.float64 for column in table if pd.api.types.is_float_dtype(table[column])})
