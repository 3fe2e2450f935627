"""A notebook's parameters cell, and what each parameter may be, in words."""

from typing import Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from recryst.parameters import papers


def cell(notebook: str) -> str:
    """Source of the notebook's parameters cell: one typed, commented assignment a parameter.

    papermill reads it (``papermill --help-notebook``), which is why no comment may hold an equals sign.
    """
    lines = [f"# Parameters of {notebook}. None stands for the profile's value, see nbs/profiles."]
    for name, field in papers.model(notebook).model_fields.items():
        default = repr(None if field.is_required() else field.default).replace("'", '"')
        lines.append(f"{name}: {_plain_type(field)} = {default}  # {field.description}; {allowed(field)}")
    return "\n".join(lines)


def allowed(field: FieldInfo) -> str:
    """What a parameter may be, in words: "a whole number from 1 to 100"."""
    if isinstance(field.json_schema_extra, dict):
        return str(field.json_schema_extra["allowed"])
    if get_origin(field.annotation) is Literal:
        return " or ".join(get_args(field.annotation))
    if field.annotation is bool:
        return "True or False"
    bounds = {
        type(bound): getattr(bound, type(bound).__name__.lower())
        for bound in field.metadata
        if isinstance(bound, annotated_types.BaseMetadata)
    }
    kind = "a whole number" if field.annotation is int else "a number"
    lowest = f"from {bounds[annotated_types.Ge]}" if annotated_types.Ge in bounds else f"above {bounds[annotated_types.Gt]} and up"
    return f"{kind} {lowest} to {bounds[annotated_types.Le]}"


def _plain_type(field: FieldInfo) -> str:
    """A type that papermill's inspection can read: choices and paths are written as text."""
    return field.annotation.__name__ if field.annotation in (int, float, bool) else "str"
