"""Everybody's part adds up to what was paid, to the fen."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.rules import AccountKind, AccountRef
from billing.shares.rules import (
    PLATFORM,
    TAX,
    SharesUnsound,
    one_yuan,
    parts_of,
    revenue_legs,
    shares_of,
    take_out_tax,
)
from kernel.money import Money
from kernel.rates import Rate

SIX_PERCENT = Rate(Decimal("0.06"))
RULE = shares_of(
    [("org_bureau", Decimal("0.6")), ("org_operator", Decimal("0.3")), (PLATFORM, Decimal("0.1"))]
)
CLEARING = AccountRef(AccountKind.CLEARING)


def test_eight_hundred_yuan_by_the_worked_numbers() -> None:
    parts = parts_of(Money.of_yuan("800.00"), SIX_PERCENT, RULE)

    assert parts == {
        "org_bureau": Money.of_yuan("452.83"),
        "org_operator": Money.of_yuan("226.42"),
        PLATFORM: Money.of_yuan("75.47"),
        TAX: Money.of_yuan("45.28"),
    }


def test_one_fen_has_no_tax_and_goes_to_one_party() -> None:
    parts = parts_of(Money(1), SIX_PERCENT, RULE)

    assert parts[TAX] == Money(0)
    assert sum(part.minor for part in parts.values()) == 1


@pytest.mark.parametrize(("paid", "tax"), [(8, 0), (9, 1), (26, 1), (27, 2)])
def test_tax_is_rounded_half_up_once(paid: int, tax: int) -> None:
    assert take_out_tax(Money(paid), SIX_PERCENT).tax == Money(tax)


@given(
    st.integers(0, 10**12),
    st.decimals("0", "0.2", places=4),
    st.lists(st.integers(0, 100), min_size=1, max_size=5),
)
def test_parts_always_add_up_and_none_is_negative(
    minor: int, tax_rate: Decimal, weights: list[int]
) -> None:
    percents = [*weights, 1000 - sum(weights)]
    shares = shares_of([(f"org_{i}", Decimal(p) / 1000) for i, p in enumerate(percents)])
    parts = parts_of(Money(minor), Rate(tax_rate), shares)

    assert sum(part.minor for part in parts.values()) == minor
    assert all(part.minor >= 0 for part in parts.values())
    if minor:
        legs = revenue_legs(Money(minor), Rate(tax_rate), shares, CLEARING)
        assert sum(leg.amount.minor for leg in legs) == 0
        assert legs[0].amount == Money(-minor)


@pytest.mark.parametrize(
    "parts",
    [
        [("a", "0.5"), ("b", "0.4")],
        [("a", "0.5"), ("b", "0.6")],
        [("a", "0.5"), ("a", "0.5")],
        [("a", "1.5"), ("b", "-0.5")],
        [],
    ],
)
def test_unsound_fractions_are_refused(parts: list[tuple[str, str]]) -> None:
    with pytest.raises(SharesUnsound):
        shares_of([(party, Decimal(part)) for party, part in parts])


def test_one_yuan_is_shown_in_full() -> None:
    shown = one_yuan(SIX_PERCENT, RULE)

    assert shown == {
        "org_bureau": Decimal("0.5660"),
        "org_operator": Decimal("0.2830"),
        PLATFORM: Decimal("0.0943"),
        TAX: Decimal("0.0566"),
    }
    assert abs(sum(shown.values()) - 1) <= Decimal("0.0002")
