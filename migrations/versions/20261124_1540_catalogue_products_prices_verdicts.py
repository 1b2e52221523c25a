"""Products, their prices with tiers and history, and the standing verdicts of other rooms.

How to go back: downgrade() drops them; verdicts can be pushed again by the rooms that decide,
products cannot be brought back.

Revision ID: 20261124_1540
Revises: 20261124_1531
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_1540"
down_revision = "20261124_1531"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("bureau_id", sa.Text(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("use_sentence", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("delivery_kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("level_review", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("risk_report", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("sample_origin", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("notice_ends_on", sa.Date(), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'notice') = (notice_ends_on IS NOT NULL)",
            name=op.f("ck_products_notice_ends"),
        ),
        sa.CheckConstraint(
            "delivery_kinds <@ ARRAY['sandbox', 'api', 'model', 'report', 'dashboard', 'download']",
            name=op.f("ck_products_deliveries_are_known"),
        ),
        sa.CheckConstraint(
            "form IN ('model', 'report', 'visualisation', 'index', 'engine', 'service', "
            "'dataset', 'interface')",
            name=op.f("ck_products_form_is_known"),
        ),
        sa.CheckConstraint(
            "level IN ('core', 'important', 'general')", name=op.f("ck_products_level_is_known")
        ),
        sa.CheckConstraint(
            "scenarios <@ ARRAY['manufacturing', 'agriculture', 'commerce', 'transport', "
            "'finance', 'science', 'culture', 'health', 'emergency', 'weather', 'city', 'green']",
            name=op.f("ck_products_scenarios_are_known"),
        ),
        sa.CheckConstraint(
            "state <> 'on_sale' OR (published_at IS NOT NULL AND published_by IS NOT NULL)",
            name=op.f("ck_products_on_sale_was_published"),
        ),
        sa.CheckConstraint(
            "state <> 'suspended' OR suspension_reason <> ''",
            name=op.f("ck_products_suspended_for_a_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'review', 'notice', 'on_sale', 'suspended', 'withdrawn')",
            name=op.f("ck_products_state_is_known"),
        ),
        sa.CheckConstraint(
            "published_by IS NULL OR published_by <> drafted_by",
            name=op.f("ck_products_published_by_another"),
        ),
        sa.CheckConstraint("revision > 0", name=op.f("ck_products_revision_counts")),
        sa.ForeignKeyConstraint(
            ["bureau_id"], ["organizations.id"], name=op.f("fk_products_bureau_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["organizations.id"], name=op.f("fk_products_operator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index("ix_products_bureau_id", "products", ["bureau_id", "drafted_at"], unique=False)
    op.create_index(
        "ix_products_operator_id", "products", ["operator_id", "drafted_at"], unique=False
    )
    op.create_index("ix_products_state", "products", ["state"], unique=False)
    op.create_table(
        "product_sources",
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_product_sources_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_sources_product_id")
        ),
        sa.PrimaryKeyConstraint("product_id", "dataset_id", name=op.f("pk_product_sources")),
    )
    op.create_index(
        "ix_product_sources_dataset_id", "product_sources", ["dataset_id"], unique=False
    )
    op.create_table(
        "price_plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("unit_price_yuan", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("is_tax_included", sa.Boolean(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "unit IN ('call', 'copy', 'month', 'year', 'gigabyte')",
            name=op.f("ck_price_plans_unit_is_known"),
        ),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_at >= set_at",
            name=op.f("ck_price_plans_replaced_later"),
        ),
        sa.CheckConstraint(
            "tax_rate >= 0 AND tax_rate < 1", name=op.f("ck_price_plans_tax_rate_is_a_fraction")
        ),
        sa.CheckConstraint("unit_price_yuan >= 0", name=op.f("ck_price_plans_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_price_plans_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_plans")),
    )
    op.create_index(
        "ix_price_plans_product_id", "price_plans", ["product_id", "set_at"], unique=False
    )
    op.create_index(
        "uq_price_plans_current",
        "price_plans",
        ["product_id", "unit"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "price_tiers",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("from_units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_yuan", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.CheckConstraint("from_units > 0", name=op.f("ck_price_tiers_begins_above_zero")),
        sa.CheckConstraint("unit_price_yuan >= 0", name=op.f("ck_price_tiers_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["price_plans.id"], name=op.f("fk_price_tiers_plan_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "from_units", name=op.f("pk_price_tiers")),
    )
    op.create_table(
        "standing_verdicts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("pushed_by", sa.Text(), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('authorised', 'capped', 'registered', 'quality', 'appraised', 'ordered', "
            "'satisfied')",
            name=op.f("ck_standing_verdicts_kind_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('holds', 'fails')", name=op.f("ck_standing_verdicts_state_is_known")
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", name=op.f("pk_standing_verdicts")),
    )
    op.create_index(
        "ix_standing_verdicts_subject_id", "standing_verdicts", ["subject_id"], unique=False
    )
    op.create_index(
        "ix_standing_verdicts_valid_until",
        "standing_verdicts",
        ["valid_until"],
        unique=False,
        postgresql_where=sa.text("state = 'holds' AND valid_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("standing_verdicts")
    op.drop_table("price_tiers")
    op.drop_table("price_plans")
    op.drop_table("product_sources")
    op.drop_table("products")
