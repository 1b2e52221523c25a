"""What plans and decisions look like at the border."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from licensing.plans.models import CollectiveDecision, Plan
from licensing.plans.rules import AuthorizationMode, Decision, PlanPart, PlanState

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=8000)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanDraft(_Frozen):
    """实施方案. mode_detail: which field or scenario."""

    title: Title
    mode: AuthorizationMode
    mode_detail: Line = ""
    dataset_ids: Annotated[list[str], Field(min_length=1, max_length=200)]
    parts: dict[PlanPart, Paragraph] = {}


class Consultation(_Frozen):
    """Who was asked about the plan, and what they said."""

    consultation: Written


class DecisionDraft(_Frozen):
    """三重一大: which body decided, under which number, on which day."""

    body: Title
    number: Title
    decided_on: date

    @property
    def decision(self) -> Decision:
        return Decision(self.body, self.number, self.decided_on)

    @classmethod
    def of(cls, made: CollectiveDecision | None) -> Self | None:
        if made is None:
            return None
        return cls(body=made.body, number=made.number, decided_on=made.decided_on)


class PlanOut(_Frozen):
    id: str
    agency_id: str
    title: str
    mode: AuthorizationMode
    mode_detail: str
    dataset_ids: list[str]
    parts: Mapping[str, str]
    state: PlanState
    consultation: str
    decision: DecisionDraft | None
    drafted_at: datetime
    approved_at: datetime | None

    @classmethod
    def of(cls, plan: Plan) -> Self:
        own = {"decision": DecisionDraft.of(plan.decision), "dataset_ids": plan.dataset_ids}
        names = cls.model_fields.keys() - own.keys()
        return cls.model_validate({**{name: getattr(plan, name) for name in names}, **own})
