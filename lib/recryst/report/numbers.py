"""Values as readers see them, in tables and in sentences alike: digits, units, yes and no."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

UNITS: Mapping[str, str] = {
    "angstrom": "Å",
    "log10(GPa)": "log₁₀(GPa)",
    "ln(cm3/mol)": "ln(cm³/mol)",
    "angstrom2": "Å²",
    "eV/angstrom": "eV/Å",
}


def shown(value: object, digits: int | None = None) -> str:
    """A value in plain text: ``digits`` decimals, or four significant digits; yes/no for truth; lists joined; nothing for none."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(shown(item, digits) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−") if abs(value) >= 10_000 else str(value).replace("-", "−")
    if isinstance(value, float):
        if digits is None and value.is_integer():
            return shown(int(value))
        # a value smaller than the digits allow would read as nothing
        text = f"{value:.4g}" if digits is None or 0 < abs(value) < 0.5 * 10**-digits else f"{value:.{digits}f}"
        return text.replace("-", "−") if "e" not in text else text
    return str(value)


def as_printed(text: str) -> str:
    """A printed value digit for digit, with the minus sign and the separators of thousands that `shown` gives to ours."""
    signed = re.sub(r"(?<![\w.–-])-(?=\d)", "−", text)
    return re.sub(r"(?<![\w.])\d{5,}(?![\w.])", lambda number: f"{int(number[0]):,}", signed)


def decimals(printed: str | None) -> int | None:
    """One decimal more than is printed, so that a reader sees how far from rounding a value is; None where no number is printed."""
    if printed is None:
        return None
    first = printed.partition(" ")[0].partition("–")[0].partition(",")[0]
    fraction = first.partition(".")[2]
    return len(fraction) + 1 if fraction.isdigit() or first.lstrip("-").isdigit() else None


def unit(name: str | None) -> str:
    """A unit with a space before it; nothing for none."""
    return f" {UNITS.get(name, name)}" if name else ""


def with_spread(value: object, spread: float | None, digits: int | None) -> str:
    """A value and its standard deviation over seeds, where it has one: ``0.0368 ± 0.0004``."""
    if spread is None or pd.isna(spread):
        return shown(value, digits)
    small = digits is not None and 0 < spread < 0.5 * 10**-digits
    return f"{shown(value, digits)} ± {np.format_float_positional(spread, 1, fractional=False) if small else shown(float(spread), digits)}"
