"""What registrations look like at the border?"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kernel.i18n import N_
from market.datasets.rules import DataLevel
from market.registrations.models import Registration, RegistrationObjection, RegistrationPaper
from market.registrations.rules import (
    EndGround,
    FormField,
    Material,
    ObjectKind,
    PersonalInfo,
    RegistrationState,
    RegistrationType,
    SubjectKind,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=1000)]
Code = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]{3,63}$")
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewRegistration(_Frozen):
    """A first registration: of which data set or product."""

    object_kind: ObjectKind
    object_id: str


class LaterRegistration(_Frozen):
    """A change, correction or cancellation of a standing registration."""

    reg_type: Literal[
        RegistrationType.CHANGE, RegistrationType.CORRECTION, RegistrationType.CANCELLATION
    ]
    reason: Sentence
    ground: EndGround | None = None

    @model_validator(mode="after")
    def _a_cancellation_has_a_ground(self) -> Self:
        cancels = self.reg_type is RegistrationType.CANCELLATION
        if cancels and (self.ground is None or self.ground.revokes):
            raise ValueError(N_("注销时请选择注销事由。"))
        return self


class RegistrationDraft(_Frozen):
    """The lines of the form, by name; what is left out stays empty."""

    fields: dict[FormField, Text] = {}


class KeptPaper(_Frozen):
    """A paper that stands in the object store. kind: a Material, or "evidence" of an objection."""

    kind: str
    filename: str
    media_type: str
    key: str
    size_bytes: int
    sha256: str


class Return(_Frozen):
    """RG-06: everything that is missing, and why, in one notice."""

    items: list[Material] = Field(default=[])
    reason: Sentence


class ObjectionDraft(_Frozen):
    statement: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=10, max_length=4000)
    ]


class ObjectionDecision(_Frozen):
    outcome: Literal["uphold", "dismiss"]
    reason: Sentence


class CodeDraft(_Frozen):
    """The official result. valid_until_on: the last day that it states, where it states one."""

    code: Code
    query_code: Code
    coded_on: date
    valid_until_on: date | None = None


class RenewalDecision(_Frozen):
    outcome: Literal["grant", "refuse"]
    reason: Sentence


class EndDraft(_Frozen):
    """The registrar ends a registration: RG-11 cancels, RG-12 revokes."""

    ground: EndGround
    reason: Sentence


class RegistrationOut(_Frozen):
    """A registration for its applicant, the registrar and the bureau."""

    id: str
    reg_type: RegistrationType
    based_on_id: str | None
    reason: str
    ground: EndGround | None
    object_kind: ObjectKind
    object_id: str
    subject_id: str
    subject_kind: SubjectKind
    subject_name: str
    subject_uscc: str
    title: str
    level: DataLevel
    personal_info: PersonalInfo
    fields: Mapping[str, str]
    state: RegistrationState
    evidence: Mapping[str, Any] | None
    evidence_sha256: str
    evidenced_at: datetime | None
    evidence_event_id: str
    submitted_at: datetime | None
    returned_items: list[str]
    returned_reason: str
    accepted_at: datetime | None
    review_due_on: date | None
    notice_opened_on: date | None
    notice_ends_on: date | None
    code: str
    query_code: str
    is_own_code: bool
    coded_on: date | None
    valid_until_on: date | None
    authorization_ids: list[str]
    renewal_asked_at: datetime | None
    ended_at: datetime | None
    end_reason: str

    @classmethod
    def of(cls, one: Registration) -> Self:
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class RegistrationPage(_Frozen):
    """Some registrations. next_cursor: "" on the last page."""

    items: list[RegistrationOut]
    next_cursor: str


class PaperOut(_Frozen):
    """A paper. address: where its bytes are, for a few minutes, to whoever holds it."""

    id: str
    kind: Material
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    added_at: datetime
    address: str

    @classmethod
    def of(cls, paper: RegistrationPaper, address: str) -> Self:
        own = {name: getattr(paper, name) for name in cls.model_fields if name != "address"}
        return cls(**own, address=address)


class PapersOut(_Frozen):
    papers: list[PaperOut]


class ObjectionOut(_Frozen):
    """An objection, for the registrar and the applicant."""

    id: str
    registration_id: str
    organization_id: str
    filed_at: datetime
    statement: str
    filename: str
    sha256: str
    decided_at: datetime | None
    is_upheld: bool | None
    reason: str

    @classmethod
    def of(cls, one: RegistrationObjection) -> Self:
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class ObjectionsOut(_Frozen):
    objections: list[ObjectionOut]


class NoticeOut(_Frozen):
    """What everybody may read of a registration under public notice (RG-07)."""

    id: str
    title: str
    reg_type: RegistrationType
    object_kind: ObjectKind
    subject_name: str
    subject_uscc: str
    state: RegistrationState
    notice_opened_on: date | None
    notice_ends_on: date | None

    @classmethod
    def of(cls, one: Registration) -> Self:
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class NoticesOut(_Frozen):
    notices: list[NoticeOut]


class ResultOut(_Frozen):
    """What a query code opens to everybody (RG-08)."""

    title: str
    object_kind: ObjectKind
    subject_name: str
    subject_uscc: str
    state: RegistrationState
    code: str
    query_code: str
    coded_on: date | None
    valid_until_on: date | None
    evidence_sha256: str
    evidence_event_id: str
    is_own_code: bool

    @classmethod
    def of(cls, one: Registration) -> Self:
        return cls.model_validate({name: getattr(one, name) for name in cls.model_fields})


class Nothing(_Frozen):
    """An act that needs no words."""
