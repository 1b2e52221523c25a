"""Tables of applications and of the two decisions on each."""

from datetime import date, datetime
from typing import NewType

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from licensing.applications.rules import ApplicationState

ApplicationId = NewType("ApplicationId", str)


class Application(Base):
    """Who asks for which product, for which scenario and purpose."""

    __tablename__ = "applications"
    __table_args__ = (
        CheckConstraint("term_months BETWEEN 1 AND 36", name="term_sane"),
        CheckConstraint("units > 0", name="units_positive"),
        CheckConstraint(
            "state IN ('submitted', 'reviewed', 'approved', 'refused', 'withdrawn', 'lapsed')",
            name="state_known",
        ),
        Index("ix_applications_buyer_id", "buyer_id"),
        Index("ix_applications_bureau_id", "bureau_id", "state"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    bureau_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    operator_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    drafted_by: Mapped[str]
    scenario: Mapped[str]
    purpose: Mapped[str]
    acts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    term_months: Mapped[int]
    unit: Mapped[str]
    units: Mapped[int]
    measures: Mapped[str]
    proof: Mapped[str]
    state: Mapped[str] = mapped_column(default=ApplicationState.SUBMITTED)
    submitted_at: Mapped[datetime]
    due_on: Mapped[date]
    due_is_provisional: Mapped[bool]
    decided_at: Mapped[datetime | None]

    @property
    def phase(self) -> ApplicationState:
        return ApplicationState(self.state)


class ApplicationDecision(Base):
    """One person's decision at one stage, with its reason."""

    __tablename__ = "application_decisions"
    __table_args__ = (
        CheckConstraint("stage IN ('review', 'approval')", name="stage_known"),
        {"info": APPEND_ONLY},
    )

    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    decider_id: Mapped[str]
    permits: Mapped[bool]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
