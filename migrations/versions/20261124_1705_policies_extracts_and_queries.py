"""Privacy policies, the extracts made under them, queries and their released answers.

How to go back: downgrade() drops them; nothing else refers to them.

Revision ID: 20261124_1705
Revises: 20261124_1655
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1705"
down_revision = "20261124_1655"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_privacy_policies_number_counts")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_privacy_policies_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_privacy_policies_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_policies")),
        sa.UniqueConstraint("product_id", "number", name="uq_privacy_policies_number"),
    )
    op.create_table(
        "extracts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("version_number", sa.BigInteger(), nullable=False),
        sa.Column("version_rows", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("salt", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column(
            "facts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (problem IS NOT NULL)", name=op.f("ck_extracts_failed_says_why")
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (object_key IS NOT NULL AND sha256 IS NOT NULL"
            " AND facts IS NOT NULL)",
            name=op.f("ck_extracts_ready_has_a_file"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'ready', 'failed')", name=op.f("ck_extracts_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["privacy_policies.id"], name=op.f("fk_extracts_policy_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_extracts_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f("fk_extracts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extracts")),
        sa.UniqueConstraint("policy_id", "version_id", name="uq_extracts_policy_version"),
    )
    op.create_index(
        "ix_extracts_product_id", "extracts", ["product_id", "requested_at"], unique=False
    )
    op.create_table(
        "queries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("extract_id", sa.Text(), nullable=False),
        sa.Column("spend_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("question_sha256", sa.Text(), nullable=False),
        sa.Column("wished_epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("cost_epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("drawn_calls", sa.BigInteger(), nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'refused') = (ending IS NOT NULL)", name=op.f("ck_queries_refused_says_why")
        ),
        sa.CheckConstraint(
            "(state IN ('released', 'refused')) = (ended_at IS NOT NULL)",
            name=op.f("ck_queries_ends_have_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'running', 'finished', 'released', 'refused')",
            name=op.f("ck_queries_state_known"),
        ),
        sa.CheckConstraint(
            "NOT is_replay OR cost_epsilon = 0", name=op.f("ck_queries_replays_are_free")
        ),
        sa.CheckConstraint("cost_epsilon >= 0", name=op.f("ck_queries_cost_not_negative")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_queries_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["extract_id"], ["extracts.id"], name=op.f("fk_queries_extract_id")
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_queries_licence_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["privacy_policies.id"], name=op.f("fk_queries_policy_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_queries_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["spend_id"], ["privacy_spends.id"], name=op.f("fk_queries_spend_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
    )
    op.create_index("ix_queries_buyer_id", "queries", ["buyer_id", "submitted_at"], unique=False)
    op.create_index(
        "ix_queries_licence_id", "queries", ["licence_id", "submitted_at"], unique=False
    )
    op.create_index(
        "ix_queries_product_id", "queries", ["product_id", "submitted_at"], unique=False
    )
    op.create_index("ix_queries_spend_id", "queries", ["spend_id"], unique=False)
    op.create_table(
        "query_results",
        sa.Column("query_id", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"], ["queries.id"], name=op.f("fk_query_results_query_id")
        ),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_query_results")),
    )
    refuse_changes("privacy_policies")
    refuse_changes("query_results")


def downgrade() -> None:
    allow_changes("privacy_policies")
    allow_changes("query_results")
    op.drop_table("query_results")
    op.drop_index("ix_queries_spend_id", table_name="queries")
    op.drop_index("ix_queries_product_id", table_name="queries")
    op.drop_index("ix_queries_licence_id", table_name="queries")
    op.drop_index("ix_queries_buyer_id", table_name="queries")
    op.drop_table("queries")
    op.drop_index("ix_extracts_product_id", table_name="extracts")
    op.drop_table("extracts")
    op.drop_table("privacy_policies")
