"""Tables on a terminal and in a pipe, and the parameters and times that people type there."""

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recryst.errors import BadInputError

if TYPE_CHECKING:
    import pandas as pd


def show(frame: "pd.DataFrame") -> None:
    """Print a table: fitted to a terminal, one line a row elsewhere."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None or value != value else escape(str(value)) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=1000)
    with console.capture() as captured:
        console.print(table)
    print("\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines()))


def key_and_value(text: str) -> tuple[str, str]:
    """Both parts of "n_train=2000".

    Raises
    ------
    BadInputError : there is no key, or no equals sign
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadInputError(f"-p takes KEY=VALUE, for example -p n_train=2000, not {text!r}.")
    return key, value


def seconds(text: str) -> float:
    """Seconds of "90s", "9m" or "2h".

    Raises
    ------
    BadInputError : it is no such time
    """
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    try:
        time = float(text[:-1]) * unit if unit else 0.0
    except ValueError:
        time = 0.0
    if not 0 < time < float("inf"):
        raise BadInputError(f"--budget must be a time such as 90s, 9m or 2h, not {text!r}.")
    return time
