"""How are agreements, their resources and consents kept?"""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from kernel.periods import Period
from licensing.authorizations.rules import (
    AgreementId,
    AgreementPart,
    AgreementState,
    Authorization,
    ConsentId,
    SelectionMethod,
    may_move,
)
from licensing.plans.models import (
    AuthorizationStateForbids,
    CollectiveDecision,
    Plan,
    one_of,
)
from licensing.plans.rules import DecisionId, PlanId
from market.catalogue.rules import Purpose


def _purposes(column: str) -> str:
    known = ", ".join(f"'{purpose.value}'" for purpose in Purpose)
    return f"{column} <@ ARRAY[{known}] AND cardinality({column}) > 0"


class AuthorizationAgreement(Base):
    """授权运营协议 between implementing agency and operator; term is half-open [start, end)."""

    __tablename__ = "authorization_agreements"
    __table_args__ = (
        CheckConstraint(one_of("state", AgreementState), name="state_is_known"),
        CheckConstraint(one_of("selection_method", SelectionMethod), name="method_is_known"),
        CheckConstraint(_purposes("purposes"), name="purposes_are_known"),
        CheckConstraint("end_on > start_on", name="ends_after_start"),
        CheckConstraint("agency_id <> operator_id", name="agency_does_not_operate"),
        CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by", name="approved_by_another"
        ),
        CheckConstraint(
            "agency_signed_by IS NULL OR agency_signed_by <> operator_signed_by",
            name="two_people_sign",
        ),
        CheckConstraint(
            "state IN ('agreement_draft', 'agreement_approved') OR (agency_signed_at IS NOT NULL "
            "AND operator_signed_at IS NOT NULL AND decision_id IS NOT NULL)",
            name="signed_by_both",
        ),
        CheckConstraint(
            "state <> 'suspended' OR suspension_reason <> ''", name="suspended_for_a_reason"
        ),
        Index("ix_authorization_agreements_operator_id", "operator_id", "state"),
        Index("ix_authorization_agreements_agency_id", "agency_id", "drafted_at"),
        Index("ix_authorization_agreements_end_on", "end_on"),
    )

    id: Mapped[AgreementId] = mapped_column(Text, primary_key=True)
    plan_id: Mapped[PlanId] = mapped_column(Text, ForeignKey("authorization_plans.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    operator_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    selection_method: Mapped[SelectionMethod] = mapped_column(Text)
    selection_evidence: Mapped[str]
    selected_on: Mapped[date]
    start_on: Mapped[date]
    end_on: Mapped[date]
    term_exception: Mapped[str]
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    parts: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[AgreementState] = mapped_column(Text)
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    decision_id: Mapped[DecisionId | None] = mapped_column(
        Text, ForeignKey("collective_decisions.id")
    )
    text_sha256: Mapped[str]
    agency_signed_by: Mapped[str | None]
    agency_signed_at: Mapped[datetime | None]
    operator_signed_by: Mapped[str | None]
    operator_signed_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str]
    wind_down: Mapped[dict[str, str]] = mapped_column(JSONB)
    closed_at: Mapped[datetime | None]

    resources: Mapped[list["AuthorizedResource"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="AuthorizedResource.dataset_id"
    )
    plan: Mapped[Plan] = relationship(lazy="raise")
    decision: Mapped[CollectiveDecision | None] = relationship(lazy="raise")

    @property
    def term(self) -> Period:
        return Period(self.start_on, self.end_on)

    @property
    def dataset_ids(self) -> list[str]:
        return [resource.dataset_id for resource in self.resources]

    @property
    def written_parts(self) -> dict[AgreementPart, str]:
        return {AgreementPart(name): text for name, text in self.parts.items()}

    @property
    def phase(self) -> AgreementState:
        return AgreementState(self.state)

    @property
    def is_signed_by_both(self) -> bool:
        return self.agency_signed_at is not None and self.operator_signed_at is not None

    @property
    def authorization(self) -> Authorization:
        return Authorization(
            agreement_id=self.id,
            operator_id=self.operator_id,
            agency_id=self.agency_id,
            state=self.phase,
            term=self.term,
            purposes=frozenset(Purpose(purpose) for purpose in self.purposes),
            dataset_ids=frozenset(self.dataset_ids),
        )

    def require_state(self, *allowed: AgreementState) -> None:
        """Raises: AuthorizationStateForbids."""
        if self.phase not in allowed:
            raise AuthorizationStateForbids(self.id, self.phase)

    def approve(
        self, decision: CollectiveDecision, text_sha256: str, by: str, at: datetime
    ) -> None:
        self.move(AgreementState.AGREEMENT_APPROVED)
        self.decision, self.text_sha256 = decision, text_sha256
        self.approved_by, self.approved_at = by, at

    def sign_for_agency(self, by: str, at: datetime) -> None:
        self.agency_signed_by, self.agency_signed_at = by, at

    def sign_for_operator(self, by: str, at: datetime) -> None:
        self.operator_signed_by, self.operator_signed_at = by, at

    def activate(self, at: datetime) -> None:
        self.move(AgreementState.ACTIVE)
        self.activated_at = self.activated_at or at
        self.suspended_at, self.suspension_reason = None, ""

    def suspend(self, reason: str, at: datetime) -> None:
        self.move(AgreementState.SUSPENDED)
        self.suspended_at, self.suspension_reason = at, reason

    def end(self, how: AgreementState, reason: str, at: datetime) -> None:
        """Ends, and begins the wind-down at once: nothing may be used from now on."""
        self.move(how)
        self.ended_at, self.end_reason = at, reason

    def close(self, done: dict[str, str], at: datetime) -> None:
        self.move(AgreementState.CLOSED)
        self.wind_down, self.closed_at = done, at

    def move(self, after: AgreementState) -> None:
        """Raises: AuthorizationStateForbids."""
        if not may_move(self.phase, after):
            raise AuthorizationStateForbids(self.id, self.phase)
        self.state = after


class AuthorizedResource(Base):
    """One data set inside an agreement's scope. provider_id: the body that holds the data."""

    __tablename__ = "authorized_resources"
    __table_args__ = (
        Index("ix_authorized_resources_dataset_id", "dataset_id"),
        Index("ix_authorized_resources_provider_id", "provider_id"),
    )

    agreement_id: Mapped[AgreementId] = mapped_column(
        Text, ForeignKey("authorization_agreements.id"), primary_key=True
    )
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))


class Consent(Base):
    """AO-13: the source department's recorded consent, for one resource of one agreement."""

    __tablename__ = "provider_consents"
    __table_args__ = (
        UniqueConstraint("agreement_id", "dataset_id"),
        CheckConstraint("statement <> ''", name="statement_written"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[ConsentId] = mapped_column(Text, primary_key=True)
    agreement_id: Mapped[AgreementId] = mapped_column(
        Text, ForeignKey("authorization_agreements.id")
    )
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"))
    department_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    statement: Mapped[str]
    document: Mapped[str]
    given_by: Mapped[str]
    given_at: Mapped[datetime]
