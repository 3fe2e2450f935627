import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import recryst
from recryst import storage
from recryst.report import page, provenance


def test_it_names_what_a_result_depends_on(tmp_path: Path) -> None:
    origin = provenance.collect(time.monotonic() - 5, {"n_train": 2000, "folder": Path("x")}, (0, 1), {"mp": "5fb1c0"})
    assert 5 <= origin.seconds < 60
    assert abs((datetime.now(UTC) - datetime.fromisoformat(origin.date)).total_seconds()) < 60
    content = json.loads(provenance.write(origin, tmp_path).read_text())
    assert content["settings"] == {"n_train": 2000, "folder": "x"}
    assert content["seeds"] == [0, 1]
    assert content["data"] == {"mp": "5fb1c0"}
    assert recryst.__version__ in content["environment"]["code"]
    assert content["environment"]["libraries"]["numpy"] == np.__version__
    assert 2e7 < content["environment"]["peak_memory_bytes"] < 1e11  # an interpreter with numpy needs at least 20 MB


def test_of_a_plan_readers_are_told_its_files_and_not_how_the_notebook_would_train() -> None:
    settings = {"data": "materials-project", "plan": "cgcnn_better", "epochs": 100, "optimiser": "adam", "jobs": 2}
    recipe = {"recipe": "nbs/recipes/cgcnn.yml"}
    assert provenance.told(settings) == {"data": "materials-project", "plan": "nbs/plans/cgcnn_better.yml", "jobs": 2, **recipe}
    assert all((storage.PROJECT / provenance.told(settings)[name]).is_file() for name in ("plan", "recipe"))
    # a plan without a recipe of its own, and one that is gone
    assert provenance.told({"plan": "cgcnn", "epochs": 1000}) == {"plan": "nbs/plans/cgcnn.yml"}
    assert provenance.told({"plan": "gone", "epochs": 1000}) == {"plan": "nbs/plans/gone.yml"}
    for alone in ({"plan": None, "epochs": 20}, {"plan": "", "epochs": 20}, {"epochs": 20}):
        assert provenance.told(alone) == alone
    assert page.origin("0.1.0", settings) == (
        "code 0.1.0; data = materials-project, plan = nbs/plans/cgcnn_better.yml, jobs = 2, recipe = nbs/recipes/cgcnn.yml"
    )


def test_it_imports_no_network_library() -> None:
    program = (
        "import sys, time; from recryst.report import provenance; provenance.collect(time.monotonic(), {}, (), {});"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)


def test_it_reads_as_a_list_of_terms() -> None:
    where = {
        "code": "0.1.0 (0123456789)", "libraries": {"numpy": "2.4.6"}, "backend": "", "device": "A <CPU>, 2 cores", "threads": "1",
        "platform": "Linux", "peak_memory_bytes": 1_540_000_000,
    }  # fmt: skip
    origin = provenance.Provenance(where, 3725.2, "2026-11-21T08:00:00+00:00", {"n_train": 2000}, (), {"mp": "5fb1c0123456789"})
    shown = page.provenance_list(origin)
    assert "<dt>code</dt><dd>0.1.0 (0123456789)</dd>" in shown
    assert "<dt>machine</dt><dd>A &lt;CPU&gt;, 2 cores, Linux</dd>" in shown
    assert "<dt>time and memory</dt><dd>3,725 s, 1.54 GB at most</dd>" in shown
    assert "<dt>settings</dt><dd>n_train = 2000</dd>" in shown
    assert "<dt>data</dt><dd>mp@5fb1c0123456</dd>" in shown
    assert "<dt>seeds</dt>" not in shown
