"""Printed values of an exhibit as rows and columns, as long as nothing of ours stands beside them: thirty formulas by three methods."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from recryst.notation import as_printed, in_unit, unit
from recryst.report.markup import framed, scrolled, typeset


def divided(compared: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The values that stand in a grid, with the columns ``row`` and ``column``, and all others.

    Parameters
    ----------
    compared : from `comparison.compare`
    columns : heads of the grid; the value labelled "TiIn, GNOA" stands in the row TiIn and the column GNOA
    """
    parts = [str(label).rpartition(", ") for label in compared["label"]]
    named = np.array([bool(row) and column in columns for row, _, column in parts], dtype=bool)
    inside = named & compared["level"].isna().to_numpy(dtype=bool)
    told = compared.assign(row=[row for row, *_ in parts], column=[column for *_, column in parts])
    return told[inside], compared[~inside]


def table(values: pd.DataFrame, columns: Sequence[str], title: str, marks: Mapping[str, str]) -> str:
    """HTML of a grid; a unit that a whole column shares stands in its head.

    Parameters
    ----------
    values : from `divided`
    columns : heads, in order; one that no value has is left out
    title : of the exhibit, for those who can't see the table
    marks : HTML of the marks of footnotes, by the id of the value
    """
    units = {column: _shared_unit(part["unit"]) for column, part in values.groupby("column")}
    heads = {column: in_unit(column, unit(units[column]).strip()) for column in columns if column in units}
    body = []
    for name, row in values.groupby("row", sort=False):
        cells = {value["column"]: _cell(value, heads[value["column"]], units[value["column"]], marks) for _, value in row.iterrows()}
        shown = "".join(cells.get(column, _NONE) for column in heads)
        body.append(f'<tr><th scope="row">{typeset(str(name))}</th>{shown}</tr>')
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ["printed", *heads.values()])
    return scrolled(framed(head, "".join(body), kind=" recryst-compared"), f"{title}: printed values")


_NONE = '<td class="recryst-none">–</td>'


def _cell(value: pd.Series, head: str, shared: str, marks: Mapping[str, str]) -> str:
    own = unit(value["unit"]) if value["unit"] and not shared else ""
    return f'<td data-label="{escape(head)}">{typeset(as_printed(value["printed"]))}{escape(own)}{marks.get(value["value_id"], "")}</td>'


def _shared_unit(units: pd.Series) -> str:
    different = {one for one in units if one}
    return str(different.pop()) if len(different) == 1 else ""
