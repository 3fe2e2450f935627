"""What pages link to, copied beside them: scripts of installed packages, so that the book needs no network, and results."""

import json
import shutil
from importlib import resources, util
from pathlib import Path

from recryst import parameters, storage
from recryst.book import folders
from recryst.errors import MissingDataError
from recryst.report import stored

# what a page may need of MathJax: its program and its fonts, not the 22 MB of speech rules around them
MATHJAX = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2")


def attach(profile: str) -> None:
    """Fill ``book/attached``, from nothing: MathJax, plotly, the library of sortable tables, and results.

    It goes to ``html_extra_path``: jupyter-book would put any script under ``_static`` into every page. Results are those of
    ``profile`` and those stored in ``data/results``, which the chapters show beside them.

    Raises
    ------
    BookError : a package of the extra ``book`` is not installed
    """
    attached = folders.attached()
    shutil.rmtree(attached, ignore_errors=True)
    mathjax = _package("sphinx-mathjax-offline")
    for part in MATHJAX:
        _copy(mathjax / "static" / "mathjax" / part, attached / "mathjax" / part)
    _copy(Path(str(resources.files("plotly"))) / "package_data" / "plotly.min.js", attached / "plotly" / "plotly.min.js")
    script, style = _datatables()
    storage.write_text(attached / "datatables" / "datatables.js", script)
    storage.write_text(attached / "datatables" / "datatables.css", style)
    _copy(Path(__file__).parents[1] / "report" / "interactive.js", attached / "plotly" / "interactive.js")
    _copy(Path(__file__).parents[1] / "report" / "report.css", folders.source() / "_static" / "vendor" / "report.css")
    for profile_folder in sorted(stored.default_folder().glob("*/")):
        _copy(profile_folder, attached / "results" / profile_folder.name)
    for name in parameters.NOTEBOOKS:
        shutil.rmtree(attached / "results" / profile / name, ignore_errors=True)
        _copy(parameters.results_folder(profile, name), attached / "results" / profile / name)


def _datatables() -> tuple[str, str]:
    """DataTables, as itables bundles it: a script that sets the promise ``window.datatables``, and its style sheet.

    The bundle is an ECMAScript module, and browsers import no module over ``file://``; so the script carries it as text.
    """
    bundle = _package("itables") / "html" / "dt_bundle.js"
    program = json.dumps(bundle.read_text(encoding="utf-8"))
    script = f'window.datatables = import(URL.createObjectURL(new Blob([{program}], {{type: "text/javascript"}})));\n'
    return script, bundle.with_suffix(".css").read_text(encoding="utf-8")


def _package(name: str) -> Path:
    """Folder of an installed package."""
    found = util.find_spec(name)
    if found is None or found.origin is None:
        raise folders.BookError(f"{name} is not installed; install it with: pip install 'recryst[book]'.")
    return Path(found.origin).parent


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise MissingDataError(f"{source} is missing from the installed packages; run make setup again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
