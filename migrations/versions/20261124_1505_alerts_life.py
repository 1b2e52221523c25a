"""Alerts: one row per rule, subject, object and day, with what a person made of it.

How to go back: downgrade() drops them; the events that raised and closed them stay in event_log.

Revision ID: 20261124_1505
Revises: 20261124_1445
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_1505"
down_revision = "20261124_1445"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("last_event_id", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("configuration_version", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closing_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('blue', 'yellow', 'orange', 'red')",
            name=op.f("ck_alerts_severity_is_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'closed')", name=op.f("ck_alerts_state_is_known")
        ),
        sa.CheckConstraint("hits > 0", name=op.f("ck_alerts_some_hit")),
        sa.CheckConstraint(
            "(state = 'open') = (taken_by IS NULL) AND (taken_by IS NULL) = (taken_at IS NULL)",
            name=op.f("ck_alerts_taken_when_not_open"),
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)"
            " AND (closed_at IS NULL) = (outcome IS NULL)"
            " AND (closed_at IS NULL) = (closing_reason IS NULL)",
            name=op.f("ck_alerts_closed_with_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "rule_id",
            "subject_id",
            "object_id",
            "seen_on",
            name=op.f("uq_alerts_rule_id_subject_id_object_id_seen_on"),
        ),
    )
    op.create_index("ix_alerts_raised_at", "alerts", ["raised_at", "id"], unique=False)
    op.create_index(
        "ix_alerts_unfinished",
        "alerts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'closed'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_alerts_unfinished",
        table_name="alerts",
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.drop_index("ix_alerts_raised_at", table_name="alerts")
    op.drop_table("alerts")
