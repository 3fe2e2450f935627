"""Speeds of several ways to do the same, measured in one process, in turns, and per processor second."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Work = tuple[int, Callable[[], object]]
"""A call, and how many things it makes."""

Goal = Callable[[float, float], tuple[str, bool]]
"""What is wanted of our speed, and of its ratio to a peer's: in words, and whether it is met."""


def compare(name: str, ours: Work, peers: Mapping[str, Work], goal: Goal, repeats: int) -> pd.DataFrame:
    """Our speed beside that of each peer.

    Every way is called once to load and compile what it needs, then ``repeats`` times, all of them in turns.

    Returns
    -------
    name, ours, peer, peer_speed, ratio, goal, met : speeds are medians over the turns
    """
    ways = {"ours": ours, **peers}
    speeds: dict[str, list[float]] = {way: [] for way in ways}
    for _, work in ways.values():
        work()
    for _ in range(repeats):
        for way, (count, work) in ways.items():
            began = time.process_time()
            work()
            speeds[way].append(count / (time.process_time() - began))
    median = {way: float(np.median(found)) for way, found in speeds.items()}
    rows = []
    for peer in peers:
        ratio = median["ours"] / median[peer]
        rows.append((name, median["ours"], peer, median[peer], ratio, *goal(median["ours"], ratio)))
    return pd.DataFrame(rows, columns=["name", "ours", "peer", "peer_speed", "ratio", "goal", "met"])


def each(way: Callable[[Any], object], things: Sequence[object]) -> Work:
    """A way that takes one thing after the other."""
    return len(things), lambda: [way(thing) for thing in things]


def at_least(speed: int) -> Goal:
    """The goal that our speed is not below this one."""
    return lambda ours, _: (f"ours at least {speed:,}", ours >= speed)


def ratio_at_least(wanted: float) -> Goal:
    """The goal that we are so many times as fast as the peer."""
    return lambda _, ratio: (f"ratio at least {wanted}", ratio >= wanted)
