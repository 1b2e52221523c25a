"""What does a buyer fill in, and what is shown of it?"""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from licensing.applications.models import Application
from licensing.applications.rules import MAX_TERM_MONTHS, Act, ApplicationState
from market.catalogue.rules import Purpose


class ApplicationDraft(BaseModel):
    """Who will use it for what. units: how many of the unit are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: str
    scenario: str = Field(min_length=1, max_length=4000)
    purpose: Purpose
    acts: tuple[Act, ...] = Field(min_length=1, max_length=3)
    term_months: int = Field(ge=1, le=MAX_TERM_MONTHS)
    unit: str = Field(min_length=1, max_length=20)
    units: int = Field(ge=1, le=10**9)
    measures: str = Field(min_length=1, max_length=4000)
    proof: str = Field(default="", max_length=4000)


class DecisionDraft(BaseModel):
    """One person's decision; a refusal needs a reason the buyer can act on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    permits: bool
    reason: str = Field(min_length=1, max_length=2000)


class ApplicationOut(BaseModel):
    """An application as the API shows it."""

    model_config = ConfigDict(frozen=True)

    id: str
    product_id: str
    title: str
    buyer_id: str
    purpose: Purpose
    scenario: str
    acts: tuple[str, ...]
    term_months: int
    unit: str
    units: int
    state: ApplicationState
    submitted_at: datetime
    due_on: date
    due_is_provisional: bool

    @classmethod
    def of(cls, row: Application) -> Self:
        return cls(
            id=row.id,
            product_id=row.product_id,
            title=row.title,
            buyer_id=row.buyer_id,
            purpose=Purpose(row.purpose),
            scenario=row.scenario,
            acts=tuple(row.acts),
            term_months=row.term_months,
            unit=row.unit,
            units=row.units,
            state=row.phase,
            submitted_at=row.submitted_at,
            due_on=row.due_on,
            due_is_provisional=row.due_is_provisional,
        )
