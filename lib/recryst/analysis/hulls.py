"""Lower convex hulls of many binary systems at once (voxel-CNN paper, Section II.D).

An entry is a crystal of a system A-B: its atomic fraction x of B, and its formation energy E per atom. The hull is the
largest convex function of x that no entry lies below; an entry on it is stable, and one above it gains its energy above the
hull by decomposing into the two vertices beside it.

All systems are wrapped at the same time: from the left end each takes the step of the smallest slope to its next vertex,

    s = min over x_i > x_vertex of (E_i - E_vertex) / (x_i - x_vertex),

so that the loop runs as often as the hull with most vertices has vertices, however many systems there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recryst.crystals import FloatArray, IntArray
from recryst.errors import BadInputError

SAME_FRACTION = 1e-9
"""Atomic fractions that differ by less are one composition: 2/3 and 1 - 1/3 do by rounding alone."""

ON_THE_HULL = 1e-12
"""Entries no further above a facet, over the largest energy of their system, lie on it but for rounding."""

Ends = Literal["lowest", "zero"]
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Hulls:
    """The hulls of s systems with n entries in all; energies in the unit of those given.

    Parameters
    ----------
    systems : (s,) their labels, in order of first appearance
    system : (n,) position in ``systems`` of each entry's system
    energy_above_hull : (n,) from 0 up; the entry's energy less that of the hull at its composition
    vertex : (n,) whether an entry is a corner of its hull: one at each composition, the first of those of equal energy
    ends : (s, 2) energies of the hull at x = 0 and x = 1
    area : (s,) between the hull and that line, over atomic fraction (trapezoids, which are exact for a hull)
    """

    systems: NDArray[np.object_]
    system: IntArray
    energy_above_hull: FloatArray
    vertex: NDArray[np.bool_]
    ends: FloatArray
    area: FloatArray


def lower_hulls(system: ArrayLike | Sequence[object] | pd.Series, fraction: ArrayLike, energy: ArrayLike, ends: Ends = "lowest") -> Hulls:
    """Hulls of all systems, and every entry's energy above its hull.

    Parameters
    ----------
    system : (n,) label of each entry's binary system, in any order; an element's entries stand in each of its systems
    fraction : (n,) atomic fraction of the second element, 0 to 1
    energy : (n,) formation energy per atom, relative to the elements, in any unit
    ends : where the hull begins and ends. "lowest": at the lowest entry of each element, whatever its energy, as in pymatgen,
        and at zero where an element has no entry. "zero": no higher than zero, which the element itself has by definition

    Raises
    ------
    BadInputError : lengths differ, there are no entries, several fractions an entry (ternary systems), a fraction outside
        0 to 1, or a number that is not finite

    Notes
    -----
    Energies above the hull agree with pymatgen's ``PhaseDiagram``, which adds no end of its own and refuses a system
    without entries for an element. Entries of pure elements above the end are above the hull by as much.
    """
    codes, labels = pd.factorize(_labels(system))
    x, y = _numbers(fraction, "fraction", len(codes)), _numbers(energy, "energy", len(codes))
    _refuse_outside(x, labels, codes)
    count = len(labels)
    at_a, at_b = x <= SAME_FRACTION, x >= 1 - SAME_FRACTION
    (start, start_entry), (stop, stop_entry) = (_end(codes, y, pure, count, ends) for pure in (at_a, at_b))
    scale = np.maximum(np.abs(start), np.abs(stop))
    np.maximum.at(scale, codes, np.abs(y))
    tolerance = ON_THE_HULL * scale

    # entries of the elements lie on the ends or above them; the others are reached one facet after the other
    above = np.where(at_a, y - start[codes], y - stop[codes])
    vertex = np.zeros(len(x), dtype=bool)
    integral = np.zeros(count)
    corner_x, corner_y = np.zeros(count), start.copy()
    entries = np.flatnonzero(~(at_a | at_b))
    if np.any(np.diff(codes[entries]) < 0):
        entries = entries[np.argsort(codes[entries], kind="stable")]
    while len(entries):
        owner = codes[entries]
        first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        active = owner[first]
        of = np.repeat(np.arange(len(active)), np.diff(np.r_[first, len(owner)]))
        from_x, from_y = corner_x[active], corner_y[active]
        step, rise = x[entries] - from_x[of], y[entries] - from_y[of]
        height, reach, chosen = _next_corner(step, rise, first, of, 1 - from_x, stop[active] - from_y, tolerance[active])
        at_end = chosen == NOWHERE
        to_x, to_y = np.where(at_end, 1.0, x[entries[chosen]]), np.where(at_end, stop[active], y[entries[chosen]])
        vertex[entries[chosen[~at_end]]] = True

        passed = step <= reach[of] + SAME_FRACTION
        above[entries[passed]] = height[passed]
        integral[active] += (to_x - from_x) * (from_y + to_y) / 2
        corner_x[active], corner_y[active] = to_x, to_y
        entries = entries[~passed]
    integral += (1 - corner_x) * (corner_y + stop) / 2  # where the last entry was a corner
    vertex[start_entry[start_entry != NOWHERE]] = True
    vertex[stop_entry[stop_entry != NOWHERE]] = True
    return Hulls(
        systems=np.asarray(labels, dtype=object),
        system=codes,
        energy_above_hull=np.maximum(above, 0.0),
        vertex=vertex,
        ends=np.column_stack([start, stop]),
        area=np.maximum((start + stop) / 2 - integral, 0.0),
    )


def corners(hulls: Hulls, fraction: ArrayLike, energy: ArrayLike) -> pd.DataFrame:
    """The line of each hull, for drawing: its corners from left to right, the ends that no entry stands for included.

    Parameters
    ----------
    hulls : from `lower_hulls`
    fraction, energy : (n,) as they were given there

    Returns
    -------
    system, fraction, energy, entry (position among the entries, -1 for an end that no entry stands for)
    """
    chosen = np.flatnonzero(hulls.vertex)
    count = len(hulls.systems)
    x = _numbers(fraction, "fraction", len(hulls.system))[chosen]
    inner = (x > SAME_FRACTION) & (x < 1 - SAME_FRACTION)
    of_ends = np.full((count, 2), NOWHERE)
    of_ends[hulls.system[chosen[x <= SAME_FRACTION]], 0] = chosen[x <= SAME_FRACTION]
    of_ends[hulls.system[chosen[x >= 1 - SAME_FRACTION]], 1] = chosen[x >= 1 - SAME_FRACTION]
    table = pd.DataFrame(
        {
            "code": np.r_[hulls.system[chosen[inner]], np.arange(count), np.arange(count)],
            "fraction": np.r_[x[inner], np.zeros(count), np.ones(count)],
            "energy": np.r_[_numbers(energy, "energy", len(hulls.system))[chosen[inner]], hulls.ends[:, 0], hulls.ends[:, 1]],
            "entry": np.r_[chosen[inner], of_ends[:, 0], of_ends[:, 1]],
        }
    ).sort_values(["code", "fraction"], ignore_index=True)
    table.insert(0, "system", hulls.systems[table.pop("code").to_numpy()])
    return table


def _next_corner(
    step: FloatArray,
    rise: FloatArray,
    first: IntArray,
    of: IntArray,
    end_step: FloatArray,
    end_rise: FloatArray,
    tolerance: FloatArray,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """The next corner of k hulls at once, each among its remaining entries and its end.

    Parameters
    ----------
    step, rise : (m,) fraction and energy of the entries, from the last corner on; those of one hull stand together
    first : (k,) position of each hull's first entry
    of : (m,) hull of each entry
    end_step, end_rise : (k,) the same for the end
    tolerance : (k,) energy below which an entry is on the line

    Returns
    -------
    height : (m,) energy of each entry above the line to the next corner
    reach : (k,) step to that corner
    chosen : (k,) position of the entry that is that corner, or `NOWHERE` for the end
    """
    slope, end_slope = rise / step, end_rise / end_step
    least = np.minimum(np.minimum.reduceat(slope, first), end_slope)
    height = (slope - least[of]) * step
    # of points on one line the furthest is the next corner, so that those between are none
    touching = height <= tolerance[of]
    at_end = (end_slope - least) * end_step <= tolerance
    reach = np.where(at_end, end_step, np.maximum.reduceat(np.where(touching, step, 0.0), first))
    candidate = touching & (step >= reach[of] - SAME_FRACTION)
    earliest = np.minimum.reduceat(np.where(candidate, np.arange(len(step)), len(step)), first)
    return height, reach, np.where(at_end, NOWHERE, earliest)


def _end(codes: IntArray, energy: FloatArray, here: NDArray[np.bool_], count: int, ends: Ends) -> tuple[FloatArray, IntArray]:
    """(s,) energy of one end of each hull, and the entry that stands for it, the first of the lowest, or `NOWHERE`."""
    lowest, entry = np.full(count, np.inf), np.full(count, NOWHERE)
    pure = np.flatnonzero(here)
    np.minimum.at(lowest, codes[pure], energy[pure])
    ground = pure[energy[pure] == lowest[codes[pure]]][::-1]  # reversed: of several the first is written last
    entry[codes[ground]] = ground
    virtual = lowest > (0.0 if ends == "zero" else np.finfo(float).max)
    return np.where(virtual, 0.0, lowest), np.where(virtual, NOWHERE, entry)


def _labels(system: ArrayLike | Sequence[object] | pd.Series) -> pd.Index:
    labels = pd.Index(np.asarray(system, dtype=object) if not isinstance(system, np.ndarray | pd.Series | pd.Index) else system)
    if len(labels) == 0:
        raise BadInputError("There are no entries to draw a hull through.")
    if labels.hasnans:
        raise BadInputError(f"Entry {int(np.flatnonzero(labels.isna())[0])} has no system; give each entry the label of its binary system.")
    return labels


def _numbers(values: ArrayLike, what: str, count: int) -> FloatArray:
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim > 1:
        raise BadInputError(
            f"Hulls are those of binary systems, with one {what} an entry, not an array of shape {numbers.shape}: "
            "for ternary and larger systems use pymatgen's PhaseDiagram."
        )
    if numbers.shape != (count,):
        raise BadInputError(f"There are {count} entries and {numbers.size} values of {what}; give one an entry.")
    if not np.all(np.isfinite(numbers)):
        fault = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise BadInputError(f"The {what} of entry {fault} is {numbers[fault]}, no finite number; leave such entries out.")
    return cast(FloatArray, numbers)


def _refuse_outside(fraction: FloatArray, labels: pd.Index, codes: IntArray) -> None:
    outside = (fraction < -SAME_FRACTION) | (fraction > 1 + SAME_FRACTION)
    if outside.any():
        fault = int(np.flatnonzero(outside)[0])
        raise BadInputError(
            f"The fraction of entry {fault} ({labels[codes[fault]]}) is {fraction[fault]:g}; atomic fractions of the second element "
            "are from 0 to 1."
        )
