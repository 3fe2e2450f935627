"""Where the tests in a browser look for one, and what they say where there is none."""

import subprocess
import sys
from pathlib import Path

import chromium
import pytest


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole of the search path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("RECRYST_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "PLACES", ())
    return tmp_path


def program(path: Path) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_the_named_browser_comes_first_then_those_on_the_path(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chromium.find() is None
    chrome = program(programs / "google-chrome")
    assert chromium.find() == chrome
    program(programs / "a-browser")
    assert chromium.find() == chrome
    own = program(programs / "chromium")
    assert chromium.find() == own
    monkeypatch.setenv("RECRYST_CHROMIUM", chrome)
    assert chromium.find() == chrome


def test_a_named_browser_that_is_missing_is_said_and_no_other_taken(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "chromium")
    monkeypatch.setenv("RECRYST_CHROMIUM", "my-chromium")
    with pytest.raises(FileNotFoundError, match="RECRYST_CHROMIUM names my-chromium, which is no program on this machine"):
        chromium.find()


def test_nothing_is_installed_without_apt_or_without_the_right_to(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    assert chromium.install() is None
    program(programs / "apt-get")
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    assert chromium.install() is None


def test_chromium_is_installed_with_apt_as_root(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs / "apt-get")
    asked = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        if "install" in command:
            program(programs / "chromium")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium.subprocess, "run", run)
    assert chromium.install() == str(programs / "chromium")
    assert [command[1] for command in asked] == ["update", "install"]


def test_without_a_browser_the_program_says_what_to_do_and_fails(programs: Path) -> None:
    done = subprocess.run([sys.executable, chromium.__file__], capture_output=True, text=True, check=False, env={"PATH": str(programs)})
    if done.returncode == 0:
        pytest.skip("there is a browser outside the search path")
    assert done.stderr.strip() == chromium.MISSING
