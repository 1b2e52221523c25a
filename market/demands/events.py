"""What happened to demands?"""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class DemandSubmitted(Event):
    name = "market.demand_submitted"
    sentence = N_("提出数据需求《{title}》，{answer_due_on} 前答复")

    demand_id: str
    title: str
    answer_due_on: date


@dataclass(frozen=True)
class DemandRevised(Event):
    name = "market.demand_revised"
    sentence = N_("修改并重新提交数据需求《{title}》，{answer_due_on} 前答复")

    demand_id: str
    title: str
    answer_due_on: date


@dataclass(frozen=True)
class DemandReturned(Event):
    name = "market.demand_returned"
    sentence = N_("数据需求《{title}》退回修改：{reason}")

    demand_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class DemandPublished(Event):
    name = "market.demand_published"
    sentence = N_("数据需求《{title}》公布")

    demand_id: str
    title: str


@dataclass(frozen=True)
class DemandJoined(Event):
    name = "market.demand_joined"
    sentence = N_("又有一家单位需要《{title}》，共 {askers} 家")

    demand_id: str
    title: str
    askers: int


@dataclass(frozen=True)
class DemandLeft(Event):
    name = "market.demand_left"
    sentence = N_("一家单位不再需要《{title}》，还有 {askers} 家")

    demand_id: str
    title: str
    askers: int


@dataclass(frozen=True)
class DemandWithdrawn(Event):
    name = "market.demand_withdrawn"
    sentence = N_("数据需求《{title}》撤回，已没有单位需要")

    demand_id: str
    title: str


@dataclass(frozen=True)
class DemandPlanned(Event):
    name = "market.demand_planned"
    sentence = N_("数据需求《{title}》列入计划，预计 {planned_until_on} 前提供：{answer}")

    demand_id: str
    title: str
    planned_until_on: date
    answer: str


@dataclass(frozen=True)
class DemandRefused(Event):
    name = "market.demand_refused"
    sentence = N_("数据需求《{title}》不予采纳：{reason}")

    demand_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class DemandFulfilled(Event):
    name = "market.demand_fulfilled"
    sentence = N_("数据需求《{title}》已有产品《{product}》，告知 {askers} 家单位")

    demand_id: str
    title: str
    product_id: str
    product: str
    askers: int
