"""How checks and their findings are kept: numbers only, never a value of the data."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from market.datasets.rules import DatasetId, DatasetVersionId
from market.quality.rules import (
    Counting,
    Grade,
    Indicator,
    QualityRunId,
    QualitySuiteId,
    QualityWaiverId,
    RunState,
    Severity,
)

SCORE = Numeric(18, 12)


class QualityRun(Base):
    """One suite run on one version. The verdict binds the version's hash to the suite's hash.

    indicators: code -> [conforming, total]; dimensions: name -> share; what is absent was not
    measured. rules_done: live progress. valid_until: None without end. waivers: that were used.
    """

    __tablename__ = "quality_runs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'finished')", name="state_is_known"),
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade_is_known"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_is_a_share"),
        CheckConstraint("(score IS NULL) = (grade IS NULL)", name="graded_when_scored"),
        CheckConstraint("rules_done BETWEEN 0 AND rules_total", name="progress_is_real"),
        CheckConstraint(
            "(state = 'finished') = (ended_at IS NOT NULL AND has_passed IS NOT NULL"
            " AND suite IS NOT NULL AND suite_sha256 IS NOT NULL)",
            name="finished_runs_have_a_verdict",
        ),
        CheckConstraint(
            "has_passed IS NULL OR has_passed = (cardinality(blockers) = 0)",
            name="passed_without_blockers",
        ),
        Index("ix_quality_runs_version_id", "version_id", "requested_at"),
        Index("ix_quality_runs_dataset_id", "dataset_id", "requested_at"),
        Index(
            "uq_quality_runs_under_way",
            "version_id",
            unique=True,
            postgresql_where=text("state <> 'finished'"),
        ),
    )

    id: Mapped[QualityRunId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    version_id: Mapped[DatasetVersionId] = mapped_column(Text, ForeignKey("dataset_versions.id"))
    version_sha256: Mapped[str]
    state: Mapped[RunState] = mapped_column(Text)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    rules_total: Mapped[int]
    rules_done: Mapped[int]
    suite: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    suite_sha256: Mapped[str | None]
    indicators: Mapped[dict[str, list[int]] | None] = mapped_column(JSONB(none_as_null=True))
    dimensions: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    score: Mapped[Decimal | None] = mapped_column(SCORE)
    grade: Mapped[Grade | None] = mapped_column(Text)
    has_passed: Mapped[bool | None]
    blockers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid_until: Mapped[datetime | None]
    waivers: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    findings: Mapped[list["QualityFinding"]] = relationship(
        lazy="raise", order_by="QualityFinding.position"
    )

    @property
    def is_under_way(self) -> bool:
        return self.state != RunState.FINISHED

    def has_ended_validity(self, now: datetime) -> bool:
        return self.valid_until is not None and now > self.valid_until


class QualityFinding(Base):
    """One rule's counts in one run. conforming, total: absent where it measured nothing."""

    __tablename__ = "quality_findings"
    __table_args__ = (
        CheckConstraint("(total IS NULL) = (conforming IS NULL)", name="share_is_whole_or_absent"),
        CheckConstraint("total > 0 AND conforming BETWEEN 0 AND total", name="share_is_a_share"),
        {"info": APPEND_ONLY},
    )

    run_id: Mapped[QualityRunId] = mapped_column(
        Text, ForeignKey("quality_runs.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    expectation: Mapped[str]
    column: Mapped[str]
    indicator: Mapped[Indicator] = mapped_column(Text)
    severity: Mapped[Severity] = mapped_column(Text)
    counting: Mapped[Counting] = mapped_column(Text)
    sentence: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    holds: Mapped[bool]
    failed_to_run: Mapped[bool]
    elements: Mapped[int | None]
    missing: Mapped[int | None]
    unexpected: Mapped[int | None]
    rows: Mapped[int | None]
    conforming: Mapped[int | None]
    total: Mapped[int | None]


class QualitySuite(Base):
    """One saved suite: the rules a clerk added to what the dictionary declares. Never changed.

    rules: in Great Expectations' format. sha256: of these rules.
    """

    __tablename__ = "quality_suites"
    __table_args__ = (
        UniqueConstraint("dataset_id", "number", name="uq_quality_suites_number"),
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[QualitySuiteId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]


class QualityWaiver(Base):
    """Somebody answers for a known failing of a data set until a day. Its text never changes."""

    __tablename__ = "quality_waivers"
    __table_args__ = (
        CheckConstraint("responsible <> '' AND reason <> ''", name="has_a_name_and_a_reason"),
        Index("ix_quality_waivers_dataset_id", "dataset_id", "ends_on"),
    )

    id: Mapped[QualityWaiverId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    rule_key: Mapped[str]
    sentence: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    responsible: Mapped[str]
    reason: Mapped[str]
    ends_on: Mapped[date]
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    def stands(self, today: date) -> bool:
        """Up to and with its last day, unless it was ended before."""
        return self.ended_at is None and today <= self.ends_on
