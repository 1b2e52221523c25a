"""Waivers of failing rules: a name, a reason and an end; each verdict names those it used.

How to go back: downgrade() drops them; verdicts given under a waiver stay until they end.

Revision ID: 20261124_2258
Revises: 20261124_2252
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_2258"
down_revision = "20261124_2252"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "quality_runs",
        sa.Column(
            "waivers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.create_table(
        "quality_waivers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "responsible <> '' AND reason <> ''",
            name=op.f("ck_quality_waivers_has_a_name_and_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_quality_waivers_dataset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_waivers")),
    )
    op.create_index("ix_quality_waivers_dataset_id", "quality_waivers", ["dataset_id", "ends_on"])


def downgrade() -> None:
    op.drop_table("quality_waivers")
    op.drop_column("quality_runs", "waivers")
