"""Side files of failing records, for whoever mends the data.

How to go back: downgrade() drops the table; delete the files under quarantines/ in the store.

Revision ID: 20261124_2305
Revises: 20261124_2302
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_2305"
down_revision = "20261124_2302"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quarantines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("blaming", sa.BigInteger(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'ready', 'failed')", name=op.f("ck_quarantines_state_is_known")
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (rows IS NOT NULL AND file_key IS NOT NULL"
            " AND sha256 IS NOT NULL)",
            name=op.f("ck_quarantines_ready_ones_have_a_file"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["quality_runs.id"], name=op.f("fk_quarantines_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_quarantines_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f("fk_quarantines_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantines")),
        sa.UniqueConstraint("run_id", name=op.f("uq_quarantines_run_id")),
    )


def downgrade() -> None:
    op.drop_table("quarantines")
