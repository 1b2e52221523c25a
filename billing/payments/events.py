"""What happened to payments."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class PaymentBegun(Event):
    name = "billing.payment_begun"
    sentence = N_("为《{title}》发起付款 {amount}")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money


@dataclass(frozen=True)
class PaymentSucceeded(Event):
    """order_id: the order or invoice that is paid. method: how, as the provider says."""

    name = "billing.payment_succeeded"
    sentence = N_("《{title}》的付款 {amount} 到账，支付服务编号 {reference}")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    reference: str


@dataclass(frozen=True)
class PaymentFailed(Event):
    name = "billing.payment_failed"
    sentence = N_("《{title}》的付款 {amount} 没有成功：{reason}")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    reason: str


@dataclass(frozen=True)
class PaymentExpired(Event):
    name = "billing.payment_expired"
    sentence = N_("《{title}》的付款页过期，没有付款")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str


@dataclass(frozen=True)
class PaymentMismatched(Event):
    """BL-05: what arrived is not what was asked for, so nothing was settled."""

    name = "billing.payment_mismatched"
    sentence = N_(
        "《{title}》应付 {amount}，支付服务报告 {reported_minor} 分 {reported_currency}，未入账"
    )

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    reported_minor: int
    reported_currency: str
    clause: str = "BL-05"


@dataclass(frozen=True)
class SurplusReceived(Event):
    """BL-07: money arrived for what no longer waits for it; it is given back in full."""

    name = "billing.surplus_received"
    sentence = N_("《{title}》的付款 {amount} 到账时已不需付款，将全额退回")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    clause: str = "BL-07"


@dataclass(frozen=True)
class RefundMade(Event):
    name = "billing.refund_made"
    sentence = N_("《{title}》的款项 {amount} 已退回，退款编号 {reference}")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    reference: str


@dataclass(frozen=True)
class MismatchResolved(Event):
    """BL-05: a person decided that what did not match goes back. amount: what came in."""

    name = "billing.mismatch_resolved"
    sentence = N_("《{title}》金额不符的到账 {amount} 决定全额原路退回：{reason}")

    payment_id: str
    order_id: str
    buyer_id: str
    title: str
    amount: Money
    reason: str
    clause: str = "BL-05"
