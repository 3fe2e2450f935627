"""A project that a book can be built from in seconds."""

import shutil
from pathlib import Path

import pytest
from book_project import EXHIBIT, v4, write_executed, write_results

from recryst import parameters, storage


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book's own pages, and for each notebook an executed one with a formula and an exhibit; CGCNN has results too."""
    for name in ("_config.yml", "requirements.lock", "book"):
        source = storage.PROJECT / name
        ignored = shutil.ignore_patterns("chapters", "attached", "generated", "library", "vendor")
        shutil.copytree(source, tmp_path / name, ignore=ignored) if source.is_dir() else shutil.copy(source, tmp_path / name)
    monkeypatch.setattr(storage, "PROJECT", tmp_path)
    for name in parameters.NOTEBOOKS:
        write_executed(tmp_path, name, v4.new_output("display_data", data={"text/html": EXHIBIT, "text/plain": "an exhibit"}))
    write_results(tmp_path / "results" / "reduced" / "cgcnn", "reduced", 0.3)
    write_results(tmp_path / "data" / "results" / "laptop" / "cgcnn", "laptop", 0.039)
    return tmp_path
