"""Tables of share rules, whose newest version counts, and of what each party got of each sale."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from billing.shares.rules import shares_of
from kernel.db import APPEND_ONLY, Base
from kernel.money import Currency, Money
from kernel.rates import Shares


class ShareRule(Base):
    """Fractions of revenue before VAT per party. parts: [[party, "0.6"], …]; they sum to one."""

    __tablename__ = "share_rules"
    __table_args__ = (CheckConstraint("version > 0", name="version_counts"), {"info": APPEND_ONLY})

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    parts: Mapped[list[Any]] = mapped_column(JSONB)
    set_by: Mapped[str]
    set_at: Mapped[datetime]

    @property
    def shares(self) -> Shares:
        return shares_of([(party, Decimal(fraction)) for party, fraction in self.parts])


class RevenueShare(Base):
    """One party's part of one sale. The parts of a sale add up to what was paid, tax included."""

    __tablename__ = "revenue_shares"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="not_negative"),
        Index("ix_revenue_shares_party", "party", "shared_on"),
        Index("ix_revenue_shares_product_id", "product_id"),
        {"info": APPEND_ONLY},
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    title: Mapped[str]
    version: Mapped[int]
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    shared_on: Mapped[date]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))
