"""What a newcomer's set-up rests on: the lock, the other ways to install, the checks that run by themselves."""

import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import recryst
from recryst.storage import PROJECT

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
LOCK = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", (PROJECT / "requirements.lock").read_text(), re.M)
}
LOCKED_EXTRAS = ("cpu", "jax", "dask", "book", "dev")


@pytest.mark.parametrize(
    "text", PYPROJECT["dependencies"] + [r for extra in LOCKED_EXTRAS for r in PYPROJECT["optional-dependencies"][extra]]
)
def test_the_lock_holds_what_the_package_asks_for(text: str) -> None:
    requirement = Requirement(text)
    assert requirement.specifier.contains(LOCK[canonicalize_name(requirement.name)])


def test_the_lock_names_no_place_to_download_from() -> None:
    assert "://" not in (PROJECT / "requirements.lock").read_text()


def test_conda_users_get_the_same_lock() -> None:
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())
    assert "python=3.11" in environment["dependencies"]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert pip == ["-r requirements.lock", "-e ."]


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY:(.*)$", (PROJECT / "Makefile").read_text(), re.M)
    assert phony
    assert [line.split()[0] for line in listed.splitlines()] == phony[1].split()


@pytest.mark.parametrize("name", ["ci", "weekly", "pages"])
def test_every_workflow_runs_the_same_checks(name: str) -> None:
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / f"{name}.yml").read_text())
    commands = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert "bash .ci/run" in commands


def test_the_citation_file_is_of_this_version() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert citation["version"] == recryst.__version__
    assert citation["license"] == PYPROJECT["license"] == "MIT"


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (PROJECT / "README.md").read_text() + (PROJECT / "CONTRIBUTING.md").read_text()
    for link in re.findall(r"\]\((?!https?://)([^)#]+)\)", text):
        assert (PROJECT / link).exists(), link
