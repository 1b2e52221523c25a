"""What may one ask of the timeline, and how does it answer machines?"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from supervision.audit.rules import TimelineRow

Word = Annotated[str, Field(max_length=100)]


class ExportForm(StrEnum):
    """How a part of the timeline leaves the house."""

    CSV = "csv"
    JSON = "json"


class TimelineFilter(BaseModel):
    """Which facts: of which civil days (both included), about what, by whom, of which kind."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since_on: date | None = None
    until_on: date | None = None
    about: Word = ""
    organization: Word = ""
    event: Word = ""
    refusals: bool = False
    cursor: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since_on and self.until_on and self.since_on > self.until_on:
            raise ValueError(N_("开始日期不能晚于结束日期。"))
        return self


class TimelineRowOut(BaseModel):
    """One fact."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    name: str
    occurred_at: datetime
    sentence: str
    actor: str
    organization: str
    subject_id: str
    clause: str
    log_index: int | None

    @classmethod
    def of(cls, row: TimelineRow) -> Self:
        return cls(
            event_id=row.event_id,
            name=row.name,
            occurred_at=row.occurred_at,
            sentence=row.sentence,
            actor=row.actor,
            organization=row.organization,
            subject_id=row.subject_id,
            clause=row.clause,
            log_index=row.log_index,
        )


class TimelineOut(BaseModel):
    """Some facts, newest first, and where the next ones start."""

    model_config = ConfigDict(frozen=True)

    items: list[TimelineRowOut]
    next_cursor: str


class TimelineExport(BaseModel):
    """All facts that matched, newest first, up to the limit of an export."""

    model_config = ConfigDict(frozen=True)

    items: list[TimelineRowOut]
