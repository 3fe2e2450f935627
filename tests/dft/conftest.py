"""A stand-in for GPAW's environment, and the real one where it is there."""

import os
from pathlib import Path

import pytest

from recryst.storage import PROJECT

NACL = """NaCl
1.0
5.64 0 0
0 5.64 0
0 0 5.64
Na Cl
4 4
Direct
0 0 0
0 .5 .5
.5 0 .5
.5 .5 0
.5 .5 .5
.5 0 0
0 .5 0
0 0 .5
"""
ALUMINIUM = """Al
1.0
0 2.02 2.02
2.02 0 2.02
2.02 2.02 0
Al
1
Direct
0 0 0
"""


@pytest.fixture
def nacl(tmp_path: Path) -> Path:
    """A POSCAR of the conventional cell of sodium chloride."""
    path = tmp_path / "NaCl.vasp"
    path.write_text(NACL)
    return path


@pytest.fixture
def aluminium(tmp_path: Path) -> Path:
    """A POSCAR of the primitive cell of aluminium."""
    path = tmp_path / "Al.vasp"
    path.write_text(ALUMINIUM)
    return path


@pytest.fixture
def gpaw() -> Path:
    """The interpreter of GPAW's environment."""
    path = Path(os.environ.get("RECRYST_DFT_PYTHON", PROJECT / ".venv-dft" / "bin" / "python"))
    if not path.is_file():
        pytest.skip(f"needs GPAW's environment, and there is no {path}; make it with make setup-dft")
    return path
