"""Verification of organisations: requests, papers, and who decided what for which reason.

How to go back: downgrade() drops the requests; verified_until_on keeps what was decided.

Revision ID: 20261124_1655
Revises: 20261124_1654
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1655"
down_revision = "20261124_1654"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_due_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (valid_until_on IS NOT NULL)",
            name=op.f("ck_verifications_approved_has_an_expiry"),
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)",
            name=op.f("ck_verifications_decided_has_a_moment"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'refused')",
            name=op.f("ck_verifications_state_is_known"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_verifications_decided_has_a_person"),
        ),
        sa.CheckConstraint(
            "decided_at IS NULL OR length(reason) > 0",
            name=op.f("ck_verifications_decided_has_a_reason"),
        ),
        sa.CheckConstraint("decided_by <> submitted_by", name=op.f("ck_verifications_four_eyes")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_verifications_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index(
        "ix_verifications_organization_id",
        "verifications",
        ["organization_id", "submitted_at"],
        unique=False,
    )
    op.create_index(
        "uq_verifications_waiting",
        "verifications",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "verification_documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("verification_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('certificate', 'authorization', 'other')",
            name=op.f("ck_verification_documents_kind_is_known"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_verification_documents_hash_is_sha256")
        ),
        sa.CheckConstraint(
            "size_bytes > 0", name=op.f("ck_verification_documents_size_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["verification_id"],
            ["verifications.id"],
            name=op.f("fk_verification_documents_verification_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_documents")),
        sa.UniqueConstraint("key", name=op.f("uq_verification_documents_key")),
    )
    op.create_index(
        "ix_verification_documents_verification_id",
        "verification_documents",
        ["verification_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("verification_documents")
    op.drop_table("verifications")
