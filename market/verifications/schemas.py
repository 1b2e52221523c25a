"""What is handed in for a verification, what is decided, and what is told?"""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from market.verifications.models import Verification, VerificationDocument
from market.verifications.rules import DocumentKind


class VerificationDraft(BaseModel):
    """What goes with the papers."""

    model_config = ConfigDict(frozen=True)

    note: str = Field("", max_length=500)


class KeptDocument(BaseModel):
    """A paper that stands in the object store."""

    model_config = ConfigDict(frozen=True)

    kind: DocumentKind
    filename: str
    media_type: str
    key: str
    size_bytes: int
    sha256: str


class DecisionDraft(BaseModel):
    """valid_until_on: the last day on which an approval counts."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal["approve", "refuse"]
    reason: str = Field(min_length=4, max_length=500)
    valid_until_on: date | None = None

    @model_validator(mode="after")
    def _an_approval_ends(self) -> Self:
        if self.verdict == "approve" and self.valid_until_on is None:
            raise ValueError(N_("通过时请填写有效期。"))
        return self


class VerificationOut(BaseModel):
    id: str
    organization_id: str
    state: str
    submitted_at: datetime
    review_due_on: date
    decided_at: datetime | None
    reason: str
    valid_until_on: date | None
    documents: int

    @classmethod
    def of(cls, one: Verification, documents: int) -> Self:
        return cls(
            id=one.id,
            organization_id=one.organization_id,
            state=one.state,
            submitted_at=one.submitted_at,
            review_due_on=one.review_due_on,
            decided_at=one.decided_at,
            reason=one.reason,
            valid_until_on=one.valid_until_on,
            documents=documents,
        )


class DocumentOut(BaseModel):
    """A paper. address: where its bytes are, for a few minutes, to whoever holds it."""

    id: str
    kind: DocumentKind
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    address: str

    @classmethod
    def of(cls, document: VerificationDocument, address: str) -> Self:
        own = {name: getattr(document, name) for name in cls.model_fields if name != "address"}
        return cls(**own, address=address)


class DocumentsOut(BaseModel):
    documents: list[DocumentOut]


class VerificationsOut(BaseModel):
    verifications: list[VerificationOut]
