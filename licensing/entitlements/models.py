"""Tables of what a licence may still draw, and of each draw."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base


class Allowance(Base):
    """How much of one kind was granted to a licence and how much is drawn; never overdrawn."""

    __tablename__ = "allowances"
    __table_args__ = (
        CheckConstraint("kind IN ('calls', 'epsilon', 'bytes', 'money')", name="kind_known"),
        CheckConstraint("granted >= 0 AND drawn >= 0", name="not_negative"),
        CheckConstraint("drawn <= granted", name="not_overdrawn"),
    )

    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    granted: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    drawn: Mapped[Decimal] = mapped_column(Numeric(24, 6), default=Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.granted - self.drawn


class AllowanceGrant(Base):
    """Each grant once: source_id is the licence, order or decision it rests on."""

    __tablename__ = "allowance_grants"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"), {"info": APPEND_ONLY})

    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    granted_at: Mapped[datetime]


class AllowanceDraw(Base):
    """Each draw; a negative amount gives back what was drawn for work that read no data."""

    __tablename__ = "allowance_draws"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="not_zero"),
        Index("ix_allowance_draws_licence_id", "licence_id", "drawn_at"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"))
    kind: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    purpose: Mapped[str]
    actor_id: Mapped[str]
    drawn_at: Mapped[datetime]
