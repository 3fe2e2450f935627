"""Densities from files: the run's own prediction for a crystal it knows, and a doubt for whatever it does not know."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from recryst import datasets, prediction
from recryst.datasets import charge_density, density_files, embedded
from recryst.datasets.density_files import DensityFile
from recryst.errors import BadInputError
from recryst.models import charge_density as networks
from recryst.models.charge_density import ProjectionNetwork
from recryst.training import finished, new_densities
from recryst.training.configuration import Configuration
from recryst.training.run import Run

FEW = {"n_train": 8, "n_validation": 3, "n_test": 3, "epochs": 1, "batch_size": 4}


def density_file(identifier, kind="smoothed valence"):
    crystals = embedded.crystals().select([identifier])
    return DensityFile(crystals, embedded.electronic_structure(identifier).density.astype(float), kind)


def narrow(patch):
    """Fully connected layers of few units, as nothing here depends on them."""
    patch.setattr(networks, "ProjectionNetwork", partial(ProjectionNetwork, widths=(64, 32)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run and files of densities."""
    folder = tmp_path_factory.mktemp("densities")
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch)
        patch.setenv("RECRYST_RUNS", str(folder / "runs"))
        patch.setenv("RECRYST_CACHE", str(folder / "cache"))
        task = datasets.load("charge-density/bulk-modulus-embedded").take(range(0, 78, 3))
        other, run = (Run(Configuration.checked(task=task.name, network="density-projection", fold=fold, **FEW), task) for fold in (1, 0))
        assert other.train()
        assert run.train()
        (folder / "key").write_text(run.key)
        (folder / "other").write_text(other.key)
        (folder / "test").write_text(run.predictions("test").to_csv(index=False))
    return folder


@pytest.fixture
def run(folder, monkeypatch):
    narrow(monkeypatch)
    monkeypatch.setenv("RECRYST_RUNS", str(folder / "runs"))
    return finished.find((folder / "key").read_text())


def asked(run, tmp_path, *files):
    paths = []
    for number, file in enumerate(files):
        paths.append(tmp_path / f"file{number}.npz")
        density_files.write(paths[-1], file)
    return new_densities.of_run(run, paths)


def test_a_crystal_that_the_run_knows_gets_its_prediction_from_one_of_the_origins(run, folder, tmp_path):
    known = next(line.split(",") for line in (folder / "test").read_text().splitlines()[1:])
    table = asked(run, tmp_path, density_file(known[0]))
    (row,) = table.to_dict("records")
    # the standard deviation of two values is their half difference times the square root of two
    half = row["spread"] / np.sqrt(2)
    ends = (row["prediction"] - half, row["prediction"] + half)
    assert min(abs(float(known[3]) - end) for end in ends) < 1e-3 * abs(float(known[3]))


def test_another_kind_other_electrons_another_symmetry_and_unknown_elements_are_doubts(run, tmp_path):
    learned = new_densities._learned(run)
    good = density_file("rocksalt-MgO")
    table = asked(
        run,
        tmp_path,
        replace(good, kind="pseudo-valence"),
        replace(good, density=1.1 * good.density),
        density_file("zincblende-AlAs"),
        replace(good, density=0.5 * good.density),
    )
    assert table["prediction"].notna().all()
    assert "another kind (pseudo-valence)" in table["message"][0]
    assert "integrates to 17.6" in table["message"][1]
    assert "have 16 for these atoms" in table["message"][1]
    assert "space group is number 216" in table["message"][2]
    assert "integrates to 8" in table["message"][3]
    unknown = {12, 8} - learned.elements
    assert ("no training crystal holds" in table["message"][0]) == bool(unknown)


def with_wave(file, share):
    """A cosine along one lattice vector added, which moves a share of the electrons: half its mean absolute value, 2 / pi of its height."""
    wave = np.cos(2 * np.pi * np.arange(file.density.shape[0]) / file.density.shape[0])[:, None, None]
    return replace(file, density=file.density + share * np.pi * file.density.mean() * wave)


def test_the_share_of_electrons_in_forbidden_places_is_that_of_the_wave_which_puts_them_there():
    """By hand: the cube makes four cosines of one, averaging a quarter of each; the difference is 3/4 of the one less 1/4 of the others.

    Its mean absolute value is at least that of 3/4 of the one, with whose sign the others are not correlated, and at most the sum of all.
    """
    file = density_file("rocksalt-MgO")
    assert new_densities.image_of(file).misplaced < new_densities.MISPLACED / 10
    misplaced = new_densities.image_of(with_wave(file, 0.01)).misplaced
    assert 0.0075 < misplaced < 0.015
    assert new_densities.image_of(with_wave(file, 0.02)).misplaced == pytest.approx(2 * misplaced, rel=0.02)


def test_a_density_without_the_symmetry_of_its_crystal_is_a_doubt_and_far_off_it_is_refused(run, tmp_path):
    good = density_file("rocksalt-MgO")
    moved = replace(good, density=np.roll(good.density, good.density.shape[0] // 3, axis=0))
    table = asked(run, tmp_path, good, with_wave(good, 0.01), moved)
    assert "symmetry" not in table["message"][0]
    assert "its density lacks the symmetry of its crystal (" in table["message"][1]
    assert table["prediction"].notna().tolist() == [True, True, False]
    assert table["message"][2].startswith("The density of file2 is not that of its crystal: ")
    assert table["message"][2].endswith(
        "% of its electrons are in places that the symmetry of its atoms forbids; check that both are of one cell."
    )


def test_a_crystal_outside_the_range_of_the_training_crystals_is_a_doubt():
    """MgO has two atoms and, at its edge of some 4.2 angstrom, 9.4 cubic angstrom per atom."""
    file = density_file("rocksalt-MgO")
    image = new_densities.image_of(file)
    fitting = new_densities.Learned(frozenset({8, 12}), (1, 4), (9.0, 30.0))
    assert new_densities._doubts(file, image, fitting) == []
    (larger,) = new_densities._doubts(file, image, replace(fitting, atoms=(4, 10)))
    assert larger == "its primitive cell has 2 atoms, those learned from have 4 to 10"
    (denser,) = new_densities._doubts(file, image, replace(fitting, volumes=(15.0, 30.0)))
    assert "cubic angstrom per atom, those learned from have 15 to 30" in denser
    # by a rounded number in its file a crystal is not another one
    volume = file.crystals.volumes[0] / file.crystals.n_atoms[0]
    assert new_densities._doubts(file, image, replace(fitting, volumes=(1.005 * volume, 30.0))) == []


def test_what_crystals_have_in_common_is_read_off_all_of_them():
    learned = new_densities.Learned.of(embedded.crystals().select(["rocksalt-MgO", "rocksalt-LiF"]))
    assert learned.elements == {3, 8, 9, 12}
    assert learned.atoms == (2, 2)
    assert learned.volumes[0] < learned.volumes[1]


def test_several_networks_answer_together(run, folder, tmp_path):
    """Two networks, each from two origins: the mean of the four, and their standard deviation."""
    file = tmp_path / "MgO.npz"
    density_files.write(file, density_file("rocksalt-MgO"))
    second = finished.find((folder / "other").read_text())
    alone = pd.concat([new_densities.of_run(each, [file]) for each in (run, second)])
    members = [new_densities.Member(each.network(), each.configuration, each.standardisation) for each in (run, second)]
    (row,) = new_densities.predictions(members, new_densities._learned(run), [file]).to_dict("records")
    assert row["prediction"] == pytest.approx(alone["prediction"].mean(), rel=1e-6)
    half = alone["spread"] / np.sqrt(2)
    four = [*(alone["prediction"] - half), *(alone["prediction"] + half)]
    assert row["spread"] == pytest.approx(np.std(four, ddof=1), rel=1e-6)


def test_files_that_hold_no_density_are_told_in_their_row_and_the_rest_go_on(run, tmp_path):
    (tmp_path / "CHGCAR").write_text("nonsense")
    density_files.write(tmp_path / "good.npz", density_file("rocksalt-MgO"))
    table = prediction.predict([tmp_path / "CHGCAR", tmp_path / "good.npz", tmp_path / "missing"], f"run/{run.key}")
    assert table["status"].tolist() == ["rejected", "ok", "rejected"]
    assert "can't be read as a CHGCAR" in table["message"][0]
    assert table["message"][1].startswith(f"run {run.key}, trained on 8 crystals")
    assert table["unit"].tolist() == ["GPa"] * 3


def test_a_run_that_looks_at_no_density_is_refused(run, monkeypatch):
    other = replace(run, configuration=Configuration.checked(task="made", network="composition-image"))
    with pytest.raises(BadInputError, match="composition-image, which looks at no charge density"):
        new_densities.of_run(other, [])


def test_a_run_on_densities_of_free_atoms_is_refused(run):
    control = replace(run, configuration=run.configuration.model_copy(update={"density": "free-atoms"}))
    with pytest.raises(BadInputError, match="learned from densities of free atoms"):
        new_densities.of_run(control, [])


def test_valence_electrons_are_whole_and_explain_every_crystal():
    """Of oxygen six; of magnesium ten, as its 2s and 2p are not in the core."""
    per_atom = charge_density.valence_electrons()
    assert (per_atom[8], per_atom[12], per_atom[3]) == (6, 10, 1)
    data = charge_density.load()
    counts = np.add.reduceat([per_atom[number] for number in data.crystals.numbers.tolist()], data.crystals.offsets[:-1])
    np.testing.assert_array_equal(counts, data.properties["electrons"])
