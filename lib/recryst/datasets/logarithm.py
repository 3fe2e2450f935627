"""The decimal logarithm of targets, the same on every processor."""

from decimal import Decimal


def log10(value: float) -> float:
    """The decimal logarithm of a positive number, correctly rounded; NaN of NaN.

    NumPy's differs in the last digit between processors, and with it would the fingerprint of a task and the keys of its runs, so that runs
    that were trained on one processor would not be found on another.
    """
    return float(Decimal(value).log10())
