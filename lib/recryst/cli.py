"""The command line: ``recryst data | run | book | check | train | predict``.

Each command imports what it needs when it runs, so that ``recryst --help`` answers at once.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from recryst.errors import BadInputError, RecrystError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Five deep-learning papers on crystals: re-analysed, rebuilt, retrained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data = typer.Typer(help="Public data sets: what there is, what is here, and getting them.", no_args_is_help=True)
app.add_typer(data, name="data")

Profile = Annotated[str, typer.Option("--profile", help="Settings to use: reduced, laptop, full, or a file of your own in nbs/profiles.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", help="Processes that work side by side; -1 takes all cores.")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Hand the work to this Dask cluster.")]


def main() -> None:
    """Run the command; what a user can mend is one sentence on standard error, without a traceback."""
    try:
        app()
    except RecrystError as error:
        print(f"recryst: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadInputError) else 1)


@data.command("list")
def data_list() -> None:
    """List the data sets, and which of them are on this machine."""
    from recryst.datasets import registry

    table = registry.status()
    table["here"] = table["where"].map(str).where(table["present"], "no")
    table["download"] = (table["download"] / 1e6).map("{:,.0f} MB".format)
    _show(table[["name", "serves", "here", "download", "licence"]])


@data.command("get")
def data_get(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Data sets, as `recryst data list` names them.")],
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where to put them, in place of $RECRYST_DATA or data/downloaded.")
    ] = None,
) -> None:
    """Download data sets from their public sources, and verify them."""
    from recryst.datasets import registry

    for name in names:
        print(registry.get(name, folder, progress=True))


@data.command("check")
def data_check() -> None:
    """Verify the content of every data set on this machine, bit for bit; exit 1 when one is damaged."""
    from recryst.datasets import registry

    found = registry.status().query("present and name != 'embedded'")
    problems = []
    for name in found["name"]:
        try:
            print(f"{name}: as it should be, in {registry.check(name)}")
        except RecrystError as error:
            problems.append(str(error))
    if problems:
        raise RecrystError("\n".join(problems))


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NOTEBOOK]...", help="Notebooks of nbs/, without .ipynb; none means all.")
    ] = None,
    profile: Profile = "reduced",
    parameter: Annotated[
        list[str] | None, typer.Option("-p", metavar="KEY=VALUE", help="A parameter in place of the profile's value.")
    ] = None,
    jobs: Jobs = 1,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the results in data/results too, aggregated, as the book shows them.")
    ] = False,
    scheduler: Scheduler = None,
) -> None:
    """Execute notebooks with papermill; results go to results/PROFILE/NOTEBOOK."""
    from recryst import notebooks, parallel, parameters

    texts = dict(_key_and_value(text) for text in parameter or [])
    chosen = names or list(parameters.NOTEBOOKS)
    given: dict[str, object] = {}
    for name in chosen:
        given |= parameters.from_text(name, texts)
    with parallel.scheduler(scheduler):
        for path in notebooks.run(chosen, profile, given, jobs, progress=True):
            print(path)
            if store:
                from recryst.report import stored

                print(stored.store(path.parent))


@app.command()
def book(profile: Profile = "reduced") -> None:
    """Build the book from the notebooks executed on a profile, and say where to open it."""
    from recryst import book

    print(f"Open {book.build(profile)} in a browser.")


@app.command()
def check(
    profile: Profile = "reduced",
    update: Annotated[bool, typer.Option("--update", help="Write the present results as the expected values, keeping tolerances.")] = False,
) -> None:
    """Compare results with the expected values of a profile; exit 1 and a table when one drifts."""
    from recryst.report import expected

    if update:
        print(expected.update(profile))
        return
    drift = expected.compare(profile)
    _show(drift)
    if not drift["within"].all():
        raise RecrystError(f"{(~drift['within']).sum()} of {len(drift)} results of profile {profile} are not as expected.")


@app.command()
def train(
    plan: Annotated[Path, typer.Argument(help="YAML list of run configurations, worked through in order.")],
    budget: Annotated[str | None, typer.Option(help="Stop cleanly before this time is over: 90s, 9m or 2h.")] = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
) -> None:
    """Train the runs of a plan; finished ones are read, an interrupted one goes on where it was."""
    from recryst import parallel
    from recryst.training import plans

    with parallel.scheduler(scheduler):
        plans.train(plan, budget_seconds=_seconds(budget) if budget else None, jobs=jobs)


@app.command()
def predict(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Crystals: CIF, POSCAR, extended XYZ, whatever ASE or pymatgen reads.")
    ],
    model: Annotated[str, typer.Option(help="Published model to ask, for example cgcnn/band-gap.")] = "cgcnn/formation-energy-per-atom",
    output: Annotated[Path | None, typer.Option(help="Write a CSV file in place of a table.")] = None,
) -> None:
    """Predict a property of your own crystals with a published model; exit 1 when one can't be read."""
    from recryst import prediction, storage

    table = prediction.predict(files, model)
    if output:
        storage.write_text(output, table.to_csv(index=False))
    elif sys.stdout.isatty():
        _show(table)
    else:
        print(table.to_csv(index=False), end="")
    bad = (table["status"] != "ok").sum()
    if bad:
        raise RecrystError(f"{bad} of {len(table)} crystals have no prediction; the column message says why.")


def _key_and_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise BadInputError(f"-p takes KEY=VALUE, for example -p n_train=2000, not {text!r}.")
    return key, value


def _seconds(text: str) -> float:
    """Seconds of "90s", "9m" or "2h"."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
    try:
        seconds = float(text[:-1]) * unit if unit else 0.0
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise BadInputError(f"--budget must be a time such as 90s, 9m or 2h, not {text!r}.")
    return seconds


def _show(frame: "pd.DataFrame") -> None:
    """Print a table: drawn for a terminal, complete and without cuts elsewhere."""
    if not sys.stdout.isatty():
        print(frame.to_string(index=False))
        return
    table = Table(*map(str, frame.columns))
    for row in frame.itertuples(index=False):
        table.add_row(*("" if value is None or value != value else str(value) for value in row))
    Console().print(table)
