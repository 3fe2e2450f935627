"""Values as readers see them, in tables, sentences and pictures alike: digits, signs, units, yes and no."""

import math
import re
from collections.abc import Mapping, Sequence

import pandas as pd

UNITS: Mapping[str, str] = {
    "angstrom": "Å",
    "log10(GPa)": "log₁₀(GPa)",
    "ln(cm3/mol)": "ln(cm³/mol)",
    "angstrom2": "Å²",
    "eV/angstrom": "eV/Å",
}
NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_DECIMALS = 8
_RAISED = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def shown(value: object, digits: int | None = None) -> str:
    """A value in plain text: ``digits`` decimals, or four significant digits; yes/no for truth; lists joined; nothing for none."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, tuple | list):
        # between the commas of a list, those of thousands would be read as two numbers
        return ", ".join(shown(item, digits).replace(",", "") if not isinstance(item, str) else item for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return signed(f"{value:,}")
    if isinstance(value, float):
        if digits is None and value.is_integer():
            return shown(int(value))
        # a value smaller than the digits allow would read as nothing
        text = f"{value:.4g}" if digits is None or 0 < abs(value) < 0.5 * 10**-digits else f"{value:,.{digits}f}"
        return powers(signed(text))
    return str(value)


def as_printed(text: str) -> str:
    """A printed value digit for digit, with the signs, powers and separators of thousands that `shown` gives to ours."""
    if ", " not in text:
        text = re.sub(r"(?<![\w.–-])(\d{4,})(?=(?:\.\d+)?(?![\w.-]))", lambda number: f"{int(number[1]):,}", text)
    return powers(signed(text))


def found(value: object, spread: float | None, printed: str | None) -> str:
    """What was found, in the digits and the form of what is printed, with its standard deviation over seeds: ``0.0368 ± 0.0004``.

    A spread that these digits would hide gets more of them, and so does its value: no reader has to compare 0.087 with 0.00005.
    """
    digits = decimals(printed)
    if isinstance(value, tuple) and len(value) == 2 and printed is not None:
        between = " to " if " to " in printed else "–" if "–" in printed and min(value) >= 0 else ", "
        return between.join(shown(end, digits) for end in value)
    if printed is None and isinstance(value, float) and not value.is_integer() and (spread is None or pd.isna(spread)):
        return powers(signed(f"{value:#.4g}".rstrip(".")))  # a last zero was measured too
    if spread is None or pd.isna(spread) or not isinstance(value, int | float):
        return shown(value, digits)
    if 0 < spread < (math.inf if digits is None else 0.5 * 10**-digits):
        wanted = -math.floor(math.log10(spread)) + (1 if digits is None else 0)
        digits = min(max(wanted, digits or 0), MOST_DECIMALS)
    return f"{shown(float(value), digits)} ± {shown(float(spread), digits)}"


def decimals(printed: str | None) -> int | None:
    """One decimal more than is printed, so that a reader sees how far from rounding a value is; None where no number is printed."""
    if printed is None:
        return None
    first = printed.partition(" ")[0].partition("–")[0].partition(",")[0]
    fraction = first.partition(".")[2]
    return len(fraction) + 1 if fraction.isdigit() or first.lstrip("-").isdigit() else None


def unit(name: str | None) -> str:
    """A unit with a space before it, at which no line ends; nothing for none."""
    return f"{NO_BREAK}{UNITS.get(name, name)}" if name else ""


def in_unit(quantity: str, unit: str) -> str:
    """A quantity with its unit, as tables name it: "formation energy (eV/atom)"."""
    return f"{quantity} ({unit})" if unit else quantity


def words(identifier: str) -> str:
    """An identifier as one says it: "Fermi energy" of fermi-energy, "mean MAE" of mean-mae."""
    return spelled(identifier.replace("-", " "))


def listed(names: Sequence[str]) -> str:
    """Several names in a sentence: "A, B and C"; one alone as it is."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def extents(*sizes: int) -> str:
    """The sizes of an array as readers see them: "60 × 60 × 60"."""
    return " × ".join(str(size) for size in sizes)


def spelled(text: str) -> str:
    """Text whose names and abbreviations have the capitals that are theirs."""
    named = re.sub(r"\b(fermi|magpie|mendeleev|pauling|poisson)\b", lambda name: name[0].capitalize(), text)
    return re.sub(r"\br2\b", "R²", re.sub(r"\b([23]d(?= cnn)|auc|cgcnn|cnn|dft|f1|mae|rmse)\b", lambda short: short[0].upper(), named))


def signed(text: str) -> str:
    """Text whose negative numbers have a minus sign, not a hyphen."""
    return re.sub(r"(?<![\w.–)\]-])-(?=\.?\d)", "−", text)


def powers(text: str) -> str:
    """Text with powers as one writes them by hand: 1.2e-07 becomes 1.2 × 10⁻⁷, 1e4 becomes 10⁴, e^-6 becomes e⁻⁶."""
    text = re.sub(r"(?<![\w.])1e\+?([-−]?\d+)\b", r"10^\1", text)
    text = re.sub(r"(?<![\w])(\d+(?:\.\d+)?)e\+?([-−]?\d+)\b", r"\1 × 10^\2", text)
    return re.sub(r"\b(10|e)\^([-−]?)0*(\d+)", lambda power: power[1] + (power[2] + power[3]).translate(_RAISED), text)
