"""Costs: one record per cost, with its proof.

How to go back: downgrade() drops them; the proofs stay in the object store.

Revision ID: 20261124_1511
Revises: 20261124_1510
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1511"
down_revision = "20261124_1510"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cost_records",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("incurred_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_from", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("evidence_key", sa.Text(), nullable=True),
        sa.Column("evidence_name", sa.Text(), nullable=True),
        sa.Column("evidence_sha256", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(evidence_key IS NULL) = (evidence_sha256 IS NULL)"
            " AND (evidence_key IS NULL) = (evidence_name IS NULL)",
            name=op.f("ck_cost_records_evidence_whole"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_cost_records_amount_positive")),
        sa.CheckConstraint(
            "vat_minor >= 0 AND vat_minor < amount_minor",
            name=op.f("ck_cost_records_vat_below_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_cost_records_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_records")),
    )
    op.create_index(
        "ix_cost_records_project",
        "cost_records",
        ["organization_id", "product_id", "incurred_on"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_cost_records_project", table_name="cost_records")
    op.drop_table("cost_records")
