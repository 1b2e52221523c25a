"""Tables of share rules: each version is kept; the newest one counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base


class ShareRule(Base):
    """Fractions of revenue before VAT per party. parts: [[party, "0.6"], …]; they sum to one."""

    __tablename__ = "share_rules"
    __table_args__ = (CheckConstraint("version > 0", name="version_counts"), {"info": APPEND_ONLY})

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    parts: Mapped[list[Any]] = mapped_column(JSONB)
    set_by: Mapped[str]
    set_at: Mapped[datetime]
