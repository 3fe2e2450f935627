"""On what a result was computed, against repositories and processes made for it."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow

import recryst
from recryst import environment

IDENTITY = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "code.py").write_text("x = 1\n")
    (folder / "README.md").write_text("Read me.\n")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *IDENTITY, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def test_code_is_named_by_version_and_commit(repository: Path) -> None:
    assert environment.code_version(repository) == f"{recryst.__version__} ({git(repository, 'rev-parse', 'HEAD')[:10]})"


def test_changes_of_code_are_told_and_others_are_not(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")[:10]
    (repository / "README.md").write_text("Read me twice.\n")
    assert environment.code_version(repository) == f"{recryst.__version__} ({commit})"
    (repository / "lib" / "code.py").write_text("x = 2\n")
    assert environment.code_version(repository) == f"{recryst.__version__} ({commit}+changes)"
    git(repository, "checkout", "lib")
    (repository / "lib" / "new.py").write_text("y = 1\n")
    assert environment.code_version(repository) == f"{recryst.__version__} ({commit}+changes)"


def test_the_commit_of_a_repository_around_the_project_is_not_its_own(repository: Path) -> None:
    installed = repository / "lib" / "site-packages"
    installed.mkdir()
    assert environment.code_version(installed) == recryst.__version__


def test_a_repository_without_commits_or_without_git_leaves_the_version(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init")
    assert environment.code_version(empty) == recryst.__version__
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.code_version(repository) == recryst.__version__


def test_a_commit_that_was_made_anew_is_not_in_the_history(repository: Path, tmp_path: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")[:10]
    git(repository, "commit", "--amend", "-m", "first, said better")
    git(repository, "commit", "--allow-empty", "-m", "second")
    assert not environment.in_history(first, repository)
    assert environment.in_history(git(repository, "rev-parse", "HEAD~1")[:10], repository)
    # of part of a history nothing can be told, nor where there is none
    part = tmp_path / "part"
    git(tmp_path, "clone", "--depth", "1", repository.as_uri(), str(part))
    assert environment.in_history(first, part) is None
    assert environment.in_history(first, tmp_path) is None
    assert environment.in_history("", repository) is None


def test_a_hook_of_another_repository_changes_nothing(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = environment.code_version(repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere" / ".git"))
    assert environment.code_version(repository) == expected


def test_what_is_committed_while_a_process_works_is_not_what_it_works_with(monkeypatch: pytest.MonkeyPatch) -> None:
    environment.loaded_code.cache_clear()
    began = environment.record()["code"]
    monkeypatch.setattr(environment, "code_version", lambda: "0.1.0 (later)")
    assert environment.record()["code"] == began
    environment.loaded_code.cache_clear()
    assert environment.record()["code"] == "0.1.0 (later)"
    environment.loaded_code.cache_clear()


def test_libraries_are_those_that_are_imported() -> None:
    versions = environment.libraries()
    assert versions["numpy"] == np.__version__
    assert versions["keras"] == keras.__version__
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "torch" in versions or "torch" not in sys.modules


def test_the_backend_is_named_once_a_network_library_is_loaded() -> None:
    assert environment.backend() == f"tensorflow {tensorflow.__version__}"
    program = "from recryst import environment; print(environment.record()['backend'] or 'none')"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "none\n"


def test_the_device_is_the_processor_where_there_is_no_accelerator() -> None:
    if tensorflow.config.list_physical_devices("GPU"):
        pytest.skip("this machine has an accelerator")
    assert environment.device().endswith(f", {os.cpu_count()} cores")


def test_peak_memory_grows_with_what_is_used() -> None:
    before = environment.peak_memory()
    program = "import numpy; from recryst import environment; numpy.ones(40_000_000); print(environment.peak_memory())"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # 320 MB of ones, and an interpreter around them
    assert 320e6 < int(shown.stdout) < 600e6
    assert environment.peak_memory() >= before
