"""Who gets which part: versions of share rules, and what each party got of each sale.

Both are append-only: a rule is replaced by its next version, a share is corrected by a new
transfer.

How to go back: downgrade() drops the tables; export them first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1650"
down_revision = "20261124_1610"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revenue_shares",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("shared_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_revenue_shares_not_negative")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_revenue_shares_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_revenue_shares_transfer_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "party", name=op.f("pk_revenue_shares")),
    )
    op.create_index(
        "ix_revenue_shares_party", "revenue_shares", ["party", "shared_on"], unique=False
    )
    op.create_index("ix_revenue_shares_product_id", "revenue_shares", ["product_id"], unique=False)
    op.create_table(
        "share_rules",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_share_rules_version_counts")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_share_rules_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "version", name=op.f("pk_share_rules")),
    )
    refuse_changes("share_rules")
    refuse_changes("revenue_shares")


def downgrade() -> None:
    allow_changes("revenue_shares")
    allow_changes("share_rules")
    op.drop_table("share_rules")
    op.drop_table("revenue_shares")
