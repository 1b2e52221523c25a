"""Tables of licences and their signatures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NewType

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from kernel.money import Money
from licensing.licences.rules import LicenceState

LicenceId = NewType("LicenceId", str)


class Licence(Base):
    """One buyer, one product, one set of terms kept by value and byte for byte."""

    __tablename__ = "licences"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        CheckConstraint("unit_price >= 0 AND units > 0 AND amount_minor >= 0", name="amounts_sane"),
        CheckConstraint(
            "state IN ('offered', 'signed', 'active', 'suspended', 'ended')", name="state_known"
        ),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_moment"),
        Index("ix_licences_buyer_id", "buyer_id"),
        Index("ix_licences_supplier_id", "supplier_id"),
        Index("ix_licences_product_id", "product_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), unique=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default=LicenceState.OFFERED)
    purpose: Mapped[str]
    acts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    unit: Mapped[str]
    units: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    amount_minor: Mapped[int]
    payment: Mapped[str]
    epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content: Mapped[str]
    content_sha256: Mapped[str]
    offered_by: Mapped[str]
    offered_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]

    @property
    def amount(self) -> Money:
        """What the licence costs in all, tax included."""
        return Money(self.amount_minor)

    @property
    def phase(self) -> LicenceState:
        return LicenceState(self.state)

    def become(self, state: LicenceState, at: datetime) -> None:
        """Move to a state and stamp it. The action has asked rules.may_move."""
        self.state = state.value
        match state:
            case LicenceState.SIGNED:
                self.signed_at = at
            case LicenceState.ACTIVE:
                self.activated_at = self.activated_at or at
                self.suspended_at = None
            case LicenceState.SUSPENDED:
                self.suspended_at = at
            case LicenceState.ENDED:
                self.ended_at = at
            case LicenceState.OFFERED:
                raise ValueError("nothing goes back to offered")


class LicenceSignature(Base):
    """Who signed which bytes for which side."""

    __tablename__ = "licence_signatures"
    __table_args__ = (
        CheckConstraint("party IN ('supplier', 'buyer')", name="party_known"),
        {"info": APPEND_ONLY},
    )

    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    signer_id: Mapped[str]
    organization_id: Mapped[str]
    content_sha256: Mapped[str]
    signed_at: Mapped[datetime]
