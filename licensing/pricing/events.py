"""What did the price authority decide?"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money
from market.catalogue.prices import ChargeUnit


@dataclass(frozen=True)
class RevenuePermitted(Event):
    """PR-05: the most an operator may earn in a period, after deducting earlier excess."""

    name = "licensing.revenue_permitted"
    sentence = N_("核定运营机构 {start_on} 至 {end_on} 的最高准许收入 {permitted}（{document}）")

    permitted_revenue_id: str
    operator_id: str
    start_on: date
    end_on: date
    permitted: Money
    document: str


@dataclass(frozen=True)
class CapSet(Event):
    """PR-04: the highest unit price of one product. is_trial: PR-09."""

    name = "licensing.cap_set"
    sentence = N_("核定产品《{title}》按{unit}计价的上限为 {unit_price} 元（{document}）")

    product_id: str
    title: str
    unit: ChargeUnit
    unit_price: Decimal
    is_tax_included: bool
    is_trial: bool
    document: str
    price_cap_id: str


@dataclass(frozen=True)
class CapEnded(Event):
    """A cap was taken back; the product may not be charged by this unit any more."""

    name = "licensing.cap_ended"
    sentence = N_("撤销产品《{title}》按{unit}计价的上限：{reason}")

    product_id: str
    title: str
    unit: ChargeUnit
    reason: str
    price_cap_id: str
