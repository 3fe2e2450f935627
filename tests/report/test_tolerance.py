from decimal import Decimal

import pytest

from recryst.errors import BadInputError
from recryst.report.tolerance import Tolerance, exact


def test_a_share_scales_with_the_reference_and_an_amount_does_not() -> None:
    share, amount = Tolerance.parse("10 %"), Tolerance.parse("0.02")
    assert share.allowance(Decimal("0.039")) == Decimal("0.0039")
    assert share.allowance(Decimal("-0.16")) == Decimal("0.016")
    assert amount.allowance(Decimal("0.039")) == amount.allowance(Decimal("390")) == Decimal("0.02")


def test_the_space_before_the_per_cent_sign_is_optional() -> None:
    assert Tolerance.parse("10%") == Tolerance.parse("10 %")
    assert str(Tolerance.parse("10%")) == "10 %"


@pytest.mark.parametrize("text", ["ten", "", "%", "-1", "-5 %", "nan", "inf %", "10 percent"])
def test_what_is_no_tolerance_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="tolerance"):
        Tolerance.parse(text)


def test_floats_become_the_decimals_that_are_printed() -> None:
    # 0.1 + 0.2 is 0.30000000000000004 as a float and stays so; 0.0429 is exactly 0.0429
    assert exact(0.0429) == Decimal("0.0429")
    assert exact(0.1 + 0.2) == Decimal("0.30000000000000004")
    assert exact(46744) == Decimal(46744)
