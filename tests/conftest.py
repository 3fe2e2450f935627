"""What tests share: a private cache for every test session, and the shared folder of real data where there is one."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("RECRYST_SHARED", PROJECT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the real data (`data/`) and the reference outputs (`fixtures/`)."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the real data and reference outputs, which are not at {SHARED}; set RECRYST_SHARED")
    return SHARED


@pytest.fixture(autouse=True)
def _private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("RECRYST_ARCHIVE", str(tmp_path / "archive"))
