"""The commands ``recryst dft density | eos | elastic``, which differ in what they compute and in nothing else."""

from pathlib import Path
from typing import Annotated

import typer

from recryst.errors import RecrystError

app = typer.Typer(
    help="Densities, equations of state and elastic constants of your own crystals, computed with GPAW (make setup-dft).",
    no_args_is_help=True,
)

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Crystals: CIF, POSCAR, whatever ASE or pymatgen reads.")]
Output = Annotated[Path, typer.Option("--output", help="Folder of results; what is finished there is not computed again.")]
Profile = Annotated[
    str, typer.Option("--profile", help="quick, to try, or standard, as the densities and moduli that come with the project.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", help="Crystals computed side by side, each on one core; -1 takes all cores.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="Hand the work to this Dask cluster, which must see the folder."),
]
Only = Annotated[bool, typer.Option("--estimate", help="Say what it costs, and compute nothing.")]


@app.command()
def density(
    files: Files, output: Output, profile: Profile = "standard", jobs: Jobs = 1, scheduler: Scheduler = None, estimate: Only = False
) -> None:
    """Compute valence charge densities at the volumes of the files, as recryst predict and `recryst.datasets` read them."""
    _compute(files, "density", output, profile, jobs, scheduler, estimate)


@app.command()
def eos(
    files: Files, output: Output, profile: Profile = "standard", jobs: Jobs = 1, scheduler: Scheduler = None, estimate: Only = False
) -> None:
    """Compute equations of state: equilibrium volumes and bulk moduli."""
    _compute(files, "eos", output, profile, jobs, scheduler, estimate)


@app.command()
def elastic(
    files: Files, output: Output, profile: Profile = "standard", jobs: Jobs = 1, scheduler: Scheduler = None, estimate: Only = False
) -> None:
    """Compute elastic constants and moduli of cubic crystals, at the volumes of their equations of state."""
    _compute(files, "elastic", output, profile, jobs, scheduler, estimate)


def _compute(files: list[Path], quantity: str, output: Path, profile: str, jobs: int, scheduler: str | None, estimate: bool) -> None:
    from recryst import parallel
    from recryst.dft import calculations, costs, plans
    from recryst.terminal import show

    output = output.absolute()  # workers of a cluster have working folders of their own
    plan = plans.plan(files, quantity, profile)
    if len(plan.rejected):
        show(plan.rejected)
    left = calculations.left(plan, output)
    if left:
        show(plans.table(left))
    print(costs.in_words([one.estimate for one in left], jobs), flush=True)
    if estimate:
        if len(plan.rejected):
            total = len(plan.rejected) + len(plan.calculations)
            raise RecrystError(f"{len(plan.rejected)} of {total} crystals can't be computed; the column reason says why.")
        return
    with parallel.scheduler(scheduler):
        table = calculations.run(plan, output, jobs, progress=True)
    show(table.round(3))
    bad = (table["status"] != "ok").sum()
    if bad:
        raise RecrystError(f"{bad} of {len(table)} crystals have no result; the column message says why, and logs are in {output}.")
