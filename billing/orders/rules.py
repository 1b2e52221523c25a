"""The law of an order: what it costs, whether it may be charged, how it lives. Pure.

Source: docs/rules/billing.md, BL-01, BL-03, BL-04, BL-10, BL-11; docs/rules/price.md, PR-01, PR-04.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from kernel.i18n import N_, Labelled
from kernel.money import Money
from kernel.parameters import Mark, Parameter, Setting
from licensing.licences.rules import LicenceState, PaymentTerms
from market.catalogue.prices import Cap, Price, exceeds_cap

PAY_WITHIN_DAYS: Parameter[int] = Parameter(
    "BL-03", "days", (Setting(15, "docs/rules/billing.md", Mark.DESIGN),)
)


class OrderState(Labelled):
    """The life of an order."""

    PLACED = "placed", N_("待付款")
    PAID = "paid", N_("已付款")
    FULFILLED = "fulfilled", N_("已履行")
    CANCELLED = "cancelled", N_("已取消")


class Obstacle(Labelled):
    """Why nothing may be charged for this use now; each is a rule's."""

    clause: str

    def __new__(cls, value: str, clause: str = "", label: str = "") -> "Obstacle":
        member = str.__new__(cls, value)
        member._value_ = value
        member.clause = clause
        member.label = label
        return member

    NOT_AUTHORISED = "not_authorised", "AO-07", N_("没有有效的授权运营协议覆盖这次使用")
    ORDERED_OFF = "ordered_off", "LC-05", N_("监管机构已暂停该产品")
    NOT_ON_SALE = "not_on_sale", "LC-05", N_("该产品已暂停或下架")
    CAP_MISSING = "cap_missing", "PR-04", N_("该产品没有有效的上限价格")
    ABOVE_CAP = "above_cap", "PR-04", N_("合同单价高于现行上限价格")


MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.FULFILLED}),
    OrderState.FULFILLED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}


@dataclass(frozen=True)
class ChargeFacts:
    """What a charge rests on. price: the licence's, tax included; cap: the one valid now."""

    is_authorised: bool
    is_ordered_off: bool
    is_on_sale: bool
    price: Price
    cap: Cap | None


def obstacle_to(facts: ChargeFacts) -> Obstacle | None:
    """The first rule that forbids a charge; None where it is lawful. Free uses need no cap.

    A product is taken off sale when its cap falls below its price: the cap is the reason to name.
    """
    if not facts.is_authorised:
        return Obstacle.NOT_AUTHORISED
    if facts.is_ordered_off:
        return Obstacle.ORDERED_OFF
    if not facts.price.is_free and facts.cap is None:
        return Obstacle.CAP_MISSING
    if facts.cap is not None and exceeds_cap(facts.price, facts.cap):
        return Obstacle.ABOVE_CAP
    return None if facts.is_on_sale else Obstacle.NOT_ON_SALE


def may_be_ordered(state: LicenceState) -> bool:
    """Both sides have signed, and it has not begun or ended."""
    return state is LicenceState.SIGNED


def costs_nothing(terms: PaymentTerms, amount: Money) -> bool:
    """BL-10: free by law, or less than half a fen in all: paid at zero, at once."""
    return terms is PaymentTerms.FREE or not amount


def pay_by(placed_on: date, days: int) -> date:
    """BL-03: the last day on which an unpaid order is kept."""
    return placed_on + timedelta(days=days)


def may_move(state: OrderState, to: OrderState) -> bool:
    return to in MOVES[state]
