"""Measure every speed, print the table and write it to ``results.json`` beside this file."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmarks import compositions, densities, features, hulls, networks, voxels
from recryst import environment, storage

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """All measurements one after the other, in this process."""
    parts = (features, compositions, hulls, voxels, densities, networks)
    table = pd.concat([part.measure() for part in parts], ignore_index=True)
    print(shown(table))
    content = {
        "unit": "per second of one processor core",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": environment.record(),
        "speeds": table.to_dict("records"),
    }
    storage.write_json(RESULTS, content)
    print(f"\nPer second of one processor core; also in {RESULTS}.")


def shown(table: pd.DataFrame) -> str:
    """The table as text, three digits of each number."""
    text = table.assign(met=table["met"].map({True: "met", False: "missed"}))
    for column in ("ours", "peer_speed", "ratio"):
        text[column] = [f"{number:,.0f}" if number >= 100 else f"{number:.3g}" for number in table[column]]
    return text.to_string(index=False)


if __name__ == "__main__":
    main()
