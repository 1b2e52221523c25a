"""How are demands and those who ask for them kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Choice
from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from market.catalogue.listing import ProductId, Scenario
from market.datasets.rules import UpdateCycle
from market.demands.rules import ANSWERS, DemandAskerId, DemandId, DemandState, may_move
from market.organizations.rules import OrganizationId


def _one_of(column: str, choices: type[Labelled]) -> str:
    known = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} IN ({known})"


@dataclass(eq=False)
class DemandStateForbids(Conflict):
    """The demand is not in a state in which this can be done."""

    code = "demand-state-forbids"
    message = N_("需求现在是“{state}”，不能这样做。请刷新页面，看它的下一步。")

    demand_id: str
    state: DemandState


class Demand(Base):
    """Data that an enterprise wishes existed, and the bureau's answer.

    organization_id, asked_by: who wrote it; everybody who asks for it stands in demand_askers.
    answered_at: the first answer; a plan may still become a product or a no.
    ended_at: when it became a product, a no, or was withdrawn.
    """

    __tablename__ = "demands"
    __table_args__ = (
        CheckConstraint(_one_of("state", DemandState), name="state_is_known"),
        CheckConstraint(_one_of("scenario", Scenario), name="scenario_is_known"),
        CheckConstraint(_one_of("cycle", UpdateCycle), name="cycle_is_known"),
        CheckConstraint(
            "(published_at IS NULL) = (published_by IS NULL)", name="published_by_somebody"
        ),
        CheckConstraint("published_by <> asked_by", name="published_by_another"),
        CheckConstraint("answered_by <> asked_by", name="answered_by_another"),
        CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"
        ),
        CheckConstraint(
            "state NOT IN ('published', 'planned', 'fulfilled') OR published_at IS NOT NULL",
            name="open_ones_are_published",
        ),
        CheckConstraint(
            "state NOT IN ('planned', 'refused', 'fulfilled') OR answered_at IS NOT NULL",
            name="answers_have_a_time",
        ),
        CheckConstraint(
            "state NOT IN ('planned', 'refused') OR answer <> ''", name="answers_say_something"
        ),
        CheckConstraint(
            "state <> 'planned' OR planned_until_on IS NOT NULL", name="plans_have_a_day"
        ),
        CheckConstraint("state <> 'returned' OR return_reason <> ''", name="returned_for_a_reason"),
        CheckConstraint("(state = 'fulfilled') = (product_id IS NOT NULL)", name="has_a_product"),
        CheckConstraint(
            "(state IN ('refused', 'fulfilled', 'withdrawn')) = (ended_at IS NOT NULL)",
            name="ends_have_a_time",
        ),
        Index("ix_demands_submitted_at", "submitted_at", "id"),
        Index("ix_demands_state", "state", "answer_due_on"),
    )

    id: Mapped[DemandId] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    asked_by: Mapped[str]
    title: Mapped[str]
    purpose: Mapped[str]
    scenario: Mapped[Scenario] = mapped_column(Choice(Scenario))
    wanted_fields: Mapped[str]
    cycle: Mapped[UpdateCycle] = mapped_column(Choice(UpdateCycle))
    needed_until_on: Mapped[date]
    state: Mapped[DemandState] = mapped_column(Choice(DemandState))
    submitted_at: Mapped[datetime]
    answer_due_on: Mapped[date]
    return_reason: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")
    planned_until_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    product_id: Mapped[ProductId | None] = mapped_column(Text, ForeignKey("products.id"))
    changed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def is_public(self) -> bool:
        """DM-03: everybody reads what the bureau has published, until nobody asks any more."""
        return self.published_at is not None and self.state != DemandState.WITHDRAWN

    def move(self, after: DemandState, at: datetime) -> None:
        """Raises: DemandStateForbids."""
        if not may_move(self.state, after):
            raise DemandStateForbids(self.id, self.state)
        self.state, self.changed_at = after, at
        if not any(may_move(after, later) for later in DemandState):
            self.ended_at = at

    def take_answer(self, after: DemandState, by: str, at: datetime) -> None:
        """The bureau says what becomes of it. Raises: DemandStateForbids."""
        assert after in ANSWERS
        self.move(after, at)
        if self.answered_at is None:
            self.answered_at, self.answered_by = at, by


class DemandAsker(Base):
    """One organisation that asks for it. is_named: it agrees that everybody reads its name."""

    __tablename__ = "demand_askers"
    __table_args__ = (
        CheckConstraint("left_at >= joined_at", name="leaves_after_joining"),
        Index(
            "uq_demand_askers_once",
            "demand_id",
            "organization_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_demand_askers_organization_id", "organization_id", "joined_at"),
    )

    id: Mapped[DemandAskerId] = mapped_column(Text, primary_key=True)
    demand_id: Mapped[DemandId] = mapped_column(Text, ForeignKey("demands.id"))
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    person_id: Mapped[str]
    is_named: Mapped[bool]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
