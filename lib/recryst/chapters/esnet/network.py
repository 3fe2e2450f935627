"""The layers of ESNet as its released code has them, and how many parameters they have; the network itself is not built."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from recryst.chapters.evidence import results

ORBITALS = 9
WIDTHS = (64, 128, 256, 512)
"""Channels of the four blocks of a branch; a block has two units."""
PLACES, EMBEDDED = 111, 64
"""Length of the vector of elements, and of what it is embedded into."""
REDUCTION = 8
"""The dense layers of the attention over channels have so many times fewer units in between."""


@dataclass(frozen=True)
class Count:
    """Numbers that training changes, and those that it only averages: means and variances of a batch normalisation."""

    trainable: int = 0
    fixed: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.trainable + other.trainable, self.fixed + other.fixed)


def convolution(length: int, inputs: int, outputs: int) -> Count:
    """A convolution with a bias."""
    return Count(length * inputs * outputs + outputs)


def dense(inputs: int, outputs: int) -> Count:
    """A dense layer with a bias."""
    return Count(inputs * outputs + outputs)


def normalisation(channels: int) -> Count:
    """Batch normalisation: scale and shift are learned."""
    return Count(2 * channels, 2 * channels)


def attention(channels: int) -> Count:
    """Two dense layers, which the mean and the maximum share, and a convolution of length 7 over two channels, without bias."""
    hidden = channels // REDUCTION
    return dense(channels, hidden) + dense(hidden, channels) + Count(7 * 2)


def unit(inputs: int, outputs: int) -> Count:
    """A residual unit; where the width changes, the input passes a convolution of length 1 with batch normalisation before the sum."""
    convolutions = convolution(3, inputs, outputs) + convolution(3, outputs, outputs) + normalisation(outputs) + normalisation(outputs)
    shortcut = convolution(1, inputs, outputs) + normalisation(outputs) if inputs != outputs else Count()
    return convolutions + attention(outputs) + shortcut


def parts(places: int = PLACES, embedded: int = EMBEDDED) -> pd.DataFrame:
    """The network, part by part.

    Parameters
    ----------
    places, embedded : length of the vector of elements, and of what it is embedded into

    Returns
    -------
    part, layers, width; parameters (all of them, of both spins where there are two branches), trainable
    """
    first, last = WIDTHS[0], WIDTHS[-1]
    entry = convolution(20, ORBITALS, first) + normalisation(first)
    blocks = _sum(unit(inputs, width) + unit(width, width) for inputs, width in zip((first, *WIDTHS), WIDTHS, strict=False))
    join = convolution(3, 2 * last, last) + normalisation(last)
    elements = dense(places, embedded)
    head = dense(last + embedded, 128) + dense(128, 64) + dense(64, 1)
    norm = "batch normalisation, ReLU"
    rows = [
        ("entry, for each spin", f"convolution of length 20 and step 2, {norm}, average pooling", [first], entry + entry),
        ("four blocks, for each spin", "two residual units with attention; average pooling after the first three", WIDTHS, blocks + blocks),
        ("join", f"both spins side by side, convolution of length 3, {norm}, mean over the energies", [last], join),
        ("elements", f"dense layer without activation, on a vector of {places} zeros and ones", [embedded], elements),
        ("head", "join and elements side by side, dense layers", [128, 64, 1], head),
    ]
    counted = [
        (part, layers, ", ".join(map(str, widths)), count.trainable + count.fixed, count.trainable) for part, layers, widths, count in rows
    ]
    return pd.DataFrame(counted, columns=["part", "layers", "width", "parameters", "trainable"])


def parameter_results() -> pd.DataFrame:
    """Parameters of all parts together, as the paper prints them."""
    totals = parts()[["parameters", "trainable"]].sum()
    named = {"parameters": totals["parameters"], "trainable-parameters": totals["trainable"]}
    return results(*(("text-network", name, int(total), None) for name, total in named.items()))


def _sum(counts: Iterable[Count]) -> Count:
    return sum(counts, Count())
