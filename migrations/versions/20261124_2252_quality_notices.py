"""Notices about data that is late or out of its ordinary: each is given once.

How to go back: downgrade() drops them; what was told stays in the log.

Revision ID: 20261124_2252
Revises: 20261124_2250
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_2252"
down_revision = "20261124_2250"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_notices",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("watched", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f("fk_quality_notices_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_quality_notices_dataset_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "watched", "column", name=op.f("pk_quality_notices")),
    )
    op.create_index(op.f("ix_quality_notices_dataset_id"), "quality_notices", ["dataset_id"])
    refuse_changes("quality_notices")


def downgrade() -> None:
    allow_changes("quality_notices")
    op.drop_table("quality_notices")
