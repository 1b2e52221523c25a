"""Invitations: named roles offered to a person, until they accept or the offer expires.

How to go back: downgrade() drops the open offers; administrators then invite again.

Revision ID: 20261124_1513
Revises: 20261124_1512
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1513"
down_revision = "20261124_1512"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("regulator_scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("entity_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(subject, email) = 1", name=op.f("ck_member_invitations_one_addressee")
        ),
        sa.CheckConstraint(
            "email = lower(email)", name=op.f("ck_member_invitations_email_in_small_letters")
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['source_department', 'bureau_officer', 'bureau_approver', "
            "'operator', 'registrar', 'price_authority', 'analyst', 'purchaser', "
            "'finance_clerk', 'appraiser', 'auditor', 'output_checker', "
            "'regulator', 'administrator']",
            name=op.f("ck_member_invitations_roles_are_known"),
        ),
        sa.CheckConstraint("cardinality(roles) > 0", name=op.f("ck_member_invitations_some_role")),
        sa.CheckConstraint(
            "expires_at > invited_at", name=op.f("ck_member_invitations_expires_later")
        ),
        sa.CheckConstraint(
            "num_nonnulls(accepted_at, withdrawn_at) <= 1",
            name=op.f("ck_member_invitations_one_end"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_member_invitations_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["users.id"], name=op.f("fk_member_invitations_invited_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_invitations")),
    )
    for column in ("organization_id", "subject", "email"):
        op.create_index(f"ix_member_invitations_{column}", "member_invitations", [column])


def downgrade() -> None:
    op.drop_table("member_invitations")
