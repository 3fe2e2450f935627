import json
from pathlib import Path

import numpy as np
import pytest

from recryst.errors import BadInputError, DamagedFileError, MissingDataError
from recryst.report import results
from recryst.report.results import Results


def some() -> Results:
    mae = results.make(
        exhibit="table-1", value_id="formation-energy/mae", level="retrained", value=0.0368, unit="eV/atom", n=7276, spread=0.0004,
        seeds=[0, 1, 2], interval=(0.036, 0.0375), data="mp@5fb1c0", split="test", run="cgcnn-9c1f20", caveat="fewer crystals",
    )  # fmt: skip
    statement = results.make(exhibit="figure-2b", value_id="falls", level="retrained", value=True)
    count = results.make(exhibit="text", value_id="n", level="re-analysed", value=36382)
    words = results.make(exhibit="table-s1", value_id="list", level="rebuilt", value=["2", 3, 4.5])
    return Results(notebook="cgcnn", profile="laptop", results=(mae, statement, count, words), figures=("figure-2b",), tables=("rejected",))


def test_what_is_written_is_read_back_with_its_types(tmp_path: Path) -> None:
    results.write(some(), tmp_path)
    again = results.read(tmp_path)
    assert again == some()
    assert again.results[1].value is True
    assert isinstance(again.results[2].value, int)
    assert again.results[3].value == ("2", 3, 4.5)


def test_the_file_has_the_documented_form(tmp_path: Path) -> None:
    content = json.loads(results.write(some(), tmp_path).read_text())
    assert content["format"] == 1
    assert content["results"][0] == {
        "exhibit": "table-1", "value_id": "formation-energy/mae", "level": "retrained", "value": 0.0368, "unit": "eV/atom",
        "n": 7276, "spread": 0.0004, "seeds": [0, 1, 2], "interval": [0.036, 0.0375], "data": "mp@5fb1c0", "split": "test",
        "run": "cgcnn-9c1f20", "caveat": "fewer crystals",
    }  # fmt: skip


def test_no_spread_and_no_interval_may_be_given_as_nan() -> None:
    result = results.make(
        exhibit="t", value_id="v", level="retrained", value=np.float64(1), seeds=[0], spread=np.nan, interval=(np.nan, np.nan)
    )
    assert result.spread is None
    assert result.interval is None
    assert type(result.value) is float


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": float("nan")}, "nan is not finite"),
        ({"value": float("inf")}, "inf is not finite"),
        ({"value": (1.0, float("nan"))}, "nan is not finite"),
        ({"value": None}, "must be a finite number, a bool, a text"),
        ({"value": {"mae": 1.0}}, "must be a finite number, a bool, a text"),
        ({"level": "reanalysed"}, "level"),
        ({"n": -1}, "n: "),
        ({"n": 2.5}, "n: "),
        ({"spread": -0.1, "seeds": (0, 1)}, "spread"),
        ({"spread": 0.1}, "a spread needs at least two different seeds"),
        ({"spread": 0.1, "seeds": (3, 3)}, "a spread needs at least two different seeds"),
        ({"interval": (2.0, 1.0)}, "lower end of the interval"),
        ({"verdict": "matches"}, "verdict: there is no such field"),
    ],
)
def test_an_impossible_result_is_one_sentence(fields: dict[str, object], words: str) -> None:
    with pytest.raises(BadInputError, match="Result table-1, mae: ") as error:
        results.make(**{"exhibit": "table-1", "value_id": "mae", "level": "retrained", "value": 1.0} | fields)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_the_same_result_twice_is_refused_but_other_data_is_another_result() -> None:
    one = results.make(exhibit="t", value_id="v", level="rebuilt", value=1, data="mp@1", split="test")
    with pytest.raises(ValueError, match="t v rebuilt mp test occurs more than once"):
        Results(notebook="n", profile="p", results=(one, one.model_copy(update={"data": "mp@2"})))
    Results(notebook="n", profile="p", results=(one, one.model_copy(update={"data": "embedded@1"})))


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="recryst run cgcnn"):
        results.read(tmp_path / "cgcnn")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace('"value": 0.0368', '"value": NaN'),
        lambda text: text.replace('"value": 0.0368', '"value": null'),
        lambda text: text.replace('"unit"', '"units"'),
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace("retrained", "guessed"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, damage) -> None:
    path = results.write(some(), tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(DamagedFileError, match="run the notebook again") as error:
        results.read(tmp_path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_no_text_are_damage(tmp_path: Path) -> None:
    path = results.write(some(), tmp_path)
    path.write_bytes(b"\xff\xfe" + path.read_bytes())
    with pytest.raises(DamagedFileError, match="damaged"):
        results.read(tmp_path)
