"""Numbers as a reader sees them: digits, signs, powers, separators."""

import pytest

from recryst.notation import as_printed, found, listed, shown, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2000, "2,000"),
        (-12345, "−12,345"),
        (4168.0, "4,168"),
        (1.192e-07, "1.192 × 10⁻⁷"),
        (0.03395, "0.03395"),
        ((4096, 128), "4096, 128"),
        (("s", "p"), "s, p"),
        (True, "yes"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_found_values_stand_alone(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("9350", "9,350"),
        ("28046", "28,046"),
        ("3107.000", "3,107.000"),
        ("0.00175", "0.00175"),
        ("1e4", "10⁴"),
        ("1e-07", "10⁻⁷"),
        ("3.1e-4", "3.1 × 10⁻⁴"),
        ("e^-6, e^-4, e^0", "e⁻⁶, e⁻⁴, e⁰"),
        ("-0.02", "−0.02"),
        ("-4.47 to -2.39", "−4.47 to −2.39"),
        ("1000, 10000", "1000, 10000"),  # with separators nobody could tell how many numbers it is
        ("0.9746–0.9985", "0.9746–0.9985"),
        ("mp-1216825", "mp-1216825"),
        ("FCC-F-1775", "FCC-F-1775"),
        ("2021-03-22", "2021-03-22"),
        ("0.5^⌊epoch/10⌋", "0.5^⌊epoch/10⌋"),
    ],
)
def test_printed_values_keep_their_digits(printed: str, text: str) -> None:
    assert as_printed(printed) == text


@pytest.mark.parametrize(
    ("value", "spread", "printed", "text"),
    [
        (0.03684, 0.0004, "0.039", "0.0368 ± 0.0004"),
        (0.358, 0.02368, "0.136", "0.3580 ± 0.0237"),
        # the spread needs a digit more than four decimals show, and the value gets it too
        (0.086971, 0.000048, "0.105", "0.08697 ± 0.00005"),
        (0.38178, 0.008614, None, "0.3818 ± 0.0086"),
        (92.52, None, "90", "92.5"),
        (36382, None, "46744", "36,382"),
        (0.38, 0.0, "0.39", "0.380 ± 0.000"),
        ((-3.9163, -1.4442), None, "-4.47 to -2.39", "−3.916 to −1.444"),
        ((0.1, 0.22), None, "0.081–0.136", "0.1000–0.2200"),
        ((-0.1, 0.22), None, "0.081–0.136", "−0.1000, 0.2200"),
        (True, None, "yes", "yes"),
        (0.23196, None, None, "0.2320"),
        (1390.3, None, None, "1390"),
        (7165, None, None, "7,165"),
    ],
)
def test_found_values_take_the_digits_and_the_form_of_print(value: object, spread: float | None, printed: str | None, text: str) -> None:
    assert found(value, spread, printed) == text


def test_signs_are_minus_signs_and_hyphens_stay() -> None:
    assert signed("between -100 and 100 %, -1 for KCl, mp-12, group 13-15, Fm-3m, A-1") == (
        "between −100 and 100 %, −1 for KCl, mp-12, group 13-15, Fm-3m, A-1"
    )


def test_names_in_a_sentence_have_and_before_the_last() -> None:
    assert [listed(names) for names in ([], ["Na"], ["Na", "Cl"], ["Na", "Cl", "K"])] == ["", "Na", "Na and Cl", "Na, Cl and K"]
