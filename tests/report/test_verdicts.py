"""Verdicts on cases worked by hand; the arithmetic stands beside each."""

import pytest

from recryst.errors import BadInputError
from recryst.report import results
from recryst.report.printed import Value
from recryst.report.results import Result
from recryst.report.verdicts import Verdict, population, verdict, worst


def printed(value: object = "0.039", **fields: object) -> Value:
    return Value.model_validate({"id": "x", "value": value, "source": "Table I", "unit": "eV", "better": "lower", "close": "10 %"} | fields)


def found(value: object, level: str = "re-analysed", **fields: object) -> Result:
    return results.make(**{"exhibit": "table-1", "value_id": "x", "level": level, "value": value, "unit": "eV"} | fields)


def name(entry: Value, result: Result) -> str:
    judged = verdict(entry, result)
    assert judged is not None
    return judged.name


@pytest.mark.parametrize("level", ["re-analysed", "rebuilt"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.039, "matches"),
        (0.0385, "matches"),  # a tie: rounds to 0.039 away from zero, to 0.038 to even; either may be printed
        (0.0395, "matches"),  # a tie: 0.040 away from zero and to even, 0.039 towards zero
        (0.03949, "matches"),
        (0.03951, "close"),  # rounds to 0.040; 1.3 % away
        (0.03849, "close"),  # rounds to 0.038
        (0.0429, "close"),  # 0.039 + 10 % = 0.0429 exactly, which floats would put outside
        (0.0351, "close"),  # 0.039 - 10 %
        (0.04291, "differs"),
        (0.03509, "differs"),  # better, but a re-analysis must give the same, not better
        (-0.039, "differs"),
    ],
)
def test_reanalysis_of_a_printed_0_039(level: str, value: float, expected: str) -> None:
    assert name(printed(), found(value, level)) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("0.530", 0.5305, "matches"),
        ("0.530", 0.5311, "differs"),  # three printed digits: 0.531
        ("0.53", 0.5311, "matches"),  # two printed digits
        ("0.53", 0.535, "matches"),  # tie
        ("0.30", 0.304, "matches"),
        ("0.30", 0.31, "differs"),
        ("0.3", 0.31, "matches"),
        ("90", 90.4, "matches"),
        ("90", 90.6, "differs"),
        ("1e4", 14_000, "matches"),  # one printed digit: anything from 5,000 to 15,000
        ("1e4", 15_001, "differs"),
        ("-0.16", -0.164, "matches"),
        ("0.00", -0.004, "matches"),
        ("46744", 46744, "matches"),
        ("46744", 46743, "differs"),
    ],
)
def test_printed_digits_decide_what_equal_means(text: str, value: float, expected: str) -> None:
    assert name(printed(text, close="0"), found(value)) == expected


@pytest.mark.parametrize(
    ("better", "value", "expected"),
    [
        ("lower", 0.0351, "reaches"),  # 10 % better is still the same
        ("lower", 0.0350, "surpasses"),
        ("lower", 0.0429, "reaches"),
        ("lower", 0.0430, "falls short"),
        ("higher", 0.0350, "falls short"),
        ("higher", 0.0430, "surpasses"),
        ("neither", 0.0350, "falls short"),
        ("neither", 0.0430, "falls short"),
        ("neither", 0.0400, "reaches"),
    ],
)
def test_a_retrained_value_is_judged_by_the_direction_that_is_better(better: str, value: float, expected: str) -> None:
    assert name(printed(better=better), found(value, "retrained")) == expected


def test_two_standard_errors_over_seeds_count_where_there_are_seeds() -> None:
    # four seeds with spread 0.006: standard error 0.006 / sqrt(4) = 0.003, two of them 0.006, up to 0.045
    four = {"spread": 0.006, "seeds": (0, 1, 2, 3)}
    assert name(printed(), found(0.045, "retrained", **four)) == "reaches"
    assert name(printed(), found(0.0451, "retrained", **four)) == "falls short"
    assert name(printed(), found(0.033, "retrained", **four)) == "reaches"
    assert name(printed(), found(0.0329, "retrained", **four)) == "surpasses"
    # the same with 16 seeds: two standard errors are 0.003, less than the 10 %
    assert name(printed(), found(0.045, "retrained", spread=0.006, seeds=tuple(range(16)))) == "falls short"
    # one seed has no spread
    assert name(printed(), found(0.045, "retrained", seeds=(0,))) == "falls short"
    # and seeds don't help a re-analysis
    assert name(printed(), found(0.045, **four)) == "differs"


def test_a_small_spread_does_not_narrow_what_is_close() -> None:
    assert name(printed(), found(0.0425, "retrained", spread=0.0001, seeds=(0, 1, 2, 3))) == "reaches"


def test_a_value_equal_in_the_printed_digits_reaches_even_with_no_tolerance() -> None:
    assert name(printed(close="0"), found(0.0394, "retrained")) == "reaches"
    assert name(printed(close="0"), found(0.0396, "retrained")) == "falls short"


def test_a_reason_not_to_compare_is_the_verdict_at_every_level() -> None:
    for level in ("re-analysed", "rebuilt", "retrained"):
        assert verdict(printed(), found(0.039, level, not_comparable="a reduced run")) == Verdict("not comparable", "a reduced run")


def test_another_split_is_not_comparable() -> None:
    entry = printed(split="test")
    assert name(entry, found(0.039, split="test")) == "matches"
    assert name(entry, found(0.039)) == "matches"
    judged = verdict(entry, found(0.039, split="all"))
    assert judged == Verdict("not comparable", "found on split 'all', printed for 'test'")


def test_settings_and_other_peoples_numbers_are_not_judged() -> None:
    assert verdict(printed(role="setting", better=None, close=None), found(1.0)) is None
    assert verdict(printed(role="reference", better=None, close=None), found(1.0)) is None


def test_an_interval_holds_what_lies_in_it_and_otherwise_its_nearer_end_counts() -> None:
    band = printed(["0.081", "0.136"], type="interval")
    assert name(band, found(0.1)) == "matches"
    assert name(band, found(0.1365)) == "matches"  # rounds to 0.136 or 0.137: a tie
    assert name(band, found(0.149)) == "close"  # 0.136 + 10 % = 0.1496
    assert name(band, found(0.150)) == "differs"
    assert name(band, found(0.0729)) == "close"  # 0.081 - 10 %
    assert name(band, found(0.0728)) == "differs"
    assert name(band, found(0.05, "retrained")) == "surpasses"
    assert name(band, found(0.1, "retrained")) == "reaches"
    # two ends are compared one by one, and the worse counts
    assert name(band, found((0.0812, 0.1361))) == "matches"
    assert name(band, found((0.0812, 0.149))) == "close"


def test_statements_texts_and_lists_are_equal_or_not() -> None:
    statement = printed("yes", type="statement", quote="It is so.")
    assert name(statement, found(True)) == "matches"
    assert name(statement, found(False)) == "differs"
    assert name(statement, found(True, "retrained")) == "reaches"
    assert name(statement, found(False, "retrained")) == "falls short"
    # errors that no longer exceed those of another method, say
    improvable = printed("yes", type="statement", better="no", quote="It is so.")
    assert name(improvable, found(False, "retrained")) == "surpasses"
    assert name(improvable, found(True, "retrained")) == "reaches"
    assert name(improvable, found(False)) == "differs"
    assert name(printed("no", type="statement", quote="It is not."), found(False)) == "matches"
    assert name(printed("6 w_c1 + w_s2", type="text"), found("6 w_c1  + w_s2")) == "matches"
    assert name(printed("6 w_c1 + w_s2", type="text"), found("8 w_c1 + w_s2")) == "differs"
    assert name(printed(["2", "3", "10"], type="list"), found((2, 3, 10.0))) == "matches"
    assert name(printed(["2", "3", "10"], type="list"), found((2, 3, 9))) == "differs"
    assert name(printed(["2", "3", "10"], type="list"), found((2, 3))) == "differs"
    assert name(printed(["Be", "B"], type="list"), found(("Be", "B"))) == "matches"


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (printed(), "0.039"),
        (printed(), True),
        (printed("yes", type="statement", quote="So."), 1),
        (printed("a", type="text"), 1.0),
        (printed(["1", "2"], type="list"), 1),
        (printed(["1", "2"], type="interval"), (1.0, 2.0, 3.0)),
    ],
)
def test_a_result_of_another_type_is_refused(entry: Value, value: object) -> None:
    with pytest.raises(BadInputError, match="table-1, x is"):
        verdict(entry, found(value))


def test_a_result_in_another_unit_is_refused_unless_it_says_why() -> None:
    with pytest.raises(BadInputError, match="'eV' and the result in 'meV'"):
        verdict(printed(), found(39.0, unit="meV"))
    assert name(printed(), found(39.0, unit="meV", not_comparable="another unit")) == "not comparable"


def test_an_exhibit_takes_the_worst_of_its_verdicts() -> None:
    assert worst(["matches", "close", "matches"]) == "close"
    assert worst(["matches", "differs", "not comparable"]) == "differs"
    assert worst(["surpasses", "reaches"]) == "reaches"
    # one part that can't be compared leaves the whole open, but a failure is a failure
    assert worst(["reaches", "not comparable", "surpasses"]) == "not comparable"
    assert worst(["reaches", "not comparable", "falls short"]) == "falls short"
    assert worst([]) == ""


def test_three_quarters_of_the_papers_crystals_are_enough() -> None:
    assert population(28046, 28046) == (None, None)
    assert population(75, 100) == ("75 of the paper's 100 training crystals", None)
    assert population(74, 100) == (None, "only 74 of the paper's 100 training crystals")
    # 21,829 of 28,046 are 77.8 %
    assert population(21829, 28046)[0] == "21,829 of the paper's 28,046 training crystals"


def test_reasons_say_how_far_and_which_way() -> None:
    judged = verdict(printed(), found(0.0416))
    assert judged is not None
    assert judged.reason == "6.7 % above, within 10 %"  # 0.0026 / 0.039
    judged = verdict(printed("90", unit="%", close="2"), found(88.5, unit="%"))
    assert judged is not None
    assert judged.reason == "1.5 points below, within 2"
    # energies on either side of zero: 0.06 is no 300 % of anything
    judged = verdict(printed("-0.02"), found(-0.08))
    assert judged is not None
    assert judged.reason == "0.06 eV below"


@pytest.mark.parametrize(
    ("value", "reason"), [(0.0, "100 % below"), (0.1, "150 % above"), (0.533, "1,232 % above"), (0.0312, "22 % below")]
)
def test_a_distance_is_short_and_a_large_one_no_power_of_ten(value: float, reason: str) -> None:
    # |0.533 / 0.04 - 1| = 12.325
    judged = verdict(printed("0.04"), found(value))
    assert judged is not None
    assert judged.reason == reason
