"""What happened to invoices."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class InvoiceIssued(Event):
    name = "billing.invoice_issued"
    sentence = N_("开具账单 {number}，{lines} 项，合计 {amount}，{due_on} 前付清")

    invoice_id: str
    number: str
    buyer_id: str
    supplier_id: str
    lines: int
    amount: Money
    tax: Money
    due_on: date


@dataclass(frozen=True)
class InvoiceSettled(Event):
    name = "billing.invoice_settled"
    sentence = N_("账单 {number} 结清，{amount}，付款日 {settled_on}")

    invoice_id: str
    number: str
    buyer_id: str
    supplier_id: str
    amount: Money
    settled_on: date
