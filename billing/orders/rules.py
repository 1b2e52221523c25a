"""The law of an order: what it costs and how it lives. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from kernel.i18n import N_, Labelled
from kernel.money import Money, UnitPrice
from kernel.parameters import Mark, Parameter, Setting
from kernel.rates import Rate
from licensing.licences.rules import PaymentTerms

VAT_RATE: Parameter[Decimal] = Parameter(
    "BL-01",
    "fraction",
    (Setting(Decimal("0.06"), "增值税：现代服务（信息技术服务）6%，一般纳税人", Mark.UNCONFIRMED),),
)


class OrderState(Labelled):
    """The life of an order."""

    PLACED = "placed", N_("待付款")
    PAID = "paid", N_("已付款")
    FULFILLED = "fulfilled", N_("已履行")
    CANCELLED = "cancelled", N_("已取消")


MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.FULFILLED}),
    OrderState.FULFILLED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


@dataclass(frozen=True)
class Charge:
    """What an order costs, tax included. A free use costs nothing whatever the price (PR-01)."""

    amount: Money
    tax_rate: Rate


def charge(unit_price: UnitPrice, units: int, terms: PaymentTerms, tax_rate: Rate) -> Charge:
    """Units times price, rounded once to fen."""
    if terms is PaymentTerms.FREE:
        return Charge(Money(0), tax_rate)
    return Charge(unit_price.charge(units), tax_rate)


def is_due_at_once(terms: PaymentTerms) -> bool:
    """Only a prepaid order waits for money before the licence becomes active."""
    return terms is PaymentTerms.PREPAID


def may_move(state: OrderState, to: OrderState) -> bool:
    return to in MOVES[state]
