"""Permitted revenues and caps, each decision a row of its own.

How to go back: downgrade() drops them; caps already pushed stay as standing verdicts.

Revision ID: 20261124_1542
Revises: 20261124_1541
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1542"
down_revision = "20261124_1541"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "permitted_revenues",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("gross_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("subsidy_minor", sa.BigInteger(), nullable=False),
        sa.Column("profit_base", sa.Text(), nullable=False),
        sa.Column("profit_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("invested_capital_minor", sa.BigInteger(), nullable=True),
        sa.Column("profit_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("excess_minor", sa.BigInteger(), nullable=False),
        sa.Column("carried_minor", sa.BigInteger(), nullable=False),
        sa.Column("permitted_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("document <> ''", name=op.f("ck_permitted_revenues_document_written")),
        sa.CheckConstraint(
            "profit_base = 'cost' OR invested_capital_minor IS NOT NULL",
            name=op.f("ck_permitted_revenues_capital_is_named"),
        ),
        sa.CheckConstraint(
            "profit_base IN ('cost', 'invested_capital')",
            name=op.f("ck_permitted_revenues_base_is_known"),
        ),
        sa.CheckConstraint(
            "end_on > start_on", name=op.f("ck_permitted_revenues_ends_after_start")
        ),
        sa.CheckConstraint(
            "gross_cost_minor >= 0 AND subsidy_minor >= 0 AND tax_minor >= 0 AND excess_minor >= "
            "0 AND carried_minor >= 0 AND permitted_minor >= 0 AND profit_minor >= 0",
            name=op.f("ck_permitted_revenues_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "permitted_minor - carried_minor = gross_cost_minor - subsidy_minor + profit_minor + "
            "tax_minor - excess_minor",
            name=op.f("ck_permitted_revenues_parts_add_up"),
        ),
        sa.CheckConstraint(
            "profit_rate >= 0 AND profit_rate <= 1",
            name=op.f("ck_permitted_revenues_rate_is_a_fraction"),
        ),
        sa.CheckConstraint(
            "subsidy_minor <= gross_cost_minor",
            name=op.f("ck_permitted_revenues_subsidy_within_cost"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organizations.id"], name=op.f("fk_permitted_revenues_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["organizations.id"], name=op.f("fk_permitted_revenues_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permitted_revenues")),
    )
    op.create_index(
        "ix_permitted_revenues_operator_id",
        "permitted_revenues",
        ["operator_id", "start_on"],
        unique=False,
    )
    op.create_index(
        "uq_permitted_revenues_standing",
        "permitted_revenues",
        ["operator_id", "start_on"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "price_caps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("authority_id", sa.Text(), nullable=False),
        sa.Column("permitted_revenue_id", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price_yuan", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("is_tax_included", sa.Boolean(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("forecast_units", sa.BigInteger(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("document <> ''", name=op.f("ck_price_caps_document_written")),
        sa.CheckConstraint(
            "end_on IS NULL OR end_on > start_on", name=op.f("ck_price_caps_ends_after_start")
        ),
        sa.CheckConstraint("forecast_units >= 0", name=op.f("ck_price_caps_forecast_not_negative")),
        sa.CheckConstraint(
            "is_trial OR permitted_revenue_id IS NOT NULL",
            name=op.f("ck_price_caps_formal_within_revenue"),
        ),
        sa.CheckConstraint("unit_price_yuan >= 0", name=op.f("ck_price_caps_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organizations.id"], name=op.f("fk_price_caps_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["permitted_revenue_id"],
            ["permitted_revenues.id"],
            name=op.f("fk_price_caps_permitted_revenue_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_price_caps_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_caps")),
    )
    op.create_index(
        "ix_price_caps_permitted_revenue_id", "price_caps", ["permitted_revenue_id"], unique=False
    )
    op.create_index(
        "ix_price_caps_product_id", "price_caps", ["product_id", "set_at"], unique=False
    )
    op.create_index(
        "uq_price_caps_standing",
        "price_caps",
        ["product_id", "unit"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("price_caps")
    op.drop_table("permitted_revenues")
