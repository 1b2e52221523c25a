"""What does a person say when closing an alert, and how does an alert leave the house?"""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from supervision.alerts.models import Alert
from supervision.alerts.rules import RULES, AlertState, Outcome, Severity

Reason = Annotated[str, Field(min_length=5, max_length=1000)]


class Closing(BaseModel):
    """Why an alert may be closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    reason: Reason


class AlertFilter(BaseModel):
    """Which alerts to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: AlertState | None = None
    severity: Severity | None = None
    rule: str = Field(default="", max_length=10)
    cursor: str = Field(default="", max_length=500)


class EvidenceOut(BaseModel):
    """One circumstance."""

    name: str
    value: str


class AlertOut(BaseModel):
    """One alert."""

    model_config = ConfigDict(frozen=True)

    id: str
    rule_id: str
    title: str
    severity: Severity
    state: AlertState
    subject_id: str
    object_id: str
    seen_on: date
    hits: int
    event_id: str
    evidence: list[EvidenceOut]
    configuration_version: str
    raised_at: datetime
    due_at: datetime | None
    due_is_provisional: bool
    outcome: Outcome | None
    closing_reason: str | None

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls(
            id=alert.id,
            rule_id=alert.rule_id,
            title=RULES[alert.rule_id].title,
            severity=Severity(alert.severity),
            state=AlertState(alert.state),
            subject_id=alert.subject_id,
            object_id=alert.object_id,
            seen_on=alert.seen_on,
            hits=alert.hits,
            event_id=alert.event_id,
            evidence=[EvidenceOut(name=e.name, value=e.value) for e in alert.circumstances()],
            configuration_version=alert.configuration_version,
            raised_at=alert.raised_at,
            due_at=alert.due_at,
            due_is_provisional=alert.due_is_provisional,
            outcome=Outcome(alert.outcome) if alert.outcome else None,
            closing_reason=alert.closing_reason,
        )


class AlertPageOut(BaseModel):
    """Some alerts, and where the next ones start."""

    items: list[AlertOut]
    next_cursor: str
