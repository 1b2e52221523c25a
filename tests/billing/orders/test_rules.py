"""Nothing is charged that a rule forbids."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.orders.rules import (
    ChargeFacts,
    Obstacle,
    OrderState,
    costs_nothing,
    may_be_ordered,
    may_move,
    obstacle_to,
    pay_by,
)
from kernel.money import Money, UnitPrice
from kernel.rates import rate
from licensing.licences.rules import LicenceState, PaymentTerms
from market.catalogue.prices import Cap, ChargeUnit, Price


def price(yuan: str) -> Price:
    return Price(ChargeUnit.CALL, UnitPrice(Decimal(yuan)), True, rate("0.06"))


def cap(yuan: str, *, is_tax_included: bool = True) -> Cap:
    return Cap(ChargeUnit.CALL, UnitPrice(Decimal(yuan)), is_tax_included)


LAWFUL = ChargeFacts(
    is_authorised=True, is_ordered_off=False, is_on_sale=True, price=price("0.80"), cap=cap("0.80")
)


@pytest.mark.parametrize(
    ("facts", "obstacle"),
    [
        (LAWFUL, None),
        (replace(LAWFUL, cap=cap("0.799999")), Obstacle.ABOVE_CAP),
        (replace(LAWFUL, price=price("0.800001")), Obstacle.ABOVE_CAP),
        (replace(LAWFUL, price=price("0.848"), cap=cap("0.80", is_tax_included=False)), None),
        (
            replace(LAWFUL, price=price("0.848001"), cap=cap("0.80", is_tax_included=False)),
            Obstacle.ABOVE_CAP,
        ),
        (replace(LAWFUL, cap=None), Obstacle.CAP_MISSING),
        (replace(LAWFUL, cap=None, price=price("0")), None),
        (replace(LAWFUL, is_authorised=False), Obstacle.NOT_AUTHORISED),
        (replace(LAWFUL, is_authorised=False, price=price("0")), Obstacle.NOT_AUTHORISED),
        (replace(LAWFUL, is_ordered_off=True), Obstacle.ORDERED_OFF),
        (replace(LAWFUL, is_on_sale=False), Obstacle.NOT_ON_SALE),
    ],
)
def test_the_first_rule_that_forbids_a_charge_is_named(
    facts: ChargeFacts, obstacle: Obstacle | None
) -> None:
    assert obstacle_to(facts) is obstacle


def test_every_obstacle_names_its_clause() -> None:
    assert {o.value: o.clause for o in Obstacle} == {
        "not_authorised": "AO-07",
        "ordered_off": "LC-05",
        "not_on_sale": "LC-05",
        "cap_missing": "PR-04",
        "above_cap": "PR-04",
    }


def test_only_a_signed_licence_is_ordered() -> None:
    assert [state for state in LicenceState if may_be_ordered(state)] == [LicenceState.SIGNED]


@pytest.mark.parametrize(
    ("terms", "amount", "is_free"),
    [
        (PaymentTerms.FREE, Money(100), True),
        (PaymentTerms.PREPAID, Money(0), True),
        (PaymentTerms.PREPAID, Money(1), False),
        (PaymentTerms.INVOICE, Money(1), False),
    ],
)
def test_free_by_law_and_nothing_at_all_cost_nothing(
    terms: PaymentTerms, amount: Money, is_free: bool
) -> None:
    assert costs_nothing(terms, amount) is is_free


def test_an_order_is_kept_for_fifteen_days() -> None:
    assert pay_by(date(2026, 2, 20), 15) == date(2026, 3, 7)


def test_what_has_ended_moves_no_more() -> None:
    assert not any(may_move(OrderState.CANCELLED, to) for to in OrderState)
    assert not any(may_move(OrderState.FULFILLED, to) for to in OrderState)
    assert not may_move(OrderState.PAID, OrderState.CANCELLED)
