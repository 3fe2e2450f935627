"""A toy sixth paper, added to a copy of the project as ``book/how-to/add-a-paper.md`` says, from printed values to the book.

``project`` holds the files that a paper brings, where they go; the files beside it, what is written into files that are there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from recryst.report import results
from recryst.storage import PROJECT

HERE = Path(__file__).parent
SKELETON = ("lib", "nbs", "book", "_config.yml", "data/embedded", "pyproject.toml", "tests")
NAME = "straight_line"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the sixth paper in it, its notebook executed on the reduced profile."""
    copy = tmp_path_factory.mktemp("project")
    for name in SKELETON:
        source, target = PROJECT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        ignored = shutil.ignore_patterns("__pycache__", "vendor", "attached", "*.egg-info")
        shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
    add_the_paper(copy)
    recryst(copy, "run", NAME)
    return copy


def add_the_paper(project: Path) -> None:
    """The steps of the how-to: new files, and the places in others where a paper is entered."""
    shutil.copytree(HERE / "project", project, dirs_exist_ok=True)
    parameters = project / "lib" / "recryst" / "parameters" / "papers.py"
    of_the_paper = (HERE / "parameters.py").read_text().partition("\n\n\n")[2]
    insert(parameters, before="# in the order of the book\n", text=of_the_paper + "\n\n")
    insert(parameters, before="    }\n)\n", text=f'        "{NAME}": StraightLineParameters,\n')
    for profile in ("reduced", "laptop", "full"):
        append(project / "nbs" / "profiles" / f"{profile}.yml", (HERE / "profile.yml").read_text())
    append(project / "book" / "references.bib", (HERE / "references.bib").read_text())
    insert(project / "book" / "_toc.yml", before="  - caption: All results\n", text=f"      - file: chapters/{NAME}\n")


def insert(path: Path, before: str, text: str) -> None:
    content = path.read_text()
    assert content.count(before) == 1, f"{path} must hold {before!r} once"
    path.write_text(content.replace(before, text + before))


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def run(project: Path, *command: str) -> str:
    """Run Python on the copy and return what it prints; its library comes before the installed one."""
    surroundings = os.environ | {"PYTHONPATH": str(project / "lib"), "RECRYST_RUNS": str(project / "runs")}
    done = subprocess.run([sys.executable, *command], cwd=project, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def recryst(project: Path, *arguments: str) -> str:
    return run(project, "-c", "import sys; from recryst.cli import main; sys.argv[0] = 'recryst'; main()", *arguments)


def test_the_notebook_finds_what_it_should(project: Path) -> None:
    found = results.read(project / "results" / "reduced" / NAME)
    by_value = {result.value_id: result for result in found.results}
    assert by_value["crystals"].value == 121
    assert 0.2 < by_value["mae"].value < 0.4
    assert by_value["mae"].n == 24
    assert by_value["falls-with-spread"].value is True
    assert found.figures == ("figure-1",)


def test_each_exhibit_has_its_verdict(project: Path) -> None:
    """The count is printed as it is found; what a reduced run trains is never comparable; the sentence holds."""
    compared = pd.read_csv(project / "results" / "reduced" / NAME / "tables" / "table-1-compared.csv")
    assert dict(zip(compared["value_id"], compared["verdict"], strict=True)) == {
        "crystals": "matches",
        "mae": "not comparable",
        "falls-with-spread": "matches",
    }


LISTED = """
from recryst import parameters, storage
from recryst.book import front, scoreboard
from recryst.book.evidence import Evidence
from recryst.report import published, results

papers = tuple(published.load(name) for name in parameters.NOTEBOOKS)
found = results.read(storage.PROJECT / "results" / "reduced" / "straight_line")
evidence = Evidence(papers, (found,), (), {"straight_line": frozenset({"table-1", "figure-1"})}, "reduced")
front.write(evidence)
scoreboard.write(evidence)
"""


def test_the_paper_is_known_wherever_papers_are_listed(project: Path) -> None:
    run(project, "-c", LISTED)
    for page in ("overview.html", "scoreboard.html"):
        assert "Straight line" in (project / "book" / "generated" / page).read_text(), page
        assert "chapters/straight_line.html#table-1" in (project / "book" / "generated" / page).read_text(), page


@pytest.mark.slow
def test_a_profile_value_is_given_on_the_command_line(project: Path, tmp_path: Path) -> None:
    recryst(project, "run", NAME, "-p", "degree=3", "-p", f"output={tmp_path}")
    straight, curved = (results.read(folder).results for folder in (project / "results" / "reduced" / NAME, tmp_path))
    assert [result.value_id for result in straight] == [result.value_id for result in curved]
    assert straight[1].value != curved[1].value


def test_its_results_can_be_expected(project: Path) -> None:
    recryst(project, "check", "--update")
    expected = yaml.safe_load((project / "nbs" / "expected" / "reduced.yml").read_text())
    assert [entry["value_id"] for entry in expected[NAME]] == ["crystals", "mae", "falls-with-spread"]


@pytest.mark.slow
def test_it_keeps_the_rules_of_the_house(project: Path) -> None:
    """Architecture, and the notebook's parameters cell, checked by the project's own tests in the copy."""
    run(project, "-m", "pytest", "-q", "-x", "tests/test_architecture.py", "tests/test_parameters.py")
