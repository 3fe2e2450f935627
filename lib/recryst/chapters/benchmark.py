"""Speeds that chapters show, from the last `make bench`."""

import json
from typing import Any

from recryst import storage


def speeds(*beginnings: str) -> list[dict[str, Any]]:
    """Rows of the benchmark whose names begin so: name (what is counted a second on one core), ours, peer, peer_speed, ratio, ..."""
    measured = json.loads((storage.PROJECT / "benchmarks" / "results.json").read_text(encoding="utf-8"))["speeds"]
    return [row for row in measured if row["name"].startswith(beginnings)]
