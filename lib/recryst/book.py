"""From executed notebooks to a book: HTML pages that open from disk and load nothing from outside."""

import shutil
import subprocess
import sys
from importlib import resources, util
from pathlib import Path

import nbformat

from recryst import notebooks, parameters, storage
from recryst.errors import MissingDataError, RecrystError

BOOK = storage.PROJECT / "book"
# what a page may need of MathJax: its program and its fonts, not the 22 MB of speech rules around them
MATHJAX = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2")


class BookError(RecrystError, RuntimeError):
    """The book can't be built; the message holds every warning of the builder."""


def build(profile: str) -> Path:
    """Build the book from the notebooks executed on ``profile``; any warning of the builder is an error.

    Returns
    -------
    the page to open

    Raises
    ------
    MissingDataError : a notebook has not been executed on this profile
    BookError : an executed notebook holds an error, the builder warns, or jupyter-book is not installed
    """
    executed = [storage.PROJECT / "results" / profile / name / f"{name}.ipynb" for name in parameters.NOTEBOOKS]
    found = [fault for path in executed for fault in notebooks.faults(path)]
    if found:
        raise BookError("\n".join(found))
    collect(executed)
    attach(profile)
    command = Path(sys.executable).with_name("jupyter-book")
    if not command.is_file():
        raise BookError("jupyter-book is not installed; install it with: pip install 'recryst[book]'.")
    # everything is built anew: a changed chapter would otherwise leave stale links in the other pages
    options = ["--all", "--config", "_config.yml", "--path-output", ".", "-W", "--keep-going", "-q"]
    builder = subprocess.run([command, "build", "book", *options], cwd=storage.PROJECT, capture_output=True, text=True, check=False)
    if builder.returncode:
        lines = (builder.stdout + builder.stderr).splitlines()
        reasons = [line for line in lines if "WARNING" in line or "ERROR" in line] or lines[-20:]
        raise BookError("jupyter-book stopped:\n" + "\n".join(reasons))
    return storage.PROJECT / "_build" / "html" / "index.html"


def collect(executed: list[Path]) -> None:
    """Copy executed notebooks to ``book/chapters``, fold their long parameters cell, and load plotly where they draw with it."""
    chapters = BOOK / "chapters"
    shutil.rmtree(chapters, ignore_errors=True)
    for path in executed:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.metadata.tags.append("hide-input")
                cell.metadata["mystnb"] = {"code_prompt_show": "Show all parameters", "code_prompt_hide": "Hide the parameters"}
        if any("plotly-graph-div" in str(cell.get("outputs", "")) for cell in notebook.cells):
            # after the title, which must stay the first line of the page
            notebook.cells.insert(1, nbformat.v4.new_markdown_cell('<script src="../plotly/plotly.min.js"></script>'))
        storage.write_text(chapters / path.name, nbformat.writes(notebook))


def attach(profile: str) -> None:
    """Copy what pages link to beside them: scripts of installed packages, so that the book needs no network, and results.

    It goes to ``html_extra_path``: jupyter-book would put any script under ``_static`` into every page. Results are those of
    ``profile`` and those stored in ``data/results``, which the chapters show beside them.
    """
    attached = BOOK / "attached"
    shutil.rmtree(attached, ignore_errors=True)
    mathjax = util.find_spec("sphinx-mathjax-offline")
    if mathjax is None or mathjax.origin is None:
        raise BookError("sphinx-mathjax-offline is not installed; install it with: pip install 'recryst[book]'.")
    scripts = Path(mathjax.origin).parent / "static" / "mathjax"
    for part in MATHJAX:
        _copy(scripts / part, attached / "mathjax" / part)
    _copy(Path(str(resources.files("plotly"))) / "package_data" / "plotly.min.js", attached / "plotly" / "plotly.min.js")
    _copy(Path(__file__).parent / "report" / "report.css", BOOK / "_static" / "vendor" / "report.css")
    for stored in sorted((storage.PROJECT / "data" / "results").glob("*/")):
        _copy(stored, attached / "results" / stored.name)
    for name in parameters.NOTEBOOKS:
        shutil.rmtree(attached / "results" / profile / name, ignore_errors=True)
        _copy(storage.PROJECT / "results" / profile / name, attached / "results" / profile / name)


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise MissingDataError(f"{source} is missing from the installed packages; run make setup again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
