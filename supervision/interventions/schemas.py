"""What does a regulator say when ordering or lifting a measure?"""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from supervision.interventions.models import Intervention
from supervision.interventions.rules import Ground, InterventionState, Measure

Reason = Annotated[str, Field(min_length=5, max_length=1000)]


class InterventionOrder(BaseModel):
    """Which product, on which ground, why. alert_id: the alert it answers, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: str = Field(min_length=1, max_length=60)
    measure: Measure = Measure.SUSPEND_PRODUCT
    ground: Ground
    reason: Reason
    alert_id: str | None = Field(default=None, max_length=60)


class Lifting(BaseModel):
    """Why the measure may end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason


class InterventionFilter(BaseModel):
    """Which measures to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: InterventionState | None = None
    cursor: str = Field(default="", max_length=500)


class InterventionOut(BaseModel):
    """One measure."""

    model_config = ConfigDict(frozen=True)

    id: str
    measure: Measure
    state: InterventionState
    product_id: str
    title: str
    ground: Ground
    reason: str
    alert_id: str | None
    ordered_at: datetime
    lifted_at: datetime | None
    lifting_reason: str | None

    @classmethod
    def of(cls, found: Intervention) -> Self:
        return cls(
            id=found.id,
            measure=Measure(found.measure),
            state=InterventionState(found.state),
            product_id=found.product_id,
            title=found.title,
            ground=Ground(found.ground),
            reason=found.reason,
            alert_id=found.alert_id,
            ordered_at=found.ordered_at,
            lifted_at=found.lifted_at,
            lifting_reason=found.lifting_reason,
        )


class InterventionPageOut(BaseModel):
    """Some measures, and where the next ones start."""

    items: list[InterventionOut]
    next_cursor: str
