"""How is an alert kept?"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import civil_day
from kernel.db import Base
from kernel.i18n import render
from supervision.alerts.rules import AlertId, AlertState, Evidence, Outcome, Severity


class Alert(Base):
    """One rule met by one subject about one object on one day, and what a person made of it.

    event_id: the first fact; last_event_id: the newest. evidence: name, value, and
    of a sentence its English.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("rule_id", "subject_id", "object_id", "seen_on"),
        CheckConstraint(
            "severity IN ('blue', 'yellow', 'orange', 'red')", name="severity_is_known"
        ),
        CheckConstraint("state IN ('open', 'in_progress', 'closed')", name="state_is_known"),
        CheckConstraint("hits > 0", name="some_hit"),
        CheckConstraint(
            "(state = 'open') = (taken_by IS NULL) AND (taken_by IS NULL) = (taken_at IS NULL)",
            name="taken_when_not_open",
        ),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (outcome IS NULL)"
            " AND (closed_at IS NULL) = (closing_reason IS NULL)",
            name="closed_with_reason",
        ),
        Index(
            "ix_alerts_unfinished",
            "due_at",
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_alerts_raised_at", "raised_at", "id"),
    )

    id: Mapped[AlertId] = mapped_column(Text, primary_key=True)
    rule_id: Mapped[str]
    severity: Mapped[Severity] = mapped_column(Text)
    state: Mapped[AlertState] = mapped_column(Text)
    subject_id: Mapped[str]
    object_id: Mapped[str]
    seen_on: Mapped[date]
    event_id: Mapped[str]
    last_event_id: Mapped[str]
    hits: Mapped[int]
    evidence: Mapped[list[Any]] = mapped_column(JSONB)
    configuration_version: Mapped[str]
    raised_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_is_provisional: Mapped[bool]
    taken_by: Mapped[str | None]
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(Text)
    closing_reason: Mapped[str | None]

    def circumstances(self) -> tuple[Evidence, ...]:
        return tuple(Evidence(*stored) for stored in self.evidence)

    @property
    def due_on(self) -> date | None:
        """The last civil day on which an answer is in time."""
        return civil_day(self.due_at - timedelta(microseconds=1)) if self.due_at else None

    @property
    def is_due_within_hours(self) -> bool:
        return self.severity == Severity.RED

    def outcome_word(self) -> str:
        """The outcome in the reader's language; empty while there is none."""
        return render(Outcome(self.outcome)) if self.outcome else ""

    def add_hit(self, event_id: str) -> None:
        self.hits += 1
        self.last_event_id = event_id

    def reopen(self) -> None:
        self.state = AlertState.OPEN
        self.taken_by = self.taken_at = None
        self.closed_at = self.outcome = self.closing_reason = None

    def take(self, person_id: str, at: datetime) -> None:
        self.state = AlertState.IN_PROGRESS
        self.taken_by, self.taken_at = person_id, at

    def close(self, outcome: Outcome, reason: str, at: datetime) -> None:
        self.state = AlertState.CLOSED
        self.outcome, self.closing_reason, self.closed_at = outcome, reason, at
