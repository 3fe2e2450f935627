"""Plans and calculations with a stand-in for GPAW: what is asked of it, what is kept, what is done again, what is told."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ase.units import GPa
from test_dft_moduli import stresses

from recryst import cli
from recryst.datasets import charge_density, density_files, embedded
from recryst.dft import calculations, equation_of_state, gpaw_environment, plans
from recryst.errors import BadInputError, CalculationError, MissingProgramError

VALENCE = {"Na": 7, "Cl": 7, "Al": 3, "Mg": 10}
VERSIONS = {"gpaw": "26.7.0", "numpy": "2.2.6"}
HEXAGONAL = "Mg\n1.0\n3.2 0 0\n-1.6 2.7712813 0\n0 0 5.2\nMg\n2\nDirect\n.33333333 .66666667 .25\n.66666667 .33333333 .75\n"


class StandIn:
    """GPAW for crystals of bulk modulus 75 GPa and elastic constants 110, 57.5 and 30 GPa."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails: dict[int, str] = {}  # by the number of atoms
        self.density: np.ndarray | None = None

    def __call__(self, job: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(job["what"])
        json.dumps(job)
        if job["what"] == "describe":
            return {"electrons": np.array([VALENCE.get(e, -1) for e in job["elements"]]), "versions": np.array(json.dumps(VERSIONS))}
        if len(job["numbers"]) in self.fails:
            raise CalculationError(self.fails[len(job["numbers"])])
        answer = {"density": self.of_density, "scan": self.of_scan, "strains": self.of_strains}[job["what"]](job)
        return {name: np.array(value) for name, value in (answer | {"cpu_seconds": 2.0}).items()}

    def of_density(self, job: Mapping[str, Any]) -> dict[str, Any]:
        electrons = 14.0 if len(job["numbers"]) == 2 else 3.0
        volume = abs(np.linalg.det(job["lattice"]))
        n = job["grid"][0]
        values = charge_density.expand(np.random.default_rng(0).uniform(1, 2, charge_density.orbits(n).max() + 1), n)
        values *= electrons / volume / values.mean()
        scalars = {"electrons": electrons, "energy": -6.7, "fermi_level": 1.5, "gap": 5.1, "magnetic_moment": 0.0}
        return scalars | {"density": values if self.density is None else self.density(values)}  # type: ignore[operator]

    def of_scan(self, job: Mapping[str, Any]) -> dict[str, Any]:
        volume = abs(np.linalg.det(job["lattice"]))
        volumes = volume * np.linspace(0.97, 1.04, 7) ** 3
        energies, pressures = equation_of_state.birch_murnaghan(volumes, -5.0, 1.02 * volume, 75 * GPa, 4.5)
        rows = {"volumes": volumes, "energies": energies, "pressures": pressures / GPa, "moments": 0 * volumes}
        scalars = {"electrons": 14.0, "gap": 5.1, "magnetic_moment": 0.0, "spin_polarised": False}
        return rows | scalars | {"mesh": job["meshes"]["insulator"]}

    def of_strains(self, job: Mapping[str, Any]) -> dict[str, Any]:
        made = stresses(110.0, 57.5, 30.0, 0.015)
        return {"clamped": made, "relaxed": made, "relaxation_steps": [0, 0, 3]}


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn()
    monkeypatch.setattr(gpaw_environment, "run", made)
    return made


def compute(paths: list[Path], quantity: str, folder: Path, profile: str = "quick") -> Any:
    return calculations.run(plans.plan(paths, quantity, profile), folder)


def test_a_density_is_kept_in_both_forms_that_are_read(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    table = compute([nacl], "density", tmp_path / "out")
    assert table[["id", "formula", "space_group", "status"]].to_numpy().tolist() == [["NaCl", "NaCl", "Fm-3m", "ok"]]
    file = density_files.read(tmp_path / "out" / "NaCl.density.npz")
    assert file.kind == "smoothed valence"
    assert file.electrons == pytest.approx(14, rel=1e-6)
    assert file.volume == pytest.approx(5.64**3 / 4)
    packed = charge_density.load(tmp_path / "out")
    assert packed.density(packed.index("NaCl")) == pytest.approx(file.density, rel=1e-6)
    assert packed.properties.loc["NaCl", ["a", "gap", "electrons"]].tolist() == pytest.approx([5.64, 5.1, 14])
    assert packed.density_of_states(0).shape == (0, 4, 601)
    assert sorted(packed.crystals.numbers) == [11, 17]


def test_heavy_nuclei_are_not_corrected_for_what_only_the_stored_densities_have(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Platinum on a grid for which the stored densities have two electrons too many."""
    monkeypatch.setitem(VALENCE, "Pt", 16)
    path = tmp_path / "Pt.vasp"
    path.write_text("Pt\n1.0\n0 2 2\n2 0 2\n2 2 0\nPt\n1\nDirect\n0 0 0\n")
    compute([path], "density", tmp_path / "out")
    packed = charge_density.load(tmp_path / "out")
    assert packed.nuclear_excess(0).tolist() == [0.0]
    assert packed.density(0) == pytest.approx(packed.stored_density(0))


def test_the_record_says_how_and_with_what(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    compute([nacl], "density", tmp_path, "standard")
    record = json.loads((tmp_path / "NaCl.density.json").read_text())
    assert (record["versions"], record["profile"], record["space_group"], record["mesh"]) == (VERSIONS, "standard", "Fm-3m", [4, 4, 4])
    assert record["settings"]["cutoff"] == 400
    assert "strain" not in record["settings"]
    assert record["units"]["gap"] == "eV"
    assert (record["results"]["electrons"], record["cpu_seconds"]) == (14, 2.0)


def test_what_is_finished_is_left_alone_and_all_else_is_done(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    first = compute([nacl], "density", tmp_path)
    assert stand_in.asked.count("density") == 1
    assert calculations.left(plans.plan([nacl], "density", "quick"), tmp_path) == []
    assert compute([nacl], "density", tmp_path).equals(first)
    assert stand_in.asked.count("density") == 1
    for number, damage in enumerate(
        (
            lambda: (tmp_path / "NaCl.density.npz").unlink(),
            lambda: (tmp_path / "NaCl.density.json").write_text("{half"),
            lambda: nacl.write_text(nacl.read_text().replace("5.64", "5.60")),
        ),
        start=2,
    ):
        damage()
        compute([nacl], "density", tmp_path)
        assert stand_in.asked.count("density") == number
    compute([nacl], "density", tmp_path, "standard")
    assert stand_in.asked.count("density") == 5


def test_no_record_speaks_of_a_density_of_other_settings(
    nacl: Path, tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the density of another profile was written over the first, and before its own record was."""
    compute([nacl], "density", tmp_path, "standard")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(calculations.storage, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            compute([nacl], "density", tmp_path, "quick")
    assert [len(calculations.left(plans.plan([nacl], "density", profile), tmp_path)) for profile in ("standard", "quick")] == [1, 1]


def test_a_failure_is_told_the_rest_goes_on_and_it_is_tried_again(nacl: Path, aluminium: Path, tmp_path: Path, stand_in: StandIn) -> None:
    stand_in.fails[2] = "GPAW failed (it did not converge)."
    table = compute([nacl, aluminium, tmp_path / "none.cif"], "density", tmp_path / "out").set_index("id")
    assert table["status"].to_dict() == {"NaCl": "failed", "Al": "ok", "none": "rejected"}
    assert table.loc["NaCl", "message"] == "GPAW failed (it did not converge)."
    assert table.loc["none", "message"] == "there is no such file"
    assert not (tmp_path / "out" / "NaCl.density.json").exists()
    stand_in.fails.clear()
    assert compute([nacl], "density", tmp_path / "out")["status"].tolist() == ["ok"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda values: values - values.mean(), "negative"),
        (lambda values: values + np.arange(values.size).reshape(values.shape) / values.size, "breaks the symmetry"),
    ],
)
def test_no_density_is_kept_that_cannot_be_one(change: Any, reason: str, nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    stand_in.density = change
    table = compute([nacl], "density", tmp_path / "out")
    assert table["status"].tolist() == ["failed"]
    assert reason in table["message"][0]
    assert not list((tmp_path / "out").glob("*.npz"))


def test_a_sum_over_the_grid_that_is_off_is_said_beside_the_result(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    stand_in.density = lambda values: 1.03 * values  # type: ignore[assignment]
    table = compute([nacl], "density", tmp_path)
    assert table["status"].tolist() == ["ok"]
    assert "sum to 3.0 % more electrons than there are" in table["message"][0]


def test_bulk_modulus_and_elastic_constants_come_out(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    """K of the equation of state, c11 - c12 = 52.5 and c44 = 30 of the stresses: c11 = 75 + 2/3 52.5 = 110."""
    eos = compute([nacl], "eos", tmp_path)
    assert eos["bulk_modulus"][0] == pytest.approx(75, rel=1e-3)
    assert eos["volume"][0] == pytest.approx(1.02 * 5.64**3 / 4, rel=1e-5)
    elastic = compute([nacl], "elastic", tmp_path)
    assert elastic[["c11", "c12", "c44"]].to_numpy()[0] == pytest.approx([110, 57.5, 30], rel=1e-3)
    assert stand_in.asked == ["describe", "scan", "describe", "strains"]  # the equation of state is not computed twice
    assert elastic["cpu_seconds"][0] == 4.0


def test_what_cannot_be_computed_is_refused_before_anything_is(tmp_path: Path, nacl: Path, stand_in: StandIn) -> None:
    hexagonal, exotic = tmp_path / "Mg.vasp", tmp_path / "Pu.vasp"
    hexagonal.write_text(HEXAGONAL)
    exotic.write_text("Pu\n1.0\n0 2.3 2.3\n2.3 0 2.3\n2.3 2.3 0\nPu\n1\nDirect\n0 0 0\n")
    overlapping = tmp_path / "both.vasp"
    overlapping.write_text("NaCl\n1.0\n3 0 0\n0 3 0\n0 0 3\nNa Cl\n1 1\nDirect\n0 0 0\n0 0 0\n")
    plan = plans.plan([hexagonal, exotic, nacl, overlapping], "elastic", "quick")
    assert [one.identifier for one in plan.calculations] == ["NaCl"]
    reasons = plan.rejected.set_index("id")["reason"]
    assert "is of space group P6_3/mmc, not cubic" in reasons["Mg"]
    assert reasons["Pu"] == "GPAW has no data set for Pu"
    assert "atom 1 (Na) and atom 2 (Cl) are 0.00 Å apart" in reasons["both"]
    assert plan.rejected["file"].map(Path).tolist() == [overlapping, hexagonal, exotic]
    assert len(plans.plan([hexagonal], "eos", "quick").calculations) == 1


def test_an_equation_of_state_of_a_crystal_that_is_not_cubic_says_what_it_left_out(tmp_path: Path, stand_in: StandIn) -> None:
    path = tmp_path / "Mg.vasp"
    path.write_text(HEXAGONAL)
    assert "kept its shape" in compute([path], "eos", tmp_path / "out")["message"][0]


def test_two_crystals_never_share_files(nacl: Path, tmp_path: Path, stand_in: StandIn) -> None:
    for name in ("Na Cl.vasp", "Na@Cl.vasp"):
        (tmp_path / name).write_text(nacl.read_text())
    with pytest.raises(BadInputError, match=r"would both be written to Na_Cl\.\*"):
        plans.plan([tmp_path / "Na Cl.vasp", tmp_path / "Na@Cl.vasp"], "density", "quick")


def test_what_was_computed_again_is_as_the_readme_of_the_stored_densities_says() -> None:
    table = pd.read_csv(charge_density.FOLDER / "recomputed.csv")
    assert table["electrons_on_grid"].to_numpy() == pytest.approx(table["electrons"].to_numpy(), rel=1e-5)
    standard = table[table["profile"] == "standard"].set_index("formula")
    assert len(standard) == 11
    heavy = standard.index.isin(["PtC", "Ga2Pt", "ScBi"])
    assert standard["mean_difference"][~heavy].max() < 3e-4
    assert standard["mean_difference"][heavy].between(0.003, 0.0075).all()
    assert (standard["mean_difference"] < standard["mean_difference_from_stored"]).all()


def test_moduli_computed_again_are_as_the_readme_of_the_embedded_crystals_says() -> None:
    table = pd.read_csv(embedded.EMBEDDED / "recomputed.csv")
    error = (table["recomputed"] / table["stored"] - 1).abs().groupby(table["quantity"]).max()
    assert error["volume_per_atom"] < 1e-3
    assert error[["bulk_modulus", "c11", "c12", "c44", "shear_modulus"]].max() < 1.5e-3
    stored = embedded.properties()
    for row in table.itertuples():
        assert stored.loc[row.id, row.quantity] == pytest.approx(row.stored, abs=1e-4)


# --- the other interpreter


@pytest.fixture
def interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that puts a shell script in the place of GPAW's interpreter."""

    def put(script: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("RECRYST_DFT_PYTHON", str(path))

    return put


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        (
            "echo Traceback >&2; echo 'gpaw.KohnShamConvergenceError: no' >&2; exit 1",
            CalculationError,
            "GPAW failed .gpaw.KohnSham.*: no.*",
        ),
        ("echo \"ModuleNotFoundError: No module named 'gpaw'\" >&2; exit 1", MissingProgramError, "make setup-dft"),
        ("kill -9 $$", CalculationError, "signal 9, most likely because memory ran out"),
    ],
)
def test_how_gpaw_ended_is_one_sentence(script: str, error: type[Exception], message: str, interpreter: Any) -> None:
    interpreter(script)
    with pytest.raises(error, match=message) as ended:
        gpaw_environment.run({"what": "density"})
    assert "\n" not in str(ended.value)


def test_a_job_goes_out_as_json_and_arrays_come_back(tmp_path: Path, interpreter: Any) -> None:
    """Its answer is what the script copies to where it is told; threads are one, whatever this process has."""
    np.savez(tmp_path / "answer.npz", energy=-1.5)
    interpreter(f'cp "$4" {tmp_path}/seen.json; echo $OMP_NUM_THREADS > {tmp_path}/threads; cp {tmp_path}/answer.npz "$5"')
    assert gpaw_environment.run({"what": "density", "mesh": (2, 2, 2)})["energy"] == -1.5
    assert json.loads((tmp_path / "seen.json").read_text()) == {"what": "density", "mesh": [2, 2, 2]}
    assert (tmp_path / "threads").read_text().strip() == "1"


def test_without_gpaw_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nacl: Path) -> None:
    """Neither where there is no interpreter, nor where there is a file that can't be run."""
    (tmp_path / "prose").write_text("no program")
    for name in ("nothing", "prose"):
        monkeypatch.setenv("RECRYST_DFT_PYTHON", str(tmp_path / name))
        with pytest.raises(MissingProgramError, match=rf"no program .*{name}; make it with `make setup-dft`"):
            plans.plan([nacl], "density", "quick")


def test_an_interpreter_may_be_named_from_where_one_is(interpreter: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter("echo 'gpaw: asked' >&2; exit 1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECRYST_DFT_PYTHON", "./python")
    with pytest.raises(CalculationError, match="asked"):
        gpaw_environment.run({"what": "density"})


# --- the commands


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["recryst", "dft", *arguments])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_command_says_what_it_costs_before_it_starts(
    nacl: Path, tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out")
    assert call(monkeypatch, "density", str(nacl), "--output", output, "--estimate") == 0
    told = capsys.readouterr().out
    assert "1 to compute: " in told
    assert "of one core, between" in told
    assert "density" not in stand_in.asked
    assert call(monkeypatch, "density", str(nacl), "--output", output) == 0
    assert capsys.readouterr().out.startswith(told)
    assert (tmp_path / "out" / "density.csv").read_text().splitlines()[1].split(",")[1:5] == ["NaCl", "NaCl", "Fm-3m", "ok"]
    assert call(monkeypatch, "density", str(nacl), "--output", output) == 0
    assert capsys.readouterr().out.startswith("Nothing is left to compute.")


def test_an_estimate_shows_what_can_not_be_computed_and_ends_with_1(
    nacl: Path, tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = tmp_path / "nothing.cif"
    assert call(monkeypatch, "density", str(nothing), str(nacl), "--output", str(tmp_path / "out"), "--estimate") == 1
    told = capsys.readouterr()
    assert "nothing.cif" in told.out
    assert "1 to compute: " in told.out
    assert told.err == "recryst: 1 of 2 crystals can't be computed; the column reason says why.\n"


def test_the_command_ends_with_1_when_a_crystal_has_no_result_and_with_2_for_bad_input(
    nacl: Path, tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.fails[2] = "GPAW failed (it did not converge)."
    assert call(monkeypatch, "eos", str(nacl), "--output", str(tmp_path / "out")) == 1
    assert "1 of 1 crystals have no result; the column message says why" in capsys.readouterr().err
    assert call(monkeypatch, "eos", str(nacl), "--output", str(tmp_path / "out"), "--profile", "best") == 2
    assert capsys.readouterr().err == "recryst: --profile must be one of quick, standard, not 'best'.\n"
