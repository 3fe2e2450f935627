"""Parameters: the one definition gives the notebook's cell, the profile's values, and a sentence for every mistake."""

import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from recryst import parameters, storage
from recryst.errors import BadInputError
from recryst.parameters import settling


def test_given_values_win_over_the_profile_and_none_stands_for_it() -> None:
    profile = parameters.settle("cgcnn", {"profile": "laptop"})
    settled = parameters.settle("cgcnn", {"profile": "laptop", "n_train": 123, "epochs": None})
    assert settled.n_train == 123 != profile.n_train
    assert settled.epochs == profile.epochs
    assert settled.output == storage.PROJECT / "results" / "laptop" / "cgcnn"


@pytest.mark.parametrize("profile", ["reduced", "laptop", "full"])
@pytest.mark.parametrize("notebook", parameters.NOTEBOOKS)
def test_every_profile_settles_every_notebook(notebook: str, profile: str) -> None:
    assert parameters.settle(notebook, {"profile": profile}).profile == profile


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"n_train": "banana"}, "n_train must be a whole number from 10 to 50000, not 'banana'."),
        ({"n_train": 3}, "n_train must be a whole number from 10 to 50000, not 3."),
        ({"n_train": 100.0}, "n_train must be a whole number from 10 to 50000, not 100.0."),
        ({"n_train": True}, "n_train must be a whole number from 10 to 50000, not True."),
        ({"learning_rate": 0}, "learning_rate must be a number above 0 and up to 1, not 0."),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0 and up to 1, not nan."),
        ({"optimiser": "lbfgs"}, "optimiser must be sgd or adam, not 'lbfgs'."),
        ({"progress": "yes"}, "progress must be True or False, not 'yes'."),
        ({"profile": "fast"}, "profile must be one of better, full, laptop, reduced, not 'fast'."),
        ({"profile": ["reduced"]}, "profile must be one of better, full, laptop, reduced, not ['reduced']."),
    ],
)
def test_an_impossible_value_is_named_with_what_is_allowed(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parameters.settle("cgcnn", given)
    assert str(refused.value) == sentence


def test_a_folder_of_crystals_must_exist(tmp_path: Path) -> None:
    assert parameters.settle("cgcnn", {"data": str(tmp_path)}).data == str(tmp_path)
    with pytest.raises(BadInputError, match=r"^data must be embedded, .* \(there is no folder .*/nothing\)\.$"):
        parameters.settle("cgcnn", {"data": str(tmp_path / "nothing")})


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(BadInputError, match=r"^n_trian is not a parameter of cgcnn; .*Did you mean n_train\?$"):
        parameters.settle("cgcnn", {"n_trian": 100})


def test_a_wrong_value_in_a_profile_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = yaml.safe_load((settling.PROFILES / "reduced.yml").read_text())["cgcnn"]
    monkeypatch.setattr(settling, "PROFILES", tmp_path)
    for change, sentence in (
        ({"optimiser": "sgdd"}, "optimiser must be"),
        ({"epoch": 3}, "epoch is not a parameter of cgcnn"),
        ({"epochs": None}, "epochs has no value"),
    ):
        section = {name: value for name, value in (values | change).items() if value is not None}
        (tmp_path / "mine.yml").write_text(yaml.safe_dump({"cgcnn": section}))
        with pytest.raises(BadInputError, match=rf"^In .*/mine\.yml: {sentence}"):
            parameters.settle("cgcnn", {"profile": "mine"})
    for empty in ("esnet: {}\n", "cgcnn:\n", "", "- cgcnn\n"):
        (tmp_path / "mine.yml").write_text(empty)
        with pytest.raises(BadInputError, match=r"mine\.yml has no section cgcnn"):
            parameters.settle("cgcnn", {"profile": "mine"})
    for wrong, sentence in (
        (b"cgcnn:\n  a: b: c\n", r"mine\.yml is not valid YAML \(line 2\): mapping values are not allowed here"),
        (b"cgcnn: {epochs: 1, epochs: 2}\n", r"mine\.yml is not valid YAML \(line 1\): the key 'epochs' occurs twice"),
        ("cgcnn: {data: é}\n".encode("latin-1"), r"mine\.yml is not valid YAML: it is not written in UTF-8"),
        (b"cgcnn: {5: 1}\n", r"In .*mine\.yml: 5 is not a parameter of cgcnn"),
    ):
        (tmp_path / "mine.yml").write_bytes(wrong)
        with pytest.raises(BadInputError, match=sentence):
            parameters.settle("cgcnn", {"profile": "mine"})


def test_in_a_notebook_only_the_parameter_cells_are_looked_at() -> None:
    own = parameters.cell("cgcnn")
    namespace = {"n_train": 50, "my_table": 3, "In": ["", own, "my_table = 3"]}
    assert parameters.settle("cgcnn", namespace).n_train == 50
    namespace |= {"n_trian": 60, "In": ["", own, "# Parameters\nn_trian = 60\n", "settle()"]}
    with pytest.raises(BadInputError, match="n_trian is not a parameter"):
        parameters.settle("cgcnn", namespace)


def test_a_corrected_parameters_cell_is_taken_at_its_word() -> None:
    """In Jupyter a misspelt name stays among the variables after its cell was corrected and run again."""
    own = parameters.cell("cgcnn")
    namespace = {"n_trian": 60, "n_train": 60, "In": ["", own + "\nn_trian = 60", "settle()", own]}
    assert parameters.settle("cgcnn", namespace).n_train == 60


@pytest.mark.parametrize(("text", "value"), [("2000", 2000), ("True", True), ("None", None), ("banana", "banana")])
def test_text_of_a_command_line_becomes_what_it_looks_like(text: str, value: object) -> None:
    assert parameters.from_text("cgcnn", {"n_train": text}) == {"n_train": value}


def test_text_of_a_command_line_stays_text_where_text_is_wanted() -> None:
    assert parameters.from_text("cgcnn", {"data": "2018", "learning_rate": "1e-3"}) == {"data": "2018", "learning_rate": 1e-3}


def test_papermill_reads_every_parameter_of_the_cell(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(parameters.cell("cgcnn"), metadata={"tags": ["parameters"]})])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(notebook, tmp_path / "cgcnn.ipynb")
    declared = papermill.inspect_notebook(str(tmp_path / "cgcnn.ipynb"))
    fields = parameters.CgcnnParameters.model_fields
    assert list(declared) == list(fields)
    for name, field in fields.items():
        assert declared[name]["help"] == f"{field.description}; {parameters.allowed(field)}"
        assert declared[name]["inferred_type_name"] in ("int", "float", "str", "bool")


@pytest.mark.parametrize("name", [path.stem for path in (storage.PROJECT / "nbs").glob("*.ipynb")])
def test_the_committed_notebook_holds_exactly_this_cell(name: str) -> None:
    notebook = nbformat.read(storage.PROJECT / "nbs" / f"{name}.ipynb", as_version=4)
    tagged = [cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == [parameters.cell(name)]


def test_papermill_ends_with_the_sentence_alone(tmp_path: Path) -> None:
    """``papermill nbs/cgcnn.ipynb out.ipynb -p n_train banana``: the last line is the sentence, nothing of our code above it."""
    v4 = nbformat.v4
    cells = [
        v4.new_code_cell(parameters.cell("cgcnn"), metadata={"tags": ["parameters"]}),
        v4.new_code_cell('from recryst import parameters\n\nsettings = parameters.settle("cgcnn", globals())'),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    nbformat.write(notebook, tmp_path / "in.ipynb")
    for name, value, sentence in (
        ("n_train", "banana", "n_train must be a whole number from 10 to 50000, not 'banana'."),
        ("n_trian", "2000", "n_trian is not a parameter of cgcnn"),
    ):
        command = [Path(sys.executable).with_name("papermill"), "in.ipynb", "out.ipynb", "-p", name, value]
        papermill_run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert papermill_run.returncode == 1
        assert papermill_run.stderr.strip().splitlines()[-1].startswith(sentence)
        assert "lib/recryst" not in papermill_run.stderr
