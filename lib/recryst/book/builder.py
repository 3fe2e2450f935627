"""From executed notebooks to a book, in one call."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from recryst import notebooks, parameters, storage
from recryst.book import attachments, broken_links, cards, chapters, evidence, front, library, reference, scoreboard, status, untold_figures
from recryst.book.folders import BookError, built


def build(profile: str, commands: typer.Typer) -> Path:
    """Build the book from the notebooks executed on ``profile``; any warning of the builder is an error.

    Parameters
    ----------
    commands : the command line, a `typer.Typer`, for its page of reference

    Returns
    -------
    the page to open

    Raises
    ------
    MissingDataError : a notebook has not been executed on this profile
    BookError : an executed notebook holds an error or a figure that says too little, the builder warns, a link leads nowhere,
        or jupyter-book is not installed
    """
    executed = [parameters.results_folder(profile, name) / f"{name}.ipynb" for name in parameters.NOTEBOOKS]
    _refuse([fault for path in executed for fault in (*notebooks.faults(path), *untold_figures.faults(path))])
    command = Path(sys.executable).with_name("jupyter-book")
    if not command.is_file():
        raise BookError("jupyter-book is not installed; install it with: pip install 'recryst[book]'.")
    attachments.attach(profile)
    chapters.collect(executed)
    generate(profile, commands)
    html = built()
    # everything is built anew: a changed chapter would otherwise leave stale links in the other pages, and a removed one its page
    shutil.rmtree(html, ignore_errors=True)
    options = ["--all", "--config", "_config.yml", "--path-output", ".", "-W", "--keep-going", "-q"]
    builder = subprocess.run([command, "build", "book", *options], cwd=storage.PROJECT, capture_output=True, text=True, check=False)
    if builder.returncode:
        lines = (builder.stdout + builder.stderr).splitlines()
        reasons = [line for line in lines if re.search(r"(WARNING|ERROR|CRITICAL): (?!All log messages)", line)] or lines[-20:]
        raise BookError("jupyter-book stopped:\n" + "\n".join(reasons))
    _refuse(broken_links.faults(html))
    return html / "index.html"


def generate(profile: str, commands: typer.Typer) -> None:
    """Write all that pages compute: ``book/generated`` is included by pages, ``book/library`` holds pages of its own."""
    found = evidence.gather(profile)
    front.write(found)
    scoreboard.write(found)
    status.write(found)
    cards.write(found)
    reference.write(commands)
    library.write()


def _refuse(faults: list[str]) -> None:
    if faults:
        raise BookError("\n".join(faults))
