"""How comparisons of versions are kept: asked for once, answered once."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from market.comparisons.rules import (
    Basis,
    ChangeKind,
    ColumnChange,
    VersionComparisonId,
    is_breaking,
)
from market.datasets.rules import DatasetId, DatasetVersionId


class VersionComparison(Base):
    """Two versions of one data set, side by side. Counts are None until a worker has looked.

    column_changes: kind, column, before, after. changed_cells: column -> rows.
    """

    __tablename__ = "version_comparisons"
    __table_args__ = (
        CheckConstraint("earlier_id <> later_id", name="two_versions"),
        CheckConstraint(
            "num_nulls(basis, added, removed, changed, unchanged, compared_at) IN (0, 6)",
            name="counted_whole",
        ),
        Index("uq_version_comparisons_pair", "earlier_id", "later_id", unique=True),
        Index("ix_version_comparisons_dataset_id", "dataset_id"),
    )

    id: Mapped[VersionComparisonId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    earlier_id: Mapped[DatasetVersionId] = mapped_column(Text, ForeignKey("dataset_versions.id"))
    later_id: Mapped[DatasetVersionId] = mapped_column(Text, ForeignKey("dataset_versions.id"))
    column_changes: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    requested_at: Mapped[datetime]
    basis: Mapped[Basis | None] = mapped_column(Text)
    added: Mapped[int | None] = mapped_column(BigInteger)
    removed: Mapped[int | None] = mapped_column(BigInteger)
    changed: Mapped[int | None] = mapped_column(BigInteger)
    unchanged: Mapped[int | None] = mapped_column(BigInteger)
    changed_cells: Mapped[dict[str, Any]] = mapped_column(JSONB)
    compared_at: Mapped[datetime | None]

    @property
    def changes(self) -> list[ColumnChange]:
        return [
            ColumnChange(ChangeKind(one["kind"]), one["column"], one["before"], one["after"])
            for one in self.column_changes
        ]

    @property
    def how(self) -> Basis | None:
        """How rows were recognised; None until they were looked at."""
        return Basis(self.basis) if self.basis else None

    @property
    def is_breaking(self) -> bool:
        return is_breaking(self.changes)
