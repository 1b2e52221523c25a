"""How is it kept which file queries of a product may read?"""

from datetime import datetime
from typing import Any, NewType

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from sandbox.extracts.rules import ExtractState

ExtractId = NewType("ExtractId", str)


class Extract(Base):
    """One version of a product's data, bounded and coded under one policy.

    salt: secret; gives the random order in which a unit's rows are kept.
    facts: exact figures about the data (engines.extraction.ExtractFacts); for the bureau only.
    """

    __tablename__ = "extracts"
    __table_args__ = (
        UniqueConstraint("policy_id", "version_id", name="uq_extracts_policy_version"),
        CheckConstraint("state IN ('waiting', 'ready', 'failed')", name="state_known"),
        CheckConstraint(
            "(state = 'ready') = (object_key IS NOT NULL AND sha256 IS NOT NULL"
            " AND facts IS NOT NULL)",
            name="ready_has_a_file",
        ),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="failed_says_why"),
        Index("ix_extracts_product_id", "product_id", "requested_at"),
    )

    id: Mapped[ExtractId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    policy_id: Mapped[str] = mapped_column(ForeignKey("privacy_policies.id"))
    version_id: Mapped[str] = mapped_column(ForeignKey("dataset_versions.id"))
    version_number: Mapped[int]
    version_rows: Mapped[int]
    state: Mapped[ExtractState] = mapped_column(Text)
    salt: Mapped[int] = mapped_column(BigInteger)
    object_key: Mapped[str | None]
    sha256: Mapped[str | None]
    bytes: Mapped[int | None]
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    problem: Mapped[str | None]
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def is_ready(self) -> bool:
        return self.state == ExtractState.READY
