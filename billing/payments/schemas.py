"""What is shown of a payment to machines?"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from billing.ledger.schemas import MoneyOut
from billing.payments.models import PaymentIntent
from billing.payments.rules import PaymentState, Trouble
from kernel.i18n import N_


class PaymentDraft(BaseModel):
    """What is to be paid: an order or an invoice, one of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order_id: str | None = Field(default=None, min_length=1, max_length=80)
    invoice_id: str | None = Field(default=None, min_length=1, max_length=80)

    @model_validator(mode="after")
    def is_for_one_thing(self) -> Self:
        if (self.order_id is None) == (self.invoice_id is None):
            raise ValueError(N_("请写明要付的订单或账单，二者选一。"))
        return self


class MismatchReturn(BaseModel):
    """Why what did not match goes back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=2, max_length=1000)


class PaymentOut(BaseModel):
    """checkout_address: the provider's page, while somebody can pay there."""

    model_config = ConfigDict(frozen=True)

    id: str
    order_id: str | None
    invoice_id: str | None
    title: str
    amount: MoneyOut
    state: PaymentState
    begun_at: datetime
    checkout_address: str | None
    trouble: Trouble | None

    @classmethod
    def of(cls, row: PaymentIntent) -> Self:
        is_open = row.phase is PaymentState.OPEN
        return cls(
            id=row.id,
            order_id=row.order_id,
            invoice_id=row.invoice_id,
            title=row.title,
            amount=MoneyOut.of(row.amount),
            state=row.phase,
            begun_at=row.begun_at,
            checkout_address=row.checkout_address if is_open else None,
            trouble=row.difficulty,
        )
