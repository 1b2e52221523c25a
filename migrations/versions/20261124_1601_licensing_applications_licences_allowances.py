"""Applications, licences and what a licence may draw: the downstream side of authorised operation.

Decisions, signatures, grants and draws are append-only: they are evidence.
How to go back: downgrade() drops them; export licences first, they are contracts.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1601"
down_revision = "20261124_1600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("bureau_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("acts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("term_months", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('submitted', 'reviewed', 'approved', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_applications_state_known"),
        ),
        sa.CheckConstraint("term_months BETWEEN 1 AND 36", name=op.f("ck_applications_term_sane")),
        sa.CheckConstraint("units > 0", name=op.f("ck_applications_units_positive")),
        sa.ForeignKeyConstraint(
            ["bureau_id"], ["organizations.id"], name=op.f("fk_applications_bureau_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_applications_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["organizations.id"], name=op.f("fk_applications_operator_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_applications_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(
        "ix_applications_bureau_id", "applications", ["bureau_id", "state"], unique=False
    )
    op.create_index("ix_applications_buyer_id", "applications", ["buyer_id"], unique=False)
    op.create_table(
        "application_decisions",
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("decider_id", sa.Text(), nullable=False),
        sa.Column("permits", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage IN ('review', 'approval')", name=op.f("ck_application_decisions_stage_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_application_decisions_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", "stage", name=op.f("pk_application_decisions")),
    )
    op.create_table(
        "licences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("acts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_licences_ended_has_moment")
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'signed', 'active', 'suspended', 'ended')",
            name=op.f("ck_licences_state_known"),
        ),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_licences_ends_after_start")),
        sa.CheckConstraint(
            "unit_price >= 0 AND units > 0 AND amount_minor >= 0",
            name=op.f("ck_licences_amounts_sane"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name=op.f("fk_licences_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_licences_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_licences_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_licences_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("application_id", name=op.f("uq_licences_application_id")),
    )
    op.create_index("ix_licences_buyer_id", "licences", ["buyer_id"], unique=False)
    op.create_index("ix_licences_product_id", "licences", ["product_id"], unique=False)
    op.create_index("ix_licences_supplier_id", "licences", ["supplier_id"], unique=False)
    op.create_table(
        "allowance_draws",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_allowance_draws_not_zero")),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_allowance_draws_licence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance_draws")),
    )
    op.create_index(
        "ix_allowance_draws_licence_id", "allowance_draws", ["licence_id", "drawn_at"], unique=False
    )
    op.create_table(
        "allowance_grants",
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_allowance_grants_positive")),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_allowance_grants_licence_id")
        ),
        sa.PrimaryKeyConstraint(
            "licence_id", "kind", "source_id", name=op.f("pk_allowance_grants")
        ),
    )
    op.create_table(
        "allowances",
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("granted", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("drawn", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.CheckConstraint(
            "kind IN ('calls', 'epsilon', 'bytes', 'money')", name=op.f("ck_allowances_kind_known")
        ),
        sa.CheckConstraint("drawn <= granted", name=op.f("ck_allowances_not_overdrawn")),
        sa.CheckConstraint("granted >= 0 AND drawn >= 0", name=op.f("ck_allowances_not_negative")),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_allowances_licence_id")
        ),
        sa.PrimaryKeyConstraint("licence_id", "kind", name=op.f("pk_allowances")),
    )
    op.create_table(
        "licence_signatures",
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("signer_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "party IN ('supplier', 'buyer')", name=op.f("ck_licence_signatures_party_known")
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name=op.f("fk_licence_signatures_licence_id")
        ),
        sa.PrimaryKeyConstraint("licence_id", "party", name=op.f("pk_licence_signatures")),
    )
    refuse_changes("application_decisions")
    refuse_changes("licence_signatures")
    refuse_changes("allowance_grants")
    refuse_changes("allowance_draws")


def downgrade() -> None:
    allow_changes("allowance_draws")
    allow_changes("allowance_grants")
    allow_changes("licence_signatures")
    allow_changes("application_decisions")
    op.drop_table("licence_signatures")
    op.drop_table("allowances")
    op.drop_table("allowance_grants")
    op.drop_index("ix_allowance_draws_licence_id", table_name="allowance_draws")
    op.drop_table("allowance_draws")
    op.drop_index("ix_licences_supplier_id", table_name="licences")
    op.drop_index("ix_licences_product_id", table_name="licences")
    op.drop_index("ix_licences_buyer_id", table_name="licences")
    op.drop_table("licences")
    op.drop_table("application_decisions")
    op.drop_index("ix_applications_buyer_id", table_name="applications")
    op.drop_index("ix_applications_bureau_id", table_name="applications")
    op.drop_table("applications")
