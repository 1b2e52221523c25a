"""How much, exactly? Money in whole fen, unit prices in yuan, splits that lose nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from typing import Self

from kernel.i18n import N_, format_number, translate

UNIT_PRICE_PLACES = 6
YUAN = N_("元")
_PRECISION = 60  # digits kept while multiplying; the result is rounded once, at the end


class Currency(StrEnum):
    """ISO 4217 codes that the house keeps books in. Both have two decimals."""

    CNY = "CNY"
    USD = "USD"


class MoneyError(ValueError):
    """Our own mistake: two currencies in one sum, a float, a part that does not fit."""


@dataclass(frozen=True, order=False)
class Money:
    """An exact amount. minor: whole fen (cents), may be negative."""

    minor: int
    currency: Currency = Currency.CNY

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"minor units are whole numbers, not {self.minor!r}")

    @classmethod
    def zero(cls, currency: Currency = Currency.CNY) -> Self:
        return cls(0, currency)

    @classmethod
    def of_yuan(cls, amount: str | int | Decimal, currency: Currency = Currency.CNY) -> Self:
        """Exactly this many yuan. Raises MoneyError when it is not a whole number of fen."""
        minor = Decimal(amount) * 100
        if minor != minor.to_integral_value():
            raise MoneyError(f"{amount} yuan is not a whole number of fen")
        return cls(int(minor), currency)

    @classmethod
    def rounded(cls, yuan: Decimal, currency: Currency = Currency.CNY) -> Self:
        """Round an exact sum of yuan once, half up, to fen."""
        return cls(round_half_up(yuan * 100), currency)

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan, two places."""
        return Decimal(self.minor).scaleb(-2)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """1,234.56 元 for CNY, in the reader's language; 1,234.56 USD otherwise."""
        unit = translate(YUAN) if self.currency is Currency.CNY else self.currency
        return f"{format_number(self.yuan, 2)}\N{NO-BREAK SPACE}{unit}"

    def _same(self, other: "Money") -> int:
        if self.currency is not other.currency:
            raise MoneyError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor


@dataclass(frozen=True, order=True)
class UnitPrice:
    """Yuan for one unit (call, row, day …), up to six decimal places, never negative."""

    yuan: Decimal

    def __post_init__(self) -> None:
        if type(self.yuan) is not Decimal:
            raise MoneyError("a unit price is a Decimal")
        if not self.yuan.is_finite() or self.yuan < 0:
            raise MoneyError("a unit price is finite and not negative")
        if self.yuan != round(self.yuan, UNIT_PRICE_PLACES):
            raise MoneyError("a unit price has at most six decimal places")

    def charge(self, units: int) -> Money:
        """What `units` units cost: multiplied exactly, rounded once to fen, half up."""
        with localcontext() as context:
            context.prec = _PRECISION
            return Money.rounded(self.yuan * units)

    def __str__(self) -> str:
        return f"{format_number(self.yuan)}\N{NO-BREAK SPACE}{translate(YUAN)}"


def round_half_up(value: Decimal) -> int:
    """The nearest whole number; a half goes away from zero."""
    with localcontext() as context:
        context.prec = _PRECISION
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(money: Money, shares: Sequence[Decimal]) -> list[Money]:
    """Split by largest remainder; the parts always add up to the whole.

    shares: fractions, none negative, sum exactly 1. Equal remainders go to the earlier share.
    Raises: MoneyError.
    """
    if not shares or any(share < 0 for share in shares) or sum(shares) != 1:
        raise MoneyError("shares must be fractions that sum to exactly 1")
    sign = -1 if money.minor < 0 else 1
    with localcontext() as context:
        context.prec = _PRECISION
        exact = [abs(money.minor) * share for share in shares]
        floors = [int(part) for part in exact]
        remainders = [part - floor for part, floor in zip(exact, floors, strict=True)]
    left = abs(money.minor) - sum(floors)
    for index in sorted(range(len(shares)), key=lambda i: -remainders[i])[:left]:
        floors[index] += 1
    return [Money(sign * part, money.currency) for part in floors]
