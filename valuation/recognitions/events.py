"""What is decided about a data resource that may become an asset."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class CandidateReceived(Event):
    name = "valuation.candidate_received"
    sentence = N_("产品《{title}》成为候选数据资产，等待入表判断")

    asset_id: str
    entity_id: str
    product_id: str
    title: str
    order_id: str | None = None


@dataclass(frozen=True)
class AssetRecognised(Event):
    """amount: capitalised so far, always at cost."""

    name = "valuation.asset_recognised"
    sentence = N_("数据资源《{title}》{outcome}，按成本 {amount} 入账")

    asset_id: str
    entity_id: str
    title: str
    outcome: str
    amount: Money
    capitalise_from_on: date | None = None


@dataclass(frozen=True)
class AssetNotRecognised(Event):
    name = "valuation.asset_not_recognised"
    sentence = N_("数据资源《{title}》{outcome}")

    asset_id: str
    entity_id: str
    title: str
    outcome: str


@dataclass(frozen=True)
class CostsBooked(Event):
    name = "valuation.costs_booked"
    sentence = N_("数据资源《{title}》的 {count} 笔成本记入账簿，其中资本化 {capitalised}")

    asset_id: str
    entity_id: str
    title: str
    count: int
    capitalised: Money
