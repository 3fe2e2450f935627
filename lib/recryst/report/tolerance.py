"""How far a number may lie from another: ``10 %`` of it, or ``0.02`` in its own unit."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from recryst.errors import BadInputError


@dataclass(frozen=True)
class Tolerance:
    """An allowed deviation, either a share of the number compared with (per cent) or an amount in its unit.

    Decimal arithmetic keeps boundaries exact: 0.0429 lies within 10 % of 0.039, which binary floats would deny.
    """

    amount: Decimal
    relative: bool

    @classmethod
    def parse(cls, text: str) -> "Tolerance":
        """Read ``"10 %"`` or ``"0.02"``.

        Raises
        ------
        BadInputError : neither a number nor a number with a per cent sign, or negative, or not finite
        """
        relative = text.rstrip().endswith("%")
        try:
            amount = Decimal(text.rstrip().removesuffix("%").strip())
        except InvalidOperation as error:
            raise BadInputError(f"'{text}' is no tolerance; write a share such as '10 %' or an amount such as '0.02'.") from error
        if not amount.is_finite() or amount < 0:
            raise BadInputError(f"A tolerance must be a finite number that is not negative, not '{text}'.")
        return cls(amount, relative)

    def allowance(self, reference: Decimal) -> Decimal:
        """The largest deviation from ``reference`` that is within the tolerance, in the unit of ``reference``."""
        return abs(reference) * self.amount / 100 if self.relative else self.amount

    def __str__(self) -> str:
        return f"{self.amount} %" if self.relative else str(self.amount)


def exact(number: float | int | Decimal) -> Decimal:
    """The decimal number that Python prints for ``number``: 0.1 becomes 0.1, not 0.1000000000000000055."""
    return number if isinstance(number, Decimal) else Decimal(repr(number) if isinstance(number, int) else repr(float(number)))
