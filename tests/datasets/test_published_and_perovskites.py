"""The published models and the perovskites, as plain arrays."""

import json
from pathlib import Path

import numpy as np
import pytest

from recryst import datasets
from recryst.analysis.perovskites import sites as of_formulas
from recryst.datasets import perovskites, published_models
from recryst.errors import BadInputError, DamagedFileError

pytestmark = pytest.mark.shared


@pytest.fixture(autouse=True)
def _real(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    monkeypatch.delenv("RECRYST_DATA", raising=False)


def test_the_architecture_is_in_the_weights() -> None:
    for name in published_models.names():
        model = published_models.load(name)
        outputs = 2 if name == "semi-metal-classification" else 1
        shapes = {key: array.shape for key, array in model.weights.items()}
        assert shapes["embedding.weight"] == (64, 92)
        assert shapes["convs.3.fc_full.weight"] == (128, 2 * 64 + 41)
        assert shapes["fc_out.weight"] == (outputs, 32)
        assert "convs.4.fc_full.weight" not in shapes
        assert sum(array.size for array in model.weights.values()) == 98_177 + 33 * (outputs - 1)
        assert model.kind == ("classification" if outputs == 2 else "regression")


def test_the_normaliser() -> None:
    model = published_models.load("formation-energy-per-atom")
    assert (model.mean, model.standard_deviation) == (pytest.approx(-1.699179, abs=1e-6), pytest.approx(1.056303, abs=1e-6))


def test_lists_of_crystals() -> None:
    lists = published_models.crystal_lists()
    assert [len(ids) for ids in (lists.formation_energy, lists.band_gap, lists.elastic)] == [46_744, 27_430, 3_402]
    assert set(lists.band_gap) | set(lists.elastic) <= set(lists.formation_energy)
    assert len(set(lists.formation_energy)) == 46_744
    assert lists.formation_energy[0] == "mp-754118"


def test_unknown_and_damaged_models(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInputError, match="no published CGCNN model 'gap'; there are formation-energy-per-atom"):
        published_models.load("gap")
    folder = tmp_path / "cgcnn_pretrained"
    folder.mkdir()
    for file in (shared / "data" / "cgcnn_pretrained").iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:300])
    monkeypatch.setenv("RECRYST_DATA", str(tmp_path))
    for read in (lambda: published_models.load("band-gap"), published_models.crystal_lists):
        with pytest.raises(DamagedFileError, match="can't be read; remove"):
            read()


def test_perovskites_are_all_combinations() -> None:
    """52 elements on A times 52 on B times 7 sets of anions are 18,928."""
    table, crystals = perovskites.table(), perovskites.crystals()
    assert len(table) == len(crystals) == 52 * 52 * 7
    assert table.index.tolist() == crystals.ids.tolist()
    sites = of_formulas(table["formula"].tolist())
    assert sites["a_site"].nunique() == sites["b_site"].nunique() == 52
    assert sorted(sites["anions"].unique()) == ["N3", "O2F", "O2N", "O2S", "O3", "OFN", "ON2"]
    assert not sites.duplicated(["a_site", "b_site", "anions"]).any()


def test_a_is_the_first_site_and_b_the_second() -> None:
    from pymatgen.core import Element

    table, crystals = perovskites.table(), perovskites.crystals()
    numbers = crystals.numbers.reshape(-1, 5)
    sites = of_formulas(table["formula"].tolist())
    assert numbers[:, 0].tolist() == [Element(symbol).Z for symbol in sites["a_site"]]
    assert numbers[:, 1].tolist() == [Element(symbol).Z for symbol in sites["b_site"]]
    # A at the corner, B at the centre, anions at the centres of the faces, in most of them
    fractions = crystals.frac_coords.reshape(-1, 5, 3)
    typical = np.median(np.abs(fractions - np.round(fractions[:, :1])), axis=0)
    np.testing.assert_allclose(typical, [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0], [0, 0.5, 0.5]], atol=0.02)


def test_the_perovskite_task() -> None:
    task = datasets.load("perovskites/formation-energy")
    assert len(task) == 18_928
    assert task.unit == "eV/atom"
    assert "eV per cell" in task.description
    assert task.targets[0] == 2.16
    assert task.crystals.formulas()[0] == "TeRhN3"


def test_models_json_is_complete(shared: Path) -> None:
    assert set(json.loads((shared / "data" / "cgcnn_pretrained" / "models.json").read_text())) == set(published_models.names())
