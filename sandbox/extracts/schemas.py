"""How do machines see what became of a policy's extracts?"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from sandbox.extracts.models import Extract
from sandbox.extracts.rules import ExtractState


class ExtractOut(BaseModel):
    """One version prepared under one policy. problem: why it could not be."""

    model_config = ConfigDict(frozen=True)

    id: str
    policy_id: str
    version_id: str
    version_number: int
    version_rows: int
    state: ExtractState
    sha256: str | None
    bytes: int | None
    problem: str | None
    requested_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Extract) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ExtractList(BaseModel):
    """All extracts of one product, newest first."""

    model_config = ConfigDict(frozen=True)

    items: tuple[ExtractOut, ...]
