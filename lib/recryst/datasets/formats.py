"""Structure files of other programs, one reader a family of formats: CIF, POSCAR, and whatever ASE or pymatgen knows.

Every reader takes a path and yields one `Found` for each structure that the file holds or should hold; it never raises for
what is in the file, since third-party parsers fail in a hundred ways and the next structure may be fine.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from monty.io import zopen
from pymatgen.core import Lattice, Structure

from recryst.errors import BadCrystalError

COMPRESSED = {".gz", ".bz2", ".xz"}
# CIF sites that pymatgen would leave out without a word, or to which it adds no hydrogen
INCOMPLETE = re.compile(r"OH|Wat|wat|O-H")
TEXT_FIELD = re.compile(r"^;.*?^;", re.MULTILINE | re.DOTALL)
# what pymatgen needs to make a crystal of a CIF block; some cells it can do without an item
NECESSARY = (
    *(f"_cell_length_{axis}" for axis in "abc"),
    *(f"_cell_angle_{angle}" for angle in ("alpha", "beta", "gamma")),
    "_atom_site_label",
    *(f"_atom_site_fract_{axis}" for axis in "xyz"),
)
# warnings worth telling: what was changed, guessed or left out; all others are about pymatgen itself
TELLING = re.compile(r"rounded|occupanc|parsed as|hydrogen|stoichiometry:|Missing elements|Pauling file corrections|magnetic symmetry")


@dataclass(frozen=True)
class Found:
    """One structure of a file, or why there is none.

    Parameters
    ----------
    name : CIF block, number of the frame, or "" where the file holds one structure
    structure : what was read, or None
    reason : why there is none, or ""
    notes : what the reader changed or guessed
    """

    name: str
    structure: Structure | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


def reader(path: Path) -> Callable[[Path, int], Iterator[Found]]:
    """The reader for a file, by its name: ``reader(path)(path, limit)`` with the largest size in bytes."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in COMPRESSED]
    if suffixes[-1:] in ([".cif"], [".mcif"]):
        return read_cif
    if suffixes[-1:] in ([".vasp"], [".poscar"], [".contcar"]) or re.match(r"(POSCAR|CONTCAR)", path.name):
        return read_poscar
    return read_other


def read_cif(path: Path, limit: int) -> Iterator[Found]:
    """Every block of a CIF file that holds a structure, in the cell that the file gives."""
    # prose in a text field, between lines with a semicolon, may look like the beginning of a block, also to pymatgen
    text = TEXT_FIELD.sub(lambda field: re.sub("data_", "data-", field[0], flags=re.IGNORECASE), _text(path, limit))
    blocks = re.split(r"^\s*data_", f"x\n{text}", flags=re.MULTILINE | re.IGNORECASE)[1:]
    names = [block.split(maxsplit=1)[0] if block and not block[0].isspace() else "" for block in blocks]
    # blocks without sites (publication details) are no failed structures
    holding = [(name, f"data_{block}") for name, block in zip(names, blocks, strict=True) if "_atom_site_" in block]
    if not holding:
        yield Found("", reason="holds no CIF block with atoms")
    for number, (name, block) in enumerate(holding, start=1):
        unique = "" if len(holding) == 1 else name if names.count(name) == 1 and name else f"{name}-{number}"
        yield _guarded(unique, lambda block=block: _cif_structure(block))  # type: ignore[misc]


def read_poscar(path: Path, limit: int) -> Iterator[Found]:
    """The structure of a VASP file."""
    from pymatgen.io.vasp import Poscar

    def parse() -> Structure:
        poscar = Poscar.from_str(_text(path, limit))
        if not poscar.true_names:
            raise BadCrystalError("does not name its elements; write their symbols on the line above their numbers")
        return poscar.structure

    yield _guarded("", parse)


def read_other(path: Path, limit: int) -> Iterator[Found]:
    """All frames of a file that ASE reads (extended XYZ among them), or the structure of one that only pymatgen reads."""
    import ase.io
    from ase.io.formats import UnknownFileTypeError

    try:
        with _deuterium(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frames = ase.io.read(path, index=":", do_not_split_by_at_sign=True)
    except UnknownFileTypeError:
        yield _guarded("", lambda: _by_pymatgen(path))
        return
    except Exception as error:
        found = _guarded("", lambda: _by_pymatgen(path))
        # where neither can read it, ASE's reason is the better one: pymatgen only knows that it does not know the format
        yield Found("", reason=_sentence(error)) if found.structure is None else found
        return
    if not frames:
        yield Found("", reason="holds no structure")
    for number, atoms in enumerate(frames, start=1):
        yield _guarded("" if len(frames) == 1 else str(number), lambda atoms=atoms: _from_ase(atoms))  # type: ignore[misc]


def _cif_structure(block: str) -> Structure:
    from pymatgen.io.cif import CifBlock, CifParser

    items = CifBlock.from_str(block).data
    labels = items.get("_atom_site_type_symbol") or items.get("_atom_site_label") or []
    for label in labels:
        if INCOMPLETE.match(label) or not label[:1].isalpha():
            raise BadCrystalError(f"has a site {label}, which is no chemical element")
    if "." in [value for axis in "xyz" for value in items.get(f"_atom_site_fract_{axis}") or []]:
        raise BadCrystalError("has a site without coordinates (a full stop in their place)")
    try:
        cif = CifParser.from_str(block)
        structure = cif.parse_structures(primitive=False, on_error="raise")[0]
    except Exception as error:
        missing = [item for item in NECESSARY if item not in items]
        if missing:
            raise BadCrystalError(f"can't be read (there is no {missing[0]} in it)") from error
        raise
    for text in cif.warnings:  # type: ignore[attr-defined] # what it changed is only listed there
        warnings.warn(text, stacklevel=1)
    return structure


def _by_pymatgen(path: Path) -> Structure:
    structure = Structure.from_file(path)
    if not isinstance(structure, Structure):
        raise BadCrystalError("holds no structure")
    return structure


def _from_ase(atoms: Atoms) -> Structure:
    if len(atoms) == 0:
        raise BadCrystalError("has no atoms")
    if not atoms.pbc.all() or abs(np.linalg.det(atoms.cell.array)) < 1e-6:
        raise BadCrystalError("is not periodic in three directions, or has no cell; a crystal needs a lattice")
    if (atoms.numbers < 1).any():
        raise BadCrystalError("has a site that is no chemical element")
    return Structure(Lattice(atoms.cell.array), atoms.numbers.tolist(), atoms.get_scaled_positions(wrap=False))


def _guarded(name: str, parse: Callable[[], Structure]) -> Found:
    """Run a third-party parser: its errors become the reason, its telling warnings the notes."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        try:
            structure = parse()
        except BadCrystalError as error:
            return Found(name, reason=str(error))
        except Exception as error:
            return Found(name, reason=_sentence(error))
    texts = [" ".join(str(warning.message).split()) for warning in raised]
    return Found(name, structure, notes=tuple(dict.fromkeys(text for text in texts if TELLING.search(text))))


def _sentence(error: Exception) -> str:
    """The first line that says something, of an error made for programmers."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("No structure parsed for section")] or lines
    return f"can't be read ({lines[0][:200] if lines else type(error).__name__})"


def _text(path: Path, limit: int) -> str:
    """The text of a file, which may be compressed.

    Raises
    ------
    BadCrystalError : it is not text, or unpacks to more than the limit
    """
    with zopen(path, "rb") as file:
        content = bytes(file.read(limit + 1))
    if len(content) > limit:
        raise BadCrystalError(f"unpacks to more than {limit / 1e6:.0f} MB")
    if b"\0" in content:
        raise BadCrystalError("is not a text file")
    try:
        return content.decode("utf-8-sig")  # Windows puts a mark before the text
    except UnicodeDecodeError:
        return content.decode("latin-1")


@contextmanager
def _deuterium() -> Iterator[None]:
    """Let ASE read D and T as hydrogen, as pymatgen does."""
    isotopes = {"D": 1, "T": 1}
    added = {symbol: number for symbol, number in isotopes.items() if symbol not in atomic_numbers}
    atomic_numbers.update(added)
    try:
        yield
    finally:
        for symbol in added:
            del atomic_numbers[symbol]
