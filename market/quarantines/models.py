"""How side files of failing records are kept."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from market.datasets.rules import DatasetId, DatasetVersionId
from market.quality.rules import QualityRunId
from market.quarantines.rules import QuarantineId, QuarantineState


class Quarantine(Base):
    """The failing records of one check, in a file that only those who keep the data fetch.

    blaming: how many failing rules blame single records; the others fail as a whole.
    """

    __tablename__ = "quarantines"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'ready', 'failed')", name="state_is_known"),
        CheckConstraint(
            "(state = 'ready') = (rows IS NOT NULL AND file_key IS NOT NULL"
            " AND sha256 IS NOT NULL)",
            name="ready_ones_have_a_file",
        ),
    )

    id: Mapped[QuarantineId] = mapped_column(Text, primary_key=True)
    run_id: Mapped[QualityRunId] = mapped_column(Text, ForeignKey("quality_runs.id"), unique=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    version_id: Mapped[DatasetVersionId] = mapped_column(Text, ForeignKey("dataset_versions.id"))
    state: Mapped[QuarantineState] = mapped_column(Text)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int | None]
    blaming: Mapped[int | None]
    file_key: Mapped[str | None]
    sha256: Mapped[str | None]

    @property
    def is_under_way(self) -> bool:
        return self.state == QuarantineState.QUEUED
