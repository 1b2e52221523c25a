"""What happens to the cost records of a data project."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class CostRecorded(Event):
    name = "valuation.cost_recorded"
    sentence = N_("为产品《{title}》登记成本 {amount}（{component}，{incurred_on}）")

    cost_record_id: str
    organization_id: str
    product_id: str
    title: str
    component: str
    amount: Money
    incurred_on: date


@dataclass(frozen=True)
class CostEvidenceAttached(Event):
    """sha256: of the file, so that a swapped proof is visible."""

    name = "valuation.cost_evidence_attached"
    sentence = N_("为成本记录附上凭据 {filename}")

    cost_record_id: str
    filename: str
    sha256: str
