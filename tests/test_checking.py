"""YAML that people write: what is read of it, and one sentence for what is wrong with it."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recryst import checking, storage
from recryst.errors import BadInputError


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    structure: int | float = Field(gt=0)
    kind: Literal["a", "b"] = "a"


class Outer(BaseModel):
    entries: tuple[Inner, ...]
    most: int = 3

    @model_validator(mode="after")
    def _few(self) -> "Outer":
        if len(self.entries) > self.most:
            raise ValueError("these are too many.")
        return self


@pytest.mark.parametrize(
    ("entries", "place", "kind", "message", "given"),
    [
        ([{}], ("entries", 0, "structure"), "missing", "this field is missing", {}),
        ([{"structure": 1}, {"structure": 1, "size": 2}], ("entries", 1, "size"), "extra_forbidden", "there is no such field", 2),
        ([{"structure": 1, "kind": "c"}], ("entries", 0, "kind"), "literal_error", "Input should be 'a' or 'b'", "c"),
        ([{"structure": "x"}], ("entries", 0, "structure"), "int_parsing", None, "x"),
        ([{"structure": -1.5}], ("entries", 0, "structure"), None, None, -1.5),
        ([{"structure": 1}] * 4, (), "value_error", "these are too many", None),
    ],
)
def test_the_first_problem_says_where_and_what(entries: list, place: tuple, kind: str | None, message: str | None, given: object) -> None:
    """The place holds fields and positions alone, none of the types that pydantic tried for a number."""
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate({"entries": entries})
    problem = checking.first_problem(refused.value)
    assert problem.place == place
    assert kind is None or problem.kind == kind
    assert message is None or problem.message == message
    assert given is None or problem.given == given


def test_scalars_are_what_they_look_like_or_stay_the_text_that_stands_there() -> None:
    text = "a: 0.30\nb: yes\nc: [1, 2018-01-02]\n"
    assert checking.parse_yaml(text, "file", only_text=True) == {"a": "0.30", "b": "yes", "c": ["1", "2018-01-02"]}
    values = checking.parse_yaml(text, "file")
    assert (values["a"], values["b"], values["c"][0], values["c"][1].year) == (0.3, True, 1, 2018)


@pytest.mark.parametrize("only_text", [True, False])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3\n", r"^file is not valid YAML \(line 3\): the key 'a' occurs twice\.$"),
        ("a: {b: {c: 1, c: 1}}", r"^file is not valid YAML \(line 1\): the key 'c' occurs twice\.$"),
        ("a: [1", r"^file is not valid YAML \(line 1\): expected ',' or ']', but got '<stream end>'\.$"),
        ("a: \x00", r"^file is not valid YAML: unacceptable character .*\.$"),
    ],
)
def test_what_is_no_yaml_or_says_a_thing_twice_is_one_sentence(text: str, sentence: str, only_text: bool) -> None:
    with pytest.raises(BadInputError, match=sentence) as refused:
        checking.parse_yaml(text, "file", only_text)
    assert "\n" not in str(refused.value)


def test_the_same_key_may_stand_in_several_mappings_and_win_over_a_merged_one() -> None:
    text = "base: &base {a: 1, b: 2}\nfirst: {<<: *base, a: 3}\nsecond: {a: 4}\n? [1, 2]\n: a key that is a list\n"
    with pytest.raises(BadInputError, match="unhashable key"):
        checking.parse_yaml(text, "file")
    assert checking.parse_yaml(text.partition("?")[0], "file")["first"] == {"a": 3, "b": 2}


def test_a_file_that_can_not_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nothing\.yml can't be read: No such file or directory\.$"):
        checking.read_yaml(tmp_path / "nothing.yml")
    with pytest.raises(BadInputError, match=r"can't be read: Is a directory\.$"):
        checking.read_yaml(tmp_path)
    (tmp_path / "latin.yml").write_bytes("a: é".encode("latin-1"))
    with pytest.raises(BadInputError, match=r"latin\.yml is not valid YAML: it is not written in UTF-8\.$"):
        checking.read_yaml(tmp_path / "latin.yml")


@pytest.mark.parametrize(
    "path", [path for folder in ("nbs", "book") for path in sorted((storage.PROJECT / folder).rglob("*.yml"))], ids=lambda path: path.name
)
def test_no_committed_file_says_a_thing_twice(path: Path) -> None:
    assert checking.read_yaml(path)
