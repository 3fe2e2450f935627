from pathlib import Path

import pytest
import yaml

from recryst.errors import BadInputError
from recryst.report import expected, results
from recryst.report.results import Result, Results


def result(value: object, level: str = "retrained", **fields: object) -> Result:
    return results.make(**{"exhibit": "table-1", "value_id": "mae", "level": level, "value": value} | fields)


def run(*found: Result) -> dict[str, Results]:
    return {"cgcnn": Results(notebook="cgcnn", profile="reduced", results=found)}


def entry(value: object, tolerance: str) -> expected.Expectation:
    return expected.Expectation.model_validate(
        {"exhibit": "t", "value_id": "v", "level": "rebuilt", "value": value, "tolerance": tolerance, "reason": "worked by hand"}
    )


@pytest.mark.parametrize(
    ("value", "tolerance", "got", "allowed"),
    [
        (0.3, "10 %", 0.33, True),  # 0.3 + 0.03 exactly
        (0.3, "10 %", 0.3300001, False),
        (0.3, "10 %", 0.27, True),
        (-0.3, "10 %", -0.33, True),
        (0.3, "0.05", 0.35, True),
        (0.3, "0.05", 0.351, False),
        (12, "equal", 12, True),
        (12, "equal", 13, False),
        (12, "0", 12.0, True),
        (True, "equal", True, True),
        (True, "25 %", False, False),  # a tolerance can't excuse another answer
        (True, "25 %", 1, False),
        ("6 w", "equal", "6 w", True),
        ("6 w", "10 %", "8 w", False),
        ((1.0, 2.0), "10 %", (1.1, 1.8), True),
        ((1.0, 2.0), "10 %", (1.1, 1.7), False),
        ((1.0, 2.0), "10 %", (1.0, 2.0, 3.0), False),
        (0.3, "10 %", "0.3", False),
    ],
)
def test_tolerances_with_their_boundaries(value: object, tolerance: str, got: object, allowed: bool) -> None:
    assert entry(value, tolerance).allows(got) is allowed


def test_each_kind_of_status(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    old = run(result(0.30), result(0.5, value_id="rmse"), result(7, "re-analysed", value_id="count"))
    expected.update(old, path)
    now = run(result(0.31), result(0.7, value_id="rmse"), result(0.9, value_id="r2"))
    compared = expected.compare(now, expected.read(path)).set_index("result")
    # 0.31 is within 25 % of 0.30; 0.7 is 40 % above 0.5
    assert compared["status"].to_dict() == {
        "table-1 mae retrained": "ok",
        "table-1 rmse retrained": "drifted",
        "table-1 count re-analysed": "missing",
        "table-1 r2 retrained": "new",
    }
    assert list(expected.failures(compared.reset_index())["status"]) == ["drifted", "missing", "new"]
    assert compared.loc["table-1 rmse retrained", ["expected", "got", "tolerance"]].tolist() == [0.5, 0.7, "25 %"]


def test_a_notebook_without_results_misses_everything_and_others_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    expected.update(run(result(0.30)), path)
    assert list(expected.compare({"cgcnn": None}, expected.read(path))["status"]) == ["missing"]
    assert expected.compare({"esnet": None}, expected.read(path)).empty


def test_results_on_other_data_are_other_results(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    expected.update(run(result(0.3, data="embedded@1", split="test"), result(0.4, data="mp@1", split="test")), path)
    # another fingerprint of the same data is the same result, and its value decides
    now = run(result(0.3, data="embedded@2", split="test"), result(0.4, data="mp@1", split="validation"))
    assert sorted(expected.compare(now, expected.read(path))["status"]) == ["missing", "new", "ok"]


def test_first_tolerances_are_tight_without_training_and_wide_with_it(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    found = run(
        result(378, "re-analysed", value_id="count"),
        result(0.0312345678, "re-analysed", value_id="published"),
        result(True, "rebuilt", value_id="invariant"),
        result(0.3, value_id="trained"),
        result(0.3, value_id="noisy", spread=0.05, seeds=(0, 1)),
        result(0.3, value_id="steady", spread=0.01, seeds=(0, 1)),
        result(0.0, value_id="zero"),
        result(True, value_id="falls"),
    )
    expected.update(found, path)
    entries = {one.value_id: one for one in expected.read(path)["cgcnn"]}
    assert {name: one.tolerance for name, one in entries.items()} == {
        "count": "equal",
        "published": "0.1 %",
        "invariant": "equal",
        "trained": "25 %",
        "noisy": "0.2",  # four spreads, more than 25 % of 0.3
        "steady": "25 %",
        "zero": "0.01",
        "falls": "equal",
    }
    assert all(one.reason for one in entries.values())
    assert entries["published"].value == 0.0312346
    assert "other processors" in entries["trained"].reason


def test_an_update_keeps_tolerances_reasons_and_other_notebooks(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    other = {"esnet": Results(notebook="esnet", profile="reduced", results=(result(1.0),))}
    expected.update(run(result(0.30), result(0.5, value_id="gone")) | other, path)
    edited = path.read_text().replace("25 %", "12 %").replace("trained; other processors", "Known to be steady, although other processors")
    path.write_text(edited)
    expected.update(run(result(0.33), result(0.9, value_id="r2")), path)
    again = expected.read(path)
    assert [(one.value_id, one.value, one.tolerance) for one in again["cgcnn"]] == [("mae", 0.33, "12 %"), ("r2", 0.9, "25 %")]
    assert again["cgcnn"][0].reason.startswith("Known to be steady")
    assert [(one.value, one.tolerance) for one in again["esnet"]] == [(1.0, "12 %")]
    assert path.read_text().startswith("# Expected results of the profile 'reduced'")


def test_an_update_can_be_checked_at_once(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    found = run(
        result(1 / 3),
        result(2e-7, "rebuilt", value_id="tiny"),
        result([1 / 3, 2], "rebuilt", value_id="list"),
        result("a b", value_id="text"),
    )
    expected.update(found, path)
    assert set(expected.compare(found, expected.read(path))["status"]) == {"ok"}


def test_no_file_means_nothing_is_expected(tmp_path: Path) -> None:
    assert expected.read(tmp_path / "reduced.yml") == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["cgcnn"][0].pop("reason"), "cgcnn, entry 1, field reason"),
        (lambda content: content["cgcnn"][0].update(reason=" "), "a tolerance needs a reason"),
        (lambda content: content["cgcnn"][0].update(tolerance="some"), "'some' is no tolerance"),
        (lambda content: content["cgcnn"][0].update(tolerance=0.1), "entry 1, field tolerance"),
        (lambda content: content["cgcnn"][0].update(tolerence="10 %"), "field tolerence: there is no such field"),
        (lambda content: content.update(cgcnn="all"), "a list of entries for each notebook"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, change, words: str) -> None:
    path = tmp_path / "reduced.yml"
    expected.update(run(result(0.30)), path)
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(BadInputError) as error:
        expected.read(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_yaml_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "reduced.yml"
    path.write_text("cgcnn: [")
    with pytest.raises(BadInputError, match=r"reduced\.yml is not valid YAML \(line 1\)"):
        expected.read(path)
