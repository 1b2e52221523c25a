"""How data sets, their dictionaries and their versions are kept."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import Base
from kernel.i18n import Labelled
from market.datasets.classification import Classification
from market.datasets.encodings import Encoding, FileKind
from market.datasets.rules import (
    ColumnId,
    ColumnSpec,
    DataLevel,
    DatasetId,
    DatasetVersionId,
    FormatKind,
    Openness,
    PersonalData,
    Sensitivity,
    SharingAttribute,
    TypeCode,
    UpdateCycle,
    VersionState,
    may_move,
    read_bound,
)
from market.organizations.rules import OrganizationId

SHA_256 = "~ '^[0-9a-f]{64}$'"


def _one_of(column: str, choices: type[Labelled]) -> CheckConstraint:
    listed = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


class Dataset(Base):
    """One catalogued resource with its declared dictionary.

    organization_id: the body that keeps it; provider_id: the body named as its source.
    protected_unit: the column that says whose contribution privacy hides; "" for none.
    """

    __tablename__ = "datasets"
    __table_args__ = (
        _one_of("level", DataLevel),
        _one_of("personal_data", PersonalData),
        _one_of("sharing", SharingAttribute),
        _one_of("openness", Openness),
        _one_of("update_cycle", UpdateCycle),
        CheckConstraint(
            "sub_level IS NULL OR (level = 'general' AND sub_level BETWEEN 1 AND 4)",
            name="only_general_data_has_sub_levels",
        ),
        CheckConstraint("sharing <> '2' OR sharing_condition <> ''", name="condition_is_said"),
        CheckConstraint("sharing <> '3' OR sharing_basis <> ''", name="withholding_has_a_basis"),
        CheckConstraint("openness = '3' OR sharing <> '3'", name="open_data_is_shared"),
        CheckConstraint(
            "personal_data <> 'with_basis' OR legal_basis <> ''", name="personal_data_has_a_basis"
        ),
        CheckConstraint(
            "NOT is_sample OR (sample_origin <> '' AND sample_licence <> '')",
            name="samples_name_their_origin",
        ),
        Index("uq_datasets_code", "code", unique=True, postgresql_where=text("code <> ''")),
        Index("ix_datasets_organization_id", "organization_id"),
    )

    id: Mapped[DatasetId] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    provider_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    code: Mapped[str]
    title: Mapped[str]
    abstract: Mapped[str]
    category: Mapped[str]
    keywords: Mapped[list[str]] = mapped_column(ARRAY(Text))
    region_code: Mapped[str]
    related_code: Mapped[str]
    level: Mapped[DataLevel] = mapped_column(Text)
    sub_level: Mapped[int | None]
    personal_data: Mapped[PersonalData] = mapped_column(Text)
    legal_basis: Mapped[str]
    sharing: Mapped[SharingAttribute] = mapped_column(Text)
    sharing_condition: Mapped[str]
    sharing_basis: Mapped[str]
    openness: Mapped[Openness] = mapped_column(Text)
    openness_condition: Mapped[str]
    update_cycle: Mapped[UpdateCycle] = mapped_column(Text)
    issued_on: Mapped[date | None]
    time_column: Mapped[str]
    protected_unit: Mapped[str]
    records_may_repeat: Mapped[bool]
    missing_marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_sample: Mapped[bool]
    sample_origin: Mapped[str]
    sample_licence: Mapped[str]
    registered_at: Mapped[datetime]
    registered_by: Mapped[str]
    columns: Mapped[list["Column"]] = relationship(lazy="raise", order_by="Column.position")

    @property
    def classification(self) -> Classification:
        return Classification(
            level=DataLevel(self.level),
            sub_level=self.sub_level,
            personal_data=PersonalData(self.personal_data),
            legal_basis=self.legal_basis,
            sharing=SharingAttribute(self.sharing),
            sharing_condition=self.sharing_condition,
            sharing_basis=self.sharing_basis,
            openness=Openness(self.openness),
            openness_condition=self.openness_condition,
        )


class Column(Base):
    """One declared column. minimum, maximum: as text, typed like the column."""

    __tablename__ = "dataset_columns"
    __table_args__ = (
        UniqueConstraint("dataset_id", "position", name="uq_dataset_columns_position"),
        UniqueConstraint("dataset_id", "name", name="uq_dataset_columns_name"),
        _one_of("type", TypeCode),
        _one_of("sensitivity", Sensitivity),
        CheckConstraint("position BETWEEN 1 AND 300", name="at_most_three_hundred"),
        CheckConstraint("NOT is_key OR is_required", name="keys_are_required"),
        CheckConstraint("longest IS NULL OR longest > 0", name="length_is_positive"),
    )

    id: Mapped[ColumnId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    position: Mapped[int]
    name: Mapped[str]
    title: Mapped[str]
    type: Mapped[TypeCode] = mapped_column(Text)
    unit: Mapped[str]
    description: Mapped[str]
    is_required: Mapped[bool]
    is_key: Mapped[bool]
    sensitivity: Mapped[Sensitivity] = mapped_column(Text)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    minimum: Mapped[str]
    maximum: Mapped[str]
    longest: Mapped[int | None]
    format: Mapped[FormatKind | None] = mapped_column(Text)

    def spec(self) -> ColumnSpec:
        """The column as a value that rules understand."""
        type_code = TypeCode(self.type)
        return ColumnSpec(
            name=self.name,
            title=self.title,
            type=type_code,
            unit=self.unit,
            description=self.description,
            is_required=self.is_required,
            is_key=self.is_key,
            sensitivity=Sensitivity(self.sensitivity),
            codes=tuple(self.codes),
            minimum=read_bound(type_code, self.minimum),
            maximum=read_bound(type_code, self.maximum),
            longest=self.longest,
            format=FormatKind(self.format) if self.format else None,
        )


class DatasetVersion(Base):
    """One delivered file and what became of it. Once ready or refused it never changes.

    dictionary: the declared columns at the time of loading. rows_read: live progress.
    """

    __tablename__ = "dataset_versions"
    __table_args__ = (
        UniqueConstraint("dataset_id", "number", name="uq_dataset_versions_number"),
        _one_of("state", VersionState),
        _one_of("kind", FileKind),
        CheckConstraint("number > 0", name="number_is_positive"),
        CheckConstraint("source_bytes > 0 AND rows_read >= 0", name="amounts_are_real"),
        CheckConstraint("declared_rows > 0", name="declared_rows_are_positive"),
        CheckConstraint(f"source_sha256 {SHA_256}", name="source_hash_is_sha256"),
        CheckConstraint(f"parquet_sha256 {SHA_256}", name="parquet_hash_is_sha256"),
        CheckConstraint(
            "(state = 'ready') = (rows IS NOT NULL AND parquet_key IS NOT NULL"
            " AND parquet_sha256 IS NOT NULL AND dictionary IS NOT NULL)",
            name="ready_versions_have_a_file",
        ),
        CheckConstraint("(state = 'refused') = (problem IS NOT NULL)", name="refusals_say_why"),
        CheckConstraint(
            "(state IN ('ready', 'refused')) = (ended_at IS NOT NULL)", name="ends_have_a_time"
        ),
        Index("ix_dataset_versions_sha256", "dataset_id", "source_sha256"),
    )

    id: Mapped[DatasetVersionId] = mapped_column(Text, primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(Text)
    kind: Mapped[FileKind] = mapped_column(Text)
    encoding: Mapped[Encoding | None] = mapped_column(Text)
    is_encoding_sure: Mapped[bool]
    delimiter: Mapped[str]
    source_name: Mapped[str]
    source_key: Mapped[str]
    source_bytes: Mapped[int]
    source_sha256: Mapped[str]
    declared_rows: Mapped[int | None]
    rows_read: Mapped[int]
    rows: Mapped[int | None]
    parquet_key: Mapped[str | None]
    parquet_bytes: Mapped[int | None]
    parquet_sha256: Mapped[str | None]
    dictionary: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    profile: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    delivered_at: Mapped[datetime]
    delivered_by: Mapped[str]
    ended_at: Mapped[datetime | None]

    def move(self, state: VersionState) -> None:
        """Take the next state. A move that the rules do not know is our own mistake."""
        before = VersionState(self.state)
        if not may_move(before, state):
            raise RuntimeError(f"a version does not go from {before} to {state}")
        self.state = state

    @property
    def is_ready(self) -> bool:
        return self.state == VersionState.READY

    @property
    def is_under_way(self) -> bool:
        return self.state in {VersionState.QUEUED, VersionState.LOADING}
