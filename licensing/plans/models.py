"""How are plans and collective decisions kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from licensing.plans.rules import (
    AuthorizationMode,
    Decision,
    DecisionId,
    PlanId,
    PlanPart,
    PlanState,
    may_move_plan,
)


def one_of(column: str, choices: type[Labelled]) -> str:
    """The CHECK that a column holds one of the known values."""
    known = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} IN ({known})"


@dataclass(eq=False)
class AuthorizationStateForbids(Conflict):
    """The plan or agreement is not in a state in which this can be done."""

    code = "authorization-state-forbids"
    message = N_("现在是“{state}”，不能这样做。请刷新页面，看它的下一步。")

    about_id: str
    state: Labelled


class CollectiveDecision(Base):
    """三重一大: the recorded collective decision on a plan or an agreement (AO-01, AO-06)."""

    __tablename__ = "collective_decisions"
    __table_args__ = (
        CheckConstraint("body <> '' AND number <> ''", name="body_and_number_written"),
        Index("ix_collective_decisions_about_id", "about_id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[DecisionId] = mapped_column(Text, primary_key=True)
    about_id: Mapped[str]
    body: Mapped[str]
    number: Mapped[str]
    decided_on: Mapped[date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]

    @property
    def decision(self) -> Decision:
        return Decision(self.body, self.number, self.decided_on)


class Plan(Base):
    """实施方案: approved before an operator is chosen (AO-01), with all its parts (AO-02)."""

    __tablename__ = "authorization_plans"
    __table_args__ = (
        CheckConstraint(one_of("state", PlanState), name="state_is_known"),
        CheckConstraint(one_of("mode", AuthorizationMode), name="mode_is_known"),
        CheckConstraint(
            "state <> 'plan_approved' OR (approved_by IS NOT NULL AND decision_id IS NOT NULL)",
            name="approved_by_a_decision",
        ),
        CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by", name="approved_by_another"
        ),
        Index("ix_authorization_plans_agency_id", "agency_id", "drafted_at"),
    )

    id: Mapped[PlanId] = mapped_column(Text, primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    mode: Mapped[AuthorizationMode] = mapped_column(Text)
    mode_detail: Mapped[str]
    parts: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[PlanState] = mapped_column(Text)
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    consultation: Mapped[str]
    consulted_at: Mapped[datetime | None]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    decision_id: Mapped[DecisionId | None] = mapped_column(
        Text, ForeignKey("collective_decisions.id")
    )

    resources: Mapped[list["PlanResource"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="PlanResource.dataset_id"
    )
    decision: Mapped[CollectiveDecision | None] = relationship(lazy="raise")

    @property
    def dataset_ids(self) -> list[str]:
        return [resource.dataset_id for resource in self.resources]

    @property
    def written_parts(self) -> dict[PlanPart, str]:
        return {PlanPart(name): text for name, text in self.parts.items()}

    @property
    def phase(self) -> PlanState:
        return PlanState(self.state)

    def restart(self) -> bool:
        """AO-01: a change restarts the approval. Whether there was anything to restart."""
        if self.phase is PlanState.PLAN_DRAFT:
            return False
        self._move(PlanState.PLAN_DRAFT)
        self.consultation, self.consulted_at = "", None
        self.approved_by, self.approved_at, self.decision = None, None, None
        return True

    def consult(self, consultation: str, at: datetime) -> None:
        self._move(PlanState.PLAN_CONSULTED)
        self.consultation, self.consulted_at = consultation, at

    def approve(self, decision: CollectiveDecision, by: str, at: datetime) -> None:
        self._move(PlanState.PLAN_APPROVED)
        self.decision = decision
        self.approved_by, self.approved_at = by, at

    def _move(self, after: PlanState) -> None:
        if not may_move_plan(self.phase, after):
            raise AuthorizationStateForbids(self.id, self.phase)
        self.state = after


class PlanResource(Base):
    """One data set that a plan wants to bring into authorised operation."""

    __tablename__ = "authorization_plan_resources"

    plan_id: Mapped[PlanId] = mapped_column(
        Text, ForeignKey("authorization_plans.id"), primary_key=True
    )
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
