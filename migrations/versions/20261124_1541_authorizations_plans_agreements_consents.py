"""Plans, collective decisions, agreements with their resources, and consents of departments.

Decisions and consents are kept for good: they are what a signature rests on.
How to go back: downgrade() drops them all; the event log still tells what was decided.

Revision ID: 20261124_1541
Revises: 20261124_1540
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1541"
down_revision = "20261124_1540"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collective_decisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "body <> '' AND number <> ''",
            name=op.f("ck_collective_decisions_body_and_number_written"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collective_decisions")),
    )
    op.create_index(
        "ix_collective_decisions_about_id", "collective_decisions", ["about_id"], unique=False
    )
    op.create_table(
        "authorization_plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("mode_detail", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consultation", sa.Text(), nullable=False),
        sa.Column("consulted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "mode IN ('whole', 'field', 'scenario')",
            name=op.f("ck_authorization_plans_mode_is_known"),
        ),
        sa.CheckConstraint(
            "state <> 'plan_approved' OR (approved_by IS NOT NULL AND decision_id IS NOT NULL)",
            name=op.f("ck_authorization_plans_approved_by_a_decision"),
        ),
        sa.CheckConstraint(
            "state IN ('plan_draft', 'plan_consulted', 'plan_approved')",
            name=op.f("ck_authorization_plans_state_is_known"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by",
            name=op.f("ck_authorization_plans_approved_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["organizations.id"], name=op.f("fk_authorization_plans_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["collective_decisions.id"],
            name=op.f("fk_authorization_plans_decision_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_plans")),
    )
    op.create_index(
        "ix_authorization_plans_agency_id",
        "authorization_plans",
        ["agency_id", "drafted_at"],
        unique=False,
    )
    op.create_table(
        "authorization_plan_resources",
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_authorization_plan_resources_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["authorization_plans.id"],
            name=op.f("fk_authorization_plan_resources_plan_id"),
        ),
        sa.PrimaryKeyConstraint(
            "plan_id", "dataset_id", name=op.f("pk_authorization_plan_resources")
        ),
    )
    op.create_table(
        "authorization_agreements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("selection_method", sa.Text(), nullable=False),
        sa.Column("selection_evidence", sa.Text(), nullable=False),
        sa.Column("selected_on", sa.Date(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.Column("term_exception", sa.Text(), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("agency_signed_by", sa.Text(), nullable=True),
        sa.Column("agency_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_signed_by", sa.Text(), nullable=True),
        sa.Column("operator_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("wind_down", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "purposes <@ ARRAY['governance', 'public_interest', 'industry', 'redevelop'] AND "
            "cardinality(purposes) > 0",
            name=op.f("ck_authorization_agreements_purposes_are_known"),
        ),
        sa.CheckConstraint(
            "selection_method IN ('public_bidding', 'invited_bidding', 'negotiation', "
            "'consultation')",
            name=op.f("ck_authorization_agreements_method_is_known"),
        ),
        sa.CheckConstraint(
            "state <> 'suspended' OR suspension_reason <> ''",
            name=op.f("ck_authorization_agreements_suspended_for_a_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('agreement_draft', 'agreement_approved') OR (agency_signed_at IS NOT NULL "
            "AND operator_signed_at IS NOT NULL AND decision_id IS NOT NULL)",
            name=op.f("ck_authorization_agreements_signed_by_both"),
        ),
        sa.CheckConstraint(
            "state IN ('agreement_draft', 'agreement_approved', 'signed', 'active', 'amending', "
            "'expiring', 'suspended', 'renewed', 'expired', 'terminated', 'revoked', 'wind_down', "
            "'closed')",
            name=op.f("ck_authorization_agreements_state_is_known"),
        ),
        sa.CheckConstraint(
            "agency_id <> operator_id",
            name=op.f("ck_authorization_agreements_agency_does_not_operate"),
        ),
        sa.CheckConstraint(
            "agency_signed_by IS NULL OR agency_signed_by <> operator_signed_by",
            name=op.f("ck_authorization_agreements_two_people_sign"),
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> drafted_by",
            name=op.f("ck_authorization_agreements_approved_by_another"),
        ),
        sa.CheckConstraint(
            "end_on > start_on", name=op.f("ck_authorization_agreements_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["organizations.id"], name=op.f("fk_authorization_agreements_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["collective_decisions.id"],
            name=op.f("fk_authorization_agreements_decision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["organizations.id"],
            name=op.f("fk_authorization_agreements_operator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["authorization_plans.id"],
            name=op.f("fk_authorization_agreements_plan_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_agreements")),
    )
    op.create_index(
        "ix_authorization_agreements_agency_id",
        "authorization_agreements",
        ["agency_id", "drafted_at"],
        unique=False,
    )
    op.create_index(
        "ix_authorization_agreements_end_on", "authorization_agreements", ["end_on"], unique=False
    )
    op.create_index(
        "ix_authorization_agreements_operator_id",
        "authorization_agreements",
        ["operator_id", "state"],
        unique=False,
    )
    op.create_table(
        "authorized_resources",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["authorization_agreements.id"],
            name=op.f("fk_authorized_resources_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_authorized_resources_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["organizations.id"], name=op.f("fk_authorized_resources_provider_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "dataset_id", name=op.f("pk_authorized_resources")),
    )
    op.create_index(
        "ix_authorized_resources_dataset_id", "authorized_resources", ["dataset_id"], unique=False
    )
    op.create_index(
        "ix_authorized_resources_provider_id", "authorized_resources", ["provider_id"], unique=False
    )
    op.create_table(
        "provider_consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("department_id", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("statement <> ''", name=op.f("ck_provider_consents_statement_written")),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["authorization_agreements.id"],
            name=op.f("fk_provider_consents_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_provider_consents_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["organizations.id"], name=op.f("fk_provider_consents_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_consents")),
        sa.UniqueConstraint(
            "agreement_id", "dataset_id", name=op.f("uq_provider_consents_agreement_id_dataset_id")
        ),
    )
    refuse_changes("collective_decisions")
    refuse_changes("provider_consents")


def downgrade() -> None:
    allow_changes("provider_consents")
    allow_changes("collective_decisions")
    op.drop_table("provider_consents")
    op.drop_table("authorized_resources")
    op.drop_table("authorization_agreements")
    op.drop_table("authorization_plan_resources")
    op.drop_table("authorization_plans")
    op.drop_table("collective_decisions")
