"""How is a walked decision kept, node by node, with its evidence?"""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from valuation.recognitions.rules import Criterion, Node, Origin, Outcome, Purpose


class Recognition(Base):
    """One decision about one data resource; it is made once."""

    __tablename__ = "recognitions"
    __table_args__ = ({"info": APPEND_ONLY},)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("data_assets.id"), unique=True)
    purpose: Mapped[str]
    origin: Mapped[str]
    outcome: Mapped[str]
    capitalise_from_on: Mapped[date | None]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]

    findings: Mapped[list["RecognitionFinding"]] = relationship(
        lazy="raise", order_by="RecognitionFinding.position"
    )
    criteria: Mapped[list["CriterionEvidence"]] = relationship(
        lazy="raise", order_by="CriterionEvidence.met_on"
    )

    @property
    def ended_as(self) -> Outcome:
        return Outcome(self.outcome)

    @property
    def held_for(self) -> Purpose:
        return Purpose(self.purpose)

    @property
    def came_from(self) -> Origin:
        return Origin(self.origin)


class RecognitionFinding(Base):
    """One node of the walk: answer, reason, evidence. choice: at nodes with more than two ways."""

    __tablename__ = "recognition_findings"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
        {"info": APPEND_ONLY},
    )

    recognition_id: Mapped[str] = mapped_column(ForeignKey("recognitions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    node: Mapped[str]
    holds: Mapped[bool] = mapped_column(Boolean)
    choice: Mapped[str | None]
    reason: Mapped[str]
    evidence: Mapped[str]

    @property
    def asked(self) -> Node:
        return Node(self.node)

    @property
    def chosen(self) -> Purpose | Origin | None:
        if self.choice is None:
            return None
        return Purpose(self.choice) if self.asked is Node.PURPOSE else Origin(self.choice)


class CriterionEvidence(Base):
    """Document, date and approver of one of the five criteria."""

    __tablename__ = "criterion_evidences"
    __table_args__ = (
        CheckConstraint("length(trim(document)) > 0", name="document_given"),
        CheckConstraint("length(trim(approver)) > 0", name="approver_given"),
        {"info": APPEND_ONLY},
    )

    recognition_id: Mapped[str] = mapped_column(ForeignKey("recognitions.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[str]
    met_on: Mapped[date]
    approver: Mapped[str]

    @property
    def proves(self) -> Criterion:
        return Criterion(self.criterion)


class BookedCost(Base):
    """What became of one cost record: once, for ever. voucher_id: none for spending before 2024."""

    __tablename__ = "booked_costs"
    __table_args__ = (
        CheckConstraint(
            "(treatment = 'prior') = (voucher_id IS NULL)", name="prior_has_no_voucher"
        ),
        {"info": APPEND_ONLY},
    )

    cost_record_id: Mapped[str] = mapped_column(ForeignKey("cost_records.id"), primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("data_assets.id"), index=True)
    treatment: Mapped[str]
    voucher_id: Mapped[str | None] = mapped_column(ForeignKey("vouchers.id"))
