"""How is a measure kept?"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from supervision.interventions.rules import (
    Ground,
    InterventionId,
    InterventionState,
    Measure,
)


class Intervention(Base):
    """One measure against one product, ordered by one person and lifted by another act.

    No foreign key: it must outlive what it speaks of. title: the product's, when it was ordered.
    """

    __tablename__ = "interventions"
    __table_args__ = (
        CheckConstraint("measure IN ('suspend_product')", name="measure_is_known"),
        CheckConstraint(
            "ground IN ('authorization', 'price', 'security', 'personal')", name="ground_is_known"
        ),
        CheckConstraint("state IN ('ordered', 'lifted')", name="state_is_known"),
        CheckConstraint(
            "(state = 'lifted') = (lifted_at IS NOT NULL)"
            " AND (lifted_at IS NULL) = (lifted_by IS NULL)"
            " AND (lifted_at IS NULL) = (lifting_reason IS NULL)",
            name="lifted_with_reason",
        ),
        Index(
            "uq_interventions_standing",
            "product_id",
            "measure",
            unique=True,
            postgresql_where=text("state = 'ordered'"),
        ),
        Index("ix_interventions_ordered_at", "ordered_at", "id"),
    )

    id: Mapped[InterventionId] = mapped_column(Text, primary_key=True)
    measure: Mapped[Measure] = mapped_column(Text)
    state: Mapped[InterventionState] = mapped_column(Text)
    product_id: Mapped[str]
    title: Mapped[str]
    ground: Mapped[Ground] = mapped_column(Text)
    reason: Mapped[str]
    alert_id: Mapped[str | None]
    ordered_by: Mapped[str]
    office_id: Mapped[str | None]
    ordered_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lifting_reason: Mapped[str | None]

    def lift(self, by: str, reason: str, at: datetime) -> None:
        self.state = InterventionState.LIFTED
        self.lifted_by, self.lifting_reason, self.lifted_at = by, reason, at
