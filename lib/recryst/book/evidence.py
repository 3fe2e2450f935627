"""Everything that the computed pages are computed from, read once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from recryst import parameters
from recryst.book import chapters
from recryst.errors import MissingDataError
from recryst.report import expected, provenance, published, results, stored
from recryst.report.expected import Expected
from recryst.report.printed import Paper
from recryst.report.results import Results
from recryst.report.status import Execution


@dataclass(frozen=True)
class Evidence:
    """What is printed, what was found, and how.

    Parameters
    ----------
    papers : in the order of the book: those with a notebook first
    runs : results of this book's profile and of stored runs
    executions : how each of them was made
    anchors : ids in the chapter of each paper that links can lead to; a paper without chapter is not in it
    profile : of this book
    """

    papers: tuple[Paper, ...]
    runs: tuple[Results, ...]
    executions: tuple[Execution, ...]
    anchors: Mapping[str, frozenset[str]]
    profile: str

    def address(self, paper: str, exhibit: str = "") -> str:
        """Address of an exhibit as seen from the top of the book; its chapter where it has no place there, "" where there is none."""
        if paper not in self.anchors:
            return ""
        place = f"#{exhibit}" if exhibit in self.anchors[paper] else ""
        return f"chapters/{paper}.html{place}"

    def name(self, paper: str) -> str:
        """What people call a paper."""
        return next((one.name for one in self.papers if one.paper == paper), paper)


def gather(profile: str) -> Evidence:
    """Read printed values, results of ``profile`` and stored results.

    A notebook that trains nothing and records nothing has no results, and that is no error here.

    Raises
    ------
    DamagedFileError : results or provenance are not what was written
    """
    order = list(parameters.NOTEBOOKS)
    papers = sorted(map(published.load, published.names()), key=lambda paper: (_position(paper.paper, order), paper.year))
    runs, executions, anchors = [], [], {}
    # a profile has expected values of several notebooks, and reading them takes a good part of the time
    expectations = cache(lambda profile: expected.read(expected.path_of(profile)))
    for name in order:
        folder = parameters.results_folder(profile, name)
        anchors[name] = frozenset(chapters.anchors(folder / f"{name}.ipynb"))
        with suppress(MissingDataError):
            found = results.read(folder)
            runs.append(found)
            executions.append(_execution(found, folder, expectations(profile), stored=False))
        for run in stored.find(name, besides=profile):
            runs.append(run.results)
            executions.append(_execution(run.results, run.folder, expectations(run.profile), stored=True))
    return Evidence(tuple(papers), tuple(runs), tuple(executions), anchors, profile)


def _execution(found: Results, folder: Path, expectations: Expected, stored: bool) -> Execution:
    name, origin = found.notebook, provenance.read(folder)
    if name not in expectations:
        return Execution(name, found.profile, stored, origin)
    compared = expected.compare({name: found}, {name: expectations[name]})
    return Execution(name, found.profile, stored, origin, len(compared), len(expected.failures(compared)))


def _position(paper: str, order: list[str]) -> int:
    return order.index(paper) if paper in order else len(order)
