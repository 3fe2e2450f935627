"""What people write, read and checked: YAML, in which no key stands twice, and the first thing that is wrong with its content."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recryst.errors import BadInputError

# what pydantic puts between the names of fields: the types that it tried, and the functions that it called
_OF_PYDANTIC = re.compile(r"(function|constrained|tuple|literal)\b.*|str|int|float|bool")


@dataclass(frozen=True)
class Problem:
    """What pydantic refuses.

    Parameters
    ----------
    place : names of fields and positions in lists, the outermost first; empty where the whole does not go together
    kind : pydantic's name of it, such as "missing"
    message : what is wrong, without a full stop
    given : what stands there
    """

    place: tuple[int | str, ...]
    kind: str
    message: str
    given: object


def read_yaml(path: Path) -> Any:
    """Content of a YAML file.

    Raises
    ------
    BadInputError : the file can't be read, is no YAML, or gives a key twice
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is not valid YAML: it is not written in UTF-8.") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str, only_text: bool = False) -> Any:
    """Content of a YAML text.

    Parameters
    ----------
    name : of its file, for messages
    only_text : keep every scalar as the text that stands there, so that 0.30 is not 0.3

    Raises
    ------
    BadInputError : it is no YAML, or gives a key twice
    """
    try:
        return yaml.load(text, _TextLoader if only_text else _ValueLoader)
    except (yaml.YAMLError, ValueError) as error:  # such as a date that is none
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise BadInputError(f"{name} is not valid YAML{where}: {reason}.") from error


def first_problem(error: ValidationError) -> Problem:
    """The first thing that pydantic refuses, in words of this project where they are plainer."""
    first = error.errors()[0]
    message = {"missing": "this field is missing", "extra_forbidden": "there is no such field"}.get(first["type"], first["msg"])
    place = tuple(step for step in first["loc"] if not _OF_PYDANTIC.fullmatch(str(step)))
    return Problem(place, first["type"], message.removeprefix("Value error, ").rstrip("."), first["input"])


class _NoKeyTwice(yaml.constructor.BaseConstructor):
    """A second key would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' occurs twice", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _ValueLoader(_NoKeyTwice, yaml.SafeLoader):
    """Numbers, dates and so on are what they look like."""


class _TextLoader(_NoKeyTwice, yaml.BaseLoader):
    """Every scalar is a text."""
