"""Uses under a licence, each counted once: the key is the fact that it comes from.

How to go back: downgrade() drops the table; export it first.
"""

import sqlalchemy as sa
from alembic import op

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1652"
down_revision = "20261124_1651"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage_records",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cover IN ('free', 'prepaid', 'on_account')", name=op.f("ck_usage_records_cover_known")
        ),
        sa.CheckConstraint("charged_minor >= 0", name=op.f("ck_usage_records_charge_not_negative")),
        sa.CheckConstraint("units > 0", name=op.f("ck_usage_records_units_positive")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_usage_records_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_usage_records_licence_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_usage_records_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_records")),
    )
    op.create_index(
        "ix_usage_records_buyer_id", "usage_records", ["buyer_id", "used_at"], unique=False
    )
    op.create_index(
        "ix_usage_records_licence_id", "usage_records", ["licence_id", "used_at"], unique=False
    )
    refuse_changes("usage_records")


def downgrade() -> None:
    allow_changes("usage_records")
    op.drop_table("usage_records")
