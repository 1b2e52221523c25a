"""Are charges, write-downs and refusals what the rules say, month by month?"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from kernel.periods import add_months
from tests.factories.valuation import YUAN
from valuation.assets.rules import (
    AssetUse,
    ImpairmentReversalRefused,
    LifeNotPositive,
    NotAtCost,
    PriorExpenseRestated,
    ReversalAboveProvision,
    ValuationGainRefused,
    bears_amortisation,
    first_month,
    impairment_loss,
    life_within_term,
    monthly_charge,
    net_realisable_value,
    provision_change,
    recoverable_amount,
    refuse_write_up,
    require_after_rule,
    require_at_cost,
    require_reversible,
    schedule,
)
from valuation.books.rules import Account

NOTHING = Money(0)


def test_a_month_is_charged_the_carrying_amount_over_the_months_left() -> None:
    assert monthly_charge(YUAN(1_464_000), 60) == YUAN(24_400)
    assert monthly_charge(YUAN(780_000), 39) == YUAN(20_000)
    assert monthly_charge(YUAN(100), 3) == YUAN("33.33")


def test_the_last_month_takes_the_rest() -> None:
    rows = list(schedule(YUAN(100), date(2026, 1, 1), 3))

    assert [row.charge for row in rows] == [YUAN("33.33"), YUAN("33.34"), YUAN("33.33")]
    assert rows[-1].carrying == NOTHING
    assert [row.month_on for row in rows] == [date(2026, month, 1) for month in (1, 2, 3)]


def test_nothing_left_is_charged_nothing() -> None:
    assert monthly_charge(NOTHING, 5) == NOTHING


@given(st.integers(0, 10**12), st.integers(1, 600))
def test_charges_use_up_the_amount_exactly_and_are_never_negative(minor: int, months: int) -> None:
    rows = list(schedule(Money(minor), date(2026, 1, 1), months))

    assert len(rows) == months
    assert sum(row.charge.minor for row in rows) == minor
    assert all(row.charge.minor >= 0 and row.carrying.minor >= 0 for row in rows)


def test_the_month_ready_counts() -> None:
    assert first_month(date(2024, 4, 20)) == date(2024, 4, 1)
    assert first_month(date(2024, 4, 1)) == date(2024, 4, 1)


def test_life_is_cut_to_the_months_before_the_right_ends() -> None:
    ready = date(2026, 3, 15)

    assert life_within_term(ready, 60, None) == 60
    assert life_within_term(ready, 60, date(2029, 3, 2)) == 36
    assert life_within_term(ready, 24, date(2029, 3, 2)) == 24
    assert life_within_term(ready, 60, date(2026, 4, 1)) == 1


@pytest.mark.parametrize(
    ("months", "end"), [(0, None), (-1, None), (601, None), (12, date(2026, 3, 31))]
)
def test_a_life_of_no_month_is_refused(months: int, end: date | None) -> None:
    with pytest.raises(LifeNotPositive):
        life_within_term(date(2026, 3, 15), months, end)


@given(st.integers(1, 120), st.integers(1, 120))
def test_a_life_never_passes_the_term(life: int, term: int) -> None:
    ready = date(2026, 3, 15)

    months = life_within_term(ready, life, add_months(ready, term))

    assert months == min(life, term)


@pytest.mark.parametrize(
    ("use", "account"),
    [
        (AssetUse.OWN_USE, Account.ADMINISTRATION),
        (AssetUse.RESEARCH, Account.RESEARCH_EXPENSED),
        (AssetUse.SERVICE, Account.COST_OF_SALES),
    ],
)
def test_the_use_decides_who_bears_the_charge(use: AssetUse, account: Account) -> None:
    assert bears_amortisation(use) is account


def test_recoverable_is_the_higher_of_sale_and_use() -> None:
    assert recoverable_amount(YUAN(800), YUAN(50), YUAN(700)) == YUAN(750)
    assert recoverable_amount(YUAN(800), YUAN(150), YUAN(700)) == YUAN(700)


def test_impairment_is_the_fall_below_the_carrying_amount_and_never_a_gain() -> None:
    assert impairment_loss(YUAN(951_600), YUAN(780_000)) == YUAN(171_600)
    assert impairment_loss(YUAN(780_000), YUAN(780_000)) == NOTHING
    assert impairment_loss(YUAN(780_000), YUAN(900_000)) == NOTHING


def test_an_intangible_asset_never_goes_up() -> None:
    with pytest.raises(ImpairmentReversalRefused):
        refuse_write_up("ast_1", YUAN(171_600))
    with pytest.raises(ValuationGainRefused):
        refuse_write_up("ast_1", NOTHING)


def test_only_the_proven_cost_may_be_booked() -> None:
    require_at_cost(YUAN(720_000), YUAN(720_000))

    with pytest.raises(NotAtCost):
        require_at_cost(YUAN(1_780_627), YUAN(720_000))
    with pytest.raises(NotAtCost):
        require_at_cost(YUAN("719999.99"), YUAN(720_000))


def test_spending_of_2023_is_not_restated() -> None:
    require_after_rule(date(2024, 1, 1))

    with pytest.raises(PriorExpenseRestated):
        require_after_rule(date(2023, 12, 31))


def test_inventory_is_provided_down_and_back_up_to_its_cost() -> None:
    cost = YUAN(100_000)

    assert provision_change(cost, NOTHING, YUAN(115_000)) == NOTHING
    assert provision_change(cost, NOTHING, YUAN(88_000)) == YUAN(12_000)
    assert provision_change(cost, YUAN(12_000), YUAN(96_000)) == YUAN(-8_000)
    assert provision_change(cost, YUAN(12_000), YUAN(130_000)) == YUAN(-12_000)


def test_a_reversal_stops_at_what_was_provided() -> None:
    require_reversible(YUAN(12_000), YUAN(12_000))

    with pytest.raises(ReversalAboveProvision):
        require_reversible(YUAN(12_000), YUAN("12000.01"))


def test_net_realisable_value_takes_completion_and_selling_off() -> None:
    assert net_realisable_value(YUAN(95_000), NOTHING, YUAN(7_000)) == YUAN(88_000)
