"""The command line: what it hands on, what it prints, how it ends."""

import importlib
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest

from recryst import cli, notebooks, parameters, storage
from recryst.errors import BadInputError, DamagedFileError, DownloadError, MissingDataError
from recryst.report import expected, results


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Exit status of ``recryst ARGUMENTS``."""
    monkeypatch.setattr(sys, "argv", ["recryst", *arguments])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **functions: object) -> None:
    """Put a module with these functions in the place of ``recryst.<name>``, which the command imports when it runs."""
    module = ModuleType(f"recryst.{name}")
    vars(module).update(functions)
    monkeypatch.setitem(sys.modules, f"recryst.{name}", module)
    package, _, attribute = f"recryst.{name}".rpartition(".")
    monkeypatch.setattr(importlib.import_module(package), attribute, module, raising=False)


def test_help_answers_at_once() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    shown = subprocess.run([Path(sys.executable).with_name("recryst"), "--help"], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1  # CPU-seconds: a busy machine is no fault of ours
    for command in ("data", "run", "book", "check", "train", "predict"):
        assert command in shown.stdout


def test_an_error_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    command = [Path(sys.executable).with_name("recryst"), "run", "cgcnn", "-p", "n_train=banana"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "recryst: n_train must be a whole number from 10 to 50000, not 'banana'.\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [(BadInputError("This."), 2), (MissingDataError("This."), 1), (DamagedFileError("This."), 1)],
)
def test_what_a_user_can_mend_ends_with_1_and_bad_input_with_2(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("recryst.datasets.registry.status", fail)
    assert call(monkeypatch, "data", "list") == status
    assert capsys.readouterr().err == "recryst: This.\n"


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recryst.datasets.registry.status", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call(monkeypatch, "data", "list")


def test_run_hands_typed_parameters_on_and_stores_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[object] = []

    def run(*arguments: object, progress: bool) -> list[Path]:
        seen.append(arguments)
        return [tmp_path / "cgcnn" / "cgcnn.ipynb"]

    monkeypatch.setattr(notebooks, "run", run)
    monkeypatch.setattr("recryst.report.stored.store", lambda folder, overwrite: seen.append((folder, overwrite)) or tmp_path / "kept")
    assert call(monkeypatch, "run", "cgcnn", "--profile", "laptop", "-p", "n_train=2000", "-p", "data=embedded", "-j", "2") == 0
    assert seen == [(["cgcnn"], "laptop", {"n_train": 2000, "data": "embedded"}, 2)]
    assert call(monkeypatch, "run") == 0
    assert seen[-1] == (list(parameters.NOTEBOOKS), "reduced", {}, 1)
    # a parameter for all notebooks must be one of each
    assert call(monkeypatch, "run", "-p", "n_train=2000") == 2
    assert "n_train is not a parameter of " in capsys.readouterr().err
    assert len(seen) == 2
    assert call(monkeypatch, "run", "cgcnn", "--store") == 0
    assert seen[-1] == (tmp_path / "cgcnn", False)
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "kept")
    assert call(monkeypatch, "run", "cgcnn", "--store", "--overwrite") == 0
    assert seen[-1] == (tmp_path / "cgcnn", True)


@pytest.mark.parametrize("text", ["n_train", "=3", ""])
def test_a_parameter_needs_name_and_value(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "run", "cgcnn", "-p", text) == 2
    assert "-p takes KEY=VALUE" in capsys.readouterr().err


def plan_of_two(monkeypatch: pytest.MonkeyPatch, train: Callable[..., pd.DataFrame]) -> None:
    """A plan whose two runs take an hour and a half in all."""
    table = pd.DataFrame({"hours": [1.0, 0.5], "done": [0, 0], "epochs": [9, 9]})
    stand_in(monkeypatch, "training.plans", train=train, read=lambda path: [path])
    words = {"summary": lambda found: found, "in_words": lambda found, jobs: f"{found['hours'].sum():.1f} h with {jobs} jobs"}
    stand_in(monkeypatch, "training.costs", estimate=lambda configurations, jobs, weights: table, **words)


def test_an_estimate_trains_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plan_of_two(monkeypatch, lambda *_: pytest.fail("trained"))
    assert call(monkeypatch, "train", "plan.yml", "--estimate", "--jobs", "2") == 0
    assert capsys.readouterr().out.endswith("1.5 h with 2 jobs\n")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("9m", 540), ("1.5h", 5400), (None, float("inf"))])
def test_a_budget_counts_from_the_beginning(text: str | None, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the time in which it is found out how long a plan takes."""
    seen: list[object] = []
    clock = [1000.0]
    monkeypatch.setattr(cli, "time", SimpleNamespace(time=lambda: clock[-1]))
    plan_of_two(monkeypatch, lambda *arguments: seen.append(arguments) or pd.DataFrame({"status": []}))
    costs = sys.modules["recryst.training.costs"]
    estimate = costs.estimate
    monkeypatch.setattr(costs, "estimate", lambda *arguments: clock.append(1040.0) or estimate(*arguments))
    assert call(monkeypatch, "train", "plan.yml", *(["--budget", text] if text else []), "--jobs", "2") == 0
    assert seen == [(Path("plan.yml"), 1000 + seconds, 2, False)]


def test_runs_that_wait_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"run": ["a", "b", "c"], "status": ["finished", "waiting", "waiting"], "message": [""] * 3})
    plan_of_two(monkeypatch, lambda *_: table)
    assert call(monkeypatch, "train", "plan.yml", "--budget", "9m") == 0
    *lines, sentence = capsys.readouterr().out.splitlines()
    assert sentence == "2 of 3 runs wait; the same command goes on with them."
    assert [line.split() for line in lines if "finished" in line or "waiting" in line] == [["a", "finished"]]


def test_train_ends_with_1_when_a_run_failed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"run": ["a", "b"], "status": ["finished", "failed"], "message": ["", "Training diverged in epoch 3."]})
    plan_of_two(monkeypatch, lambda *_: table)
    assert call(monkeypatch, "train", "plan.yml") == 1
    captured = capsys.readouterr()
    assert "Training diverged in epoch 3." in captured.out
    assert captured.err == "recryst: 1 of 2 runs failed; the column message says why.\n"


@pytest.mark.parametrize("text", ["9", "m", "0s", "-1m", "nanm", "infh", "9 minutes"])
def test_an_impossible_budget_is_refused(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "train", "plan.yml", f"--budget={text}") == 2
    assert capsys.readouterr().err == f"recryst: --budget must be a time such as 90s, 9m or 2h, not {text!r}.\n"


@pytest.fixture
def predictions(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "file": ["a.cif", "b.cif"],
            "id": ["a", "b"],
            "prediction": [-1.25, float("nan")],
            "unit": ["eV/atom", "eV/atom"],
            "status": ["ok", "error"],
            "message": ["", "b.cif has no atoms, [not] one."],
        }
    )
    stand_in(monkeypatch, "prediction", predict=lambda files, model: table.iloc[: len(files)])
    return table


def test_predictions_are_csv_in_a_pipe_and_in_a_file(
    predictions: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "predict", "a.cif") == 0
    assert capsys.readouterr().out == "file,id,prediction,unit,status,message\na.cif,a,-1.25,eV/atom,ok,\n"
    assert call(monkeypatch, "predict", "a.cif", "b.cif", "--output", str(tmp_path / "out.csv")) == 1
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv", keep_default_na=False, na_values={"prediction": [""]}), predictions)
    assert capsys.readouterr().err == "recryst: 1 of 2 crystals have no prediction; the column message says why.\n"


def test_predictions_are_a_table_on_a_terminal(
    predictions: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    assert call(monkeypatch, "predict", "a.cif", "b.cif") == 1
    out = capsys.readouterr().out
    assert "a.cif" in out
    # brackets in a message are text, not markup
    assert "[not]" in out
    assert "nan" not in out


def write_results(folder: Path, value: float, notebook: str = "cgcnn") -> None:
    result = results.make(exhibit="table-1", value_id="formation-energy/mae", level="retrained", value=value, unit="eV/atom")
    results.write(results.Results(notebook=notebook, profile="reduced", results=(result,)), folder / "results" / "reduced" / notebook)


def test_check_asks_for_the_notebooks_that_are_expected_or_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    write_results(tmp_path, 0.30)
    # somebody has run one chapter more than is expected of the profile, and it is said
    write_results(tmp_path, 0.30, "esnet")
    assert call(monkeypatch, "check", "cgcnn", "--update") == 0
    assert list(expected.read(tmp_path / "nbs" / "expected" / "reduced.yml")) == ["cgcnn"]
    capsys.readouterr()
    assert call(monkeypatch, "check") == 0
    out = capsys.readouterr().out
    assert "esnet: nothing is expected of it under profile reduced." in out
    assert "All 1 results of profile reduced are as expected." in out
    # named all the same, its results are new
    assert call(monkeypatch, "check", "cgcnn", "esnet") == 1
    assert call(monkeypatch, "check", "cgcn") == 2
    # one that is expected and was not run is missing, unless others are named
    assert call(monkeypatch, "check", "--update") == 0
    (tmp_path / "results" / "reduced" / "esnet" / "results.json").unlink()
    assert call(monkeypatch, "check") == 1
    assert call(monkeypatch, "check", "cgcnn") == 0


def test_something_is_expected_of_every_notebook_on_the_reduced_profile() -> None:
    kept = expected.read(storage.PROJECT / "nbs" / "expected" / "reduced.yml")
    assert {*parameters.NOTEBOOKS} == {*kept}


def test_check_ends_with_1_and_a_table_when_a_result_drifts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    assert call(monkeypatch, "check") == 1
    assert "There are no results of profile reduced; make them with: recryst run --profile reduced." in capsys.readouterr().err
    write_results(tmp_path, 0.30)
    assert call(monkeypatch, "check") == 1
    assert "There are no expected values of profile reduced" in capsys.readouterr().err
    assert call(monkeypatch, "check", "--update") == 0
    assert (tmp_path / "nbs" / "expected" / "reduced.yml").is_file()
    assert call(monkeypatch, "check") == 0
    assert "All 1 results of profile reduced are as expected." in capsys.readouterr().out
    # the default tolerance of a trained value is a quarter
    write_results(tmp_path, 0.40)
    assert call(monkeypatch, "check") == 1
    captured = capsys.readouterr()
    assert "1 of 1 results of profile reduced are not as expected." in captured.err
    assert "drifted" in captured.out
    assert expected.read(tmp_path / "nbs" / "expected" / "reduced.yml")["cgcnn"][0].value == 0.30
    assert call(monkeypatch, "check", "--update") == 0
    assert call(monkeypatch, "check") == 0


@pytest.mark.parametrize("command", ["run", "book", "check"])
def test_a_profile_that_there_is_not_is_bad_input(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, command, "--profile", "nope") == 2
    assert capsys.readouterr().err == "recryst: profile must be one of better, full, laptop, reduced, not 'nope'.\n"


@pytest.mark.parametrize("package", ["bs4", "jinja2"])
@pytest.mark.parametrize("command", ["book", "pdf"])
def test_a_package_of_the_book_that_is_not_installed_is_one_sentence(command: str, package: str) -> None:
    code = f"import sys\nsys.modules['{package}'] = None\nfrom recryst import cli\nsys.argv = ['recryst', '{command}']\ncli.main()\n"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"recryst: {package} is not installed; install it with: pip install 'recryst[book]'.\n",
    )


@pytest.mark.parametrize(("backend", "package"), [("foo", ""), ("tensorflow", "tensorflow")])
def test_a_backend_that_can_not_be_loaded_is_one_sentence(backend: str, package: str) -> None:
    code = f"import os, sys\nos.environ['KERAS_BACKEND'] = '{backend}'\nsys.modules['{package}'] = None\nfrom recryst import cli\n"
    code += "sys.argv = ['recryst', 'train', 'plan.yml']\ncli.main()\n"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("recryst: Keras can't load its backend (")
    assert "KERAS_BACKEND must be tensorflow or jax" in sentence
    assert sentence.endswith("pip install 'recryst[cpu]' or 'recryst[jax]'.")


def test_densities_that_are_there_are_not_asked_for_again_and_one_that_is_not_to_be_had_hinders_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def fetch(material: str) -> str:
        asked.append(material)
        if material == "mp-2":
            raise DownloadError("The Materials Project has no density of mp-2.")
        return material

    monkeypatch.setattr("recryst.datasets.density_files.fetch", fetch)
    monkeypatch.setattr("recryst.datasets.density_files.write", lambda path, file: path.write_text(file))
    for _ in range(2):
        assert call(monkeypatch, "data", "density", "mp-1", "mp-2", "mp-3", "--output", str(tmp_path)) == 1
        captured = capsys.readouterr()
        assert captured.out.splitlines() == [str(tmp_path / "mp-1.density.npz"), str(tmp_path / "mp-3.density.npz")]
        assert captured.err == "recryst: The Materials Project has no density of mp-2.\n"
    assert asked == ["mp-1", "mp-2", "mp-3", "mp-2"]


def test_data_check_goes_on_after_a_damaged_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.DataFrame({"name": ["embedded", "first", "second", "absent"], "present": [True, True, True, False]})

    def check(name: str) -> Path:
        if name == "first":
            raise DamagedFileError("first is damaged.")
        return tmp_path / name

    monkeypatch.setattr("recryst.datasets.registry.status", lambda: table)
    monkeypatch.setattr("recryst.datasets.registry.check", check)
    assert call(monkeypatch, "data", "check") == 1
    captured = capsys.readouterr()
    assert captured.out == f"second: as it should be, in {tmp_path / 'second'}\n"
    assert captured.err == "recryst: first is damaged.\n"
