"""What is shown of an invoice to machines?"""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict

from billing.invoices.models import Invoice, InvoiceLine
from billing.invoices.rules import InvoiceState
from billing.ledger.schemas import MoneyOut
from billing.orders.schemas import plain


class InvoiceLineOut(BaseModel):
    """One order on an invoice. amount includes tax."""

    model_config = ConfigDict(frozen=True)

    order_id: str
    title: str
    purchase_number: str
    units: int
    unit: str
    unit_price: str
    net: MoneyOut
    tax_rate: str
    tax: MoneyOut
    amount: MoneyOut

    @classmethod
    def of(cls, row: InvoiceLine) -> Self:
        return cls(
            order_id=row.order_id,
            title=row.title,
            purchase_number=row.purchase_number,
            units=row.units,
            unit=row.unit,
            unit_price=plain(row.unit_price),
            net=MoneyOut.of(row.net),
            tax_rate=plain(row.tax_rate),
            tax=MoneyOut.of(row.tax),
            amount=MoneyOut.of(row.amount),
        )


class InvoiceOut(BaseModel):
    """An invoice; lines are given with a single one."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: str
    buyer_id: str
    supplier_id: str
    amount: MoneyOut
    tax: MoneyOut
    state: InvoiceState
    issued_on: date
    due_on: date
    settled_on: date | None
    lines: tuple[InvoiceLineOut, ...] = ()

    @classmethod
    def of(cls, row: Invoice, lines: Sequence[InvoiceLine] = ()) -> Self:
        return cls(
            id=row.id,
            number=row.number,
            buyer_id=row.buyer_id,
            supplier_id=row.supplier_id,
            amount=MoneyOut.of(row.amount),
            tax=MoneyOut.of(row.tax),
            state=row.phase,
            issued_on=row.issued_on,
            due_on=row.due_on,
            settled_on=row.settled_on,
            lines=tuple(InvoiceLineOut.of(line) for line in lines),
        )
