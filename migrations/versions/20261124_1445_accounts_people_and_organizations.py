"""People, organisations, memberships and sign-ins: who acts, for which body, in which roles.

How to go back: downgrade() drops them; people then sign in anew and have no organisation.

Revision ID: 20261124_1445
Revises: 20261124_1440
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1445"
down_revision = "20261124_1440"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("regulator_scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'regulator') = (cardinality(regulator_scopes) > 0)",
            name=op.f("ck_organizations_only_regulators_have_scopes"),
        ),
        sa.CheckConstraint(
            "credit_code ~ '^[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}$'",
            name=op.f("ck_organizations_credit_code_is_written_right"),
        ),
        sa.CheckConstraint(
            "kind IN ('source_department', 'bureau', 'operator', 'enterprise', 'registrar', "
            "'price_authority', 'regulator', 'public_institution')",
            name=op.f("ck_organizations_kind_is_known"),
        ),
        sa.CheckConstraint(
            "regulator_scopes <@ ARRAY['data', 'price', 'cyberspace', 'finance']",
            name=op.f("ck_organizations_scopes_are_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organizations_credit_code")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("subject", name=op.f("uq_users_subject")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("regulator_scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("entity_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "'auditor' = ANY(roles) OR cardinality(entity_ids) = 0",
            name=op.f("ck_memberships_only_auditors_have_entities"),
        ),
        sa.CheckConstraint(
            "('regulator' = ANY(roles)) = (cardinality(regulator_scopes) > 0)",
            name=op.f("ck_memberships_only_regulators_have_scopes"),
        ),
        sa.CheckConstraint(
            "regulator_scopes <@ ARRAY['data', 'price', 'cyberspace', 'finance']",
            name=op.f("ck_memberships_scopes_are_known"),
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['source_department', 'bureau_officer', 'bureau_approver', "
            "'operator', 'registrar', 'price_authority', 'analyst', 'purchaser', "
            "'finance_clerk', 'appraiser', 'auditor', 'output_checker', "
            "'regulator', 'administrator']",
            name=op.f("ck_memberships_roles_are_known"),
        ),
        sa.CheckConstraint("cardinality(roles) > 0", name=op.f("ck_memberships_some_role")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(
        "ix_memberships_organization_id", "memberships", ["organization_id"], unique=False
    )
    op.create_index(
        "uq_memberships_standing",
        "memberships",
        ["user_id", "organization_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("membership_id", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("id_token", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR id_token = ''",
            name=op.f("ck_login_sessions_ended_keeps_no_id_token"),
        ),
        sa.CheckConstraint(
            "token_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_login_sessions_token_is_hashed")
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_login_sessions_expires_later")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_login_sessions_membership_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    op.create_index(
        "ix_login_sessions_user_id", "login_sessions", ["user_id", "created_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_login_sessions_user_id", table_name="login_sessions")
    op.drop_table("login_sessions")
    op.drop_index(
        "uq_memberships_standing",
        table_name="memberships",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_memberships_organization_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_table("users")
    op.drop_table("organizations")
