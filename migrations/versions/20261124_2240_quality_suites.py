"""Suites that clerks save, never changed, and the proposals they come from.

How to go back: downgrade() drops them; checks then use what the dictionary declares alone.

Revision ID: 20261124_2240
Revises: 20261124_2230
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_2240"
down_revision = "20261124_2230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_suites",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_quality_suites_number_is_positive")),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_quality_suites_hash_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_quality_suites_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_suites")),
        sa.UniqueConstraint("dataset_id", "number", name="uq_quality_suites_number"),
    )
    refuse_changes("quality_suites")
    op.create_table(
        "suite_proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'ready', 'failed')",
            name=op.f("ck_suite_proposals_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state IN ('ready', 'failed')) = (ended_at IS NOT NULL)",
            name=op.f("ck_suite_proposals_ends_have_a_time"),
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (items IS NOT NULL)",
            name=op.f("ck_suite_proposals_ready_ones_have_rules"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_suite_proposals_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f("fk_suite_proposals_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suite_proposals")),
    )
    op.create_index(
        "ix_suite_proposals_dataset_id", "suite_proposals", ["dataset_id", "requested_at"]
    )
    op.create_index(
        "uq_suite_proposals_under_way",
        "suite_proposals",
        ["dataset_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:
    op.drop_table("suite_proposals")
    allow_changes("quality_suites")
    op.drop_table("quality_suites")
