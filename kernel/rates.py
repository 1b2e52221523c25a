"""Which part of the whole? Rates as fractions, shares that sum to exactly one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NewType

from kernel.money import Money, MoneyError, allocate

Rate = NewType("Rate", Decimal)  # a fraction: 6 % is Decimal("0.06")
RATE_PLACES = 6


def rate(text: str | Decimal) -> Rate:
    """A fraction with at most six decimals. Raises MoneyError beyond that or for NaN."""
    value = Decimal(text)
    if not value.is_finite() or value != round(value, RATE_PLACES):
        raise MoneyError(f"not a rate with at most six decimals: {text}")
    return Rate(value)


@dataclass(frozen=True)
class Shares:
    """Who gets which fraction. parts: (party, fraction); fractions sum to exactly 1."""

    parts: tuple[tuple[str, Decimal], ...]

    def __post_init__(self) -> None:
        if len({party for party, _ in self.parts}) != len(self.parts):
            raise MoneyError("a party stands in a share rule only once")
        allocate(Money(0), [fraction for _, fraction in self.parts])

    def split(self, money: Money) -> dict[str, Money]:
        """Each party's part; the parts add up to the whole."""
        parties = [party for party, _ in self.parts]
        amounts = allocate(money, [fraction for _, fraction in self.parts])
        return dict(zip(parties, amounts, strict=True))
