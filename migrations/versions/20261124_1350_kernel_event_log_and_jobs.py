"""Event log, outbox, jobs and form submissions: what every room writes to.

How to go back: downgrade() drops them; nothing older exists.

Revision ID: 20261124_1350
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import kernel.db
from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1350"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_deliveries",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "event_seq", name=op.f("pk_event_deliveries")),
    )
    op.create_table(
        "event_delivery_failures",
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "event_seq", name=op.f("pk_event_delivery_failures")),
    )
    op.create_index(
        "ix_event_delivery_failures_retry_at", "event_delivery_failures", ["retry_at"], unique=False
    )
    op.create_table(
        "event_log",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column(
            "txid",
            kernel.db.TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event_log")),
        sa.UniqueConstraint("id", name=op.f("uq_event_log_id")),
    )
    op.create_index("ix_event_log_name", "event_log", ["name", "seq"], unique=False)
    op.create_index("ix_event_log_subject_id", "event_log", ["subject_id", "seq"], unique=False)
    op.create_index("ix_event_log_txid", "event_log", ["txid"], unique=False)
    op.create_table(
        "event_subscribers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "floor_txid",
            kernel.db.TransactionId(),
            server_default=sa.text("'0'::xid8"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_subscribers")),
    )
    op.create_table(
        "job_schedules",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_job_schedules")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_waiting",
        "jobs",
        ["run_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "actor_id", name=op.f("pk_submissions")),
    )
    refuse_changes("event_log")


def downgrade() -> None:
    allow_changes("event_log")
    op.drop_table("submissions")
    op.drop_index(
        "ix_jobs_waiting",
        table_name="jobs",
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
    op.drop_table("jobs")
    op.drop_table("job_schedules")
    op.drop_table("event_subscribers")
    op.drop_index("ix_event_log_txid", table_name="event_log")
    op.drop_index("ix_event_log_subject_id", table_name="event_log")
    op.drop_index("ix_event_log_name", table_name="event_log")
    op.drop_table("event_log")
    op.drop_index("ix_event_delivery_failures_retry_at", table_name="event_delivery_failures")
    op.drop_table("event_delivery_failures")
    op.drop_table("event_deliveries")
