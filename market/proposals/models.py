"""How proposals of rules are kept: rules, reasons and counts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from market.datasets.rules import DatasetId, DatasetVersionId
from market.proposals.rules import ProposalId, ProposalState


class SuiteProposal(Base):
    """Rules proposed from the profile of one version.

    items: rule, reason, facts, is_ticked and what the rule finds in the version itself.
    """

    __tablename__ = "suite_proposals"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'ready', 'failed')", name="state_is_known"),
        CheckConstraint(
            "(state IN ('ready', 'failed')) = (ended_at IS NOT NULL)", name="ends_have_a_time"
        ),
        CheckConstraint("(state = 'ready') = (items IS NOT NULL)", name="ready_ones_have_rules"),
        Index("ix_suite_proposals_dataset_id", "dataset_id", "requested_at"),
        Index(
            "uq_suite_proposals_under_way",
            "dataset_id",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[ProposalId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    version_id: Mapped[DatasetVersionId] = mapped_column(Text, ForeignKey("dataset_versions.id"))
    state: Mapped[ProposalState] = mapped_column(Text)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    items: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))

    @property
    def is_under_way(self) -> bool:
        return self.state in {ProposalState.QUEUED, ProposalState.RUNNING}
