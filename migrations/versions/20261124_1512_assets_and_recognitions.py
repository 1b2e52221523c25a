"""Data assets, their monthly charges, and the decisions that put them into the books.

How to go back: downgrade() drops them; the vouchers of these assets stay and name ids that no
longer lead anywhere.

Revision ID: 20261124_1512
Revises: 20261124_1511
"""

import sqlalchemy as sa
from alembic import op

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1512"
down_revision = "20261124_1511"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "amortisation_charges",
    "recognitions",
    "recognition_findings",
    "criterion_evidences",
    "booked_costs",
)


def upgrade() -> None:
    op.create_table(
        "data_assets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_vat_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("acquired_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asset_class", sa.Text(), nullable=True),
        sa.Column("ready_on", sa.Date(), nullable=True),
        sa.Column("use", sa.Text(), nullable=True),
        sa.Column("amortise_from_on", sa.Date(), nullable=True),
        sa.Column("amortise_until_on", sa.Date(), nullable=True),
        sa.Column("right_ends_on", sa.Date(), nullable=True),
        sa.Column("derecognised_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'derecognised') = (derecognised_on IS NOT NULL)",
            name=op.f("ck_data_assets_derecognised_once"),
        ),
        sa.CheckConstraint(
            "(state IN ('candidate', 'expensed')) = (asset_class IS NULL)",
            name=op.f("ck_data_assets_class_when_booked"),
        ),
        sa.CheckConstraint(
            "(amortise_from_on IS NULL) = (amortise_until_on IS NULL)",
            name=op.f("ck_data_assets_life_whole"),
        ),
        sa.CheckConstraint(
            "(price_minor IS NULL) = (price_currency IS NULL)"
            " AND (price_minor IS NULL) = (price_vat_minor IS NULL)",
            name=op.f("ck_data_assets_price_whole"),
        ),
        sa.CheckConstraint(
            "amortise_until_on > amortise_from_on", name=op.f("ck_data_assets_life_positive")
        ),
        sa.CheckConstraint(
            "price_minor IS NULL OR (price_vat_minor >= 0 AND price_vat_minor <= price_minor)",
            name=op.f("ck_data_assets_vat_inside_price"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["accounting_entities.id"], name=op.f("fk_data_assets_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_assets")),
        sa.UniqueConstraint(
            "entity_id", "order_id", name=op.f("uq_data_assets_entity_id_order_id")
        ),
    )
    op.create_index(
        "uq_data_assets_own_product",
        "data_assets",
        ["entity_id", "product_id"],
        unique=True,
        postgresql_where=sa.text(
            "route = 'self_developed' AND state NOT IN ('derecognised', 'expensed')"
        ),
    )
    op.create_table(
        "recognitions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("capitalise_from_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["data_assets.id"], name=op.f("fk_recognitions_asset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognitions")),
        sa.UniqueConstraint("asset_id", name=op.f("uq_recognitions_asset_id")),
        info={"append_only": True},
    )
    op.create_table(
        "amortisation_charges",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_amortisation_charges_amount_positive")
        ),
        sa.CheckConstraint(
            "extract(day FROM month_on) = 1",
            name=op.f("ck_amortisation_charges_month_starts_on_first"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["data_assets.id"], name=op.f("fk_amortisation_charges_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name=op.f("fk_amortisation_charges_voucher_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", "month_on", name=op.f("pk_amortisation_charges")),
        info={"append_only": True},
    )
    op.create_table(
        "booked_costs",
        sa.Column("cost_record_id", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("voucher_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(treatment = 'prior') = (voucher_id IS NULL)",
            name=op.f("ck_booked_costs_prior_has_no_voucher"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["data_assets.id"], name=op.f("fk_booked_costs_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["cost_record_id"], ["cost_records.id"], name=op.f("fk_booked_costs_cost_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name=op.f("fk_booked_costs_voucher_id")
        ),
        sa.PrimaryKeyConstraint("cost_record_id", name=op.f("pk_booked_costs")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_booked_costs_asset_id"), "booked_costs", ["asset_id"], unique=False)
    op.create_table(
        "criterion_evidences",
        sa.Column("recognition_id", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(trim(approver)) > 0", name=op.f("ck_criterion_evidences_approver_given")
        ),
        sa.CheckConstraint(
            "length(trim(document)) > 0", name=op.f("ck_criterion_evidences_document_given")
        ),
        sa.ForeignKeyConstraint(
            ["recognition_id"],
            ["recognitions.id"],
            name=op.f("fk_criterion_evidences_recognition_id"),
        ),
        sa.PrimaryKeyConstraint("recognition_id", "criterion", name=op.f("pk_criterion_evidences")),
        info={"append_only": True},
    )
    op.create_table(
        "recognition_findings",
        sa.Column("recognition_id", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_recognition_findings_reason_given")
        ),
        sa.ForeignKeyConstraint(
            ["recognition_id"],
            ["recognitions.id"],
            name=op.f("fk_recognition_findings_recognition_id"),
        ),
        sa.PrimaryKeyConstraint("recognition_id", "position", name=op.f("pk_recognition_findings")),
        info={"append_only": True},
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        allow_changes(table)
    op.drop_table("recognition_findings")
    op.drop_table("criterion_evidences")
    op.drop_index(op.f("ix_booked_costs_asset_id"), table_name="booked_costs")
    op.drop_table("booked_costs")
    op.drop_table("amortisation_charges")
    op.drop_table("recognitions")
    op.drop_index(
        "uq_data_assets_own_product",
        table_name="data_assets",
        postgresql_where=sa.text(
            "route = 'self_developed' AND state NOT IN ('derecognised', 'expensed')"
        ),
    )
    op.drop_table("data_assets")
