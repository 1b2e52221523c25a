"""Table of uses, each counted once."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base


class UsageRecord(Base):
    """One use. id: the fact it comes from. about_id: the query or delivery. charged_minor: fen
    charged for this use besides the order; zero while units are bought with the order.
    """

    __tablename__ = "usage_records"
    __table_args__ = (
        CheckConstraint("units > 0", name="units_positive"),
        CheckConstraint("charged_minor >= 0", name="charge_not_negative"),
        CheckConstraint("cover IN ('free', 'prepaid', 'on_account')", name="cover_known"),
        Index("ix_usage_records_licence_id", "licence_id", "used_at"),
        Index("ix_usage_records_buyer_id", "buyer_id", "used_at"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    about_id: Mapped[str]
    unit: Mapped[str]
    units: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    cover: Mapped[str]
    charged_minor: Mapped[int]
    used_at: Mapped[datetime]
