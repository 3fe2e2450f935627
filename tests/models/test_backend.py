"""How the backend is started: what is the default, and that the user's own choice stands."""

import os
import subprocess
import sys

import pytest

VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_CPU_ALLOCATOR_USE_BFC", "TF_ENABLE_ONEDNN_OPTS")


@pytest.mark.parametrize(("chosen", "found"), [({}, "1 true 1"), (dict(zip(VARIABLES, ("2", "false", "0"), strict=True)), "2 false 0")])
def test_a_backend_keeps_its_memory_and_one_thread_unless_told_otherwise(chosen: dict[str, str], found: str) -> None:
    others = {name: value for name, value in os.environ.items() if name not in (*VARIABLES, "RECRYST_THREADS")}
    ask = f"import os, recryst.models; print(*(os.environ[name] for name in {VARIABLES}))"
    done = subprocess.run([sys.executable, "-c", ask], env=others | chosen, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == found
