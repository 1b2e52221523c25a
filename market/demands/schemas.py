"""What is asked for, what is answered, and what does who read of it?"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from kernel.i18n import N_
from market.catalogue.listing import Scenario
from market.datasets.rules import UpdateCycle
from market.demands.models import Demand
from market.demands.rules import DemandState, tells_of_a_person

OF_A_PERSON = N_("公开的文字里不能有手机号、身份证号或电子邮箱。请删去后重新提交。")


def _tells_of_nobody(text: str) -> str:
    if tells_of_a_person(text):
        raise ValueError(OF_A_PERSON)
    return text


TellsOfNobody = AfterValidator(_tells_of_nobody)
Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=4, max_length=80), TellsOfNobody
]
Purpose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=20, max_length=2000), TellsOfNobody
]
WantedFields = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000), TellsOfNobody
]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=4, max_length=1000), TellsOfNobody
]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemandDraft(_Given):
    """A demand as it is asked. is_named: the asker agrees that its name is public."""

    title: Title
    purpose: Purpose
    scenario: Scenario
    wanted_fields: WantedFields
    cycle: UpdateCycle
    needed_until_on: date
    is_named: bool = False


class Joining(_Given):
    """is_named: the organisation agrees that its name is public."""

    is_named: bool = False


class Nothing(_Given):
    """An act that needs no words."""


class ReasonDraft(_Given):
    """Why a demand is returned or refused; everybody who asks reads it."""

    reason: Sentence


class PlanDraft(_Given):
    """What the bureau will do, and by when."""

    answer: Sentence
    planned_until_on: date


class ProductLink(_Given):
    """The product that answers a demand: its id, or the address of its page."""

    product_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4)]

    @field_validator("product_id")
    @classmethod
    def _the_id_in_an_address(cls, text: str) -> str:
        return text.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", maxsplit=1)[-1]


class BoardQuestion(BaseModel):
    """Which demands of the public board."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    scenario: Scenario | None = None
    state: DemandState | None = None
    cursor: str = ""


class PublicDemandOut(BaseModel):
    """What everybody reads. named: those askers who agreed; product_id: what came of it."""

    id: str
    title: str
    purpose: str
    scenario: Scenario
    wanted_fields: str
    cycle: UpdateCycle
    needed_until_on: date
    state: DemandState
    published_at: datetime
    askers: int
    named: list[str]
    answer: str
    planned_until_on: date | None
    product_id: str | None

    @classmethod
    def of(cls, one: Demand, askers: int, named: list[str]) -> Self:
        """Of a published demand only."""
        assert one.is_public
        facts = {
            name: getattr(one, name) for name in cls.model_fields if name not in {"askers", "named"}
        }
        return cls(**facts, askers=askers, named=named)


class PublicDemandPage(BaseModel):
    items: list[PublicDemandOut]
    next_cursor: str


class DemandOut(BaseModel):
    """What those who ask and the bureau read. It names nobody: see the list of askers."""

    id: str
    title: str
    purpose: str
    scenario: Scenario
    wanted_fields: str
    cycle: UpdateCycle
    needed_until_on: date
    state: DemandState
    submitted_at: datetime
    answer_due_on: date
    return_reason: str
    published_at: datetime | None
    answer: str
    planned_until_on: date | None
    answered_at: datetime | None
    product_id: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Demand) -> Self:
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class DemandsOut(BaseModel):
    demands: list[DemandOut]


class AskerOut(BaseModel):
    """Who asks, for the bureau. is_named: whether everybody may read the name."""

    organization_id: str
    name: str
    is_named: bool
    joined_at: datetime


class AskersOut(BaseModel):
    askers: list[AskerOut]


class MonthCount(BaseModel):
    """month: its first day."""

    month: date
    demands: int


class StateCount(BaseModel):
    state: DemandState
    demands: int


class ScenarioCount(BaseModel):
    scenario: Scenario
    demands: int


class DemandStatistics(BaseModel):
    """For the bureau. median_working_days: from asking to the first answer."""

    by_state: list[StateCount]
    by_scenario: list[ScenarioCount]
    by_month: list[MonthCount]
    answered: int
    answered_late: int = Field(description="answered after their last day")
    overdue: int = Field(description="not answered, and past their last day")
    median_working_days: Decimal | None
