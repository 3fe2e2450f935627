"""Tables on a terminal, and in a pipe."""

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
