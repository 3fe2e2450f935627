"""Finding, checking and getting public data sets, and everything that can go wrong on the way."""

import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from local_mirror import Mirror

from recryst.datasets import download, registry
from recryst.datasets.conversion.write import write_table
from recryst.datasets.pack import pack_hash
from recryst.datasets.source import RemoteFile, Source
from recryst.errors import BadInputError, DamagedFileError, DownloadError, MissingDataError, StorageError

COMMIT = "0123456789" * 4
FIRST = RemoteFile("someone/data", COMMIT, "a table.csv")
SECOND = RemoteFile("someone/data", COMMIT, "other.csv")
TABLES = {"first": b"material_id,value\nmp-2,0.5\nmp-1,1.5\n", "second": b"anything"}


def convert(files: dict[str, Path], folder: Path, packs: dict[str, Path]) -> None:
    assert files["second"].read_bytes() == TABLES["second"]
    write_table(folder / "tiny.parquet", pd.read_csv(files["first"]).sort_values("material_id"))


@pytest.fixture
def tiny(only_here: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Source:
    """A data set of two rows, made of two files."""
    made = tmp_path / "made"
    write_table(made / "tiny.parquet", pd.DataFrame({"material_id": ["mp-1", "mp-2"], "value": [1.5, 0.5]}))
    source = Source(
        name="tiny",
        serves="a test",
        files={"first": FIRST, "second": SECOND},
        download_bytes=2_400_000,
        convert=convert,  # type: ignore[arg-type]
        pack=("tiny.parquet",),
        pack_bytes=10,
        content=pack_hash(made, ["tiny.parquet"]),
        licence="none",
        citation="nobody",
    )
    monkeypatch.setitem(registry.SOURCES, "tiny", source)
    return source


def serve(mirror: Mirror, **changed: bytes | tuple[int, bytes, int]) -> None:
    for key, remote in (("first", FIRST), ("second", SECOND)):
        mirror.serve(remote.url.replace(" ", "%20"), changed.get(key, TABLES[key]))


def left_behind(folder: Path) -> list[str]:
    """Everything below a folder but empty folders and lock files."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match=r"no data set 'mp_structure'.*megnet_mp2018, mp_elasticity"):
        registry.find("mp_structure")


def test_a_missing_data_set_is_one_sentence_with_the_command(tiny: Source) -> None:
    with pytest.raises(MissingDataError) as caught:
        registry.find("tiny")
    told = "The data set tiny (a test) is not on this machine; get it with `recryst data get tiny` (about 2 MB to download)."
    assert str(caught.value) == told


def test_places_are_searched_in_order(tiny: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, downloaded, shared = tmp_path / "own", tmp_path / "downloaded", tmp_path / "shared"
    monkeypatch.setenv("RECRYST_DATA", str(own))
    monkeypatch.setattr(registry, "DOWNLOADED", downloaded)
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    for place in (shared / "data", downloaded, own):  # the last one found first
        (place / "tiny").mkdir(parents=True)
        with pytest.raises(MissingDataError) if place == shared / "data" else nullcontext():
            registry.find("tiny")  # an empty folder is no data set
        (place / "tiny" / "tiny.parquet").touch()
        assert registry.find("tiny") == place / "tiny"
    monkeypatch.delenv("RECRYST_DATA")
    assert registry.find("tiny") == downloaded / "tiny"


def test_get_makes_the_pack_and_leaves_nothing_else(tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror)
    folder = registry.get("tiny")
    assert folder == only_here / "tiny"
    assert pd.read_parquet(folder / "tiny.parquet")["value"].tolist() == [1.5, 0.5]
    assert left_behind(only_here) == ["tiny/tiny.parquet"]
    assert registry.check("tiny") == folder
    row = registry.status().set_index("name").loc["tiny"]
    assert row["present"]
    assert row["where"] == folder
    assert row["url"] == "https://github.com/someone/data"


def test_what_is_there_is_not_downloaded_again(tiny: Source, mirror: Mirror) -> None:
    serve(mirror)
    registry.get("tiny")
    asked = len(mirror.asked)
    registry.get("tiny")
    assert len(mirror.asked) == asked == 2


def test_a_folder_of_ones_own(tiny: Source, mirror: Mirror, tmp_path: Path) -> None:
    serve(mirror)
    assert registry.get("tiny", tmp_path / "mine") == tmp_path / "mine" / "tiny"


def test_needed_packs_are_got_first(tiny: Source, mirror: Mirror, only_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(mirror)
    seen: dict[str, Path] = {}

    def needing(files: dict[str, Path], folder: Path, packs: dict[str, Path]) -> None:
        seen.update(packs)
        convert(files, folder, packs)

    monkeypatch.setitem(registry.SOURCES, "second", replace(tiny, name="second", needs=("tiny",), convert=needing))  # type: ignore[arg-type]
    registry.get("second")
    assert seen == {"tiny": only_here / "tiny"}


@pytest.mark.parametrize(
    ("status", "tries", "says"),
    [
        (404, 1, "404 Not Found; the file is not there any more"),
        (403, 4, "403 Forbidden; try again later"),
        (500, 4, "500 Internal Server Error"),
    ],
)
def test_an_error_of_the_server(status: int, tries: int, says: str, tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror, first=(status, b"<html>no</html>", 15))
    with pytest.raises(DownloadError, match=says) as caught:
        registry.get("tiny")
    assert "\n" not in str(caught.value)
    assert len(mirror.asked) == tries
    assert left_behind(only_here) == []


def test_a_truncated_file_is_refused(tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror, first=(200, TABLES["first"][:20], len(TABLES["first"])))
    with pytest.raises(DownloadError, match="broke off"):
        registry.get("tiny")
    assert left_behind(only_here) == []


def test_no_connection(tiny: Source, only_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_MIRROR", "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)
    with pytest.raises(DownloadError, match="could not be made or broke off"):
        registry.get("tiny")


def test_a_server_that_is_silent(tiny: Source, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(mirror, first=(200, b"mat", 1000))
    monkeypatch.setattr(download, "TIMEOUT", (0.2, 0.2))
    import requests

    def silent(*_: object, **__: object) -> None:
        raise requests.ReadTimeout("took too long")

    monkeypatch.setattr(requests, "get", silent)
    with pytest.raises(DownloadError, match=r"no answer within 0.2 s"):
        registry.get("tiny")


def test_a_wrong_checksum_is_refused(tiny: Source, mirror: Mirror, only_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned = {**tiny.files, "first": replace(FIRST, sha256="ab" * 32)}
    monkeypatch.setitem(registry.SOURCES, "tiny", replace(tiny, files=pinned))
    serve(mirror)
    with pytest.raises(DownloadError, match=rf"its SHA-256 is not {'ab' * 32}"):
        registry.get("tiny")
    assert left_behind(only_here) == []


@pytest.mark.parametrize("content", [b"material_id,value\nmp-2,0.5\nmp-1,1.25\n", b"<html>log in</html>", b"\x1f\x8b\x00garbage"])
def test_other_content_is_refused_and_not_used_again(content: bytes, tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror, first=content)
    with pytest.raises(DownloadError, match="What came for tiny is not that data set and was removed"):
        registry.get("tiny")
    assert left_behind(only_here) == []
    serve(mirror)
    registry.get("tiny")  # the next attempt starts afresh


def test_changed_content_can_be_accepted_but_check_still_tells(tiny: Source, mirror: Mirror) -> None:
    serve(mirror, first=b"material_id,value\nmp-2,0.5\nmp-1,1.25\n")
    assert registry.get("tiny", accept_changed=True).is_dir()
    with pytest.raises(DamagedFileError, match="is not what it should be"):
        registry.check("tiny")


def test_an_interrupted_download_goes_on(tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror, second=(500, b"", 0))
    with pytest.raises(DownloadError):
        registry.get("tiny")
    assert left_behind(only_here) == [f".incomplete/tiny/{FIRST.local_name}"]  # complete, and kept
    serve(mirror)
    mirror.asked.clear()
    registry.get("tiny")
    assert [path.rsplit("/", 1)[-1] for path in mirror.asked] == ["other.csv"]
    assert left_behind(only_here) == ["tiny/tiny.parquet"]


def test_two_at_once_download_once(tiny: Source, mirror: Mirror) -> None:
    serve(mirror)
    with ThreadPoolExecutor() as pool:
        folders = set(pool.map(lambda _: registry.get("tiny"), range(3)))
    assert len(folders) == 1
    assert len(mirror.asked) == 2


def test_an_interrupted_conversion_leaves_nothing_half_made(
    tiny: Source, mirror: Mirror, only_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(files: dict[str, Path], folder: Path, packs: dict[str, Path]) -> None:
        (folder / "tiny.parquet").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setitem(registry.SOURCES, "tiny", replace(tiny, convert=interrupted))  # type: ignore[arg-type]
    serve(mirror)
    with pytest.raises(KeyboardInterrupt):
        registry.get("tiny")
    assert not any("parquet" in name for name in left_behind(only_here))


def test_a_damaged_pack_is_told_and_replaced(tiny: Source, mirror: Mirror, only_here: Path) -> None:
    serve(mirror)
    path = registry.get("tiny") / "tiny.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedFileError, match=r"can't be read .*; remove the folder"):
        registry.check("tiny")
    registry.get("tiny")
    registry.check("tiny")
    assert left_behind(only_here) == ["tiny/tiny.parquet"]


def test_a_full_disk_is_told_as_such(tiny: Source, mirror: Mirror, only_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(mirror)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)  # while the pack is written
        with pytest.raises(StorageError, match="No space left on device"):
            registry.get("tiny")
    assert not any(name.startswith("tiny") for name in left_behind(only_here))
    with monkeypatch.context() as patch:
        patch.setattr("shutil.move", full)  # while a download is put in place
        (only_here / ".incomplete" / "tiny" / FIRST.local_name).unlink()
        with pytest.raises(StorageError, match="the disk is full"):
            registry.get("tiny")


def test_a_folder_that_can_not_be_made(tiny: Source, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="choose another folder"):
        registry.get("tiny", tmp_path / "file" / "below")


def test_every_source_is_complete() -> None:
    table = registry.status()
    assert table["name"].iloc[0] == "embedded"
    assert table["present"].iloc[0]
    for known in registry.SOURCES.values():
        assert len(known.content) == 64, known.name
        assert known.licence, known.name
        assert known.citation, known.name
        assert set(known.needs) <= set(registry.SOURCES), known.name
        for remote in known.files.values():
            assert len(remote.commit) == 40, remote
            assert remote.url.startswith(("https://raw.githubusercontent.com/", "https://codeload.github.com/"))
            assert remote.sha256 is None or len(remote.sha256) == 64


@pytest.mark.shared
def test_the_shared_packs_are_right(only_here: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECRYST_SHARED", str(shared))
    for name in registry.SOURCES:
        assert registry.check(name) == shared / "data" / name


def test_the_hash_of_a_pack_is_of_its_content(tmp_path: Path) -> None:
    """Not of compression or order of members; every bit of every value counts, and derived arrays don't."""
    arrays = {"b": np.array([1.0, 2.0], np.float32), "a": np.arange(3)}
    for name, compression, order in (("one", zipfile.ZIP_STORED, "ab"), ("two", zipfile.ZIP_LZMA, "ba")):
        (tmp_path / name).mkdir()
        with zipfile.ZipFile(tmp_path / name / "x.npz", "w", compression) as archive:
            for key in order:
                with archive.open(f"{key}.npy", "w") as file:
                    np.save(file, arrays[key])
    first = pack_hash(tmp_path / "one", ["x.npz"])
    assert first == pack_hash(tmp_path / "two", ["x.npz"])
    np.savez(tmp_path / "two" / "x.npz", a=arrays["a"], b=np.nextafter(arrays["b"], 3, dtype=np.float32))
    assert first != pack_hash(tmp_path / "two", ["x.npz"])
    assert pack_hash(tmp_path / "one", ["x.npz"], ["b"]) == pack_hash(tmp_path / "two", ["x.npz"], ["b"])
