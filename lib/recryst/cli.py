"""The command line: ``recryst data | run | book | pdf | check | train | choose | keep | archive | predict | dft``.

Each command imports what it needs when it runs, so that ``recryst --help`` answers at once.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from recryst.dft.commands import app as dft
from recryst.errors import BadInputError, DownloadError, MissingDataError, MissingProgramError, RecrystError
from recryst.terminal import key_and_value, seconds, show

app = typer.Typer(
    help="Five deep-learning papers on crystals: re-analysed, rebuilt, retrained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data = typer.Typer(help="Public data sets: what there is, what is here, and getting them.", no_args_is_help=True)
app.add_typer(data, name="data")
app.add_typer(dft, name="dft")

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
    show(table[["name", "serves", "here", "download", "licence"]])


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


@data.command("density")
def data_density(
    materials: Annotated[list[str], typer.Argument(metavar="MATERIAL_ID...", help="Materials of the Materials Project, such as mp-149.")],
    output: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
) -> None:
    """Get charge densities from the Materials Project, with your key in MP_API_KEY; those already there are not asked for again."""
    from recryst.datasets import density_files

    problems = []
    for material in materials:
        path = output / f"{material}.density.npz"
        try:
            if not path.exists():
                density_files.write(path, density_files.fetch(material))
            print(path)
        except DownloadError as error:
            problems.append(str(error))
    if problems:
        raise RecrystError("\n".join(problems))


@data.command("splits")
def data_splits(
    plan: Annotated[Path, typer.Argument(help="YAML list of run configurations.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="Where to write, in place of data/splits.")] = None,
) -> None:
    """Write which crystals train, validate and test in the runs of a plan: one list of ids a data set."""
    from recryst.training import plans, split_lists

    for one in plans.one_run_a_task(plan):
        print(split_lists.write(one, folder))


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
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --store: also where stored results hold values that this run has not found.")
    ] = False,
    scheduler: Scheduler = None,
) -> None:
    """Execute notebooks with papermill; results go to results/PROFILE/NOTEBOOK."""
    from recryst import notebooks, parallel, parameters

    texts = dict(key_and_value(text) for text in parameter or [])
    chosen = names or list(parameters.NOTEBOOKS)
    given: dict[str, object] = {}
    for name in chosen:
        given |= parameters.from_text(name, texts)
    with parallel.scheduler(scheduler):
        for path in notebooks.run(chosen, profile, given, jobs, progress=True):
            print(path)
            if store:
                from recryst.report import stored

                print(stored.store(path.parent, overwrite=overwrite))


@app.command()
def book(profile: Profile = "reduced") -> None:
    """Build the book from the notebooks executed on a profile, and say where to open it."""
    from recryst import parameters

    with _extra("book"):
        from recryst import book

    parameters.profile_file(profile)  # refuses one that there is not, before its results are missed
    print(f"Open {book.build(profile, app)} in a browser.")


@app.command()
def pdf(output: Annotated[Path | None, typer.Option(help="Where to write it, in place of _build/recryst.pdf.")] = None) -> None:
    """Print the built book into one PDF, with Chromium."""
    with _extra("book"):
        from recryst.book import document

    print(document.write(output))


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NOTEBOOK]...", help="Notebooks to check; none means all of which results are expected.")
    ] = None,
    profile: Profile = "reduced",
    update: Annotated[bool, typer.Option("--update", help="Write the present results as the expected values, keeping tolerances.")] = False,
) -> None:
    """Compare results with the expected values of a profile; exit 1 and a table when one drifts."""
    from recryst import parameters
    from recryst.report import expected, results

    parameters.profile_file(profile)  # refuses one that there is not, before its results are missed
    path = expected.path_of(profile)
    found = {}
    for name in [parameters.known(name) for name in names or parameters.NOTEBOOKS]:
        with suppress(MissingDataError):
            found[name] = results.read(parameters.results_folder(profile, name))
    if not found:
        raise MissingDataError(f"There are no results of profile {profile}; make them with: recryst run --profile {profile}.")
    if update:
        expected.update(found, path)
        print(path)
        return
    if not path.is_file():
        write = f"recryst check --profile {profile} --update"
        raise MissingDataError(f"There are no expected values of profile {profile}; write the present ones with: {write}.")
    wanted = expected.read(path)
    for name in sorted({*found} - {*wanted} - {*(names or [])}):
        print(f"{name}: nothing is expected of it under profile {profile}.")
    compared = expected.compare({name: found.get(name) for name in names or wanted}, wanted)
    failed = expected.failures(compared)
    if len(failed):
        show(failed)
        raise RecrystError(f"{len(failed)} of {len(compared)} results of profile {profile} are not as expected.")
    print(f"All {len(compared)} results of profile {profile} are as expected.")


@app.command()
def train(
    plan: Annotated[Path, typer.Argument(help="YAML list of run configurations, worked through in order.")],
    budget: Annotated[str | None, typer.Option(help="Stop cleanly before this time is over: 90s, 9m or 2h.")] = None,
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Say how long it takes, and train nothing.")] = False,
    weights: Annotated[bool, typer.Option("--weights", help="Train also what came with the project without its weights.")] = False,
) -> None:
    """Train the runs of a plan; finished ones are left alone, an interrupted one goes on where it was; exit 1 when one failed.

    First it says how long that takes, by the speed of a few batches on this machine.
    """
    deadline = time.time() + seconds(budget) if budget else float("inf")
    from recryst import parallel
    from recryst.training import costs, plans

    if scheduler is None:  # the workers of a cluster have speeds of their own
        left = costs.estimate(plans.read(plan), jobs, weights)
        show(costs.summary(left))
        print(costs.in_words(left, jobs), flush=True)
    if estimate:
        return
    with parallel.scheduler(scheduler):
        table = plans.train(plan, deadline, jobs, weights)
    # there may be hundreds that wait, and nothing is known of them
    show(table[table["status"] != "waiting"])
    waiting, failed = ((table["status"] == status).sum() for status in ("waiting", "failed"))
    if waiting:
        print(f"{waiting} of {len(table)} runs wait; the same command goes on with them.")
    if failed:
        raise RecrystError(f"{failed} of {len(table)} runs failed; the column message says why.")


@app.command()
def choose(
    plan: Annotated[Path, typer.Argument(help="Plan whose runs try several recipes on several data sets.")],
    recipe: Annotated[Path | None, typer.Option(help="Where to write the best one, in place of nbs/recipes/cgcnn.yml.")] = None,
) -> None:
    """Choose the recipe with the smallest validation errors over all data sets of a plan, and write it down for other plans."""
    from recryst import storage
    from recryst.outcomes import recipes

    target = recipe or storage.PROJECT / "nbs" / "recipes" / "cgcnn.yml"
    show(recipes.choose(plan, target).round(3))
    print(target)


@app.command()
def keep(
    plan: Annotated[Path, typer.Argument(help="Plan whose finished runs are looked through.")],
    network: Annotated[str | None, typer.Option(help="Keep this network alone, such as voxel-shallow.")] = None,
) -> None:
    """Keep the best networks of each data set of a plan in data/models, each with its card, for recryst predict.

    What is kept already of the same crystals stays where it is better.
    """
    from recryst.outcomes import keeping

    show(keeping.keep_best(plan, network).round(4))


@app.command()
def archive() -> None:
    """Copy the finished runs on public data to data/runs, without weights and targets, so that they come with the project."""
    from recryst.outcomes import archive

    show(archive.archive())


@app.command()
def predict(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Crystals: CIF, POSCAR, extended XYZ, whatever ASE or pymatgen reads.")
    ],
    model: Annotated[
        str, typer.Option(help="Model to ask, such as cgcnn/band-gap (published) or recryst/formation-energy (trained here).")
    ] = "cgcnn/formation-energy-per-atom",
    output: Annotated[Path | None, typer.Option(help="Write a CSV file in place of a table.")] = None,
) -> None:
    """Predict a property of your own crystals with a model that is published or was trained here; exit 1 when one can't be read."""
    from recryst import prediction, storage

    table = prediction.predict(files, model)
    if output:
        storage.write_text(output, table.to_csv(index=False))
    elif sys.stdout.isatty():
        show(table)
    else:
        print(table.to_csv(index=False), end="")
    bad = (table["status"] != "ok").sum()
    if bad:
        raise RecrystError(f"{bad} of {len(table)} crystals have no prediction; the column message says why.")


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Say in one sentence that an optional extra is not installed, of which something is imported in the block."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingProgramError(f"{error.name} is not installed; install it with: pip install 'recryst[{name}]'.") from error
