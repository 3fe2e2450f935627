"""Moduli of crystals with computed densities: vintages apart, reasons for what is left out, densities of the same crystals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recryst import datasets
from recryst.datasets import charge_density, density_moduli, embedded, tables
from recryst.datasets.charge_density import LATTICE

MODULI = ("bulk-modulus", "shear-modulus")


@pytest.fixture
def real(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    monkeypatch.delenv("RECRYST_DATA", raising=False)


@pytest.mark.shared
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("name", MODULI)
def test_every_target_is_of_the_tasks_vintage_and_no_other(name: str, shared: Path) -> None:
    """Read anew from the pack: the older vintage is gong's column alone, the newer one any of the three others."""
    raw = pd.read_parquet(shared / "data" / "mp_elasticity" / "mp_elasticity.parquet").set_index("material_id")
    old, maurya, matcalc, me = (
        ("gong_K_VRH", "maurya_bulk_hill", "matcalc_bulk_vrh", "me_bulk_modulus_vrh")
        if name == "bulk-modulus"
        else ("gong_G_VRH", "maurya_shear_hill", "matcalc_shear_vrh", "me_shear_modulus_vrh")
    )
    newer, older, only = (datasets.load(f"charge-density/{name}{suffix}") for suffix in ("", "-older", "-older-only"))
    of_newer = raw.loc[newer.crystals.ids, [maurya, matcalc, me]].to_numpy(dtype=float)
    assert (np.abs(of_newer - newer.targets[:, None]) < 1e-3).any(axis=1).all()
    assert (np.abs(of_newer - np.rint(of_newer))[~np.isnan(of_newer)] > 1e-3).mean() > 0.99  # not rounded
    for task in (older, only):
        np.testing.assert_array_equal(task.targets, raw.loc[task.crystals.ids, old])
        np.testing.assert_array_equal(task.targets, np.rint(task.targets))
    assert raw.loc[only.crystals.ids, [maurya, matcalc, me]].isna().all(axis=None)
    assert set(only.crystals.ids) == set(older.crystals.ids) - set(newer.crystals.ids) - set(tables.elastic_2025().index)


@pytest.mark.shared
@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("suffix", ["", "-older", "-older-only"])
def test_every_crystal_of_the_list_is_in_the_task_or_has_a_reason(suffix: str) -> None:
    bulk, shear = (datasets.load(f"charge-density/{name}{suffix}") for name in MODULI)
    assert bulk.crystals.fingerprint == shear.crystals.fingerprint
    assert sorted([*bulk.crystals.ids, *bulk.rejected["id"]]) == sorted(charge_density.wanted()["id"])
    assert bulk.rejected["reason"].str.len().gt(0).all()
    assert bulk.targets.min() > 0
    assert shear.targets.min() > 0


@pytest.mark.shared
@pytest.mark.usefixtures("real")
def test_unstable_solids_are_left_out_with_their_modulus() -> None:
    """mp-1001824, with an older shear modulus of -691 GPa, and mp-674158, which has a bulk modulus of 0."""
    rejected = datasets.load("charge-density/bulk-modulus-older").rejected.set_index("id")["reason"]
    assert rejected["mp-1001824"] == "its shear modulus of -691 GPa is not between 0 and 600 GPa"
    assert rejected["mp-674158"] == "its bulk modulus of 0 GPa is not between 0 and 600 GPa"


@pytest.mark.shared
@pytest.mark.usefixtures("real")
def test_the_vintages_are_as_far_apart_as_the_text_says() -> None:
    older, newer = tables.elastic()["bulk_modulus"], tables.elastic_2025()["bulk_modulus"]
    both = [set(datasets.load(f"charge-density/bulk-modulus{suffix}").crystals.ids) for suffix in ("", "-older")]
    change = (older - newer)[sorted(both[0] & both[1])].abs()
    assert 5 < change.mean() < 10
    assert change.max() > 100
    assert len(newer) == 8561


@pytest.mark.parametrize("name", MODULI)
def test_embedded_crystals_are_those_of_the_face_centred_cubic_lattice_with_the_computed_values(name: str) -> None:
    task = datasets.load(f"charge-density/{name}-embedded")
    edges = task.crystals.lattices.max(axis=(1, 2)) * 2
    np.testing.assert_allclose(task.crystals.lattices, edges[:, None, None] * LATTICE, atol=1e-5)
    table = embedded.properties().loc[task.crystals.ids]
    np.testing.assert_array_equal(task.targets, table[name.replace("-", "_")])
    assert set(table["prototype"]) <= set(density_moduli.FACE_CENTRED)
    assert len(task) + len(task.rejected) == 134
    for index in range(len(task)):  # spglib knows the space group
        assert task.crystals.structure(index).get_space_group_info(symprec=1e-3)[1] == 225


def test_a_chunk_that_is_added_later_changes_no_task() -> None:
    first, all_of_them = charge_density.load(chunks=2), charge_density.load()
    assert len(first.crystals) < len(all_of_them.crystals)
    assert first.crystals.fingerprint == all_of_them.crystals.take(range(len(first.crystals))).fingerprint
    for index in (0, len(first.crystals) - 1):
        np.testing.assert_array_equal(first.wedge(index), all_of_them.wedge(index))
    assert len(charge_density.load(chunks=density_moduli.CHUNKS).crystals) == 1542
