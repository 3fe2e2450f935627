"""Executing notebooks: in this Python, with these parameters, and with one sentence when one stops."""

import os
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from recryst import notebooks, parameters
from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.parameters import papers, settling

v4 = nbformat.v4
CELL = parameters.cell("cgcnn")


@pytest.fixture
def nbs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of notebooks of our own; each is known under its name, with the parameters of CGCNN."""
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path / "nbs")
    (tmp_path / "nbs").mkdir()
    return tmp_path / "nbs"


def write(folder: Path, name: str, *code: str, declared: str | None = None) -> Path:
    cells = [v4.new_code_cell(declared or CELL, metadata={"tags": ["parameters"]}), *map(v4.new_code_cell, code)]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def printed(path: Path) -> str:
    notebook = nbformat.read(path, as_version=4)
    return "".join(output.text for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "stream")


def test_a_notebook_runs_in_this_python_and_folder_with_its_parameters(nbs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(nbs, "cgcnn", "import os, sys\nprint(sys.executable, os.getcwd(), profile, n_train, output)")
    monkeypatch.chdir(tmp_path)
    (path,) = notebooks.run(["cgcnn"], "laptop", {"n_train": 77, "output": str(tmp_path / "out")})
    assert path == tmp_path / "out" / "cgcnn.ipynb"
    assert printed(path).split() == [sys.executable, os.getcwd(), "laptop", "77", str(tmp_path / "out")]
    assert notebooks.faults(path) == []


def test_a_process_that_ends_says_nothing_of_what_was_pending(nbs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(nbs, "cgcnn", "import asyncio\nloop = asyncio.new_event_loop()\ntask = loop.create_task(asyncio.sleep(9))")
    notebooks.run(["cgcnn"], "reduced", {"output": str(tmp_path / "out")})
    assert "pending" not in capfd.readouterr().err


def test_several_notebooks_run_side_by_side_and_one_that_stops_stops_no_other(
    nbs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("good", "bad", "last")
    values = yaml.safe_load((settling.PROFILES / "reduced.yml").read_text())["cgcnn"]
    (tmp_path / "reduced.yml").write_text(yaml.safe_dump(dict.fromkeys(names, values)))
    monkeypatch.setattr(settling, "PROFILES", tmp_path)
    for module in (parameters, papers):
        monkeypatch.setattr(module, "NOTEBOOKS", dict.fromkeys(names, parameters.CgcnnParameters))
    monkeypatch.setattr(notebooks.storage, "PROJECT", tmp_path)
    for name, code in (("good", "print(1)"), ("bad", "print(1)\n1 / 0"), ("last", "print(2)")):
        write(nbs, name, code)
    with pytest.raises(notebooks.NotebookError, match=r"^bad stopped in cell \[3\] with ZeroDivisionError: division by zero") as stopped:
        notebooks.run([], "reduced", {}, jobs=2)
    assert len(str(stopped.value).splitlines()) == 1
    outputs = {name: tmp_path / "results" / "reduced" / name / f"{name}.ipynb" for name in names}
    assert printed(outputs["good"]) == "1\n"
    assert printed(outputs["last"]) == "2\n"
    assert notebooks.faults(outputs["bad"])[0].endswith("was stopped by an exception.")


def test_nothing_runs_when_a_parameter_is_refused(nbs: Path, tmp_path: Path) -> None:
    write(nbs, "cgcnn", "open('ran', 'w')", declared='profile: str = "reduced"\nn_train: int = None\noutput: str = None')
    for given, sentence in (
        ({"n_train": "banana"}, "n_train must be a whole number from 10 to 50000"),
        ({"n_trian": 10}, "n_trian is not a parameter of cgcnn"),
        # the model knows it, this notebook does not declare it: papermill would announce it and go on
        ({"epochs": 10}, "has no parameter epochs in its cell tagged 'parameters'; it has profile, n_train, output"),
    ):
        with pytest.raises(BadInputError, match=sentence):
            notebooks.run(["cgcnn"], "reduced", {**given, "output": str(tmp_path / "out")})
    with pytest.raises(BadInputError, match=r"no notebook megnet; there are cgcnn"):
        notebooks.run(["megnet"], "reduced", {})
    assert not (tmp_path / "out").exists()


def test_a_dead_kernel_is_one_sentence(nbs: Path, tmp_path: Path) -> None:
    write(nbs, "cgcnn", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(notebooks.NotebookError, match="cgcnn stopped because its process died"):
        notebooks.run(["cgcnn"], "reduced", {"output": str(tmp_path)})


def test_a_notebook_that_can_not_be_written_is_one_sentence(nbs: Path, tmp_path: Path) -> None:
    write(nbs, "cgcnn", "print(1)")
    (tmp_path / "cgcnn.ipynb").mkdir()
    with pytest.raises(notebooks.NotebookError, match="cgcnn can't be written to"):
        notebooks.run(["cgcnn"], "reduced", {"output": str(tmp_path)})


def executed(path: Path, output: nbformat.NotebookNode | None, count: int | None = 1) -> Path:
    cell = v4.new_code_cell("1 + 1", execution_count=count, outputs=[output] if output else [])
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# Title"), cell]), path)
    return path


def test_what_makes_an_executed_notebook_unfit_to_publish(tmp_path: Path) -> None:
    path = tmp_path / "cgcnn.ipynb"
    with pytest.raises(MissingDataError, match="make it with: recryst run cgcnn"):
        notebooks.faults(path)
    assert notebooks.faults(executed(path, v4.new_output("stream", name="stdout", text="fine"))) == []
    assert notebooks.faults(executed(path, v4.new_output("error", ename="ValueError", evalue="no"))) == [
        f"{path}, cell 2 raised ValueError: no"
    ]
    assert notebooks.faults(executed(path, v4.new_output("stream", name="stderr", text="\nW0000 noise\nmore"))) == [
        f"{path}, cell 2 wrote to standard error: W0000 noise"
    ]
    assert notebooks.faults(executed(path, v4.new_output("stream", name="stderr", text="\n"))) == [
        f"{path}, cell 2 wrote to standard error: an empty line"
    ]
    assert notebooks.faults(executed(path, None, count=None)) == [f"{path}, cell 2 was not executed."]
    path.write_text("{ half a notebook", encoding="utf-8")
    with pytest.raises(DamagedFileError, match="is not a notebook; make it again with: recryst run cgcnn"):
        notebooks.faults(path)
