"""The verdict on every value, computed from what is printed and what was found; here and nowhere else.

======================  ==============================================================================================
level                   verdicts
======================  ==============================================================================================
re-analysed, rebuilt    **matches** (equal when rounded to the printed digits), **close** (within the entry's
                        ``close``), **differs**
retrained               **reaches** (equal when rounded, within ``close``, or within two standard errors over seeds),
                        **surpasses** (better by more), **falls short** (worse by more)
any                     **not comparable** (another target, population or split, or a reduced run; the reason says
                        which)
======================  ==============================================================================================

A value exactly half-way between two printed ones matches both: papers round ties either way. The standard error is the
spread over seeds divided by the square root of their number; one seed has none. Where neither direction is better, a
retrained value that deviates by more falls short. Texts, lists and statements are equal or not; a statement may have a
better answer than the printed one, which surpasses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from recryst.errors import BadInputError
from recryst.notation import shown
from recryst.report.printed import Value
from recryst.report.results import Result
from recryst.report.tolerance import exact

NOT_COMPARABLE = "not comparable"
NOT_AS_PRINTED = ("falls short", "differs")
"""Verdicts that go against the paper."""
WORST_LAST = ("surpasses", "reaches", "matches", "close", NOT_COMPARABLE, *NOT_AS_PRINTED)
COMPARABLE_SHARE = 0.75


@dataclass(frozen=True)
class Verdict:
    """One of `WORST_LAST`, and in a few words why."""

    name: str
    reason: str


def verdict(printed: Value, found: Result) -> Verdict | None:
    """Judge ``found`` against ``printed``; None for settings and for other people's numbers, which are only shown.

    Raises
    ------
    BadInputError : ``found`` is of another type or unit than the printed value
    """
    _refuse_other_type(printed, found)
    if printed.role != "result":
        return None
    if found.not_comparable is not None:
        return Verdict(NOT_COMPARABLE, found.not_comparable)
    if found.split and printed.split and found.split != printed.split:
        return Verdict(NOT_COMPARABLE, f"found on split '{found.split}', printed for '{printed.split}'")
    if printed.type == "number":
        return _judge_number(printed, printed.number, found.value, found)
    if printed.type == "interval":
        return _judge_interval(printed, found)
    same = _normal(printed) == _normal_found(found)
    if found.level == "retrained" and not same:
        return Verdict("surpasses" if printed.better == shown(found.value) else "falls short", "not as printed")
    if not same:
        return Verdict("differs", "not as printed")
    return Verdict("reaches" if found.level == "retrained" else "matches", "as printed")


def worst(names: Iterable[str]) -> str:
    """The verdict on a whole, such as an exhibit: the worst of those on its parts, each one of `WORST_LAST`; "" when there is none."""
    return max(names, key=WORST_LAST.index, default="")


def population(used: int, printed: int, what: str = "training crystals") -> tuple[str | None, str | None]:
    """Caveat and reason not to compare, for a run that used part of the paper's crystals.

    At least 75 % of the paper's crystals make a retrained value comparable, with a caveat; fewer do not.

    Returns
    -------
    caveat, not_comparable : what `Result` takes; at most one of them is not None
    """
    words = f"{used:,} of the paper's {printed:,} {what}"
    if used >= COMPARABLE_SHARE * printed:
        return (words if used < printed else None), None
    return None, f"only {words}"


def _judge_interval(printed: Value, found: Result) -> Verdict:
    low, high = printed.numbers
    if isinstance(found.value, tuple):
        ends = [_judge_number(printed, end, value, found) for end, value in zip((low, high), found.value, strict=True)]
        names = [judged.name for judged in ends]
        return ends[names.index(worst(names))]
    value = _decimal(found.value)
    if low <= value <= high:
        return Verdict("reaches" if found.level == "retrained" else "matches", f"within {printed.shown}")
    return _judge_number(printed, low if value < low else high, found.value, found)


def _judge_number(printed: Value, reference: Decimal, value: object, found: Result) -> Verdict:
    deviation = _decimal(value) - reference
    assert printed.close is not None  # the schema demands it of numbers that are results
    same = abs(deviation) <= half_digit(reference)
    within_close = abs(deviation) <= printed.close.allowance(reference)
    distance = _distance(deviation, reference, printed.unit)
    if found.level != "retrained":
        if same:
            return Verdict("matches", "equal in the printed digits")
        return Verdict("close", f"{distance}, within {printed.close}") if within_close else Verdict("differs", distance)
    if same:
        return Verdict("reaches", "equal in the printed digits")
    if within_close:
        return Verdict("reaches", f"{distance}, within {printed.close}")
    chance = two_standard_errors((found.spread, len(found.seeds)))
    if chance is not None and abs(deviation) <= chance:
        return Verdict("reaches", f"{distance}, within two standard errors over {len(found.seeds)} seeds")
    gain = {"lower": -deviation, "higher": deviation, "neither": Decimal(-1)}[printed.better or "neither"]
    return Verdict("surpasses" if gain > 0 else "falls short", distance)


def half_digit(printed: Decimal) -> Decimal:
    """Half of the last printed digit: 0.0005 for 0.039, 0.005 for 0.30, 5,000 for 1e4."""
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)  # finite, says the schema
    return Decimal(1).scaleb(exponent) / 2


def two_standard_errors(*means: tuple[float | None, int]) -> Decimal | None:
    """Twice the standard error of a mean over seeds, or of the difference of two such means.

    Parameters
    ----------
    means : of each its standard deviation over seeds, and their number

    Returns
    -------
    2 sqrt(s1² / n1 + s2² / n2 + …); None where one deviation is not known, as that of a single seed
    """
    variances = [exact(spread) ** 2 / seeds for spread, seeds in means if spread is not None and seeds > 1]
    return 2 * sum(variances, Decimal(0)).sqrt() if len(variances) == len(means) else None


def _distance(deviation: Decimal, reference: Decimal, unit: str) -> str:
    direction = "above" if deviation > 0 else "below"
    # of what may be on either side of zero, a share of its size tells nothing
    if unit == "%" or reference == 0 or min(reference, reference + deviation) < 0:
        return f"{_short(float(abs(deviation)))} {'points' if unit == '%' else unit} {direction}".replace("  ", " ")
    return f"{_short(float(abs(deviation / reference)) * 100)} % {direction}"


def _short(size: float) -> str:
    """Two digits, or all before the decimal point, and no power of ten for a large number."""
    return f"{size:,.0f}" if size >= 99.5 else f"{size:.2g}"


def _decimal(value: object) -> Decimal:
    assert isinstance(value, int | float)  # _refuse_other_type has seen to it
    return exact(value)


def _refuse_other_type(printed: Value, found: Result) -> None:
    value, name = found.value, f"{found.exhibit}, {found.value_id}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "number": number,
        "interval": number or (isinstance(value, tuple) and len(value) == 2 and not any(isinstance(end, str) for end in value)),
        "list": isinstance(value, tuple),
        "text": isinstance(value, str),
        "statement": isinstance(value, bool),
    }[printed.type]
    if not fits:
        wanted = {"statement": "yes or no (a bool)", "interval": "a number or two ends"}.get(printed.type, f"a {printed.type}")
        raise BadInputError(f"The printed value of {name} is {printed.shown}, so the result must be {wanted}, not {value!r}.")
    judged = printed.role == "result" and printed.type in ("number", "interval") and found.not_comparable is None
    if judged and found.unit != printed.unit:
        raise BadInputError(
            f"The printed value of {name} is in '{printed.unit}' and the result in '{found.unit}'; "
            "convert it, or say with not_comparable why it can't be."
        )


def _normal(printed: Value) -> object:
    if printed.type == "statement":
        return printed.value == "yes"
    if isinstance(printed.value, tuple):
        return tuple(_number_or_word(item) for item in printed.value)
    return " ".join(printed.value.split()).casefold()


def _normal_found(found: Result) -> object:
    if isinstance(found.value, tuple):
        return tuple(_number_or_word(item if isinstance(item, str) else str(exact(item))) for item in found.value)
    return " ".join(found.value.split()).casefold() if isinstance(found.value, str) else found.value


def _number_or_word(text: str) -> object:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text.strip().casefold()
