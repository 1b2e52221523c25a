"""What happened to orders."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Currency, Money


@dataclass(frozen=True)
class OrderPlaced(Event):
    name = "billing.order_placed"
    sentence = N_("企业就《{title}》下单，金额 {amount}")

    order_id: str
    licence_id: str
    product_id: str
    title: str
    buyer_id: str
    amount: Money


@dataclass(frozen=True)
class OrderPaid(Event):
    """amount_minor: fen; a free order by law counts as paid at zero."""

    name = "billing.order_paid"
    sentence = N_("《{title}》订单已付款，{amount}，付款日 {paid_on}")

    order_id: str
    licence_id: str
    buyer_id: str
    product_id: str
    title: str
    amount_minor: int
    tax_minor: int
    currency: str
    paid_on: date

    def told(self) -> dict[str, object]:
        return super().told() | {"amount": Money(self.amount_minor, Currency(self.currency))}


@dataclass(frozen=True)
class OrderPutOnAccount(Event):
    """On invoice terms: the licence begins, the buyer owes the amount."""

    name = "billing.order_put_on_account"
    sentence = N_("《{title}》订单按账单付款，应收 {amount}，合同先行生效")

    order_id: str
    licence_id: str
    buyer_id: str
    product_id: str
    title: str
    amount: Money


@dataclass(frozen=True)
class OrderFulfilled(Event):
    name = "billing.order_fulfilled"
    sentence = N_("《{title}》订单履行完毕")

    order_id: str
    licence_id: str
    buyer_id: str
    title: str


@dataclass(frozen=True)
class OrderCancelled(Event):
    name = "billing.order_cancelled"
    sentence = N_("《{title}》订单取消：{reason}")

    order_id: str
    title: str
    reason: str
