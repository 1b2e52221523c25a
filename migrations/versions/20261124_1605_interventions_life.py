"""Interventions: measures that regulators order and lift, one standing per product and kind.

How to go back: downgrade() drops them; the events and the verdicts they pushed stay.

Revision ID: 20261124_1605
Revises: 20261124_1601
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1605"
down_revision = "20261124_1601"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interventions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Text(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifting_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "measure IN ('suspend_product')", name=op.f("ck_interventions_measure_is_known")
        ),
        sa.CheckConstraint(
            "ground IN ('authorization', 'price', 'security', 'personal')",
            name=op.f("ck_interventions_ground_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('ordered', 'lifted')", name=op.f("ck_interventions_state_is_known")
        ),
        sa.CheckConstraint(
            "(state = 'lifted') = (lifted_at IS NOT NULL)"
            " AND (lifted_at IS NULL) = (lifted_by IS NULL)"
            " AND (lifted_at IS NULL) = (lifting_reason IS NULL)",
            name=op.f("ck_interventions_lifted_with_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interventions")),
    )
    op.create_index(
        "ix_interventions_ordered_at", "interventions", ["ordered_at", "id"], unique=False
    )
    op.create_index(
        "uq_interventions_standing",
        "interventions",
        ["product_id", "measure"],
        unique=True,
        postgresql_where=sa.text("state = 'ordered'"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_interventions_standing",
        table_name="interventions",
        postgresql_where=sa.text("state = 'ordered'"),
    )
    op.drop_index("ix_interventions_ordered_at", table_name="interventions")
    op.drop_table("interventions")
