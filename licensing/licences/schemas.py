"""What does an offer hold, and what is shown of a licence?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState, PaymentTerms
from market.catalogue.rules import Purpose


class LicenceOffer(BaseModel):
    """What the operator adds to an approved application.

    epsilon: privacy loss that may be drawn, within the caps above it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    starts_on: date
    on_invoice: bool = False
    epsilon: Decimal = Field(default=Decimal(0), ge=0, le=100, max_digits=12, decimal_places=6)


class EndDraft(BaseModel):
    """Why a licence is suspended or ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class LicenceOut(BaseModel):
    """A licence as the API shows it. unit_price: yuan, tax included."""

    model_config = ConfigDict(frozen=True)

    id: str
    application_id: str
    product_id: str
    title: str
    supplier_id: str
    buyer_id: str
    state: LicenceState
    purpose: Purpose
    acts: tuple[str, ...]
    starts_on: date
    ends_on: date
    unit: str
    units: int
    unit_price: str
    amount: str
    payment: PaymentTerms
    epsilon: str
    content_sha256: str
    activated_at: datetime | None

    @classmethod
    def of(cls, row: Licence) -> Self:
        return cls(
            id=row.id,
            application_id=row.application_id,
            product_id=row.product_id,
            title=row.title,
            supplier_id=row.supplier_id,
            buyer_id=row.buyer_id,
            state=row.phase,
            purpose=Purpose(row.purpose),
            acts=tuple(row.acts),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            unit=row.unit,
            units=row.units,
            unit_price=str(row.unit_price),
            amount=str(row.amount.yuan),
            payment=PaymentTerms(row.payment),
            epsilon=str(row.epsilon),
            content_sha256=row.content_sha256,
            activated_at=row.activated_at,
        )
