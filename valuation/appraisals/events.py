"""What happens to an appraisal."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class AppraisalDrafted(Event):
    """content_sha256 seals all inputs: a changed one no longer fits the log."""

    name = "valuation.appraisal_drafted"
    sentence = N_("产品《{title}》完成内部测算：{value}（基准日 {base_on}）")

    appraisal_id: str
    organization_id: str
    product_id: str
    title: str
    base_on: date
    value: Money
    content_sha256: str


@dataclass(frozen=True)
class AppraisalCountersigned(Event):
    name = "valuation.appraisal_countersigned"
    sentence = N_("产品《{title}》的评估有了第 {count} 位评估人签名")

    appraisal_id: str
    organization_id: str
    title: str
    count: int


@dataclass(frozen=True)
class AppraisalSigned(Event):
    name = "valuation.appraisal_signed"
    sentence = N_("产品《{title}》的评估签署：{value}，有效至 {valid_through_on}")

    appraisal_id: str
    organization_id: str
    product_id: str
    title: str
    value: Money
    low: Money
    high: Money
    valid_through_on: date
    content_sha256: str
