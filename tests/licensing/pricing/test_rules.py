"""Permitted revenue, caps and excess: the worked numbers of docs/rules/price.md and their edges."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money, UnitPrice
from kernel.rates import rate
from licensing.pricing.rules import (
    CapitalMissing,
    Forecast,
    ProfitBase,
    RevenueBasis,
    SubsidyAboveCost,
    after_excess,
    exceeds_permitted,
    excess_revenue,
    forecast_revenue,
    has_complete_year,
    permitted_revenue,
    price_for,
)
from market.catalogue.rules import Purpose

AMOUNTS = st.integers(min_value=0, max_value=10**13).map(Money)
P1 = RevenueBasis(
    gross_cost=Money.of_yuan(8_000_000),
    subsidy=Money.of_yuan(1_000_000),
    profit_base=ProfitBase.COST,
    profit_rate=rate("0.06"),
    tax=Money.of_yuan(450_000),
)
A = Forecast(UnitPrice(Decimal("0.80")), 4_000_000)
B = Forecast(UnitPrice(Decimal(30_000)), 120)
C = Forecast(UnitPrice(Decimal(5_000)), 200)


def test_p1_permitted_revenue_is_cost_net_of_subsidy_plus_profit_plus_tax() -> None:
    result = permitted_revenue(P1)

    assert result.operating_cost == Money.of_yuan(7_000_000)
    assert result.permitted_profit == Money.of_yuan(420_000)
    assert result.permitted_revenue == Money.of_yuan(7_870_000)


def test_p1_the_caps_by_forecast_stay_within_the_permitted_revenue() -> None:
    permitted = permitted_revenue(P1).permitted_revenue

    assert forecast_revenue([A, B, C]) == 7_800_000
    assert not exceeds_permitted([A, B, C], permitted)


def test_caps_may_reach_the_permitted_revenue_and_not_a_millionth_beyond() -> None:
    permitted = Money.of_yuan(100)

    assert not exceeds_permitted([Forecast(UnitPrice(Decimal(1)), 100)], permitted)
    assert exceeds_permitted([Forecast(UnitPrice(Decimal("1.000001")), 100)], permitted)


def test_p1_excess_is_deducted_from_the_next_period() -> None:
    permitted = permitted_revenue(P1).permitted_revenue
    excess = excess_revenue(Money.of_yuan(8_200_000), permitted)

    assert excess == Money.of_yuan(330_000)
    assert after_excess(Money.of_yuan(8_100_000), excess) == (
        Money.of_yuan(7_770_000),
        Money.zero(),
    )
    assert excess_revenue(permitted, permitted) == Money.zero()


def test_excess_above_the_whole_next_limit_carries_on() -> None:
    assert after_excess(Money(100), Money(130)) == (Money.zero(), Money(30))
    assert after_excess(Money(100), Money(100)) == (Money.zero(), Money.zero())


def test_subsidy_equal_to_cost_is_allowed_and_above_it_is_refused() -> None:
    free = replace(P1, subsidy=P1.gross_cost)

    assert permitted_revenue(free).permitted_revenue == P1.tax
    with pytest.raises(SubsidyAboveCost) as refused:
        permitted_revenue(replace(P1, subsidy=P1.gross_cost + Money(1)))
    assert refused.value.clause == "PR-06"


def test_profit_on_invested_capital_needs_that_capital() -> None:
    on_capital = replace(P1, profit_base=ProfitBase.INVESTED_CAPITAL)
    capital = replace(on_capital, invested_capital=Money.of_yuan(5_000_000))

    assert permitted_revenue(capital).permitted_profit == Money.of_yuan(300_000)
    with pytest.raises(CapitalMissing):
        permitted_revenue(on_capital)


def test_profit_is_rounded_once_half_up() -> None:
    odd = replace(P1, gross_cost=Money(25), subsidy=Money.zero(), profit_rate=rate("0.02"))

    assert permitted_revenue(odd).permitted_profit == Money(1)


def test_public_use_is_free_whoever_buys_and_industry_pays() -> None:
    price = UnitPrice(Decimal("0.80"))

    assert price_for(Purpose.PUBLIC_INTEREST, price).yuan == 0
    assert price_for(Purpose.GOVERNANCE, price).yuan == 0
    assert price_for(Purpose.INDUSTRY, price) == price
    assert price_for(Purpose.REDEVELOP, price) == price


@pytest.mark.parametrize(
    ("since", "today", "complete"),
    [
        (None, date(2027, 1, 1), False),
        (date(2026, 1, 1), date(2026, 12, 31), False),
        (date(2026, 1, 1), date(2027, 1, 1), True),
        (date(2026, 1, 2), date(2027, 1, 1), False),
        (date(2026, 3, 1), date(2027, 12, 31), False),
        (date(2026, 3, 1), date(2028, 1, 1), True),
    ],
)
def test_a_complete_year_is_a_calendar_year(
    since: date | None, today: date, complete: bool
) -> None:
    assert has_complete_year(since, today) is complete


@given(AMOUNTS, AMOUNTS)
def test_no_fen_is_lost_when_excess_is_deducted(raw: Money, excess: Money) -> None:
    limit, carried = after_excess(raw, excess)

    assert limit - carried == raw - excess
    assert limit >= Money.zero()
    assert not (limit and carried)


@given(AMOUNTS, AMOUNTS, st.decimals(min_value=0, max_value=1, places=6), AMOUNTS)
def test_the_parts_add_up_to_the_permitted_revenue(
    gross: Money, subsidy: Money, profit: Decimal, tax: Money
) -> None:
    basis = RevenueBasis(
        max(gross, subsidy), min(gross, subsidy), ProfitBase.COST, rate(profit), tax
    )
    result = permitted_revenue(basis)

    assert result.permitted_revenue == (
        basis.gross_cost - basis.subsidy + result.permitted_profit + tax
    )
    assert result.permitted_profit <= result.operating_cost
