"""Speed of binary convex hulls beside pymatgen: the same systems, with the energies above the hull of all entries, in processor seconds."""

from functools import partial

import numpy as np
import pandas as pd
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from benchmarks.speeds import at_least, compare
from recryst.analysis import hulls

ENTRIES, SYSTEMS, OF_PEER = 20, 3112, 60
"""Entries of a system; systems that we draw at once, as many as the paper has; systems that pymatgen draws one by one."""


def measure(repeats: int = 5) -> pd.DataFrame:
    """Hulls per processor second, ours and pymatgen's.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over ``repeats``, in which both ways take turns
    """
    table = systems(SYSTEMS)
    entries = pymatgen_entries(table[table["system"] < OF_PEER])
    return compare(
        f"binary hulls a second, {ENTRIES} entries each, all energies above the hull",
        (SYSTEMS, partial(hulls.lower_hulls, table["system"], table["fraction"], table["energy"])),
        {"pymatgen PhaseDiagram": (OF_PEER, partial(by_pymatgen, entries))},
        at_least(20_000),
        repeats,
    )


def systems(count: int) -> pd.DataFrame:
    """Rows system, a, b (atoms of each element), fraction, energy: both elements at zero, and compounds around a parabola."""
    generator = np.random.default_rng(0)
    a, b = generator.integers(1, 8, (2, count, ENTRIES))
    a[:, 0], b[:, 0], a[:, 1], b[:, 1] = 1, 0, 0, 1
    fraction = b / (a + b)
    energy = generator.normal(0, 0.1, fraction.shape) - generator.uniform(0, 2, (count, 1)) * fraction * (1 - fraction)
    energy[:, :2] = 0
    columns = {"a": a, "b": b, "fraction": fraction, "energy": energy}
    table = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    return table.assign(system=np.repeat(np.arange(count), ENTRIES))


def pymatgen_entries(table: pd.DataFrame) -> list[list[PDEntry]]:
    """The same systems as pymatgen takes them; made beforehand, which is not counted."""
    return [
        [PDEntry(Composition({"Li": int(row.a), "O": int(row.b)}), row.energy * (row.a + row.b)) for row in part.itertuples(index=False)]
        for _, part in table.groupby("system")
    ]


def by_pymatgen(entries: list[list[PDEntry]]) -> list[list[float]]:
    """Energies above the hull of every entry."""
    energies = []
    for system in entries:
        diagram = PhaseDiagram(system)
        energies.append([diagram.get_e_above_hull(entry) for entry in system])
    return energies
