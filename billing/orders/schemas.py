"""What is typed to place an order, and what is shown of one?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from billing.ledger.schemas import MoneyOut
from billing.orders.models import Order
from billing.orders.rules import OrderState
from licensing.licences.rules import PaymentTerms


def plain(value: Decimal) -> str:
    """A rate or unit price as it stands on the wire: "0.06", never "0.060000" or "6E-2"."""
    return format(value.normalize(), "f")


class OrderDraft(BaseModel):
    """purchase_number: the buyer's own number for this purchase (PO number)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence_id: str = Field(min_length=1, max_length=80)
    purchase_number: str = Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")


class Cancellation(BaseModel):
    """Why an order is given up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=2, max_length=500)


class OrderOut(BaseModel):
    """An order as the API shows it. unit_price: yuan, tax included."""

    model_config = ConfigDict(frozen=True)

    id: str
    licence_id: str
    product_id: str
    supplier_id: str
    buyer_id: str
    title: str
    purchase_number: str
    unit: str
    units: int
    unit_price: str
    payment: PaymentTerms
    amount: MoneyOut
    tax: MoneyOut
    tax_rate: str
    state: OrderState
    placed_at: datetime
    due_on: date
    on_account_on: date | None
    paid_on: date | None

    @classmethod
    def of(cls, row: Order) -> Self:
        return cls(
            id=row.id,
            licence_id=row.licence_id,
            product_id=row.product_id,
            supplier_id=row.supplier_id,
            buyer_id=row.buyer_id,
            title=row.title,
            purchase_number=row.purchase_number,
            unit=row.unit,
            units=row.units,
            unit_price=plain(row.unit_price),
            payment=row.terms,
            amount=MoneyOut.of(row.amount),
            tax=MoneyOut.of(row.tax),
            tax_rate=plain(row.tax_rate),
            state=row.phase,
            placed_at=row.placed_at,
            due_on=row.due_on,
            on_account_on=row.on_account_on,
            paid_on=row.paid_on,
        )
