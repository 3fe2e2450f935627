"""Each public source, written back into its own layout, served, downloaded and converted, gives the pack bit for bit."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import source_layouts
from local_mirror import Mirror

from recryst.datasets import registry
from recryst.datasets.conversion import mp_structures as conversion
from recryst.datasets.pack import pack_hash
from recryst.datasets.sources import SOURCES
from recryst.errors import DownloadError

pytestmark = pytest.mark.shared


def served(mirror: Mirror, name: str, files: Mapping[str, bytes]) -> None:
    for key, content in files.items():
        mirror.serve(SOURCES[name].files[key].url, content)


def identical(made: Path, original: Path, name: str, without: tuple[str, ...] = ()) -> None:
    for file in SOURCES[name].pack:
        if file.endswith(".npz"):
            with np.load(made / file) as new, np.load(original / file) as old:
                assert new.files == old.files
                for key in old.files:
                    assert new[key].dtype == old[key].dtype
                    assert new[key].tobytes() == old[key].tobytes(), key
        elif file.endswith((".parquet", ".csv.gz")):
            read: Callable[..., pd.DataFrame] = pd.read_parquet if file.endswith(".parquet") else pd.read_csv
            pd.testing.assert_frame_equal(read(made / file), read(original / file).drop(columns=list(without)), check_exact=True)


@pytest.mark.parametrize("name", ["megnet_mp2018", "mpf2021_energy", "mp_electronic_3202", "xie_spp", "atomic_radial_density"])
def test_tables_are_the_packs(name: str, mirror: Mirror, only_here: Path, shared: Path) -> None:
    served(mirror, name, getattr(source_layouts, name)(shared / "data" / name))
    folder = registry.get(name)
    assert folder == only_here / name
    identical(folder, shared / "data" / name, name)


def test_esnet_is_the_pack_but_for_the_flag_that_needs_structures(mirror: Mirror, only_here: Path, shared: Path) -> None:
    served(mirror, "esnet_2eorr", source_layouts.esnet_2eorr(shared / "data" / "esnet_2eorr"))
    identical(registry.get("esnet_2eorr"), shared / "data" / "esnet_2eorr", "esnet_2eorr", without=("prototype_in_mp_structures",))


def test_elastic_tables_are_the_pack(mirror: Mirror, only_here: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_SHARED", str(shared))  # structures and the table of 2024 are needed
    served(mirror, "mp_elasticity", source_layouts.mp_elasticity(shared / "data" / "mp_elasticity"))
    identical(registry.get("mp_elasticity"), shared / "data" / "mp_elasticity", "mp_elasticity")


def test_published_models_are_the_pack(mirror: Mirror, only_here: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cgcnn_pretrained"
    # the weights are right, but the files are not the original ones: their known hashes don't apply
    unpinned = {key: replace(file, sha256=None) for key, file in SOURCES[name].files.items()}
    monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], files=unpinned))
    served(mirror, name, source_layouts.cgcnn_pretrained(shared / "data" / name))
    folder = registry.get(name)
    identical(folder, shared / "data" / name, name)
    made, original = (pd.read_json(path / "models.json", orient="index") for path in (folder, shared / "data" / name))
    # sha256 and size are those of the original files in one, of the ones made here in the other
    pd.testing.assert_frame_equal(
        made.drop(columns=["source_sha256", "source_bytes"]), original.drop(columns=["source_sha256", "source_bytes"])
    )
    assert (folder / "atom_init.json").read_bytes() == (shared / "data" / name / "atom_init.json").read_bytes()


@pytest.mark.parametrize("count", [400, pytest.param(18_928, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_perovskites_are_the_pack(
    count: int, mirror: Mirror, only_here: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "castelli_perovskites"
    original = tmp_path / "first" / name
    original.mkdir(parents=True)
    pd.read_parquet(shared / "data" / name / "castelli_perovskites.parquet").iloc[:count].to_parquet(
        original / "castelli_perovskites.parquet"
    )
    with np.load(shared / "data" / name / "castelli_structures.npz") as arrays:
        np.savez(original / "castelli_structures.npz", **{key: arrays[key][:count] for key in arrays.files})
    expected = pack_hash(original, SOURCES[name].pack)
    assert (expected == SOURCES[name].content) == (count == 18_928)
    monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], content=expected))
    served(mirror, name, source_layouts.castelli_perovskites(shared / "data" / name, count))
    identical(registry.get(name), original, name)


@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_repository_cut_off_is_refused(kept: float, mirror: Mirror, only_here: Path, shared: Path) -> None:
    """Archives come without an announced length, so that only their content tells."""
    name = "castelli_perovskites"
    files = source_layouts.castelli_perovskites(shared / "data" / name, 50)
    whole = files["repository"]
    served(mirror, name, {**files, "repository": whole[: int(kept * len(whole))]})
    with pytest.raises(DownloadError, match="What came for castelli_perovskites is not that data set and was removed"):
        registry.get(name)
    assert not any(path.is_file() and path.suffix != ".lock" for path in only_here.rglob("*"))


def test_structures_are_the_pack(mirror: Mirror, only_here: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 crystals, space groups by this spglib included; those of the newer snapshot among them."""
    name = "mp_structures"
    with np.load(shared / "data" / name / "mp_structures.npz") as arrays:
        packed = {key: arrays[key] for key in arrays.files}
    small = np.flatnonzero(packed["natoms"] <= 30)
    newer = np.flatnonzero(packed["source"] == 1)[:20]
    positions = np.union1d(np.random.default_rng(0).choice(small, 280, replace=False), newer)
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    elastic = source_layouts.mp_elasticity(shared / "data" / "mp_elasticity")
    wanted = {key: content for key, content in elastic.items() if key in SOURCES[name].files}
    served(mirror, name, {**source_layouts.mp_structures(shared / "data" / name, positions), **wanted})

    offsets = np.r_[0, np.cumsum(packed["natoms"], dtype=int)]
    atoms = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in positions])
    original = tmp_path / "sample"
    original.mkdir()
    per_atom = {"z": packed["z"][atoms], "frac_q": packed["frac_q"][:, atoms]}
    sample = {key: per_atom.get(key, array[positions] if len(array) == len(offsets) - 1 else array) for key, array in packed.items()}
    np.savez(original / "mp_structures.npz", **sample)
    monkeypatch.setitem(SOURCES, name, replace(SOURCES[name], content=pack_hash(original, SOURCES[name].pack, SOURCES[name].derived)))
    identical(registry.get(name), original, name)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_structures_are_the_pack(mirror: Mirror, only_here: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 123,071 crystals give the pack's content; space groups are left out, as they are in the hash."""
    name = "mp_structures"
    monkeypatch.setattr(conversion, "_space_groups", lambda crystals: np.zeros((len(crystals), 2), np.uint8))
    monkeypatch.setattr(conversion.parallel, "map", lambda function, items, **_: [function(item) for item in items])
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    elastic = source_layouts.mp_elasticity(shared / "data" / "mp_elasticity")
    wanted = {key: content for key, content in elastic.items() if key in SOURCES[name].files}
    served(mirror, name, {**source_layouts.mp_structures(shared / "data" / name, np.arange(123_071)), **wanted})
    registry.check(registry.get(name).name)
