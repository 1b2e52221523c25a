"""How are registrations, their papers, objections and time limits kept?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Choice
from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from market.datasets.rules import DataLevel
from market.organizations.rules import OrganizationId
from market.registrations.rules import (
    OPEN,
    EndGround,
    FormField,
    Material,
    ObjectionId,
    ObjectKind,
    PaperId,
    PersonalInfo,
    RegistrationId,
    RegistrationState,
    RegistrationType,
    SubjectKind,
    may_move,
)

SHA_256 = "~ '^[0-9a-f]{64}$'"


def _listed(members: Any) -> str:
    return ", ".join(f"'{member.value}'" for member in members)


def _one_of(column: str, choices: type[Labelled]) -> str:
    return f"{column} IN ({_listed(choices)})"


IS_OPEN = f"state IN ({_listed(sorted(OPEN))})"


@dataclass(eq=False)
class RegistrationStateForbids(Conflict):
    """The registration is not in a state in which this can be done."""

    code = "registration-state-forbids"
    message = N_("登记现在是“{state}”，不能这样做。请刷新页面，看它的下一步。")

    registration_id: str
    state: RegistrationState


class Registration(Base):
    """One application to the registrar for a resource or a product, and its outcome.

    object_id: a data set or a product. based_on_id: the registration that is changed, corrected
    or cancelled. fields: the lines of the form, by FormField. evidence: the facts whose RFC 8785
    text has evidence_sha256; evidence_event_id: the leaf of the log that holds it (RG-04).
    first_named, first_returned_fields: what the first return asked for, and of which form
    (RG-06). valid_until_on: the last day.
    is_own_code: given by this installation, not taken from the competent registrar.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        CheckConstraint(_one_of("state", RegistrationState), name="state_is_known"),
        CheckConstraint(_one_of("reg_type", RegistrationType), name="type_is_known"),
        CheckConstraint(_one_of("object_kind", ObjectKind), name="object_kind_is_known"),
        CheckConstraint(_one_of("subject_kind", SubjectKind), name="subject_kind_is_known"),
        CheckConstraint(_one_of("personal_info", PersonalInfo), name="personal_info_is_known"),
        CheckConstraint(_one_of("level", DataLevel), name="level_is_known"),
        CheckConstraint(
            "(reg_type = 'first') = (based_on_id IS NULL)", name="later_types_name_the_first"
        ),
        CheckConstraint(
            "(reg_type = 'cancel') = (ground IS NOT NULL)", name="cancellation_has_a_ground"
        ),
        CheckConstraint(
            "evidence_sha256 = '' OR (evidenced_at IS NOT NULL AND evidence IS NOT NULL "
            f"AND evidence_sha256 {SHA_256})",
            name="evidence_is_whole",
        ),
        CheckConstraint(
            "state NOT IN ('notice', 'objection', 'valid') OR reg_type = 'cancel' "
            "OR evidence_sha256 <> ''",
            name="evidence_comes_first",
        ),
        CheckConstraint(
            "(notice_opened_on IS NULL) = (notice_ends_on IS NULL)", name="notice_has_both_days"
        ),
        CheckConstraint(
            "state NOT IN ('valid', 'lapsed') OR (code <> '' AND query_code <> '' "
            "AND coded_on IS NOT NULL AND valid_until_on >= coded_on)",
            name="valid_is_coded",
        ),
        CheckConstraint("coded_by <> reviewed_by", name="two_people_review_and_code"),
        CheckConstraint("accepted_by <> submitted_by", name="accepted_by_another"),
        CheckConstraint(
            "(renewal_asked_at IS NULL) = (renewal_asked_by IS NULL)", name="renewal_has_a_person"
        ),
        Index(
            "uq_registrations_open",
            "object_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "uq_registrations_valid",
            "object_id",
            unique=True,
            postgresql_where=text("state = 'valid'"),
        ),
        Index(
            "uq_registrations_code", "code", unique=True, postgresql_where=text("state = 'valid'")
        ),
        Index("ix_registrations_query_code", "query_code"),
        Index("ix_registrations_subject_id", "subject_id", "drafted_at"),
        Index("ix_registrations_state", "state", "valid_until_on"),
    )

    id: Mapped[RegistrationId] = mapped_column(Text, primary_key=True)
    reg_type: Mapped[RegistrationType] = mapped_column(Choice(RegistrationType))
    based_on_id: Mapped[RegistrationId | None] = mapped_column(Text, ForeignKey("registrations.id"))
    reason: Mapped[str]
    ground: Mapped[EndGround | None] = mapped_column(Choice(EndGround))
    object_kind: Mapped[ObjectKind] = mapped_column(Choice(ObjectKind))
    object_id: Mapped[str]
    subject_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    subject_kind: Mapped[SubjectKind] = mapped_column(Choice(SubjectKind))
    subject_name: Mapped[str]
    subject_uscc: Mapped[str]
    title: Mapped[str]
    level: Mapped[DataLevel] = mapped_column(Choice(DataLevel))
    personal_info: Mapped[PersonalInfo] = mapped_column(Choice(PersonalInfo))
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[RegistrationState] = mapped_column(Choice(RegistrationState))
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    evidence_sha256: Mapped[str]
    evidenced_at: Mapped[datetime | None]
    evidence_event_id: Mapped[str]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    first_named: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    first_returned_at: Mapped[datetime | None]
    first_returned_fields: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    returned_items: Mapped[list[str]] = mapped_column(JSONB)
    returned_reason: Mapped[str]
    accepted_by: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    review_due_on: Mapped[date | None]
    reviewed_by: Mapped[str | None]
    notice_opened_on: Mapped[date | None]
    notice_ends_on: Mapped[date | None]
    coded_by: Mapped[str | None]
    code: Mapped[str]
    query_code: Mapped[str]
    is_own_code: Mapped[bool]
    coded_on: Mapped[date | None]
    valid_until_on: Mapped[date | None]
    authorization_ids: Mapped[list[str]] = mapped_column(JSONB)
    reminded_at: Mapped[datetime | None]
    renewal_asked_by: Mapped[str | None]
    renewal_asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str]

    @property
    def written(self) -> Mapping[FormField, str]:
        return {FormField(name): line for name, line in self.fields.items()}

    @property
    def is_cancellation(self) -> bool:
        return self.reg_type is RegistrationType.CANCELLATION

    def require_state(self, *allowed: RegistrationState) -> None:
        """Raises: RegistrationStateForbids."""
        if self.state not in allowed:
            raise RegistrationStateForbids(self.id, self.state)

    def keep_evidence(self, facts: dict[str, Any], sha256: str, at: datetime) -> None:
        self.move(RegistrationState.EVIDENCED)
        self.evidence, self.evidence_sha256, self.evidenced_at = facts, sha256, at

    def submit(self, by: str, at: datetime) -> None:
        self.move(RegistrationState.SUBMITTED)
        self.submitted_by, self.submitted_at = by, at
        self.returned_items, self.returned_reason = [], ""

    def accept(self, by: str, at: datetime, review_due_on: date) -> None:
        self.move(RegistrationState.ACCEPTED)
        self.accepted_by, self.accepted_at, self.review_due_on = by, at, review_due_on

    def give_back(self, items: list[Material], reason: str, at: datetime) -> None:
        self.move(RegistrationState.RETURNED)
        self.returned_items, self.returned_reason = [item.value for item in items], reason
        if self.first_named is None:
            self.first_named, self.first_returned_at = self.returned_items, at
            self.first_returned_fields = dict(self.fields)
        self.accepted_by = self.accepted_at = self.review_due_on = self.reviewed_by = None

    def open_notice(self, by: str, opened_on: date, ends_on: date) -> None:
        self.move(RegistrationState.NOTICE)
        self.reviewed_by = by
        self.notice_opened_on, self.notice_ends_on = opened_on, ends_on

    def end(self, how: RegistrationState, reason: str, at: datetime) -> None:
        self.move(how)
        self.ended_at, self.end_reason = at, reason
        self.renewal_asked_by = self.renewal_asked_at = None

    def move(self, after: RegistrationState) -> None:
        """Raises: RegistrationStateForbids."""
        if not may_move(self.state, after):
            raise RegistrationStateForbids(self.id, self.state)
        self.state = after


class RegistrationPaper(Base):
    """One paper of an application, in the object store under key. The newest of a kind counts."""

    __tablename__ = "registration_papers"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Material), name="kind_is_known"),
        CheckConstraint("size_bytes > 0", name="size_is_positive"),
        CheckConstraint(f"sha256 {SHA_256}", name="hash_is_sha256"),
        Index("ix_registration_papers_registration_id", "registration_id", "added_at"),
    )

    id: Mapped[PaperId] = mapped_column(Text, primary_key=True)
    registration_id: Mapped[RegistrationId] = mapped_column(Text, ForeignKey("registrations.id"))
    kind: Mapped[Material] = mapped_column(Choice(Material))
    filename: Mapped[str]
    media_type: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    added_by: Mapped[str]
    added_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class RegistrationObjection(Base):
    """RG-07: a named objection with its evidence, and what became of it."""

    __tablename__ = "registration_objections"
    __table_args__ = (
        CheckConstraint("length(statement) > 0", name="statement_is_written"),
        CheckConstraint("size_bytes > 0", name="size_is_positive"),
        CheckConstraint(f"sha256 {SHA_256}", name="hash_is_sha256"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_at IS NULL) = (is_upheld IS NULL)", name="decided_is_decided"),
        CheckConstraint("decided_at IS NULL OR reason <> ''", name="decided_has_a_reason"),
        CheckConstraint("decided_by <> filed_by", name="decided_by_another"),
        Index("ix_registration_objections_registration_id", "registration_id", "filed_at"),
    )

    id: Mapped[ObjectionId] = mapped_column(Text, primary_key=True)
    registration_id: Mapped[RegistrationId] = mapped_column(Text, ForeignKey("registrations.id"))
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    filed_by: Mapped[str]
    filed_at: Mapped[datetime]
    statement: Mapped[str]
    filename: Mapped[str]
    media_type: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    is_upheld: Mapped[bool | None]
    reason: Mapped[str]

    def decide(self, *, is_upheld: bool, reason: str, by: str, at: datetime) -> None:
        self.is_upheld, self.reason = is_upheld, reason
        self.decided_by, self.decided_at = by, at


class RegistrationDuty(Base):
    """RG-03: since when, and until when, the first registration of something is due."""

    __tablename__ = "registration_duties"
    __table_args__ = (
        CheckConstraint(_one_of("object_kind", ObjectKind), name="object_kind_is_known"),
        CheckConstraint("due_on >= began_on", name="due_after_begin"),
        Index(
            "ix_registration_duties_due_on",
            "due_on",
            postgresql_where=text("met_at IS NULL AND missed_at IS NULL"),
        ),
    )

    object_id: Mapped[str] = mapped_column(primary_key=True)
    object_kind: Mapped[ObjectKind] = mapped_column(Choice(ObjectKind))
    subject_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    title: Mapped[str]
    began_on: Mapped[date]
    due_on: Mapped[date]
    met_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
