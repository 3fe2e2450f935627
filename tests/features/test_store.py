"""The cache of features: made once, mapped, resumed after an interruption, made again when damaged, never half there."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from packed import digest
from recryst import storage
from recryst.crystals import Crystals
from recryst.errors import StorageError
from recryst.features import graphs, store

SIZE = 8  # crystals in a piece here, so that sixty crystals make eight pieces


class Recorder:
    """Computes sums of coordinates, notes what it was asked for, and can fail at a given call."""

    def __init__(self, fail_at: int = 10**9, width: Callable[[Crystals], int] = lambda crystals: 2) -> None:
        self.asked: list[str] = []
        self.fail_at = fail_at
        self.width = width

    def __call__(self, crystals: Crystals) -> dict[str, np.ndarray]:
        if len(self.asked) >= self.fail_at:
            raise KeyboardInterrupt
        self.asked.append(str(crystals.ids[0]) if len(crystals) else "")
        sums = crystals.frac_coords.sum(axis=1)
        return {"ids": crystals.ids, "sums": sums, "table": np.repeat(sums[:, None], self.width(crystals), axis=1).astype(np.float32)}


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PIECE", SIZE)


def build(crystals: Crystals, compute: Recorder, **parameters: int) -> dict[str, np.ndarray]:
    return store.build("sums", parameters, crystals, compute, {"table": -1})


def folder() -> Path:
    (found,) = [path for path in (storage.cache_root() / "sums").iterdir() if path.is_dir()]
    return found


def test_made_once_then_read(triclinic: Crystals) -> None:
    compute = Recorder()
    first = build(triclinic, compute)
    assert compute.asked == [f"random-{start}" for start in range(0, 60, SIZE)]
    assert np.array_equal(first["sums"], triclinic.frac_coords.sum(axis=1))
    assert np.array_equal(first["ids"], triclinic.ids)
    again = build(triclinic, compute)
    assert len(compute.asked) == 8
    assert all(np.array_equal(first[name], again[name]) for name in first)
    # mapped: not copied into memory, not writable, and nothing but the finished files is left
    assert isinstance(again["sums"].base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        again["sums"][0] = 0
    assert sorted(path.name for path in folder().iterdir()) == ["ids.npy", "manifest.json", "sums.npy", "table.npy"]


def test_what_is_made_is_read_where_nothing_can_be_written(triclinic: Crystals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that others share need not be theirs to write to: no lock is taken for reading."""
    first = build(triclinic, Recorder())
    monkeypatch.setattr(store, "locked", lambda _: pytest.fail("took the lock"))
    assert np.array_equal(build(triclinic, Recorder())["sums"], first["sums"])


def test_other_crystals_and_other_parameters_are_other_features(triclinic: Crystals) -> None:
    compute = Recorder()
    build(triclinic.take(range(8)), compute)
    moved = triclinic.frac_coords.copy()
    moved[0, 0] += 1e-9
    changed = Crystals(triclinic.ids, triclinic.lattices, triclinic.numbers, moved, triclinic.offsets)
    build(changed.take(range(8)), compute)
    build(triclinic.take(range(8)), compute, version=2)
    assert len(compute.asked) == 3
    build(triclinic.take(range(8)), compute, version=2)
    assert len(compute.asked) == 3


def test_pieces_of_different_width_are_widened(triclinic: Crystals) -> None:
    made = build(triclinic, Recorder(width=lambda crystals: 3 if "random-8" in crystals.ids else 1))
    assert made["table"].shape == (len(triclinic.numbers), 3)
    inside = slice(triclinic.offsets[8], triclinic.offsets[16])
    assert np.array_equal(made["table"][inside, 2], made["sums"][inside].astype(np.float32))
    assert (made["table"][: triclinic.offsets[8], 1:] == -1).all()


def test_no_crystals(triclinic: Crystals) -> None:
    for _ in range(2):
        made = build(triclinic.take([]), Recorder())
        assert made["table"].shape == (0, 2)


def test_interrupted_in_the_middle_goes_on_with_what_is_missing(triclinic: Crystals) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(triclinic, Recorder(fail_at=5))
    second = Recorder()
    made = build(triclinic, second)
    assert second.asked == ["random-40", "random-48", "random-56"]
    assert np.array_equal(made["sums"], triclinic.frac_coords.sum(axis=1))


def test_a_piece_damaged_while_nobody_looked_is_made_again(triclinic: Crystals) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(triclinic, Recorder(fail_at=5))
    contents = sorted(folder().glob("piece-*.npz"))
    damage(contents[1])
    contents[3].write_bytes(contents[3].read_bytes()[:200])
    contents[4].write_bytes(b"")
    second = Recorder()
    with pytest.warns(UserWarning, match=r"piece-\d+.npz is damaged .* made again") as warned:
        made = build(triclinic, second)
    assert sum(issubclass(warning.category, UserWarning) for warning in warned) == 3
    assert second.asked == ["random-8", "random-24", "random-32", "random-40", "random-48", "random-56"]
    assert np.array_equal(made["sums"], triclinic.frac_coords.sum(axis=1))


def damage(path: Path) -> None:
    """Turn over one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: damage(path / "sums.npy"), "sums.npy does not hold what was written to it"),
        (
            lambda path: (path / "table.npy").write_bytes((path / "table.npy").read_bytes()[:-4]),
            r"table.npy has [\d,]+ bytes and should have",
        ),
        (lambda path: (path / "ids.npy").unlink(), "ids.npy is missing"),
        (lambda path: (path / "manifest.json").write_text('{"arrays"'), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").write_text("[]"), "manifest.json is damaged"),
    ],
    ids=["turned byte", "truncated", "removed", "half a manifest", "other manifest"],
)
def test_damage_is_noticed_said_and_repaired(triclinic: Crystals, harm: Callable[[Path], object], said: str) -> None:
    build(triclinic, Recorder())
    harm(folder())
    second = Recorder()
    with pytest.warns(UserWarning, match=said):
        made = build(triclinic, second)
    assert len(second.asked) == 8
    assert np.array_equal(made["sums"], triclinic.frac_coords.sum(axis=1))
    build(triclinic, second)
    assert len(second.asked) == 8


def test_disk_full_is_one_sentence_and_loses_no_piece(triclinic: Crystals, monkeypatch: pytest.MonkeyPatch) -> None:
    sync, calls = os.fsync, []

    def full_after_three(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_after_three)
        with pytest.raises(StorageError, match=r"Can't write .*piece-000000024.npz: No space left on device; free some space"):
            build(triclinic, Recorder())
    assert sorted(path.name for path in folder().iterdir()) == ["piece-000000000.npz", "piece-000000008.npz", "piece-000000016.npz"]
    second = Recorder()
    build(triclinic, second)
    assert second.asked == ["random-24", "random-32", "random-40", "random-48", "random-56"]


def test_disk_full_while_pieces_are_joined_loses_no_piece(triclinic: Crystals, monkeypatch: pytest.MonkeyPatch) -> None:
    sync, calls = os.fsync, []

    def full_at_the_second_array(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_at_the_second_array)
        with pytest.raises(StorageError, match="No space left on device"):
            build(triclinic, Recorder())
    second = Recorder()
    made = build(triclinic, second)
    assert second.asked == []
    assert np.array_equal(made["sums"], triclinic.frac_coords.sum(axis=1))


def test_a_cache_that_cannot_be_written_is_one_sentence(triclinic: Crystals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RECRYST_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match=r"Can't write to .*choose another folder"):
        build(triclinic, Recorder())


def test_several_processes_make_the_same_graphs(triclinic: Crystals) -> None:
    alone, _ = graphs.compute(triclinic)
    made, _ = graphs.build(triclinic, jobs=2)
    assert digest(made) == digest(alone)


# in a process of its own: builds graphs of sixty crystals, a piece in half a second, and says when a piece is there
SLOW_BUILD = """
import sys, time
from pathlib import Path
import numpy as np
from packed import digest
from recryst.crystals import Crystals
from recryst.features import graphs, store
with np.load(sys.argv[1]) as content:
    crystals = Crystals(**content)
store.PIECE = 8
arrays = graphs._arrays
def slowly(*given, **named):
    print("piece", flush=True)
    time.sleep(float(sys.argv[2]))
    return arrays(*given, **named)
graphs._arrays = slowly
print(digest(graphs.build(crystals)[0]), flush=True)
"""


def start(crystals: Crystals, folder: Path, seconds: float) -> subprocess.Popen:
    names = ("ids", "lattices", "numbers", "frac_coords", "offsets")
    np.savez(folder / "crystals.npz", **{name: getattr(crystals, name) for name in names})
    surroundings = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SLOW_BUILD, str(folder / "crystals.npz"), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)


def test_killed_without_warning_goes_on_with_what_is_missing(triclinic: Crystals, tmp_path: Path) -> None:
    with start(triclinic, tmp_path, 0.2) as process:
        assert process.stdout is not None
        for _ in range(4):
            assert process.stdout.readline() == "piece\n"
        process.send_signal(signal.SIGKILL)
    (made_in,) = [path for path in (storage.cache_root() / "graphs").iterdir() if path.is_dir()]
    finished = {path.name: path.stat().st_mtime_ns for path in made_in.glob("piece-*.npz")}
    assert len(finished) == 3
    # what a kill in the middle of writing leaves behind
    (made_in / ".piece-000000024.npz.abcd.part").write_bytes(b"half")

    with start(triclinic, tmp_path, 0.0) as process:
        said = process.communicate()[0].split()
    assert said.count("piece") == 8 - 3
    assert said[-1] == digest(graphs.compute(triclinic)[0])
    assert not list(made_in.glob(".*.part"))


def test_two_processes_at_once_share_the_work(triclinic: Crystals, tmp_path: Path) -> None:
    with start(triclinic, tmp_path, 0.1) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "piece\n"
        with start(triclinic, tmp_path, 0.1) as second:
            others = second.communicate()[0].split()
        rest = first.communicate()[0].split()
    # the second waited for the first and computed nothing
    expected = digest(graphs.compute(triclinic)[0])
    assert others == [expected]
    assert rest == ["piece"] * 7 + [expected]


@pytest.mark.slow
@pytest.mark.shared
def test_the_whole_materials_project_set_fits_and_is_built_quickly(shared: Path) -> None:
    """123,071 crystals: minutes at most, and less than 2 GB of memory."""
    code = (
        "import numpy as np, resource, sys, time\n"
        "from pymatgen.core import Lattice\n"
        "from recryst.crystals import Crystals\nfrom recryst.features import graphs\n"
        "content = np.load(sys.argv[1])\n"
        "lattices = np.array([Lattice.from_parameters(*cell).matrix for cell in content['cell'].astype(float)])\n"
        "offsets = np.r_[0, np.cumsum(content['natoms'], dtype=np.int64)]\n"
        "crystals = Crystals(content['material_id'].astype(str), lattices, content['z'], content['frac_q'].T / 65520, offsets)\n"
        "graphs_made, rejected = graphs.build(crystals)\n"
        "print(len(graphs_made), len(rejected), len(graphs_made.neighbours), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    began = time.monotonic()
    command = [sys.executable, "-c", code, str(shared / "data" / "mp_structures" / "mp_structures.npz")]
    made, rejected, atoms, kilobytes = map(int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    assert (made, rejected, atoms) == (123071, 0, 3429427)
    assert kilobytes < 2e6
    assert time.monotonic() - began < 110
