"""Appraisals with every input, comparable and signature beside the result.

Inputs, comparables and signatures are never changed: the digest in the log speaks of them.

How to go back: downgrade() drops them; the facts in the log then speak of reports that are gone.

Revision ID: 20261124_1530
Revises: 20261124_1521
"""

import sqlalchemy as sa
from alembic import op

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1530"
down_revision = "20261124_1521"
branch_labels = None
depends_on = None

APPEND_ONLY = ("appraisal_inputs", "comparables", "appraisal_signatures")


def upgrade() -> None:
    op.create_table(
        "appraisals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("value_type", sa.Text(), nullable=False),
        sa.Column("users", sa.Text(), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=False),
        sa.Column("valid_through_on", sa.Date(), nullable=False),
        sa.Column("object_facts", sa.Text(), nullable=False),
        sa.Column("cost_form", sa.Text(), nullable=False),
        sa.Column("income_variant", sa.Text(), nullable=True),
        sa.Column("flows_basis", sa.Text(), nullable=True),
        sa.Column("rate_basis", sa.Text(), nullable=True),
        sa.Column("loss_tax", sa.Text(), nullable=True),
        sa.Column("mid_year", sa.Boolean(), nullable=True),
        sa.Column("cost_weight", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("income_weight", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("market_weight", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assumptions", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("low_minor", sa.BigInteger(), nullable=False),
        sa.Column("high_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL)", name=op.f("ck_appraisals_signed_once")
        ),
        sa.CheckConstraint(
            "(income_variant IS NULL) = (mid_year IS NULL)", name=op.f("ck_appraisals_income_whole")
        ),
        sa.CheckConstraint(
            "cost_weight + income_weight + market_weight = 1",
            name=op.f("ck_appraisals_weights_of_one"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_appraisals_reason_given")),
        sa.CheckConstraint("low_minor <= high_minor", name=op.f("ck_appraisals_range_in_order")),
        sa.CheckConstraint("value_minor >= 0", name=op.f("ck_appraisals_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_appraisals_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisals")),
    )
    op.create_index(
        "ix_appraisals_product_id", "appraisals", ["product_id", "organization_id"], unique=False
    )
    op.create_table(
        "appraisal_inputs",
        sa.Column("appraisal_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(trim(source)) > 0", name=op.f("ck_appraisal_inputs_source_given")
        ),
        sa.CheckConstraint("year >= 0", name=op.f("ck_appraisal_inputs_year_not_negative")),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisals.id"], name=op.f("fk_appraisal_inputs_appraisal_id")
        ),
        sa.PrimaryKeyConstraint(
            "appraisal_id", "method", "key", "year", name=op.f("pk_appraisal_inputs")
        ),
        info={"append_only": True},
    )
    op.create_table(
        "appraisal_signatures",
        sa.Column("appraisal_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisals.id"], name=op.f("fk_appraisal_signatures_appraisal_id")
        ),
        sa.PrimaryKeyConstraint("appraisal_id", "person_id", name=op.f("pk_appraisal_signatures")),
        info={"append_only": True},
    )
    op.create_table(
        "comparables",
        sa.Column("appraisal_id", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("price_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("deal_on", sa.Date(), nullable=False),
        sa.Column("quality_factor", sa.Numeric(), nullable=False),
        sa.Column("supply_factor", sa.Numeric(), nullable=False),
        sa.Column("date_factor", sa.Numeric(), nullable=False),
        sa.Column("capacity_factor", sa.Numeric(), nullable=False),
        sa.Column("other_factor", sa.Numeric(), nullable=False),
        sa.Column("weight", sa.Numeric(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_related_party", sa.Boolean(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(trim(source)) > 0", name=op.f("ck_comparables_source_given")),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_comparables_price_positive")),
        sa.ForeignKeyConstraint(
            ["appraisal_id"], ["appraisals.id"], name=op.f("fk_comparables_appraisal_id")
        ),
        sa.PrimaryKeyConstraint("appraisal_id", "position", name=op.f("pk_comparables")),
        info={"append_only": True},
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        allow_changes(table)
    op.drop_table("comparables")
    op.drop_table("appraisal_signatures")
    op.drop_table("appraisal_inputs")
    op.drop_index("ix_appraisals_product_id", table_name="appraisals")
    op.drop_table("appraisals")
