"""Data sets with their dictionaries, and their versions, which are sealed once they are finished.

How to go back: downgrade() drops them; delivered files stay in the object store.

Revision ID: 20261124_1520
Revises: 20261124_1513
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SEALED = """
CREATE FUNCTION refuse_change_of_sealed_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a finished version never changes' USING ERRCODE = 'restrict_violation';
END $$
"""

revision = "20261124_1520"
down_revision = "20261124_1513"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("keywords", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("related_code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("sub_level", sa.BigInteger(), nullable=True),
        sa.Column("personal_data", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("sharing", sa.Text(), nullable=False),
        sa.Column("sharing_condition", sa.Text(), nullable=False),
        sa.Column("sharing_basis", sa.Text(), nullable=False),
        sa.Column("openness", sa.Text(), nullable=False),
        sa.Column("openness_condition", sa.Text(), nullable=False),
        sa.Column("update_cycle", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("time_column", sa.Text(), nullable=False),
        sa.Column("protected_unit", sa.Text(), nullable=False),
        sa.Column("records_may_repeat", sa.Boolean(), nullable=False),
        sa.Column("missing_marks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("sample_origin", sa.Text(), nullable=False),
        sa.Column("sample_licence", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "NOT is_sample OR (sample_origin <> '' AND sample_licence <> '')",
            name=op.f("ck_datasets_samples_name_their_origin"),
        ),
        sa.CheckConstraint(
            "level IN ('core', 'important', 'general')", name=op.f("ck_datasets_level_is_known")
        ),
        sa.CheckConstraint(
            "openness = '3' OR sharing <> '3'", name=op.f("ck_datasets_open_data_is_shared")
        ),
        sa.CheckConstraint(
            "openness IN ('1', '2', '3')", name=op.f("ck_datasets_openness_is_known")
        ),
        sa.CheckConstraint(
            "personal_data <> 'with_basis' OR legal_basis <> ''",
            name=op.f("ck_datasets_personal_data_has_a_basis"),
        ),
        sa.CheckConstraint(
            "personal_data IN ('none', 'anonymised', 'with_basis')",
            name=op.f("ck_datasets_personal_data_is_known"),
        ),
        sa.CheckConstraint(
            "sharing <> '2' OR sharing_condition <> ''", name=op.f("ck_datasets_condition_is_said")
        ),
        sa.CheckConstraint(
            "sharing <> '3' OR sharing_basis <> ''",
            name=op.f("ck_datasets_withholding_has_a_basis"),
        ),
        sa.CheckConstraint("sharing IN ('1', '2', '3')", name=op.f("ck_datasets_sharing_is_known")),
        sa.CheckConstraint(
            "sub_level IS NULL OR (level = 'general' AND sub_level BETWEEN 1 AND 4)",
            name=op.f("ck_datasets_only_general_data_has_sub_levels"),
        ),
        sa.CheckConstraint(
            "update_cycle IN ('real_time', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', "
            "'other')",
            name=op.f("ck_datasets_update_cycle_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_datasets_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["organizations.id"], name=op.f("fk_datasets_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
    )
    op.create_index("ix_datasets_organization_id", "datasets", ["organization_id"], unique=False)
    op.create_index(
        "uq_datasets_code",
        "datasets",
        ["code"],
        unique=True,
        postgresql_where=sa.text("code <> ''"),
    )
    op.create_table(
        "dataset_columns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_key", sa.Boolean(), nullable=False),
        sa.Column("sensitivity", sa.Text(), nullable=False),
        sa.Column("codes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("minimum", sa.Text(), nullable=False),
        sa.Column("maximum", sa.Text(), nullable=False),
        sa.Column("longest", sa.BigInteger(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "sensitivity IN ('public', 'internal', 'personal', 'sensitive_personal')",
            name=op.f("ck_dataset_columns_sensitivity_is_known"),
        ),
        sa.CheckConstraint(
            "type IN ('C', 'N', 'Y', 'D', 'T', 'L', 'M', 'G', 'B', 'I', 'F')",
            name=op.f("ck_dataset_columns_type_is_known"),
        ),
        sa.CheckConstraint(
            "NOT is_key OR is_required", name=op.f("ck_dataset_columns_keys_are_required")
        ),
        sa.CheckConstraint(
            "longest IS NULL OR longest > 0", name=op.f("ck_dataset_columns_length_is_positive")
        ),
        sa.CheckConstraint(
            "position BETWEEN 1 AND 300", name=op.f("ck_dataset_columns_at_most_three_hundred")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_columns_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_columns")),
        sa.UniqueConstraint("dataset_id", "name", name="uq_dataset_columns_name"),
        sa.UniqueConstraint("dataset_id", "position", name="uq_dataset_columns_position"),
    )
    op.create_table(
        "dataset_versions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("is_encoding_sure", sa.Boolean(), nullable=False),
        sa.Column("delimiter", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("source_bytes", sa.BigInteger(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("declared_rows", sa.BigInteger(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("parquet_key", sa.Text(), nullable=True),
        sa.Column("parquet_bytes", sa.BigInteger(), nullable=True),
        sa.Column("parquet_sha256", sa.Text(), nullable=True),
        sa.Column(
            "dictionary", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "profile", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "problem", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'ready') = (rows IS NOT NULL AND parquet_key IS NOT NULL"
            " AND parquet_sha256 IS NOT NULL AND dictionary IS NOT NULL)",
            name=op.f("ck_dataset_versions_ready_versions_have_a_file"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (problem IS NOT NULL)",
            name=op.f("ck_dataset_versions_refusals_say_why"),
        ),
        sa.CheckConstraint(
            "(state IN ('ready', 'refused')) = (ended_at IS NOT NULL)",
            name=op.f("ck_dataset_versions_ends_have_a_time"),
        ),
        sa.CheckConstraint(
            "kind IN ('csv', 'xlsx', 'parquet')", name=op.f("ck_dataset_versions_kind_is_known")
        ),
        sa.CheckConstraint(
            "parquet_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_dataset_versions_parquet_hash_is_sha256"),
        ),
        sa.CheckConstraint(
            "source_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_dataset_versions_source_hash_is_sha256"),
        ),
        sa.CheckConstraint(
            "state IN ('delivered', 'queued', 'loading', 'ready', 'refused')",
            name=op.f("ck_dataset_versions_state_is_known"),
        ),
        sa.CheckConstraint(
            "declared_rows > 0", name=op.f("ck_dataset_versions_declared_rows_are_positive")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_dataset_versions_number_is_positive")),
        sa.CheckConstraint(
            "source_bytes > 0 AND rows_read >= 0", name=op.f("ck_dataset_versions_amounts_are_real")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_dataset_versions_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_versions")),
        sa.UniqueConstraint("dataset_id", "number", name="uq_dataset_versions_number"),
    )
    op.create_index(
        "ix_dataset_versions_sha256",
        "dataset_versions",
        ["dataset_id", "source_sha256"],
        unique=False,
    )

    op.execute(SEALED)
    op.execute(
        "CREATE TRIGGER dataset_versions_stay BEFORE UPDATE OR DELETE ON dataset_versions "
        "FOR EACH ROW WHEN (OLD.state IN ('ready', 'refused')) "
        "EXECUTE FUNCTION refuse_change_of_sealed_version()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER dataset_versions_stay ON dataset_versions")
    op.execute("DROP FUNCTION refuse_change_of_sealed_version()")
    op.drop_index("ix_dataset_versions_sha256", table_name="dataset_versions")
    op.drop_table("dataset_versions")
    op.drop_table("dataset_columns")
    op.drop_index("uq_datasets_code", table_name="datasets", postgresql_where=sa.text("code <> ''"))
    op.drop_index("ix_datasets_organization_id", table_name="datasets")
    op.drop_table("datasets")
