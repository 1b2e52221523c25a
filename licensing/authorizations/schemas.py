"""What agreements and consents look like at the border."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from licensing.authorizations.models import AuthorizationAgreement
from licensing.authorizations.rules import (
    AgreementPart,
    AgreementState,
    SelectionMethod,
    WindDownDuty,
)
from licensing.plans.schemas import DecisionDraft, Line, Paragraph, Title, Written
from market.catalogue.rules import Purpose


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AgreementDraft(_Frozen):
    """授权运营协议. The term is half-open: end_on is the first day outside."""

    plan_id: str
    operator_id: str
    title: Title
    selection_method: SelectionMethod
    selection_evidence: Line = ""
    selected_on: date
    start_on: date
    end_on: date
    term_exception: Line = ""
    purposes: Annotated[list[Purpose], Field(min_length=1)]
    dataset_ids: Annotated[list[str], Field(min_length=1, max_length=200)]
    parts: dict[AgreementPart, Paragraph] = {}

    @model_validator(mode="after")
    def _term_has_days(self) -> Self:
        if self.end_on <= self.start_on:
            raise ValueError(N_("期限的结束日须晚于起始日。"))
        return self


class ConsentDraft(_Frozen):
    """The source department's words. document: number of its letter."""

    statement: Written
    document: Line = ""


class Reason(_Frozen):
    reason: Title


class EndDraft(_Frozen):
    """How and why an agreement ends before its time."""

    how: AgreementState
    reason: Title

    @model_validator(mode="after")
    def _is_an_end(self) -> Self:
        if self.how not in {AgreementState.TERMINATED, AgreementState.REVOKED}:
            raise ValueError(N_("只能选择终止或撤销。"))
        return self


class WindDownRecord(_Frozen):
    """AO-12: how each duty of the end was done."""

    done: dict[WindDownDuty, Paragraph]


class AuthorizationOut(_Frozen):
    """An agreement as the JSON API gives it."""

    id: str
    plan_id: str
    agency_id: str
    operator_id: str
    title: str
    selection_method: SelectionMethod
    selection_evidence: str
    selected_on: date
    start_on: date
    end_on: date
    term_exception: str
    purposes: list[Purpose]
    dataset_ids: list[str]
    parts: Mapping[str, str]
    state: AgreementState
    decision: DecisionDraft | None
    text_sha256: str
    agency_signed_at: datetime | None
    operator_signed_at: datetime | None
    activated_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str
    ended_at: datetime | None
    end_reason: str

    @classmethod
    def of(cls, agreement: AuthorizationAgreement) -> Self:
        own = {
            "decision": DecisionDraft.of(agreement.decision),
            "dataset_ids": agreement.dataset_ids,
        }
        names = cls.model_fields.keys() - own.keys()
        return cls.model_validate({**{name: getattr(agreement, name) for name in names}, **own})


class AuthorizationPage(_Frozen):
    """Some agreements. next_cursor: "" on the last page."""

    items: Sequence[AuthorizationOut]
    next_cursor: str


class BreachOut(_Frozen):
    """A rule that is not kept, and about what."""

    rule: str
    about: list[str]
