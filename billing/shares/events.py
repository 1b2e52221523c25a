"""What happened to revenue shares."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class SharesSet(Event):
    name = "billing.shares_set"
    sentence = N_("设定《{title}》收益分配：{summary}")

    product_id: str
    title: str
    summary: str
    version: int


@dataclass(frozen=True)
class RevenueShared(Event):
    name = "billing.revenue_shared"
    sentence = N_("订单收入 {amount} 按第 {version} 版规则分给各方，税额 {tax}")

    order_id: str
    amount: Money
    tax: Money
    version: int
    transfer_id: str
