"""The shop window: one row per public product, with the words that find it.

All of it is derived; flask storefront rebuild makes it anew.
How to go back: downgrade() drops it; the public pages then have nothing to show.

Revision ID: 20261124_1610
Revises: 20261124_1605
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_1610"
down_revision = "20261124_1605"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_sheets",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_pinyin", sa.Text(), nullable=False),
        sa.Column("use_sentence", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("delivery_kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("department_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("department_names", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("price_from_yuan", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("price_unit", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("document", postgresql.TSVECTOR(), nullable=False),
        sa.Column("sheet", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_sheets_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_sheets")),
    )
    op.create_index(
        "ix_product_sheets_document", "product_sheets", ["document"], postgresql_using="gin"
    )
    op.create_index("ix_product_sheets_published_at", "product_sheets", ["state", "published_at"])
    op.create_index("ix_product_sheets_title_pinyin", "product_sheets", ["state", "title_pinyin"])


def downgrade() -> None:
    op.drop_table("product_sheets")
