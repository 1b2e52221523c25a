"""How requests for verification and their papers are kept."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Choice
from market.organizations.rules import OrganizationId
from market.verifications.rules import DocumentId, DocumentKind, VerificationId, VerificationState

IS_DECIDED = "decided_at IS NOT NULL"


class Verification(Base):
    """Somebody looked at an organisation's papers, decided, gave a reason and an expiry.

    decided_by: a bureau's officer, or the house itself at the console.
    """

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("state IN ('submitted', 'approved', 'refused')", name="state_is_known"),
        CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)", name="decided_has_a_moment"
        ),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_has_a_person"),
        CheckConstraint("decided_at IS NULL OR length(reason) > 0", name="decided_has_a_reason"),
        CheckConstraint(
            "(state = 'approved') = (valid_until_on IS NOT NULL)", name="approved_has_an_expiry"
        ),
        CheckConstraint("decided_by <> submitted_by", name="four_eyes"),
        Index(
            "uq_verifications_waiting",
            "organization_id",
            unique=True,
            postgresql_where=text("state = 'submitted'"),
        ),
        Index("ix_verifications_organization_id", "organization_id", "submitted_at"),
    )

    id: Mapped[VerificationId] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    state: Mapped[VerificationState] = mapped_column(Choice(VerificationState))
    note: Mapped[str]
    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime]
    review_due_on: Mapped[date]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str]
    valid_until_on: Mapped[date | None]

    def approve(self, by: str, at: datetime, reason: str, valid_until_on: date) -> None:
        self.state = VerificationState.APPROVED
        self.decided_by, self.decided_at, self.reason = by, at, reason
        self.valid_until_on = valid_until_on

    def refuse(self, by: str, at: datetime, reason: str) -> None:
        self.state = VerificationState.REFUSED
        self.decided_by, self.decided_at, self.reason = by, at, reason


class VerificationDocument(Base):
    """One paper, in the object store under key."""

    __tablename__ = "verification_documents"
    __table_args__ = (
        CheckConstraint("kind IN ('certificate', 'authorization', 'other')", name="kind_is_known"),
        CheckConstraint("size_bytes > 0", name="size_is_positive"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        Index("ix_verification_documents_verification_id", "verification_id"),
    )

    id: Mapped[DocumentId] = mapped_column(Text, primary_key=True)
    verification_id: Mapped[VerificationId] = mapped_column(Text, ForeignKey("verifications.id"))
    kind: Mapped[DocumentKind] = mapped_column(Choice(DocumentKind))
    filename: Mapped[str]
    media_type: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
