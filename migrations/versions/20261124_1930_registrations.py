"""Public data resource registration: applications, papers, objections, time limits (RG-).

How to go back: downgrade() drops them; the catalogue keeps the verdicts that were pushed.

Revision ID: 20261124_1930
Revises: 20261124_1720
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_1930"
down_revision = "20261124_1720"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_duties",
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "object_kind IN ('resource', 'product_service')",
            name=op.f("ck_registration_duties_object_kind_is_known"),
        ),
        sa.CheckConstraint(
            "due_on >= began_on", name=op.f("ck_registration_duties_due_after_begin")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["organizations.id"], name=op.f("fk_registration_duties_subject_id")
        ),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_registration_duties")),
    )
    op.create_index(
        "ix_registration_duties_due_on",
        "registration_duties",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("met_at IS NULL AND missed_at IS NULL"),
    )
    op.create_table(
        "registrations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reg_type", sa.Text(), nullable=False),
        sa.Column("based_on_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("subject_uscc", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("personal_info", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "evidence", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("evidence_sha256", sa.Text(), nullable=False),
        sa.Column("evidenced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_event_id", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "first_named", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("first_returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "first_returned_fields",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("returned_items", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_due_on", sa.Date(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("notice_opened_on", sa.Date(), nullable=True),
        sa.Column("notice_ends_on", sa.Date(), nullable=True),
        sa.Column("coded_by", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("query_code", sa.Text(), nullable=False),
        sa.Column("is_own_code", sa.Boolean(), nullable=False),
        sa.Column("coded_on", sa.Date(), nullable=True),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("authorization_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewal_asked_by", sa.Text(), nullable=True),
        sa.Column("renewal_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(reg_type = 'cancel') = (ground IS NOT NULL)",
            name=op.f("ck_registrations_cancellation_has_a_ground"),
        ),
        sa.CheckConstraint(
            "(reg_type = 'first') = (based_on_id IS NULL)",
            name=op.f("ck_registrations_later_types_name_the_first"),
        ),
        sa.CheckConstraint(
            (
                "evidence_sha256 = '' OR (evidenced_at IS NOT NULL AND evidence IS NOT "
                "NULL AND evidence_sha256 ~ '^[0-9a-f]{64}$')"
            ),
            name=op.f("ck_registrations_evidence_is_whole"),
        ),
        sa.CheckConstraint(
            "level IN ('core', 'important', 'general')",
            name=op.f("ck_registrations_level_is_known"),
        ),
        sa.CheckConstraint(
            "object_kind IN ('resource', 'product_service')",
            name=op.f("ck_registrations_object_kind_is_known"),
        ),
        sa.CheckConstraint(
            "personal_info IN ('none', 'anonymised', 'authorised')",
            name=op.f("ck_registrations_personal_info_is_known"),
        ),
        sa.CheckConstraint(
            "reg_type IN ('first', 'change', 'correction', 'cancel')",
            name=op.f("ck_registrations_type_is_known"),
        ),
        sa.CheckConstraint(
            (
                "state IN ('draft', 'evidenced', 'submitted', 'returned', 'accepted', "
                "'review', 'notice', 'objection', 'rejected', 'valid', 'replaced', "
                "'lapsed', 'cancelled', 'revoked')"
            ),
            name=op.f("ck_registrations_state_is_known"),
        ),
        sa.CheckConstraint(
            (
                "state NOT IN ('notice', 'objection', 'valid') OR reg_type = 'cancel' "
                "OR evidence_sha256 <> ''"
            ),
            name=op.f("ck_registrations_evidence_comes_first"),
        ),
        sa.CheckConstraint(
            (
                "state NOT IN ('valid', 'lapsed') OR (code <> '' AND query_code <> '' "
                "AND coded_on IS NOT NULL AND valid_until_on >= coded_on)"
            ),
            name=op.f("ck_registrations_valid_is_coded"),
        ),
        sa.CheckConstraint(
            "subject_kind IN ('holder', 'operator')",
            name=op.f("ck_registrations_subject_kind_is_known"),
        ),
        sa.CheckConstraint(
            "(notice_opened_on IS NULL) = (notice_ends_on IS NULL)",
            name=op.f("ck_registrations_notice_has_both_days"),
        ),
        sa.CheckConstraint(
            "(renewal_asked_at IS NULL) = (renewal_asked_by IS NULL)",
            name=op.f("ck_registrations_renewal_has_a_person"),
        ),
        sa.CheckConstraint(
            "accepted_by <> submitted_by", name=op.f("ck_registrations_accepted_by_another")
        ),
        sa.CheckConstraint(
            "coded_by <> reviewed_by", name=op.f("ck_registrations_two_people_review_and_code")
        ),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["registrations.id"], name=op.f("fk_registrations_based_on_id")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["organizations.id"], name=op.f("fk_registrations_subject_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
    )
    op.create_index("ix_registrations_query_code", "registrations", ["query_code"], unique=False)
    op.create_index(
        "ix_registrations_state", "registrations", ["state", "valid_until_on"], unique=False
    )
    op.create_index(
        "ix_registrations_subject_id", "registrations", ["subject_id", "drafted_at"], unique=False
    )
    op.create_index(
        "uq_registrations_code",
        "registrations",
        ["code"],
        unique=True,
        postgresql_where=sa.text("state = 'valid'"),
    )
    op.create_index(
        "uq_registrations_open",
        "registrations",
        ["object_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('accepted', 'draft', 'evidenced', 'notice', 'objection', "
            "'returned', 'review', 'submitted')"
        ),
    )
    op.create_index(
        "uq_registrations_valid",
        "registrations",
        ["object_id"],
        unique=True,
        postgresql_where=sa.text("state = 'valid'"),
    )
    op.create_table(
        "registration_objections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_at IS NULL OR reason <> ''",
            name=op.f("ck_registration_objections_decided_has_a_reason"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_registration_objections_hash_is_sha256")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_registration_objections_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (is_upheld IS NULL)",
            name=op.f("ck_registration_objections_decided_is_decided"),
        ),
        sa.CheckConstraint(
            "decided_by <> filed_by", name=op.f("ck_registration_objections_decided_by_another")
        ),
        sa.CheckConstraint(
            "length(statement) > 0", name=op.f("ck_registration_objections_statement_is_written")
        ),
        sa.CheckConstraint(
            "size_bytes > 0", name=op.f("ck_registration_objections_size_is_positive")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_registration_objections_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_registration_objections_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_objections")),
        sa.UniqueConstraint("key", name=op.f("uq_registration_objections_key")),
    )
    op.create_index(
        "ix_registration_objections_registration_id",
        "registration_objections",
        ["registration_id", "filed_at"],
        unique=False,
    )
    op.create_table(
        "registration_papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            (
                "kind IN ('subject', 'source', 'facts', 'evidence', 'products', "
                "'scenario', 'risk', 'commitment', 'other')"
            ),
            name=op.f("ck_registration_papers_kind_is_known"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_registration_papers_hash_is_sha256")
        ),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_registration_papers_size_is_positive")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_registration_papers_registration_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_papers")),
        sa.UniqueConstraint("key", name=op.f("uq_registration_papers_key")),
    )
    op.create_index(
        "ix_registration_papers_registration_id",
        "registration_papers",
        ["registration_id", "added_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("registration_papers")
    op.drop_table("registration_objections")
    op.drop_table("registration_duties")
    op.drop_table("registrations")
