"""What happened to products?"""

from dataclasses import dataclass
from decimal import Decimal

from kernel.events import Event
from kernel.i18n import N_
from market.catalogue.prices import ChargeUnit
from market.catalogue.verdicts import VerdictKind, VerdictState


@dataclass(frozen=True)
class ProductDrafted(Event):
    name = "market.product_drafted"
    sentence = N_("起草产品《{title}》")

    product_id: str
    title: str
    operator_id: str


@dataclass(frozen=True)
class ProductRevised(Event):
    name = "market.product_revised"
    sentence = N_("修改产品《{title}》的说明")

    product_id: str
    title: str


@dataclass(frozen=True)
class ProductSubmitted(Event):
    name = "market.product_submitted"
    sentence = N_("产品《{title}》提交审核")

    product_id: str
    title: str


@dataclass(frozen=True)
class ProductReturned(Event):
    name = "market.product_returned"
    sentence = N_("产品《{title}》退回修改：{reason}")

    product_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class NoticeOpened(Event):
    name = "market.product_notice_opened"
    sentence = N_("产品《{title}》开始公示，至 {ends_on} 止")

    product_id: str
    title: str
    ends_on: str


@dataclass(frozen=True)
class ProductPublished(Event):
    name = "market.product_published"
    sentence = N_("产品《{title}》上架")

    product_id: str
    title: str


@dataclass(frozen=True)
class PriceChanged(Event):
    """unit_price, previous_unit_price: yuan per unit; the latter None for a first price."""

    name = "market.price_changed"
    sentence = N_("产品《{title}》按{unit}计价定为 {unit_price} 元")

    product_id: str
    title: str
    unit: ChargeUnit
    unit_price: Decimal
    is_tax_included: bool
    price_plan_id: str
    previous_unit_price: Decimal | None = None


@dataclass(frozen=True)
class ProductSuspended(Event):
    name = "market.product_suspended"
    sentence = N_("产品《{title}》暂停：{reason}")

    product_id: str
    title: str
    reason: str
    clause: str = ""


@dataclass(frozen=True)
class ProductResumed(Event):
    name = "market.product_resumed"
    sentence = N_("产品《{title}》恢复在售")

    product_id: str
    title: str


@dataclass(frozen=True)
class ProductWithdrawn(Event):
    name = "market.product_withdrawn"
    sentence = N_("产品《{title}》下架：{reason}")

    product_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class VerdictChanged(Event):
    """Another room's verdict about a subject became another one."""

    name = "market.verdict_changed"
    sentence = N_("关于 {subject} 的结论“{kind}”变为：{state}")

    subject: str
    kind: VerdictKind
    state: VerdictState
    clause: str = ""
