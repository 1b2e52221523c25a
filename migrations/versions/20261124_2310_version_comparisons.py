"""Comparisons of two versions of a data set.

How to go back: downgrade() drops them; they can be made again.

Revision ID: 20261124_2310
Revises: 20261124_2305
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_2310"
down_revision = "20261124_2305"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counts = ("added", "removed", "changed", "unchanged")
    op.create_table(
        "version_comparisons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("earlier_id", sa.Text(), nullable=False),
        sa.Column("later_id", sa.Text(), nullable=False),
        sa.Column("column_changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in counts),
        sa.Column("changed_cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "earlier_id <> later_id", name=op.f("ck_version_comparisons_two_versions")
        ),
        sa.CheckConstraint(
            "num_nulls(basis, added, removed, changed, unchanged, compared_at) IN (0, 6)",
            name=op.f("ck_version_comparisons_counted_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_version_comparisons_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["earlier_id"],
            ["dataset_versions.id"],
            name=op.f("fk_version_comparisons_earlier_id"),
        ),
        sa.ForeignKeyConstraint(
            ["later_id"], ["dataset_versions.id"], name=op.f("fk_version_comparisons_later_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_comparisons")),
    )
    op.create_index(
        "uq_version_comparisons_pair",
        "version_comparisons",
        ["earlier_id", "later_id"],
        unique=True,
    )
    op.create_index("ix_version_comparisons_dataset_id", "version_comparisons", ["dataset_id"])


def downgrade() -> None:
    op.drop_table("version_comparisons")
