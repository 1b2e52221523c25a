"""Prices, caps and cumulative tiers, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money, MoneyError, UnitPrice
from kernel.rates import rate
from market.catalogue.prices import (
    Cap,
    CapMissing,
    ChargeUnit,
    Price,
    PriceAboveCap,
    Tier,
    charge,
    exceeds_cap,
    require_within_cap,
    share_of_cap,
)

PRICES = st.decimals(min_value=0, max_value=100_000, places=6)
UNITS = st.integers(min_value=0, max_value=10**9)


def price_of(yuan: str, *tiers: tuple[int, str], taxed: bool = True) -> Price:
    steps = tuple(Tier(units, UnitPrice(Decimal(amount))) for units, amount in tiers)
    return Price(ChargeUnit.CALL, UnitPrice(Decimal(yuan)), taxed, rate("0.06"), steps)


def cap_of(yuan: str, *, taxed: bool = True) -> Cap:
    return Cap(ChargeUnit.CALL, UnitPrice(Decimal(yuan)), taxed)


def test_a_price_equal_to_the_cap_is_allowed() -> None:
    assert not exceeds_cap(price_of("0.80"), cap_of("0.80"))


def test_a_price_one_fen_above_the_cap_exceeds_it() -> None:
    assert exceeds_cap(price_of("0.81"), cap_of("0.80"))


def test_a_price_a_millionth_above_the_cap_exceeds_it_before_any_rounding() -> None:
    assert exceeds_cap(price_of("0.800001"), cap_of("0.80"))


def test_price_and_cap_compare_on_one_tax_base() -> None:
    with_tax, without_tax = price_of("0.848"), price_of("0.80", taxed=False)

    assert not exceeds_cap(with_tax, cap_of("0.80", taxed=False))
    assert exceeds_cap(price_of("0.848001"), cap_of("0.80", taxed=False))
    assert not exceeds_cap(without_tax, cap_of("0.848"))
    assert exceeds_cap(price_of("0.800001", taxed=False), cap_of("0.848"))


def test_the_dearest_tier_is_held_against_the_cap() -> None:
    assert exceeds_cap(price_of("0.5", (1_000_000, "0.9")), cap_of("0.8"))
    assert not exceeds_cap(price_of("0.5", (1_000_000, "0.8")), cap_of("0.8"))


def test_a_price_is_not_compared_with_the_cap_of_another_unit() -> None:
    with pytest.raises(MoneyError):
        exceeds_cap(price_of("1"), Cap(ChargeUnit.YEAR, UnitPrice(Decimal(1)), True))


def test_a_draft_may_be_priced_before_its_cap_is_known() -> None:
    require_within_cap("prd_1", price_of("9"), None, is_public=False)


def test_what_is_public_may_be_charged_only_under_a_cap() -> None:
    with pytest.raises(CapMissing) as refused:
        require_within_cap("prd_1", price_of("9"), None, is_public=True)

    assert refused.value.clause == "PR-04"
    require_within_cap("prd_1", price_of("0"), None, is_public=True)


def test_a_price_above_the_cap_is_refused_with_both_figures() -> None:
    with pytest.raises(PriceAboveCap) as refused:
        require_within_cap("prd_1", price_of("0.81"), cap_of("0.80"), is_public=False)

    assert (refused.value.price, refused.value.cap) == ("0.81", "0.80")
    assert refused.value.clause == "PR-04"


def test_tiers_are_cumulative_as_in_fujian() -> None:
    price = price_of("0.5", (1_000_000, "0.3"))

    assert charge(price, 1_500_000) == Money.of_yuan(650_000)
    assert charge(price, 1_000_000) == Money.of_yuan(500_000)
    assert charge(price, 1_000_001) == Money.of_yuan("500000.30")


def test_a_charge_is_rounded_once_at_the_end() -> None:
    price = price_of("0.004", (1, "0.004"))

    assert charge(price, 2) == Money(1)  # 0.008 yuan: half up to one fen, not twice to zero


def test_tiers_must_rise_from_above_zero() -> None:
    for tiers in [((0, "1"),), ((5, "1"), (5, "2")), ((5, "1"), (3, "2"))]:
        with pytest.raises(MoneyError):
            price_of("1", *tiers)


def test_the_share_of_the_cap_is_one_at_the_cap() -> None:
    assert share_of_cap(price_of("0.80"), cap_of("0.80")) == 1
    assert share_of_cap(price_of("0.40"), cap_of("0.80")) == Decimal("0.5")
    assert share_of_cap(price_of("0"), cap_of("0")) == 0
    assert share_of_cap(price_of("1"), cap_of("0")) == 1


@given(PRICES, UNITS)
def test_a_price_without_tiers_charges_like_its_unit_price(yuan: Decimal, units: int) -> None:
    assert charge(price_of(str(yuan)), units) == UnitPrice(yuan).charge(units)


@given(PRICES, PRICES, st.integers(min_value=1, max_value=10**6), UNITS)
def test_equal_tiers_change_nothing(yuan: Decimal, other: Decimal, start: int, units: int) -> None:
    flat, same = price_of(str(yuan)), price_of(str(yuan), (start, str(yuan)))
    cheaper = price_of(str(max(yuan, other)), (start, str(min(yuan, other))))

    assert charge(same, units) == charge(flat, units)
    assert charge(cheaper, units) <= charge(price_of(str(max(yuan, other))), units)


@given(PRICES, PRICES, st.booleans(), st.booleans())
def test_whoever_is_above_the_cap_takes_more_than_all_of_it(
    yuan: Decimal, allowed: Decimal, price_taxed: bool, cap_taxed: bool
) -> None:
    price, cap = price_of(str(yuan), taxed=price_taxed), cap_of(str(allowed), taxed=cap_taxed)

    if exceeds_cap(price, cap):
        assert share_of_cap(price, cap) >= 1
    else:
        assert share_of_cap(price, cap) <= 1


def test_a_cap_survives_its_way_through_a_verdict() -> None:
    cap = cap_of("0.123456", taxed=False)

    assert Cap.from_facts(ChargeUnit.CALL, cap.facts()) == cap
