"""Files are written whole or not at all; hashes tell contents apart; one lock at a time."""

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recryst import storage
from recryst.errors import StorageError


def test_roots_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_CACHE", str(tmp_path / "a"))
    monkeypatch.setenv("RECRYST_RUNS", str(tmp_path / "b"))
    assert storage.cache_root() == tmp_path / "a"
    assert storage.runs_root() == tmp_path / "b"
    monkeypatch.delenv("RECRYST_CACHE")
    monkeypatch.delenv("RECRYST_RUNS")
    assert storage.cache_root() == storage.PROJECT / ".cache"
    assert storage.runs_root() == storage.PROJECT / "runs"


def test_written_files_can_be_read_by_others_and_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    storage.write_text(path, "α\n")
    storage.write_text(path, "β\n")
    assert path.read_bytes() == "β\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("in the middle")])
def test_interrupted_writing_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    storage.write_text(path, "old")

    def half(file: object) -> None:
        file.write(b"ne")  # type: ignore[attr-defined]
        raise error

    with pytest.raises(type(error)):
        storage.write_atomically(path, half)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_disk_full_is_one_sentence_and_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "file"
    storage.write_text(path, "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(StorageError, match=r"Can't write .*file: No space left on device; free some space or choose another folder\.$"):
            storage.write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="choose another folder"):
        storage.write_text(tmp_path / "file" / "below", "text")
    with pytest.raises(StorageError, match="choose another folder"), storage.locked(tmp_path / "file" / "below"):
        pass


def test_json_takes_numbers_arrays_and_paths(tmp_path: Path) -> None:
    content = {"a": np.float32(0.5), "b": np.arange(3), "c": Path("x/y"), "d": "Å"}
    storage.write_json(tmp_path / "file.json", content)
    text = (tmp_path / "file.json").read_text()
    assert json.loads(text) == {"a": 0.5, "b": [0, 1, 2], "c": "x/y", "d": "Å"}
    assert "Å" in text
    with pytest.raises(TypeError, match="set can't be written as JSON"):
        storage.write_json(tmp_path / "bad.json", {"a": {1}})
    assert not (tmp_path / "bad.json").exists()


def test_hash_tells_contents_types_shapes_and_borders_apart() -> None:
    zeros = np.zeros(6)
    different = [
        (zeros,),
        (zeros.reshape(2, 3),),
        (zeros.astype(np.float32),),
        (zeros.astype(np.int64),),
        (zeros[:3], zeros[3:]),
        (zeros.tolist(),),
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        (b"abc",),
        ({"a": 1},),
        (),
    ]
    hashes = [storage.content_hash(*parts) for parts in different]
    assert len(set(hashes)) == len(different)
    assert all(len(digits) == 64 for digits in hashes)


def test_hash_depends_on_the_content_only() -> None:
    array = np.arange(12.0).reshape(3, 4)
    assert storage.content_hash(array) == storage.content_hash(np.asfortranarray(array)) == storage.content_hash(array[::-1][::-1])
    assert storage.content_hash({"a": 1, "b": 2}) == storage.content_hash({"b": 2, "a": 1})
    # sha256 of the JSON text "abc" with quotes and a zero byte, by another program: printf '"abc"\0' | sha256sum
    assert storage.content_hash("abc") == "58c4f28a55b64a539924cf2572616d7a2e082a10b16d5339beccfa71fd23f95b"


def test_file_hash_is_that_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert storage.file_hash(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4


def test_a_second_process_waits_for_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = (
        "import sys\nfrom pathlib import Path\nfrom recryst.storage import locked\n"
        "try:\n    with locked(Path(sys.argv[1]), timeout=0.2):\n        print('mine')\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )

    def other() -> str:
        return subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True).stdout.strip()

    with storage.locked(folder):
        assert other() == f"BusyError Another process is working on {folder}; wait for it or stop it."
    assert other() == "mine"


def test_the_lock_is_released_when_its_block_fails(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="from the block"), storage.locked(tmp_path / "run"):
        raise OSError("from the block")
    with storage.locked(tmp_path / "run", timeout=0.1):
        pass


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with storage.replacing(folder) as new:
        (new / "first").write_text("one")
    with pytest.raises(ZeroDivisionError), storage.replacing(folder) as new:
        (new / "second").write_text(str(1 / 0))
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "first"]
    # what a killed process left
    (tmp_path / ".made.killed.part" / "made").mkdir(parents=True)
    with storage.replacing(folder) as new:
        (new / "third").write_text("three")
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "third"]


def test_a_folder_that_can_not_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one can be moved away, and the new one not into its place."""
    folder = tmp_path / "made"
    with storage.replacing(folder) as new:
        (new / "first").write_text("one")
    rename = Path.rename

    def refuse_the_new(path: Path, target: Path) -> Path:
        if (path / "second").exists():
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse_the_new)
    with pytest.raises(StorageError, match=r"Can't write .*made: Permission denied"), storage.replacing(folder) as new:
        (new / "second").write_text("two")
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "first"]


def test_a_folder_outlives_a_process_that_is_killed_while_it_replaces_it(tmp_path: Path) -> None:
    """Killed when the old folder is moved away, and the new one not yet in its place."""
    folder = tmp_path / "made"
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom recryst.storage import replacing\n"
        "rename, folder = Path.rename, Path(sys.argv[1])\n"
        "Path.rename = lambda path, target: rename(path, target) if path == folder else os._exit(9)\n"
        "with replacing(folder) as new:\n    (new / 'second').write_text('two')\n"
    )
    with storage.replacing(folder) as new:
        (new / "first").write_text("one")
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 9
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), storage.replacing(folder) as new:
        (new / (folder / "first").read_text()).write_text(str(1 / 0))
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "first"]


def test_a_replaced_folder_can_be_read_by_whoever_may_read_its_parent(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with storage.replacing(tmp_path / "made"):
        pass
    assert (tmp_path / "made").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    """As of a file on a disk that another system wrote."""
    storage.write_text(tmp_path / "table.csv", os.fsdecode(b"a\xff.cif,1\n"))
    assert (tmp_path / "table.csv").read_text() == "a\\udcff.cif,1\n"
